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


@dataclass(frozen=True, slots=True)
class SentFile:
    name: str
    media_type: str
    content: bytes
    kind: str = "document"  # or "photo"


@dataclass(slots=True)
class SentMessage:
    """A message of the bot as the person sees it now. `raw` is what the program sent, with its tags; of a message with
    files, `text` is the caption."""

    message_id: int
    chat_id: int
    text: str
    raw: str
    entities: tuple[Json, ...]
    date: datetime
    silent: bool = False
    reply_to: int | None = None
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()  # rows of (label, callback data or url)
    files: tuple[SentFile, ...] = ()
    media_group: str = ""
    forwarded_from: tuple[int, int] | None = None  # chat and message
    business: str = ""  # the connection in whose name it was sent
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
    language: str = ""

    @property
    def names(self) -> Json:
        first, _, last = self.name.partition(" ")
        found = {"first_name": first, "last_name": last, "username": self.username}
        return {key: value for key, value in found.items() if value}

    @property
    def user(self) -> Json:
        language = {"language_code": self.language} if self.language else {}
        return {"id": self.chat_id, "is_bot": False, **self.names, **language}

    @property
    def chat(self) -> Json:
        return {"id": self.chat_id, "type": "private", **self.names}


@dataclass(slots=True)
class Group:
    chat_id: int
    title: str
    type: str = "supergroup"
    kicked: bool = False
    moved_to: int | None = None

    @property
    def chat(self) -> Json:
        return {"id": self.chat_id, "type": self.type, "title": self.title}


@dataclass(slots=True)
class Secretary:
    """The bot connected to somebody's own account (Telegram Business)."""

    id: str
    owner: Person
    rights: Json
    enabled: bool
    since: datetime
    written_at: dict[int, datetime] = field(default_factory=dict)  # the last message of a client, by chat
    read_up_to: dict[int, int] = field(default_factory=dict)

    @property
    def as_json(self) -> Json:
        return {
            "id": self.id,
            "user": self.owner.user,
            "user_chat_id": self.owner.chat_id,
            "date": int(self.since.timestamp()),
            "rights": self.rights,
            "is_enabled": self.enabled,
        }


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

    def __init__(self, username: str, now: Callable[[], datetime], bot_id: int = 42) -> None:
        self.now = now
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "Triage", "username": username}
        self.people: dict[int, Person] = {}
        self.written: dict[tuple[int, int], Json] = {}  # by chat and message id
        self.sent: defaultdict[int, dict[int, SentMessage]] = defaultdict(dict)
        self.files: dict[str, bytes] = {}  # by path
        self.groups: dict[int, Group] = {}
        self.secretaries: dict[str, Secretary] = {}
        self.account_messages: defaultdict[str, dict[tuple[int, int], Json]] = defaultdict(dict)  # by connection
        self.sent_in_name: defaultdict[tuple[int, int], dict[int, SentMessage]] = defaultdict(dict)  # owner and chat
        self._message_ids = itertools.count(1)
        self._account_ids: defaultdict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def next_account_id(self, owner: int) -> int:
        """Messages of a person's own chats have numbers of their own."""
        return next(self._account_ids[owner])

    def chat(self, chat_id: int) -> Json:
        known = self.groups.get(chat_id) or self.people.get(chat_id)
        # Somebody who writes to an account of another, and never opened a chat with the bot.
        return known.chat if known else {"id": chat_id, "type": "private", "first_name": "Client"}

    def remember(self, message: SentMessage) -> None:
        if message.business:
            owner = self.secretaries[message.business].owner.chat_id
            self.sent_in_name[owner, message.chat_id][message.message_id] = message
        else:
            self.sent[message.chat_id][message.message_id] = message

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
            "chat": self.chat(message.chat_id),
            "date": int(message.date.timestamp()),
        }
        if message.business:
            secretary = self.secretaries[message.business]
            found |= {"from": secretary.owner.user, "sender_business_bot": self.bot}
            found["business_connection_id"] = message.business
        text = "caption" if message.files else "text"
        if message.text:
            found[text] = message.text
        if message.entities:
            found["caption_entities" if message.files else "entities"] = list(message.entities)
        if message.media_group:
            found["media_group_id"] = message.media_group
        for file in message.files:
            stored = self.file(f"sent/{message.message_id}/{file.name}", file.content)
            if file.kind == "photo":
                found["photo"] = [{**stored, "width": 1, "height": 1}]
            else:
                found["document"] = {**stored, "file_name": file.name, "mime_type": file.media_type}
        return found
