"""A Telegram Bot API on loopback, for the demo and the tests: a real HTTP server, and the people who use Telegram.

    async with BotApi(token="42:secret") as api:
        api.client_writes(7, "Is the invoice out?", name="Anna Nowak")
        ...                                              # the program polls api.url and answers
        answer = await api.wait_for(lambda: api.sent(7))

Ids of messages and updates are counted as Telegram counts them, and moments come from `now`, so that a clock moved
by hand moves this world too. What the program sends is checked by the rules of the real server, and refused in its
words.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from triage_bot.demo.bot_api_methods import Methods
from triage_bot.demo.bot_api_server import Fault, PlannedFault, Server
from triage_bot.demo.bot_api_state import Changes, Json, Person, SentMessage, Updates, World

__all__ = ["BotApi", "Fault", "SentMessage"]

T = TypeVar("T")

PATIENCE = 5.0  # seconds that wait_for waits
GLANCE = 0.02  # seconds between two looks at a condition that depends on something outside


class BotApi:
    def __init__(
        self,
        token: str = "42:" + "A" * 35,
        *,
        username: str = "triage_demo_bot",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.token = token
        self.now = now
        self._changes = Changes()
        self._updates = Updates(now)
        self._world = World(username, now)
        self._methods = Methods(self._world, self._updates, self._changes)
        self._server = Server(token, self._methods.table(), self._world.files)

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url

    # What people do

    def opens_chat(self, chat_id: int, name: str = "Client", username: str = "") -> Person:
        """The person has pressed Start some time ago: the bot may write to her."""
        return self._world.person(chat_id, name, username)

    def client_writes(
        self,
        chat_id: int,
        text: str,
        *,
        name: str = "",
        username: str = "",
        date: datetime | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Returns the id of the message."""
        content: Json = {"text": text}
        if reply_to is not None:
            replied = self._world.sent[chat_id][reply_to]
            content["reply_to_message"] = self._world.as_json(replied)
        return self._says(chat_id, content, name, username, date)

    def client_edits(self, chat_id: int, message_id: int, text: str, *, date: datetime | None = None) -> None:
        message = self._world.written[chat_id, message_id]
        field = "text" if "text" in message else "caption"
        message |= {field: text, "edit_date": _seconds(date or self.now())}
        self._push("edited_message", dict(message))

    def client_sends_voice(self, chat_id: int, seconds: int = 42, **who: Any) -> int:
        file = self._world.file("voice/file.oga", b"OggS")
        return self._sends(chat_id, {"voice": {**file, "duration": seconds, "mime_type": "audio/ogg"}}, who)

    def client_sends_photo(self, chat_id: int, caption: str = "", **who: Any) -> int:
        sizes = [
            {**self._world.file("photos/small.jpg", b"J" * 900), "width": 90, "height": 60},
            {**self._world.file("photos/large.jpg", b"J" * 90_000), "width": 1280, "height": 853},
        ]
        return self._sends(chat_id, {"photo": sizes}, who, caption)

    def client_sends_document(
        self, chat_id: int, file_name: str = "offer.pdf", content: bytes = b"%PDF-1.7", caption: str = "", **who: Any
    ) -> int:
        file = self._world.file(f"documents/{file_name}", content)
        document = {**file, "file_name": file_name, "mime_type": "application/pdf"}
        return self._sends(chat_id, {"document": document}, who, caption)

    def client_sends_sticker(self, chat_id: int, emoji: str = "👍", **who: Any) -> int:
        file = self._world.file("stickers/file.webp", b"RIFF")
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._sends(chat_id, {"sticker": {**file, **shape, "emoji": emoji}}, who)

    def client_sends_location(self, chat_id: int, latitude: float, longitude: float, **who: Any) -> int:
        return self._sends(chat_id, {"location": {"latitude": latitude, "longitude": longitude}}, who)

    def client_sends(self, chat_id: int, content: Json, **who: Any) -> int:
        """A message of any other kind, in the fields of the Bot API: {"video": {...}, "caption": ...}."""
        return self._sends(chat_id, content, who)

    def client_blocks(self, chat_id: int) -> None:
        self._world.people[chat_id].blocked = True

    def group_writes(self, chat_id: int, text: str, *, name: str = "Client", title: str = "A group") -> int:
        chat = {"id": chat_id, "type": "supergroup", "title": title}
        message_id = self._world.next_message_id()
        message = {
            "message_id": message_id,
            "date": _seconds(self.now()),
            "chat": chat,
            "from": {"id": abs(chat_id) % 1000 + 1, "is_bot": False, "first_name": name},
            "text": text,
        }
        self._push("message", message)
        return message_id

    def press(self, chat_id: int, message_id: int, data: str) -> str:
        """Press the button of a message that carries `data`; returns the id to find in `callback_answers`."""
        message = self._world.sent[chat_id][message_id]
        if message.deleted or not any(data == carried for row in message.buttons for _, carried in row):
            raise ValueError(f"message {message_id} shows no button {data!r}")
        callback = self._methods.new_callback()
        query = {
            "id": callback,
            "from": self._world.people[chat_id].user,
            "chat_instance": "1",
            "message": self._world.as_json(message),
            "data": data,
        }
        self._push("callback_query", query)
        return callback

    def update(self, kind: str, content: Any) -> int:
        """Queue any update as it is, well-formed or not; returns its id."""
        return self._push(kind, content)

    # What they see

    def sent(self, chat_id: int) -> tuple[SentMessage, ...]:
        """The bot's messages in a chat as the person sees them now, oldest first; deleted ones are gone."""
        return tuple(message for message in self._world.sent[chat_id].values() if not message.deleted)

    @property
    def callback_answers(self) -> dict[str, str]:
        """What answered a pressed button, by the id that `press` returned."""
        return self._methods.callback_answers

    @property
    def commands(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The menu of commands by language code, "" for all others."""
        return self._methods.commands

    # What the machine does

    @property
    def requests(self) -> list[str]:
        """The methods that were called, in lower case and in order."""
        return self._server.requests

    @property
    def unconfirmed(self) -> list[int]:
        """The ids of the updates that Telegram still keeps."""
        return [queued.update["update_id"] for queued in self._updates.queued]

    @property
    def polled(self) -> bool:
        """Whether somebody waits in a long poll now."""
        return self._methods.polled

    def fails(self, fault: Fault, method: str = "", *, times: int = 1, retry_after: int = 1) -> None:
        """Let the next `times` calls of `method` (any, if empty) fail."""
        self._server.planned.append(PlannedFault(fault, method.lower(), times, retry_after))

    def weather(self, forecast: Callable[[str], Fault | None]) -> None:
        """Ask `forecast` at every call, with the method's name in lower case, what happens to it."""
        self._server.weather = forecast

    def renumber_updates(self, next_id: int) -> None:
        """Go on counting updates from another number, as Telegram does after a week without any."""
        self._updates.next_id = next_id

    async def wait_for(self, condition: Callable[[], T], seconds: float = PATIENCE) -> T:
        """The first truthy value of `condition`, looked at after every change; TimeoutError if there is none."""
        until = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > until:
                raise TimeoutError(f"not so after {seconds} s; the last calls were {self.requests[-5:]}")
            await self._changes.wait(GLANCE)
        return value

    def _sends(self, chat_id: int, content: Json, who: dict[str, Any], caption: str = "") -> int:
        content = content | ({"caption": caption} if caption else {})
        return self._says(chat_id, content, who.get("name", ""), who.get("username", ""), who.get("date"))

    def _says(self, chat_id: int, content: Json, name: str, username: str, date: datetime | None) -> int:
        person = self._world.person(chat_id, name, username)
        person.blocked = False
        message_id = self._world.next_message_id()
        message = {
            "message_id": message_id,
            "date": _seconds(date or self.now()),
            "chat": person.chat,
            "from": person.user,
            **content,
        }
        self._world.written[chat_id, message_id] = message
        self._push("message", dict(message))
        return message_id

    def _push(self, kind: str, content: Any) -> int:
        update_id = self._updates.push(kind, content)
        self._changes.tell()
        return update_id


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
