"""What the emulated Bot API checks of a request before anything is done, and the words in which it refuses."""

import json
from collections.abc import Mapping
from datetime import timedelta

from triage_bot.demo.bot_api_html import Formatted, HtmlError, parse_html, utf16_length
from triage_bot.demo.bot_api_state import ApiError, Json, Secretary, SentMessage, World

Parameters = Mapping[str, str]
Buttons = tuple[tuple[tuple[str, str], ...], ...]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK_DATA = 64  # bytes
ANSWERABLE_FOR = timedelta(hours=24)  # a business chat, after the client's last message


class Place:
    """Where a request wants to act."""

    def __init__(self, world: World) -> None:
        self._world = world

    def chat(self, given: Parameters, name: str = "chat_id") -> int:
        chat_id = number(given, name, 0)
        if group := self._world.groups.get(chat_id):
            if group.moved_to is not None:
                words = "Bad Request: group chat was upgraded to a supergroup chat"
                raise ApiError(400, words, migrate_to_chat_id=group.moved_to)
            if group.kicked:
                raise ApiError(403, f"Forbidden: bot was kicked from the {group.type} chat")
            return chat_id
        person = self._world.people.get(chat_id)
        if person is None:
            raise ApiError(400, "Bad Request: chat not found")
        if person.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat_id

    def destination(self, given: Parameters) -> tuple[int, str]:
        """The chat, and the business connection in whose name it is written to."""
        if "business_connection_id" not in given:
            return self.chat(given), ""
        secretary, chat = self.secretary(given), number(given, "chat_id", 0)
        if not secretary.enabled:
            raise ApiError(400, "Bad Request: business connection not found")
        if not secretary.rights.get("can_reply"):
            raise ApiError(403, "Forbidden: BOT_ACCESS_FORBIDDEN")
        written_at = secretary.written_at.get(chat)
        if written_at is None or self._world.now() - written_at > ANSWERABLE_FOR:
            raise ApiError(400, "Bad Request: BUSINESS_PEER_INVALID")
        return chat, secretary.id

    def secretary(self, given: Parameters) -> Secretary:
        found = self._world.secretaries.get(given.get("business_connection_id", ""))
        if found is None:
            raise ApiError(400, "Bad Request: business connection not found")
        return found

    def message(self, given: Parameters, otherwise: str, of_another: str) -> SentMessage:
        chat, message_id = self.chat(given), number(given, "message_id", 0)
        message = self._world.sent[chat].get(message_id)
        if message is None and (chat, message_id) in self._world.written:
            raise ApiError(400, f"Bad Request: {of_another}")
        if message is None or message.deleted:
            raise ApiError(400, f"Bad Request: {otherwise}")
        return message

    def reply_to(self, given: Parameters, chat_id: int) -> int | None:
        if "reply_parameters" not in given:
            return None
        wanted = json.loads(given["reply_parameters"])
        message_id = int(wanted["message_id"])
        sent = self._world.sent[chat_id].get(message_id)
        in_name = "business_connection_id" in given  # numbers of another account: believed
        if in_name or (sent and not sent.deleted) or (chat_id, message_id) in self._world.written:
            return message_id
        if wanted.get("allow_sending_without_reply"):
            return None
        raise ApiError(400, "Bad Request: message to be replied not found")


def formatted(given: Parameters, field: str) -> Formatted:
    """The text or caption of a message."""
    raw, mode = given.get(field, ""), given.get("parse_mode", "").lower()
    if field == "text" and not raw.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if mode not in ("", "html"):
        raise ApiError(400, "Bad Request: unsupported parse_mode")
    try:
        content = parse_html(raw) if mode else Formatted(raw)
    except HtmlError as error:
        raise ApiError(400, f"Bad Request: can't parse entities: {error}") from None
    if field == "text" and not content.text.strip():
        raise ApiError(400, "Bad Request: text must be non-empty")
    size = utf16_length(content.text.strip())
    if field == "text" and size > LONGEST_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    if field == "caption" and size > LONGEST_CAPTION:
        raise ApiError(400, "Bad Request: message caption is too long")
    return content


def buttons_of(given: Parameters) -> Buttons:
    if "reply_markup" not in given:
        return ()
    try:
        rows = json.loads(given["reply_markup"]).get("inline_keyboard", [])
    except (ValueError, AttributeError):
        raise ApiError(400, "Bad Request: object expected as reply markup") from None
    for button in (button for row in rows for button in row):
        size = len(button.get("callback_data", "-").encode())
        if not 1 <= size <= LONGEST_CALLBACK_DATA:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button.get("text", "").strip():
            raise ApiError(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
    return tuple(tuple((button["text"], _carried(button)) for button in row) for row in rows)


def number(given: Parameters, name: str, default: int) -> int:
    try:
        return int(given.get(name, default))
    except ValueError:
        return default


def _carried(button: Json) -> str:
    return str(button.get("callback_data") or button.get("url") or "")
