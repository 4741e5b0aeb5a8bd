"""What the use cases ask of a channel: an Inbox that reads and a Courier that delivers.

ChannelFailure            in triage_bot.errors
  TemporaryFailure        try again later
  PermanentFailure        will not work until somebody changes something
  InDoubt                 it may have been delivered: the answer never came
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from triage_bot.core.messages import BusinessConnection, Cursor, IncomingMessage, OutgoingMessage, OwnMessage
from triage_bot.errors import ChannelFailure


@dataclass(frozen=True, slots=True)
class ChatStart:
    """Somebody pressed Start in a private chat with the bot, or wrote /start. `language` is Telegram's language_code,
    "" where it tells none; `username` is without @ and in lower case."""

    chat_id: int
    at: datetime
    name: str = ""
    username: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ChatReach:
    """Whether the bot may write into a chat, when that changed: somebody blocked the bot or let it in again, removed it
    from a group or added it."""

    chat_id: int
    at: datetime
    reachable: bool
    name: str = ""
    group: bool = False


@dataclass(frozen=True, slots=True)
class ChatMove:
    """A group that has become a supergroup, which is another chat with another id."""

    old_id: int
    new_id: int
    at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order of their arrival and the cursor behind the last of them. May hold no message: then only
    the cursor moves (first start, updates that are no messages)."""

    messages: tuple[IncomingMessage, ...]
    cursor: Cursor
    own: tuple[OwnMessage, ...] = ()  # what the assistant wrote herself
    answered: tuple[tuple[str, str], ...] = ()  # channel and key of messages that her mail program marks as answered
    deleted: tuple[str, ...] = ()  # Message-IDs ("<chat>/<message>") that a client took back
    connections: tuple[BusinessConnection, ...] = ()  # as they are from now on
    starts: tuple[ChatStart, ...] = ()
    reaches: tuple[ChatReach, ...] = ()
    moves: tuple[ChatMove, ...] = ()


Record = Callable[[Batch], Awaitable[None]]
"""Returns when the batch is committed; only then may the mailbox or Telegram be told."""

Expect = Callable[[tuple[IncomingMessage, ...]], None]
"""Told of messages that will be recorded as the next batch of their channel, if nothing fails before."""

Foresee = Callable[[int], None]
"""Told how many messages will be recorded soon, if nothing fails before."""

LoadCursor = Callable[[str], Awaitable[Cursor | None]]
"""The stored cursor of a source, None at the first start."""

Health = Callable[[str, ChannelFailure | None], None]
"""Told of every failed attempt to read a source (its name, why), and with None when it works, first or again."""


def nobody_waits(messages: tuple[IncomingMessage, ...]) -> None:
    """An Expect that does nothing with what it knows."""


def nobody_prepares(messages: int) -> None:
    """A Foresee that does nothing with what it knows."""


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file that lies with Telegram. `size` is in bytes, 0 where it is not told."""

    file_id: str
    filename: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class AssistantAction:
    """The assistant wrote to the bot in her own chat, or pressed a button there.

    `data` is what the button carries, "" for a message. It may be told twice (after a crash), never lost. An album is
    one action: the captions as its text, all its files, the number of its first message. In a chat that is nobody's
    desk the only action is a pairing code.
    """

    update_id: int
    chat_id: int
    message_id: int
    sent_at: datetime
    text: str = ""
    edited: bool = False
    reply_to: int | None = None
    data: str = ""
    callback_id: str = ""
    user_id: int = 0  # who wrote or pressed
    files: tuple[ChatFile, ...] = ()
    media_group: str = ""  # names the album that it is, "" for a single message
    forwarded: bool = False
    language: str = ""  # Telegram's language_code of who wrote


Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, what it carries: at most 64 bytes)."""


class Answers(Protocol):
    async def answer(self, callback_id: str, text: str, *, alert: bool = False) -> None:
        """Show a few words to who pressed a button, in a box of their own if `alert`. Never raises: after some seconds
        nobody waits for them."""


class Screen(Answers, Protocol):
    """What the assistant sees of the bot besides the messages that the outbox sends."""

    async def edit(self, chat_id: int, message_id: int, text_html: str, buttons: Buttons = ()) -> bool:
        """Let a message of the bot say something else (Telegram HTML). False if it cannot be changed: too old, gone,
        Telegram away. Never raises."""

    async def set_menu(self, chat_id: int, commands: tuple[tuple[str, str], ...]) -> bool:
        """The commands (name, description) that Telegram offers in this chat. Never raises."""

    async def fetch(self, file: ChatFile, into: Path, most_bytes: int) -> Path:
        """Lay the file into the folder `into`, under a new name. Raises ChannelFailure, PermanentFailure for one over
        `most_bytes`; then nothing is left behind."""

    async def mark_read(self, business: str, chat_id: int, message_id: int) -> bool:
        """Mark a message in a business chat as read, and all before it. Never raises."""


class Inbox(Protocol):
    name: str
    shown: str
    """What people know it by, and the health of it is told of."""

    async def run(self, load_cursor: LoadCursor, record: Record) -> None:
        """Read until cancelled. Outages are survived inside, with backoff, and reported through the health callback
        given at construction."""


class Courier(Protocol):
    name: str

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        """Deliver one message and return the other side's word ("250 2.0.0 queued as ...", a Telegram message id).

        `before_commitment` is awaited exactly once, at the last point at which the message certainly has not left
        (SMTP: after RCPT, before DATA). Raises TemporaryFailure or PermanentFailure when it certainly was not
        delivered, InDoubt when nobody can tell. Of mails several may be handed over at once.
        """

    async def close(self) -> None: ...
