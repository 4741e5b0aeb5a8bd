"""Watches one folder of one mailbox: IDLE where the server has it, a poll as the floor.

Read-only (EXAMINE, BODY.PEEK): her unread marks stay, and they are no cursor, UIDVALIDITY and UID are. Many inboxes
share one event loop and one small pool of threads: a mailbox that idles costs a socket and no thread. Outages,
refusals and restarts of the server are survived here and reported through `health`.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage_bot.channels.imap_connection import Connection, Opened, chunked
from triage_bot.channels.imap_cursor import First, GoOn, Rescan, resume
from triage_bot.channels.imap_fetch import Source, read_messages
from triage_bot.channels.imap_session import Session
from triage_bot.channels.imap_wire import IdleRefused
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import Batch, Expect, Health, LoadCursor, Record, nobody_waits
from triage_bot.clock import Clock
from triage_bot.core.backoff import delay
from triage_bot.core.messages import Cursor, IncomingMessage
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, PermanentFailure, StoreError, TemporaryFailure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """When to look and when to try again."""

    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=5)
    # A refused login is tried slowly: some providers lock an account that fails often.
    first_after_refusal: timedelta = timedelta(minutes=1)
    longest_after_refusal: timedelta = timedelta(minutes=30)
    # IDLE is left and the folder looked at anyway: a dead link looks like a quiet one, and a server short of inotify
    # turns IDLE into a slow poll without saying so.
    shortest_idle: timedelta = timedelta(minutes=4)
    longest_idle: timedelta = timedelta(minutes=9)
    # The first wait after new mail or a new connection; each further one is four times as long. Some servers swallow
    # what arrives between our last look and the beginning of IDLE, and mail comes in bursts.
    first_idle: timedelta = timedelta(seconds=1)
    batch: int = 100  # mails fetched and recorded together; what is to be sent waits while they are recorded


DEFAULT_PACE = Pace()
QUIET_ENOUGH = 16
NOISY_PAUSE = 1.0
"""Seconds at most between two looks at a folder whose server wakes us all the time without new mail."""


class ImapInbox:
    def __init__(
        self,
        name: str,
        server: MailServer,
        folder: str = "INBOX",
        *,
        start_at: datetime | None,
        poll_every: timedelta,
        use_idle: bool,
        sizes: Sizes,
        clock: Clock,
        health: Health,
        pool: ThreadPoolExecutor,
        ssl_context: ssl.SSLContext,
        pace: Pace = DEFAULT_PACE,
        expect: Expect = nobody_waits,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.source = f"{name}/{folder}"
        self._server = server
        self._folder = folder
        self._start_at = start_at
        self._poll_every = poll_every
        self._use_idle = use_idle
        self._sizes = sizes
        self._clock = clock
        self._health = health
        self._pool = pool
        self._tls = ssl_context
        self._pace = pace
        self._expect = expect
        self._chance = chance
        self._failures = 0

    async def run(self, load_cursor: LoadCursor, record: Record) -> None:
        while True:
            connection = Connection(self._server, self._folder, self._tls)
            session = Session(connection, self._pool)
            try:
                await _Visit(self, connection, session, record).stay(load_cursor)
            except (ChannelFailure, StoreError) as error:
                failure = _failure(error)
            finally:
                await session.close()
            self._failures += 1
            self._health(self.source, failure)
            await asyncio.sleep(self._pause(failure).total_seconds())

    def _checked(self) -> None:
        self._failures = 0
        self._health(self.source, None)

    def _pause(self, failure: ChannelFailure) -> timedelta:
        pace = self._pace
        if isinstance(failure, PermanentFailure):
            return delay(self._failures, pace.first_after_refusal, pace.longest_after_refusal, self._chance)
        pause = delay(self._failures, pace.first_retry, pace.longest_retry, self._chance)
        if isinstance(failure, TemporaryFailure) and failure.retry_after:
            # Not all at the same moment: there may be several mailboxes of one account.
            return max(pause, failure.retry_after * (1 + self._chance() / 2))
        return pause

    def _idle_span(self, quiet: int) -> timedelta:
        """How long to wait after `quiet` waits in a row without new mail."""
        shortest, longest = self._pace.shortest_idle, self._pace.longest_idle
        span = min(self._poll_every, shortest + (longest - shortest) * self._chance())
        short: timedelta = self._pace.first_idle * 4 ** min(quiet, QUIET_ENOUGH)
        return min(span, short)


class _Visit:
    """One connection from its opening to its end, which is always a failure or a cancellation."""

    def __init__(self, inbox: ImapInbox, connection: Connection, session: Session, record: Record) -> None:
        self._inbox = inbox
        self._connection = connection
        self._session = session
        self._record = record
        self._idle = False
        self._quiet = 0  # waits in a row without new mail
        self._noise = 0  # wake-ups among them, in a row

    async def stay(self, load_cursor: LoadCursor) -> None:
        opened = await self._session.call(self._connection.open)
        self._idle = self._inbox._use_idle and opened.can_idle
        cursor = await self._resume(opened, load_cursor)
        while True:
            uids = await self._session.call(self._connection.uids_after, cursor.position)
            if uids:
                self._quiet = self._noise = 0
                cursor = await self._deliver(uids, cursor)
            self._inbox._checked()
            await self._wait()

    async def _resume(self, opened: Opened, load_cursor: LoadCursor) -> Cursor:
        inbox = self._inbox
        step = resume(
            await load_cursor(inbox.source),
            source=inbox.source,
            uid_validity=opened.uid_validity,
            next_uid=opened.next_uid,
            start_at=inbox._start_at,
            now=inbox._clock.now(),
        )
        match step:
            case GoOn(cursor):
                return cursor
            case First(cursor, None):
                # Recorded at once: what comes from now on is ours, even if we die before it does.
                await self._record(Batch((), cursor))
                return cursor
            case First(cursor, since):
                assert since is not None
                uids = await self._session.call(self._connection.uids_since, since)
                await self._deliver(uids, replace(cursor, position=min(uids, default=1) - 1))
            case Rescan(cursor, stored, why):
                log.warning("%s: %s; what arrived since the start is compared", inbox.source, why)
                uids = await self._session.call(self._connection.uids_since, cursor.started_at)
                await self._deliver(uids, cursor, rescanned_under=stored)
        # Mail may have come since the folder was opened.
        cursor = replace(cursor, position=max([cursor.position, *uids[-1:]]))
        await self._record(Batch((), cursor))
        return cursor

    async def _deliver(self, uids: list[int], cursor: Cursor, *, rescanned_under: Cursor | None = None) -> Cursor:
        """Batch by batch in the order of arrival. While one is recorded, the next may be judged and the one after that
        is fetched; none is recorded before those ahead of it are committed.

        In a rescan the cursor does not move: it is `rescanned_under` until all is done."""
        inbox = self._inbox
        stored = rescanned_under or cursor
        batches = chunked(uids, inbox._pace.batch)
        ahead = self._fetch(batches[0], cursor) if batches else None
        recording: asyncio.Future[None] | None = None
        try:
            for number, batch in enumerate(batches, 1):
                assert ahead is not None
                fetched: Iterable[IncomingMessage] = await ahead
                if number < len(batches):
                    ahead = self._fetch(batches[number], cursor)
                if rescanned_under:
                    fetched = (replace(message, rescanned=True) for message in fetched)
                else:
                    stored = replace(stored, position=batch[-1], moved_at=inbox._clock.now())
                messages = tuple(fetched)
                if recording is not None:
                    inbox._expect(messages)
                    await recording
                recording = asyncio.ensure_future(self._record(Batch(messages, stored)))
        except asyncio.CancelledError:
            if recording is not None:
                recording.cancel()
                await asyncio.wait([recording])
            raise
        except ChannelFailure:
            # What came before the connection broke is recorded all the same.
            if recording is not None:
                await recording
            raise
        if recording is not None:
            await recording
        return stored

    def _fetch(self, uids: Iterable[int], cursor: Cursor) -> "asyncio.Future[list[IncomingMessage]]":
        inbox = self._inbox
        source = Source(inbox.name, f"{inbox._folder}/{cursor.epoch}/", inbox._sizes)
        return self._session.start(read_messages, self._connection, list(uids), source, inbox._clock.now())

    async def _wait(self) -> None:
        """Until there may be something new."""
        inbox = self._inbox
        if not self._idle:
            await asyncio.sleep(inbox._poll_every.total_seconds() * (0.9 + inbox._chance() / 5))
            return
        try:
            await self._session.call(self._connection.begin_idle)
        except IdleRefused as refused:
            log.warning("%s: the server offers IDLE but refuses it (%s); it is polled", inbox.source, refused)
            self._idle = False
            return
        woken = self._connection.has_news or await self._session.readable(inbox._idle_span(self._quiet).total_seconds())
        await self._session.call(self._connection.end_idle)
        self._quiet += 1
        # Her phone sets marks, servers say "still here": each wakes us. A server that never stops is looked at slowly.
        self._noise = self._noise + 1 if woken else 0
        if self._noise > 3:
            await asyncio.sleep(min(NOISY_PAUSE, 0.01 * 2 ** min(self._noise, 10)))


def _failure(error: ChannelFailure | StoreError) -> ChannelFailure:
    return error if isinstance(error, ChannelFailure) else TemporaryFailure(f"cannot be recorded: {error}")
