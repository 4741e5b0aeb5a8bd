"""What becomes of one update."""

from datetime import UTC, datetime
from typing import Any

import pytest

from triage_bot.channels.protocols import AssistantAction, ChatFile, ChatReach, ChatStart
from triage_bot.channels.telegram_media import placeholder
from triage_bot.channels.telegram_people import People
from triage_bot.channels.telegram_updates import Ignored, Read, read_parts
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.reading.model import Locale

NOW = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 20, 12, 29, 58, tzinfo=UTC)
ANNA: dict[str, Any] = {"id": 1001, "first_name": "Anna", "last_name": "Nowak", "username": "Anna_N"}
ASSISTANT = 7


def message(**fields: Any) -> dict[str, Any]:
    return {
        "message_id": 5,
        "date": int(SENT_AT.timestamp()),
        "chat": {**ANNA, "type": "private"},
        "from": {**ANNA, "is_bot": False},
        **fields,
    }


def read(kind: str, content: Any, locale: Locale = Locale.EN) -> Read:
    people = People("telegram", frozenset({ASSISTANT}), locale=locale)
    return read_parts([{"update_id": 900, kind: content}], people, NOW)


def test_a_text_becomes_a_message() -> None:
    assert read("message", message(text="Is it ready?")) == IncomingMessage(
        channel="telegram",
        medium=Medium.CHAT,
        key="1001/5",
        received_at=SENT_AT,
        sent_at=SENT_AT,
        text="Is it ready?",
        header_from=Address("", "Anna Nowak"),
        message_id="1001/5",
        refs=("1001",),
        chat_id=1001,
        username="anna_n",
    )


def test_an_edited_text_has_a_key_of_its_own_and_the_moment_of_the_edit() -> None:
    edited_at = datetime(2026, 11, 20, 12, 35, tzinfo=UTC)
    found = read("edited_message", message(text="Is it ready now?", edit_date=int(edited_at.timestamp())))
    assert isinstance(found, IncomingMessage)
    assert found.edited
    assert found.key == f"1001/5/{int(edited_at.timestamp())}/900"
    assert found.message_id == "1001/5"
    assert found.received_at == edited_at


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(253402300000, id="in the year 9999"),
        pytest.param(int(datetime(2026, 11, 27, tzinfo=UTC).timestamp()), id="in a week"),
        pytest.param(0, id="before there was Telegram"),
    ],
)
def test_a_moment_that_cannot_be_is_now(seconds: int) -> None:
    found = read("message", message(text="proszę o fakturę", date=seconds))
    assert isinstance(found, IncomingMessage)
    assert found.received_at == NOW


@pytest.mark.parametrize("text", ["/start", "/start@zaradna_bot", "/start abc123"])
def test_pressing_start_is_told_with_who_it_was(text: str) -> None:
    sender = {**ANNA, "is_bot": False, "language_code": "sr"}
    found = read("message", message(text=text, **{"from": sender}))
    assert found == ChatStart(1001, SENT_AT, "Anna Nowak", "anna_n", "sr")


def test_words_after_start_are_a_message() -> None:
    assert isinstance(read("message", message(text="/start I need an offer")), IncomingMessage)


@pytest.mark.parametrize("text", ["pair-0A1B-2C3D", " pair-0a1b-2c3d\n", "/start pair-0A1B-2C3D", "Pair 0A1B – 2C3D"])
def test_a_pairing_code_is_an_action_wherever_it_is_written(text: str) -> None:
    found = read("message", message(text=text))
    assert isinstance(found, AssistantAction)
    assert (found.chat_id, found.user_id, found.text) == (1001, 1001, text)


def test_a_code_among_words_is_a_message() -> None:
    assert isinstance(read("message", message(text="what is pair-0A1B-2C3D?")), IncomingMessage)


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_who_blocks_the_bot_cannot_be_reached(status: str, reachable: bool) -> None:
    change = {
        "chat": {**ANNA, "type": "private"},
        "date": int(SENT_AT.timestamp()),
        "new_chat_member": {"status": status},
    }
    assert read("my_chat_member", change) == ChatReach(1001, SENT_AT, reachable, "Anna Nowak")


