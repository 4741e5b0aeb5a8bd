"""The methods of the Bot API that the emulator knows, with the checks and the refusals of the real server."""

import json
import time
from collections.abc import Mapping

from triage_bot.demo.bot_api_html import Formatted, HtmlError, parse_html, utf16_length
from triage_bot.demo.bot_api_server import Method
from triage_bot.demo.bot_api_state import ApiError, Changes, Json, SentMessage, Updates, World

Parameters = Mapping[str, str]
Buttons = tuple[tuple[tuple[str, str], ...], ...]

LONGEST_TEXT = 4096
LONGEST_POLL = 50
LONGEST_CALLBACK_DATA = 64  # bytes


class Methods:
    def __init__(self, world: World, updates: Updates, changes: Changes) -> None:
        self.callback_answers: dict[str, str] = {}
        self.commands: dict[str, tuple[tuple[str, str], ...]] = {}
        self._world = world
        self._updates = updates
        self._changes = changes
        self._poll: object | None = None
        self._webhook = ""
        self._open_callbacks: set[str] = set()

    def table(self) -> dict[str, Method]:
        return {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._set_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "getchat": self._get_chat,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_reply_markup,
            "deletemessage": self._delete_message,
            "sendchataction": self._send_chat_action,
            "answercallbackquery": self._answer_callback,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "getfile": self._get_file,
        }

    @property
    def polled(self) -> bool:
        return self._poll is not None

    def new_callback(self) -> str:
        callback = str(900_000 + len(self._open_callbacks) + len(self.callback_answers))
        self._open_callbacks.add(callback)
        return callback

    # The bot itself

    def _get_me(self, _: Parameters) -> Json:
        return {
            **self._world.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _set_commands(self, given: Parameters) -> bool:
        listed = json.loads(given.get("commands", "[]"))
        self.commands[given.get("language_code", "")] = tuple((one["command"], one["description"]) for one in listed)
        return True

    def _get_commands(self, given: Parameters) -> list[Json]:
        listed = self.commands.get(given.get("language_code", ""), ())
        return [{"command": command, "description": words} for command, words in listed]

    # Updates

    async def _get_updates(self, given: Parameters) -> list[Json]:
        if self._webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if "allowed_updates" in given:
            self._updates.allow(json.loads(given["allowed_updates"]))
        limit = min(max(_number(given, "limit", 100), 1), 100)
        until = time.monotonic() + min(_number(given, "timeout", 0), LONGEST_POLL)
        # A newer question puts an end to the older one, also if somebody else asks it.
        mine = self._poll = object()
        self._changes.tell()
        try:
            self._updates.confirm(_number(given, "offset", 0))
            while not (ready := self._updates.ready(limit)) and time.monotonic() < until:
                await self._changes.wait(until - time.monotonic())
                if self._poll is not mine:
                    raise ApiError(
                        409,
                        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                        "running",
                    )
        finally:
            if self._poll is mine:
                self._poll = None
        return ready

    def _set_webhook(self, given: Parameters) -> bool:
        self._webhook = given.get("url", "")
        return True

    def _get_webhook_info(self, _: Parameters) -> Json:
        pending = len(self._updates.queued)
        return {"url": self._webhook, "has_custom_certificate": False, "pending_update_count": pending}

    # Messages

    def _get_chat(self, given: Parameters) -> Json:
        person = self._world.people[self._chat(given)]
        gifts = {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": True,
            "gifts_from_channels": True,
        }
        return {**person.chat, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def _send_message(self, given: Parameters) -> Json:
        content = _formatted(given)
        chat_id = self._chat(given)
        message = SentMessage(
            message_id=self._world.next_message_id(),
            chat_id=chat_id,
            text=content.text,
            raw=given["text"],
            entities=content.entities,
            date=self._world.now(),
            silent=given.get("disable_notification", "").lower() == "true",
            reply_to=self._reply_to(given, chat_id),
            buttons=_buttons(given),
        )
        self._world.sent[chat_id][message.message_id] = message
        self._changes.tell()
        return self._world.as_json(message)

    def _edit_message_text(self, given: Parameters) -> Json:
        content, buttons = _formatted(given), _buttons(given)
        message = self._message(given, "message to edit not found")
        if (content.text, content.entities, buttons) == (message.text, message.entities, message.buttons):
            raise _not_modified()
        message.show(content, given["text"], buttons)
        self._changes.tell()
        return self._world.as_json(message)

    def _edit_reply_markup(self, given: Parameters) -> Json:
        buttons = _buttons(given)
        message = self._message(given, "message to edit not found")
        if buttons == message.buttons:
            raise _not_modified()
        message.show(Formatted(message.text, message.entities), message.raw, buttons)
        self._changes.tell()
        return self._world.as_json(message)

    def _delete_message(self, given: Parameters) -> bool:
        chat_id, message_id = self._chat(given), _number(given, "message_id", 0)
        if (chat_id, message_id) in self._world.written:
            return True  # a bot may delete a person's message in a private chat
        self._message(given, "message to delete not found").deleted = True
        self._changes.tell()
        return True

    def _send_chat_action(self, given: Parameters) -> bool:
        self._chat(given)
        return True

    def _answer_callback(self, given: Parameters) -> bool:
        callback = given.get("callback_query_id", "")
        if callback not in self._open_callbacks:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._open_callbacks.discard(callback)
        self.callback_answers[callback] = given.get("text", "")
        self._changes.tell()
        return True

    def _get_file(self, given: Parameters) -> Json:
        path = given.get("file_id", "")
        if path not in self._world.files:
            raise ApiError(400, "Bad Request: invalid file_id")
        return {**self._world.file(path, self._world.files[path]), "file_path": path}

    def _chat(self, given: Parameters) -> int:
        person = self._world.people.get(_number(given, "chat_id", 0))
        if person is None:
            raise ApiError(400, "Bad Request: chat not found")
        if person.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return person.chat_id

    def _message(self, given: Parameters, otherwise: str) -> SentMessage:
        message = self._world.sent[self._chat(given)].get(_number(given, "message_id", 0))
        if message is None or message.deleted:
            raise ApiError(400, f"Bad Request: {otherwise}")
        return message

    def _reply_to(self, given: Parameters, chat_id: int) -> int | None:
        if "reply_parameters" not in given:
            return None
        wanted = json.loads(given["reply_parameters"])
        message_id = int(wanted["message_id"])
        sent = self._world.sent[chat_id].get(message_id)
        if (sent and not sent.deleted) or (chat_id, message_id) in self._world.written:
            return message_id
        if wanted.get("allow_sending_without_reply"):
            return None
        raise ApiError(400, "Bad Request: message to be replied not found")


def _formatted(given: Parameters) -> Formatted:
    raw, mode = given.get("text", ""), given.get("parse_mode", "").lower()
    if not raw.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if mode not in ("", "html"):
        raise ApiError(400, "Bad Request: unsupported parse_mode")
    try:
        content = parse_html(raw) if mode else Formatted(raw)
    except HtmlError as error:
        raise ApiError(400, f"Bad Request: can't parse entities: {error}") from None
    if not content.text.strip():
        raise ApiError(400, "Bad Request: text must be non-empty")
    if utf16_length(content.text.strip()) > LONGEST_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    return content


def _buttons(given: Parameters) -> Buttons:
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
    return tuple(tuple((button["text"], _carried(button)) for button in row) for row in rows)


def _carried(button: Json) -> str:
    return str(button.get("callback_data") or button.get("url") or "")


def _number(given: Parameters, name: str, default: int) -> int:
    try:
        return int(given.get(name, default))
    except ValueError:
        return default


def _not_modified() -> ApiError:
    return ApiError(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message",
    )
