"""A Telegram inbox that reads from the emulator into a store that is none."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from triage_bot.channels.protocols import Batch
from triage_bot.channels.telegram_inbox import Pace, TelegramInbox
from triage_bot.clock import HandClock
from triage_bot.core.messages import BusinessConnection, Cursor, IncomingMessage, OwnMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.demo.bot_api import BotApi
from triage_bot.errors import ChannelFailure

ASSISTANT = 7
MOMENT = timedelta(milliseconds=10)
QUICK = Pace(
    long_poll=timedelta(seconds=120),
    first_retry=MOMENT,
    longest_retry=2 * MOMENT,
    rejected_retry=MOMENT,
    album=8 * MOMENT,
)


class Ledger:
    """What a store does for an inbox: remembers the cursor, and each message once."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.messages: dict[str, IncomingMessage] = {}
        self.handed = 0
        self.own: dict[str, OwnMessage] = {}
        self.deleted: list[str] = []
        self.connections: list[BusinessConnection] = []
        self.batches: list[Batch] = []
        self.health: list[ChannelFailure | None] = []

    async def load(self, source: str) -> Cursor | None:
        assert source == "telegram"
        return self.cursor

    async def record(self, batch: Batch) -> None:
        self.handed += len(batch.messages)
        for message in batch.messages:
            self.messages.setdefault(message.key, message)
        self.own |= {each.key: each for each in batch.own}
        self.deleted += batch.deleted
        self.connections += batch.connections
        self.batches.append(batch)
        self.cursor = batch.cursor

    def told(self, source: str, failure: ChannelFailure | None) -> None:
        assert source == "telegram"
        self.health.append(failure)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages.values()]

    @property
    def failures(self) -> list[str]:
        return [str(failure) for failure in self.health if failure]


def an_inbox(api: BotApi, clock: HandClock, ledger: Ledger, **more: object) -> TelegramInbox:
    server = TelegramServer(token=str(more.pop("token", api.token)), api_url=api.url)
    settings = {"desks": frozenset({ASSISTANT}), "pace": QUICK} | more
    return TelegramInbox("telegram", server, clock=clock, health=ledger.told, **settings)  # type: ignore[arg-type]


@asynccontextmanager
async def running(inbox: TelegramInbox, ledger: Ledger) -> AsyncIterator[None]:
    task = asyncio.create_task(inbox.run(ledger.load, ledger.record))
    try:
        yield
    finally:
        # If it has ended by itself, with what?
        if task.done():
            task.result()
        task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < QUICK.long_poll.total_seconds() / 2