def test_parts_of_an_album_are_one_message() -> None:
    photo = {"photo": [{"file_id": "p", "file_size": 90_000}], "media_group_id": "9"}
    parts = [message(**photo, caption="the receipts"), message(**photo, message_id=6), message(**photo, message_id=7)]
    updates = [{"update_id": 900 + number, "message": part} for number, part in enumerate(parts)]
    found = read_parts(updates, People("telegram"), NOW)
    assert isinstance(found, IncomingMessage)
    assert (found.key, found.message_id, found.text) == ("1001/5", "1001/5", "the receipts")
    assert found.album == ("1001/5", "1001/6", "1001/7")
    assert [file.filename for file in found.attachments] == ["photo.jpg", "photo-2.jpg", "photo-3.jpg"]


def test_an_album_without_words_says_what_it_is() -> None:
    photo = message(photo=[{"file_size": 90_000}], media_group_id="9")
    parts = [photo, photo, message(video={"duration": 5}, media_group_id="9")]
    updates = [{"update_id": 900 + number, "message": part} for number, part in enumerate(parts)]
    found = read_parts(updates, People("telegram", locale=Locale.PL), NOW)
    assert isinstance(found, IncomingMessage)
    assert found.text == "[zdjęcie, 90 kB] × 2\n[film, 0:05]"


def test_a_live_location_that_moves_is_no_correction() -> None:
    moved = message(location={"latitude": 1, "longitude": 2}, edit_date=int(SENT_AT.timestamp()))
    assert read("edited_message", moved) == Ignored("a live location")


def test_a_caption_is_the_text_and_the_picture_an_attachment() -> None:
    sizes = [{"file_id": "s", "file_size": 900}, {"file_id": "l", "file_size": 90_000}]
    found = read("message", message(photo=sizes, caption="the receipt"))
    assert isinstance(found, IncomingMessage)
    assert found.text == "the receipt"
    assert [(file.filename, file.media_type, file.size) for file in found.attachments] == [
        ("photo.jpg", "image/jpeg", 90_000)
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"voice": {"duration": 42}}, "[voice message, 0:42]"),
        ({"voice": {"duration": 3725}}, "[voice message, 1:02:05]"),
        ({"video_note": {"duration": 61}}, "[video message, 1:01]"),
        ({"audio": {"duration": 180, "title": "Demo"}}, "[audio, Demo, 3:00]"),
        ({"document": {"file_name": "offer.pdf", "file_size": 1_240_000}}, "[file, offer.pdf, 1.2 MB]"),
        ({"document": {"file_name": "a\nb.txt", "file_size": 12}}, "[file, a b.txt, 1 kB]"),
        ({"document": {}}, "[file]"),
        ({"animation": {"duration": 2}, "document": {"file_name": "x.mp4"}}, "[animation, 0:02]"),
        ({"photo": [{"file_size": 900}, {"file_size": 90_000}]}, "[photo, 90 kB]"),
        ({"sticker": {"emoji": "👍"}}, "[sticker, 👍]"),
        ({"location": {"latitude": 44.8, "longitude": 20.5}}, "[location, 44.80000 20.50000]"),
        ({"venue": {"title": "Café", "address": "Nowa 1"}, "location": {}}, "[place, Café, Nowa 1]"),
        ({"contact": {"first_name": "Jan", "phone_number": "+48 22"}}, "[contact, Jan, +48 22]"),
        ({"poll": {"question": "When?"}}, "[poll, When?]"),
        (
            {"poll": {"question": "When?", "options": [{"text": "now"}, {"text": "later"}]}},
            "[poll, When?, now / later]",
        ),
        ({"checklist": {"title": "Move"}}, "[checklist, Move]"),
        ({"something_new": {}}, "[message of another kind: see Telegram]"),
    ],
)
def test_what_is_not_text_gets_a_placeholder(content: dict[str, Any], words: str) -> None:
    found = read("message", message(**content))
    assert isinstance(found, IncomingMessage)
    assert found.text == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (Locale.PL, "[wiadomość głosowa, 0:42]"),
        (Locale.SR, "[glasovna poruka, 0:42]"),
        (Locale.SR_CYRL, "[гласовна порука, 0:42]"),
    ],
)
def test_placeholders_are_in_the_readers_language(locale: Locale, words: str) -> None:
    assert placeholder({"voice": {"duration": 42}}, locale) == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (Locale.EN, "[message of another kind: see Telegram]"),
        (Locale.PL, "[wiadomość innego rodzaju: zajrzyj do Telegrama]"),
        (Locale.SR, "[poruka druge vrste: pogledajte u Telegramu]"),
        (Locale.SR_CYRL, "[порука друге врсте: погледајте у Телеграму]"),
    ],
)
def test_what_nobody_knows_is_to_be_looked_at_in_telegram(locale: Locale, words: str) -> None:
    assert placeholder({"something_new": {}}, locale) == words


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        pytest.param("channel_post", {"chat": {"id": -5, "type": "channel"}}, "channel_post", id="a channel"),
        pytest.param("message", message(text="a", **{"from": {"is_bot": True}}), "written by a bot", id="a bot"),
        pytest.param("message", message(pinned_message={}), "service message", id="a note of Telegram's"),
        pytest.param("chat_boost", {}, "chat_boost", id="another kind of update"),
        pytest.param(
            "callback_query",
            {"id": "1", "from": ANNA, "message": message(chat={"id": ASSISTANT, "type": "private"}), "data": "x"},
            "button of somebody else",
            id="a button in her chat pressed by another",
        ),
        pytest.param("message", "no object", "unreadable", id="a message of no shape"),
        pytest.param("callback_query", {"from": {}}, "button of somebody else", id="a button without a message"),
    ],
)
def test_what_no_client_wrote_is_ignored_with_a_reason(kind: str, content: Any, why: str) -> None:
    assert read(kind, content) == Ignored(why)


