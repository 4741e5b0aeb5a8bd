"""What stands for a Telegram message that is not text: "[voice message, 0:42]"."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from triage_bot.channels.protocols import ChatFile
from triage_bot.channels.telegram_people import Json
from triage_bot.core.messages import Attachment
from triage_bot.reading.model import Locale

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
    "document": {Locale.EN: "file", Locale.PL: "plik", Locale.SR: "datoteka", Locale.SR_CYRL: "датотека"},
    "photo": {Locale.EN: "photo", Locale.PL: "zdjęcie", Locale.SR: "fotografija", Locale.SR_CYRL: "фотографија"},
    "sticker": {Locale.EN: "sticker", Locale.PL: "naklejka", Locale.SR: "nalepnica", Locale.SR_CYRL: "налепница"},
    "venue": {Locale.EN: "place", Locale.PL: "miejsce", Locale.SR: "mesto", Locale.SR_CYRL: "место"},
    "location": {Locale.EN: "location", Locale.PL: "lokalizacja", Locale.SR: "lokacija", Locale.SR_CYRL: "локација"},
    "contact": {Locale.EN: "contact", Locale.PL: "kontakt", Locale.SR: "kontakt", Locale.SR_CYRL: "контакт"},
    "poll": {Locale.EN: "poll", Locale.PL: "ankieta", Locale.SR: "anketa", Locale.SR_CYRL: "анкета"},
    "checklist": {
        Locale.EN: "checklist",
        Locale.PL: "lista zadań",
        Locale.SR: "spisak zadataka",
        Locale.SR_CYRL: "списак задатака",
    },
    "story": {Locale.EN: "story", Locale.PL: "relacja", Locale.SR: "priča", Locale.SR_CYRL: "прича"},
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


def placeholders(parts: Sequence[Json], locale: Locale) -> str:
    """The same for an album: a line for each kind of part, with how many there are of it."""
    counted = Counter(placeholder(part, locale) for part in parts)
    return "\n".join(words if count == 1 else f"{words} × {count}" for words, count in counted.items())


def chat_files(parts: Sequence[Json]) -> tuple[ChatFile, ...]:
    """The files of a message or of all parts of an album, no two of one name. Of a photo, Telegram's largest copy."""
    found: list[ChatFile] = []
    for part in parts:
        for kind, content in _contents(part):
            name = _unlike(_file_name(kind, content), {each.filename for each in found})
            found.append(ChatFile(str(content.get("file_id", "")), name, _media_type(kind, content), _size(content)))
    return tuple(found)


def attachments(parts: Sequence[Json]) -> tuple[Attachment, ...]:
    return tuple(Attachment(file.filename, file.media_type, file.size) for file in chat_files(parts))


def _contents(message: Json) -> Iterator[tuple[str, Json]]:
    for kind in _FILES:
        if kind in message and not (kind == "document" and "animation" in message):
            yield kind, message[kind]
    if photos := message.get("photo"):
        yield "photo", max(photos, key=_size)


def _unlike(name: str, taken: Collection[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    numbered = (f"{stem}-{number}{dot}{extension}" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _details(kind: str, content: Any) -> list[str]:
    match kind:
        case "voice" | "video" | "video_note" | "animation":
            details = [_duration(content)]
        case "photo":
            details = [_bytes(max(map(_size, content)))]
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
            options = (str(option.get("text", "")) for option in content.get("options", ()))
            details = [str(content.get("question", "")), " / ".join(options)]
        case "checklist":
            details = [str(content.get("title", ""))]
        case _:
            details = []
    return [" ".join(detail.split())[:LONGEST_DETAIL] for detail in details if detail.strip()]


def _duration(content: Json) -> str:
    if "duration" not in content:
        return ""
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


# How a file is called that has no name, and what it is if Telegram does not tell.
_USUAL = {
    "voice": ("voice.ogg", "audio/ogg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "animation": ("animation.mp4", "video/mp4"),
    "sticker": ("sticker.webp", "image/webp"),
    "photo": ("photo.jpg", "image/jpeg"),
    "document": ("file", "application/octet-stream"),
}


def _file_name(kind: str, content: Json) -> str:
    return str(content.get("file_name") or _USUAL[kind][0])


def _media_type(kind: str, content: Json) -> str:
    return str(content.get("mime_type") or _USUAL[kind][1]).lower()
