"""An ImapInbox that runs, and everything it recorded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.patience import PATIENCE
from triage_bot.channels.imap_hosts import Hosts, Manners
from triage_bot.channels.imap_inbox import ImapInbox, Pace
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import Batch
from triage_bot.clock import SystemClock
from triage_bot.core.messages import Cursor, IncomingMessage
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure

SIZES = Sizes(header_bytes=64 * 1024, part_bytes=64 * 1024, text_chars=20_000)
QUICK = Pace(
    first_retry=timedelta(milliseconds=20),
    longest_retry=timedelta(milliseconds=200),
    first_idle=timedelta(milliseconds=100),
)


@dataclass
class Reader:
    stored: Cursor | None = None
    batches: list[Batch] = field(default_factory=list)
    checks: int = 0
    failures: list[ChannelFailure] = field(default_factory=list)
    before_record: Callable[[Batch], None] = lambda batch: None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def messages(self) -> list[IncomingMessage]:
        return [message for batch in self.batches for message in batch.messages]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    async def load(self, _source: str) -> Cursor | None:
        return self.stored

    async def record(self, batch: Batch) -> None:
        self.before_record(batch)
        self.batches.append(batch)
        self.stored = batch.cursor
        async with self._changed:
            self._changed.notify_all()

    def expect(self, messages: tuple[IncomingMessage, ...]) -> None:
        pass

    def health(self, _source: str, failure: ChannelFailure | None) -> None:
        if failure is None:
            self.checks += 1
        else:
            self.failures.append(failure)
        asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(self._tell()))

    async def until(self, condition: Callable[["Reader"], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: condition(self))

    async def until_messages(self, number: int) -> None:
        await self.until(lambda reader: len(reader.messages) >= number)

    async def until_checked(self) -> None:
        """Until the folder has been looked at once more."""
        checks = self.checks
        await self.until(lambda reader: reader.checks > checks)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def reading(
    account: MailServer,
    *,
    reader: Reader | None = None,
    folder: str = "INBOX",
    start_at: datetime | None = None,
    poll_every: timedelta = timedelta(minutes=5),
    use_idle: bool = True,
    sizes: Sizes = SIZES,
    pace: Pace = QUICK,
    tls: ssl.SSLContext | None = None,
    pool: Pool | None = None,
) -> AsyncIterator[Reader]:
    """`pool` is the one that is shared with others; its maker closes it."""
    reader = reader or Reader()
    own = Pool(4, Hosts(Manners(first_retry=pace.first_retry, longest_retry=pace.longest_retry)))
    inbox = ImapInbox(
        "mail",
        account,
        folder,
        start_at=start_at,
        poll_every=poll_every,
        use_idle=use_idle,
        sizes=sizes,
        clock=SystemClock(),
        health=reader.health,
        pool=pool or own,
        ssl_context=tls or ssl.create_default_context(),
        pace=pace,
        expect=reader.expect,
    )
    task = asyncio.create_task(inbox.run(reader.load, reader.record))
    try:
        yield reader
    finally:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        assert done, "the inbox did not stop"
        assert task.cancelled() or task.exception() is None, task.exception()
        await own.aclose()