def test_an_update_without_content_is_ignored() -> None:
    assert read_parts([{"update_id": 1}], People("t"), NOW) == Ignored("empty")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"date": "yesterday"}, id="a date of words"),
        pytest.param({"date": 10**20}, id="a date beyond all years"),
        pytest.param({"from": None}, id="nobody wrote it"),
        pytest.param({"message_id": None}, id="no id"),
        pytest.param({"text": None, "voice": {"duration": "long"}}, id="a length of words"),
        pytest.param({"text": None, "photo": 5}, id="a photo that is a number"),
    ],
)
def test_what_cannot_be_read_but_has_a_chat_is_an_unreadable_message(broken: dict[str, Any]) -> None:
    found = read("message", message(text="hello") | broken)
    assert isinstance(found, IncomingMessage)
    assert found.unreadable
    assert (found.key, found.chat_id, found.received_at) == ("1001/update/900", 1001, NOW)


def test_the_assistants_own_chat_is_no_client() -> None:
    own = {"id": ASSISTANT, "type": "private"}
    hers = {"id": ASSISTANT, "is_bot": False, "language_code": "pl"}
    found = read("message", message(text="/queue", chat=own, reply_to_message={"message_id": 3}, **{"from": hers}))
    assert found == AssistantAction(
        update_id=900,
        chat_id=ASSISTANT,
        message_id=5,
        sent_at=SENT_AT,
        text="/queue",
        reply_to=3,
        user_id=ASSISTANT,
        language="pl",
    )


def test_what_she_sends_along_is_in_the_action() -> None:
    own = {"id": ASSISTANT, "type": "private"}
    offer = {"file_id": "f1", "file_name": "offer.pdf", "mime_type": "application/pdf", "file_size": 12}
    found = read("message", message(chat=own, document=offer, caption="for them", forward_origin={"type": "user"}))
    assert isinstance(found, AssistantAction)
    assert found.files == (ChatFile("f1", "offer.pdf", "application/pdf", 12),)
    assert (found.text, found.forwarded) == ("for them", True)


def test_her_button_carries_its_data() -> None:
    query = {
        "id": "cb",
        "from": {"id": ASSISTANT},
        "message": message(chat={"id": ASSISTANT, "type": "private"}),
        "data": "done:7",
    }
    found = read("callback_query", query)
    assert isinstance(found, AssistantAction)
    assert (found.data, found.callback_id, found.message_id) == ("done:7", "cb", 5)
