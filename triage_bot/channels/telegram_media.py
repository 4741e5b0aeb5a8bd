"""What stands for a Telegram message that is not text: "[voice message, 0:42]"."""

from collections.abc import Mapping
from typing import Any

from triage_bot.core.messages import Attachment
from triage_bot.reading.model import Locale

Json = Mapping[str, Any]

LONGEST_DETAIL = 100  # characters of a file's name, a poll's question ...

_FILES = ("voice", "audio", "video", "video_note", "document", "animation", "sticker")
_WORDS: Mapping[str, Mapping[Locale, str]] = {
    "voice": {
        Locale.EN: "voice message",
        Locale.PL: "wiadomość głosowa",
        Locale.SR: "glasovna poruka",
        Locale.SR_CYRL: "гласовна порука",
    },
    "audio": {Locale.EN: "audio", Locale.PL: "nagranie", Locale.SR: "audio-snimak", Locale.SR_CYRL: "аудио-снимак"},
    "video": {Locale.EN: "video", Locale.PL: "film", Locale.SR: "video", Locale.SR_CYRL: "видео"},
    "video_note": {
        Locale.EN: "video message",
        Locale.PL: "wiadomość wideo",
        Locale.SR: "video-poruka",
        Locale.SR_CYRL: "видео-порука",
    },
    "animation": {Locale.EN: "animation", Locale.PL: "animacja", Locale.SR: "animacija", Locale.SR_CYRL: "анимација"},
    "document": {Locale.EN: "file", Locale.PL: "plik", Locale.SR: "fajl", Locale.SR_CYRL: "фајл"},
    "photo": {Locale.EN: "photo", Locale.PL: "zdjęcie", Locale.SR: "fotografija", Locale.SR_CYRL: "фотографија"},
    "sticker": {Locale.EN: "sticker", Locale.PL: "naklejka", Locale.SR: "nalepnica", Locale.SR_CYRL: "налепница"},
    "venue": {Locale.EN: "place", Locale.PL: "miejsce", Locale.SR: "mesto", Locale.SR_CYRL: "место"},
    "location": {Locale.EN: "location", Locale.PL: "lokalizacja", Locale.SR: "lokacija", Locale.SR_CYRL: "локација"},
    "contact": {Locale.EN: "contact", Locale.PL: "kontakt", Locale.SR: "kontakt", Locale.SR_CYRL: "контакт"},
    "poll": {Locale.EN: "poll", Locale.PL: "ankieta", Locale.SR: "anketa", Locale.SR_CYRL: "анкета"},
    "dice": {Locale.EN: "dice", Locale.PL: "kostka", Locale.SR: "kockica", Locale.SR_CYRL: "коцкица"},
    "other": {
        Locale.EN: "message of another kind: see Telegram",
        Locale.PL: "wiadomość innego rodzaju: zajrzyj do Telegrama",
        Locale.SR: "poruka druge vrste: pogledajte u Telegramu",
        Locale.SR_CYRL: "порука друге врсте: погледајте у Телеграму",
    },
}


def placeholder(message: Json, locale: Locale = Locale.EN) -> str:
    """The kind in words, then what Telegram tells of it: name, length, size, place."""
    # `venue` comes with a `location` of its own and `animation` with a `document`: the telling one is first.
    kind = next((kind for kind in _WORDS if kind in message), "other")
    details = [_WORDS[kind][locale], *_details(kind, message.get(kind))]
    return f"[{', '.join(details)}]"


def attachments(message: Json) -> tuple[Attachment, ...]:
    """The files of a message. Of a photo, Telegram's largest copy."""
    found = [
        Attachment(_file_name(kind, message[kind]), _media_type(kind, message[kind]), _size(message[kind]))
        for kind in _FILES
        if kind in message and not (kind == "document" and "animation" in message)
    ]
    if photos := message.get("photo"):
        found.append(Attachment("photo.jpg", "image/jpeg", max(_size(photo) for photo in photos)))
    return tuple(found)


def _details(kind: str, content: Any) -> list[str]:
    match kind:
        case "voice" | "video" | "video_note":
            details = [_duration(content)]
        case "audio":
            details = [str(content.get("title") or content.get("file_name") or ""), _duration(content)]
        case "document":
            details = [str(content.get("file_name", "")), _bytes(_size(content))]
        case "sticker" | "dice":
            details = [str(content.get("emoji", ""))]
        case "location":
            details = [_place(content)]
        case "venue":
            details = [str(content.get("title", "")), str(content.get("address", ""))]
        case "contact":
            name = f"{content.get('first_name', '')} {content.get('last_name', '')}".strip()
            details = [name, str(content.get("phone_number", ""))]
        case "poll":
            details = [str(content.get("question", ""))]
        case _:
            details = []
    return [" ".join(detail.split())[:LONGEST_DETAIL] for detail in details if detail.strip()]


def _duration(content: Json) -> str:
    minutes, seconds = divmod(int(content["duration"]), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _place(content: Json) -> str:
    return f"{float(content['latitude']):.5f} {float(content['longitude']):.5f}"


def _bytes(size: int) -> str:
    if size <= 0:
        return ""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB"


def _size(content: Json) -> int:
    return int(content.get("file_size", 0))


def _file_name(kind: str, content: Json) -> str:
    return str(content.get("file_name", kind))


_TYPES = {"voice": "audio/ogg", "audio": "audio/mpeg", "video_note": "video/mp4", "sticker": "image/webp"}


def _media_type(kind: str, content: Json) -> str:
    return str(content.get("mime_type") or _TYPES.get(kind, "application/octet-stream")).lower()
