"""Batches overlap: one is recorded, the next is expected, the one after that is fetched. Their order holds."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.patience import PATIENCE
from tests.servers import mails
from tests.servers.imap import USER, Server, imap  # noqa: F401  fixtures
from tests.servers.proxy import proxy_to
from tests.servers.reader import QUICK, Reader, reading
from triage_bot.channels.protocols import Batch
from triage_bot.core.messages import IncomingMessage
from triage_bot.errors import DatabaseUnusable

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(hours=1)
TWO = replace(QUICK, batch=2)


@dataclass
class Slow(Reader):
    """Records a batch of messages only when it is let to, and notes what it was told in which order."""

    story: list[str] = field(default_factory=list)
    let: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    disk_is_full: bool = False

    async def record(self, batch: Batch) -> None:
        if batch.messages:
            await self.tell("began", batch.messages)
            await self.let.acquire()
            if self.disk_is_full:
                await self.tell("failed", batch.messages)
                raise DatabaseUnusable("the disk is full")
        await super().record(batch)
        if batch.messages:
            await self.tell("recorded", batch.messages)

    def expect(self, messages: tuple[IncomingMessage, ...]) -> None:
        self.story.append(line("expected", messages))

    async def tell(self, what: str, messages: tuple[IncomingMessage, ...]) -> None:
        self.story.append(line(what, messages))
        await self._tell()

    async def until_told(self, wanted: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.story:
                await asyncio.sleep(0.002)


def line(what: str, messages: tuple[IncomingMessage, ...]) -> str:
    return " ".join([what, *(message.text for message in messages)])


async def deliver(server: Server, number: int) -> None:
    for each in range(number):
        await server.deliver(USER, mails.plain(str(each), number=each), NOW)


async def test_the_next_batch_is_expected_while_one_is_recorded(imap: Server) -> None:  # noqa: F811
    """It may be judged meanwhile; it is not recorded before the other is committed."""
    await deliver(imap, 5)
    slow = Slow()
    async with reading(imap.account(USER), reader=slow, start_at=START, pace=TWO):
        await slow.until_told("expected 2 3")
        assert slow.story[:2] == ["began 0 1", "expected 2 3"]
        for _ in range(3):
            slow.let.release()
        await slow.until_messages(5)
        await slow.until_told("recorded 4")
    assert [told for told in slow.story if not told.startswith("expected")] == [
        "began 0 1",
        "recorded 0 1",
        "began 2 3",
        "recorded 2 3",
        "began 4",
        "recorded 4",
    ]


async def test_a_batch_that_fails_stops_those_behind_it(imap: Server) -> None:  # noqa: F811
    """Else their cursor would say that it is recorded, too. All of it comes again."""
    await deliver(imap, 4)
    slow = Slow()
    async with reading(imap.account(USER), reader=slow, start_at=START, pace=TWO):
        await slow.until_told("expected 2 3")
        slow.disk_is_full = True
        slow.let.release()
        await slow.until_told("failed 0 1")
        slow.disk_is_full = False
        for _ in range(2):
            slow.let.release()
        await slow.until_messages(4)
    assert slow.texts == ["0", "1", "2", "3"]
    assert slow.story[2:4] == ["failed 0 1", "began 0 1"]
    assert "the disk is full" in str(slow.failures[0])


async def test_what_came_before_a_broken_connection_is_recorded(imap: Server) -> None:  # noqa: F811
    """The connection breaks while a batch waits for the database: that batch is not fetched again."""
    await deliver(imap, 6)
    slow = Slow()
    async with proxy_to(imap.host, imap.port) as proxy:
        account = replace(imap.account(USER), host="127.0.0.1", port=proxy.port)
        async with reading(account, reader=slow, start_at=START, pace=TWO):
            await slow.until_told("expected 2 3")
            proxy.cut()
            for _ in range(3):
                slow.let.release()
            await slow.until_messages(6)
    assert slow.texts == ["0", "1", "2", "3", "4", "5"]


async def test_it_stops_while_a_batch_is_recorded(imap: Server) -> None:  # noqa: F811
    """Nothing goes on behind the back of who stopped it."""
    await deliver(imap, 6)
    slow = Slow()
    async with reading(imap.account(USER), reader=slow, start_at=START, pace=TWO):
        await slow.until_told("expected 2 3")
    slow.let.release()
    await asyncio.sleep(0)
    assert slow.texts == []
    assert not slow.failures
