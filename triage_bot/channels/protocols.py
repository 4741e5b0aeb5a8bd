"""What the use cases ask of a channel: an Inbox that reads and a Courier that delivers.

ChannelFailure            in triage_bot.errors
  TemporaryFailure        try again later
  PermanentFailure        will not work until somebody changes something
  InDoubt                 it may have been delivered: the answer never came
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triage_bot.core.messages import Cursor, IncomingMessage, OutgoingMessage, OwnMessage
from triage_bot.errors import ChannelFailure


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order of their arrival and the cursor behind the last of them. May hold no message: then only
    the cursor moves (first start, updates that are no messages)."""

    messages: tuple[IncomingMessage, ...]
    cursor: Cursor
    own: tuple[OwnMessage, ...] = ()  # what the assistant wrote herself
    deleted: tuple[str, ...] = ()  # Message-IDs ("<chat>/<message>") that a client took back


Record = Callable[[Batch], Awaitable[None]]
"""Returns when the batch is committed; only then may the mailbox or Telegram be told."""

Expect = Callable[[tuple[IncomingMessage, ...]], None]
"""Told of messages that will be recorded as the next batch of their channel, if nothing fails before."""

LoadCursor = Callable[[str], Awaitable[Cursor | None]]
"""The stored cursor of a source, None at the first start."""

Health = Callable[[str, ChannelFailure | None], None]
"""Told of every failed attempt to read a source (its name, why), and with None when it works, first or again."""


def nobody_waits(messages: tuple[IncomingMessage, ...]) -> None:
    """An Expect that does nothing with what it knows."""


@dataclass(frozen=True, slots=True)
class AssistantAction:
    """The assistant wrote to the bot in her own chat, or pressed a button there.

    `data` is what the button carries, "" for a message. It may be told twice (after a crash), never lost.
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


class Answers(Protocol):
    async def answer(self, callback_id: str, text: str) -> None:
        """Show a few words to who pressed a button. Never raises: after some seconds nobody waits for them."""


class Inbox(Protocol):
    name: str

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
