"""The methods of the Bot API that the emulator knows, with the checks and the refusals of the real server."""

import json
import re
import time
from datetime import datetime, timedelta

from triage_bot.demo.bot_api_checks import Place, buttons_of, formatted, number
from triage_bot.demo.bot_api_html import Formatted
from triage_bot.demo.bot_api_sending import Sending
from triage_bot.demo.bot_api_server import Given, Method
from triage_bot.demo.bot_api_state import ApiError, Changes, Json, Updates, World

LONGEST_POLL = 50
DELETABLE_FOR = timedelta(hours=48)
CALLBACK_LIVES = timedelta(minutes=15)
MOST_FETCHED = 20_000_000
MOST_COMMANDS = 100


class Methods:
    def __init__(self, world: World, updates: Updates, changes: Changes) -> None:
        self.callback_answers: dict[str, str] = {}
        self.callback_alerts: set[str] = set()
        self.menus: dict[tuple[str, int, str], tuple[tuple[str, str], ...]] = {}  # by scope, chat and language
        self._world = world
        self._updates = updates
        self._changes = changes
        self._poll: object | None = None
        self._webhook = ""
        self._open_callbacks: dict[str, datetime] = {}
        self._place = Place(world)
        self._sending = Sending(world, changes, updates, self._place)

    def table(self) -> dict[str, Method]:
        return {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._set_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "getchat": self._get_chat,
            **self._sending.table(),
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_reply_markup,
            "deletemessage": self._delete_message,
            "sendchataction": self._send_chat_action,
            "answercallbackquery": self._answer_callback,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "deletemycommands": self._delete_commands,
            "getfile": self._get_file,
            "getbusinessconnection": self._get_business_connection,
            "readbusinessmessage": self._read_business_message,
        }

    @property
    def polled(self) -> bool:
        return self._poll is not None

    def new_callback(self) -> str:
        callback = str(900_000 + len(self._open_callbacks) + len(self.callback_answers))
        self._open_callbacks[callback] = self._world.now()
        return callback

    # The bot itself

    def _get_me(self, _: Given) -> Json:
        return {
            **self._world.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _set_commands(self, given: Given) -> bool:
        listed = json.loads(given.get("commands", "[]"))
        if len(listed) > MOST_COMMANDS:
            raise ApiError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for one in listed:
            if not re.fullmatch("[a-z0-9_]{1,32}", one["command"]):
                raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
                raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[self._menu(given)] = tuple((one["command"], one["description"]) for one in listed)
        self._changes.tell()
        return True

    def _get_commands(self, given: Given) -> list[Json]:
        listed = self.menus.get(self._menu(given), ())
        return [{"command": command, "description": words} for command, words in listed]

    def _delete_commands(self, given: Given) -> bool:
        self.menus.pop(self._menu(given), None)
        self._changes.tell()
        return True

    def _menu(self, given: Given) -> tuple[str, int, str]:
        scope = json.loads(given.get("scope", '{"type": "default"}'))
        chat = int(scope.get("chat_id", 0))
        if chat and chat not in self._world.people and chat not in self._world.groups:
            raise ApiError(400, "Bad Request: chat not found")
        return str(scope["type"]), chat, given.get("language_code", "")

    # Updates

    async def _get_updates(self, given: Given) -> list[Json]:
        if self._webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if "allowed_updates" in given:
            self._updates.allow(json.loads(given["allowed_updates"]))
        limit = min(max(number(given, "limit", 100), 1), 100)
        until = time.monotonic() + min(number(given, "timeout", 0), LONGEST_POLL)
        # A newer question puts an end to the older one, also if somebody else asks it.
        mine = self._poll = object()
        self._changes.tell()
        try:
            self._updates.confirm(number(given, "offset", 0))
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

    def _set_webhook(self, given: Given) -> bool:
        self._webhook = given.get("url", "")
        return True

    def _get_webhook_info(self, _: Given) -> Json:
        pending = len(self._updates.queued)
        return {"url": self._webhook, "has_custom_certificate": False, "pending_update_count": pending}

    # Messages

    def _get_chat(self, given: Given) -> Json:
        chat = self._world.chat(self._place.chat(given))
        gifts = {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": True,
            "gifts_from_channels": True,
        }
        return {**chat, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def _edit_message_text(self, given: Given) -> Json:
        content, buttons = formatted(given, "text"), buttons_of(given)
        message = self._place.message(given, "message to edit not found", "message can't be edited")
        if message.files:
            raise ApiError(400, "Bad Request: there is no text in the message to edit")
        if (content.text, content.entities, buttons) == (message.text, message.entities, message.buttons):
            raise _not_modified()
        message.show(content, given["text"], buttons)
        self._changes.tell()
        return self._world.as_json(message)

    def _edit_reply_markup(self, given: Given) -> Json:
        buttons = buttons_of(given)
        message = self._place.message(given, "message to edit not found", "message can't be edited")
        if buttons == message.buttons:
            raise _not_modified()
        message.show(Formatted(message.text, message.entities), message.raw, buttons)
        self._changes.tell()
        return self._world.as_json(message)

    def _delete_message(self, given: Given) -> bool:
        chat_id, message_id = self._place.chat(given), number(given, "message_id", 0)
        if (chat_id, message_id) in self._world.written:
            return True  # a bot may delete a person's message in a private chat
        message = self._place.message(given, "message to delete not found", "message can't be deleted")
        if self._world.now() - message.date > DELETABLE_FOR:
            raise ApiError(400, "Bad Request: message can't be deleted for everyone")
        message.deleted = True
        self._changes.tell()
        return True

    def _send_chat_action(self, given: Given) -> bool:
        self._place.chat(given)
        return True

    def _answer_callback(self, given: Given) -> bool:
        callback = given.get("callback_query_id", "")
        asked_at = self._open_callbacks.get(callback)
        if asked_at is None or self._world.now() - asked_at > CALLBACK_LIVES:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        del self._open_callbacks[callback]
        self.callback_answers[callback] = given.get("text", "")
        if given.get("show_alert", "").lower() == "true":
            self.callback_alerts.add(callback)
        self._changes.tell()
        return True

    def _get_business_connection(self, given: Given) -> Json:
        return self._place.secretary(given).as_json

    def _read_business_message(self, given: Given) -> bool:
        secretary = self._place.secretary(given)
        chat = number(given, "chat_id", 0)
        if not secretary.rights.get("can_read_messages"):
            raise ApiError(403, "Forbidden: BOT_ACCESS_FORBIDDEN")
        if chat not in secretary.written_at:
            raise ApiError(400, "Bad Request: BUSINESS_PEER_INVALID")
        secretary.read_up_to[chat] = max(secretary.read_up_to.get(chat, 0), number(given, "message_id", 0))
        self._changes.tell()
        return True

    def _get_file(self, given: Given) -> Json:
        path = given.get("file_id", "")
        if path not in self._world.files:
            raise ApiError(400, "Bad Request: invalid file_id")
        if len(self._world.files[path]) > MOST_FETCHED:
            raise ApiError(400, "Bad Request: file is too big")
        return {**self._world.file(path, self._world.files[path]), "file_path": path}


def _not_modified() -> ApiError:
    return ApiError(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message",
    )
