"""What the Bot API emulator remembers: who there is, what the bot said to whom, and which updates it has not read."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from triage_bot.demo.bot_api_html import Formatted

Json = dict[str, Any]

KEPT = timedelta(hours=24)
# Not sent unless asked for by name.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class ApiError(Exception):
    """The answer {"ok": false, ...} with this code and description."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass(slots=True)
class SentMessage:
    """A message of the bot as the person sees it now. `raw` is what the program sent, with its tags."""

    message_id: int
    chat_id: int
    text: str
    raw: str
    entities: tuple[Json, ...]
    date: datetime
    silent: bool = False
    reply_to: int | None = None
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()  # rows of (label, callback data or url)
    edits: int = 0
    deleted: bool = False

    def show(self, content: Formatted, raw: str, buttons: tuple[tuple[tuple[str, str], ...], ...]) -> None:
        self.text, self.entities, self.raw, self.buttons = content.text, content.entities, raw, buttons
        self.edits += 1


@dataclass(slots=True)
class Person:
    """A private chat: its id is the person's."""

    chat_id: int
    name: str
    username: str = ""
    blocked: bool = False

    @property
    def names(self) -> Json:
        first, _, last = self.name.partition(" ")
        found = {"first_name": first, "last_name": last, "username": self.username}
        return {key: value for key, value in found.items() if value}

    @property
    def user(self) -> Json:
        return {"id": self.chat_id, "is_bot": False, **self.names}

    @property
    def chat(self) -> Json:
        return {"id": self.chat_id, "type": "private", **self.names}


@dataclass(slots=True)
class _Queued:
    update: Json
    at: datetime


@dataclass(slots=True)
class Updates:
    """The queue behind getUpdates: an update leaves it by a later offset, or after 24 hours, and in no other way."""

    now: Callable[[], datetime]
    next_id: int = 700_000_001
    allowed: frozenset[str] | None = None
    queued: list[_Queued] = field(default_factory=list)

    def push(self, kind: str, content: Any) -> int:
        update_id = self.next_id
        wanted = kind in self.allowed if self.allowed else kind not in _ON_REQUEST
        if wanted:
            self.next_id += 1
            self.queued.append(_Queued({"update_id": update_id, kind: content}, self.now()))
        return update_id

    def confirm(self, offset: int) -> None:
        """Forget what lies before `offset`; a negative one keeps that many from the end."""
        if offset < 0:
            self.queued = self.queued[offset:]
        elif offset > 0 and offset <= self.next_id + 10:
            # An offset from before the numbers began anew is "in the future": the real server ignores it.
            self.queued = [queued for queued in self.queued if queued.update["update_id"] >= offset]

    def ready(self, limit: int) -> list[Json]:
        oldest = self.now() - KEPT
        self.queued = [queued for queued in self.queued if queued.at >= oldest]
        return [queued.update for queued in self.queued[:limit]]

    def allow(self, kinds: Iterable[str]) -> None:
        self.allowed = frozenset(kinds) or None


class Changes:
    """Wakes everybody who waits for the state to change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass


class World:
    """The people, what they wrote, and what the bot told them."""

    def __init__(self, username: str, now: Callable[[], datetime]) -> None:
        self.now = now
        self.bot: Json = {"id": 42, "is_bot": True, "first_name": "Triage", "username": username}
        self.people: dict[int, Person] = {}
        self.written: dict[tuple[int, int], Json] = {}  # by chat and message id
        self.sent: defaultdict[int, dict[int, SentMessage]] = defaultdict(dict)
        self.files: dict[str, bytes] = {}  # by path
        self._message_ids = itertools.count(1)

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def person(self, chat_id: int, name: str = "", username: str = "") -> Person:
        """Whoever has this chat, new if nobody had; a name replaces the one known."""
        person = self.people.setdefault(chat_id, Person(chat_id, name or "Client", username))
        person.name = name or person.name
        person.username = username or person.username
        return person

    def file(self, path: str, content: bytes) -> Json:
        self.files[path] = content
        return {"file_id": path, "file_unique_id": path, "file_size": len(content)}

    def as_json(self, message: SentMessage) -> Json:
        found: Json = {
            "message_id": message.message_id,
            "from": self.bot,
            "chat": self.people[message.chat_id].chat,
            "date": int(message.date.timestamp()),
            "text": message.text,
        }
        if message.entities:
            found["entities"] = list(message.entities)
        return found
