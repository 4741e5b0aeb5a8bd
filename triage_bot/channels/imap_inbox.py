"""Watches one folder of one mailbox: IDLE where the server has it, a poll as the floor.

Read-only (EXAMINE, BODY.PEEK): her unread marks stay, and they are no cursor, UIDVALIDITY and UID are. Many inboxes
share one event loop and one small pool of threads: a mailbox that idles costs a socket and no thread. Outages,
refusals and restarts of the server are survived here and reported through `health`. Where the provider wants fewer
connections, some folders are left after each look, so that others get their turn.
"""

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from triage_bot.channels.imap_connection import Connection, Opened, chunked
from triage_bot.channels.imap_cursor import First, GoOn, Rescan, resume
from triage_bot.channels.imap_errors import TooMany
from triage_bot.channels.imap_fetch import Source, read_messages
from triage_bot.channels.imap_hosts import Visit
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_recordings import Recordings
from triage_bot.channels.imap_session import Session
from triage_bot.channels.imap_wire import IdleRefused
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import (
    Batch,
    Expect,
    Foresee,
    Health,
    LoadCursor,
    Record,
    nobody_prepares,
    nobody_waits,
)
from triage_bot.clock import Clock
from triage_bot.core.backoff import delay
from triage_bot.core.messages import Cursor
from triage_bot.core.polling import ALWAYS, Schedule
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, PermanentFailure, StoreError, TemporaryFailure, not_recorded

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
    # RFC 2177: a server may hang up on who has idled for half an hour.
    longest_wait: timedelta = timedelta(minutes=25)
    turn: timedelta = timedelta(seconds=20)  # until a place at a crowded host is asked for again
    batch: int = 100  # mails fetched and recorded together; what is to be sent waits while they are recorded
    share: int = 500  # mails after which a full mailbox lets another one have its turn


Awaited = Callable[[str, str], Awaitable[Sequence[str]]]
"""Of a channel and the beginning of keys: the keys that begin so and await an answer."""


async def nothing_awaited(channel: str, prefix: str) -> Sequence[str]:
    return ()


DEFAULT_PACE = Pace()
QUIET_ENOUGH = 16
FEW = 20
"""Mails that are fetched before the backlogs of others."""
LONGEST_TURN = 20.0
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
        pool: Pool,
        ssl_context: ssl.SSLContext,
        pace: Pace = DEFAULT_PACE,
        expect: Expect = nobody_waits,
        foresee: Foresee = nobody_prepares,
        awaited: Awaited = nothing_awaited,
        schedule: Schedule = ALWAYS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`awaited` tells the keys of messages whose answer would show as a mark (\\Answered)."""
        self.name = name
        self.source = f"{name}/{folder}"
        self.shown = self.source  # what people know it by
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
        self._foresee = foresee
        self._awaited = awaited
        self._schedule = schedule
        self._spread = chance()
        self._chance = chance
        self._failures = 0

    async def run(self, load_cursor: LoadCursor, record: Record) -> None:
        host = self._pool.hosts.of(self._server)
        while True:
            visit = await host.enter(self._tell)
            connection = self._connect()
            session = Session(connection, self._pool)
            failure: ChannelFailure | None = None
            try:
                await _Stay(self, connection, session, visit, record).last(load_cursor)
            except (ChannelFailure, StoreError) as error:
                failure = _failure(error)
            finally:
                await session.close()
                pause = self._reported(failure, visit, connection)
                visit.leave()
            if pause is not None:
                await asyncio.sleep(pause.total_seconds())
            elif failure is not None:
                await self._wait_out(failure)

    def _reported(self, failure: ChannelFailure | None, visit: Visit, connection: Connection) -> timedelta | None:
        """How long to wait if the host says that, not this folder."""
        if failure is None:
            return self._look_span()  # others had their turn
        if isinstance(failure, TooMany):
            if not visit.refused():
                return None
            self._tell(failure)
            return self._pace.turn * (0.5 + self._chance())
        if connection.reached or not isinstance(failure, TemporaryFailure):
            return None
        self._tell(failure)
        visit.unreachable(failure)
        return timedelta(0)

    def _tell(self, failure: ChannelFailure) -> None:
        self._health(self.shown, failure)

    # What a folder of another kind does otherwise.

    def _connect(self) -> Connection:
        return Connection(self._server, self._folder, self._tls)

    def _entered(self, connection: Connection) -> None:
        """The folder is open."""

    def _read(self, connection: Connection, uids: Sequence[int], cursor: Cursor, now: datetime) -> Batch:
        """Blocking; the cursor of the batch is not looked at."""
        source = Source(self.name, f"{self._folder}/{cursor.epoch}/", self._sizes)
        return Batch(tuple(read_messages(connection, uids, source, now)), cursor)

    async def _wait_out(self, failure: ChannelFailure) -> None:
        self._failures += 1
        self._health(self.shown, failure)
        await asyncio.sleep(self._pause(failure).total_seconds())

    def _checked(self) -> None:
        self._failures = 0
        self._health(self.shown, None)

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
        span = self._next_look(min(self._poll_every, shortest + (longest - shortest) * self._chance()))
        short: timedelta = self._pace.first_idle * 4 ** min(quiet, QUIET_ENOUGH)
        return min(span, short, self._pace.longest_wait)

    def _look_span(self) -> timedelta:
        """How long to wait where the server announces nothing."""
        return self._next_look(self._poll_every * (0.9 + self._chance() / 5))

    def _next_look(self, every: timedelta) -> timedelta:
        return self._schedule.next_look(self._clock.now(), every, self._spread)


class _Stay:
    """One connection from its opening to its end: a failure, a cancellation, or that others wait for their turn."""

    def __init__(
        self, inbox: ImapInbox, connection: Connection, session: Session, visit: Visit, record: Record
    ) -> None:
        self._inbox = inbox
        self._connection = connection
        self._session = session
        self._visit = visit
        self._record = record
        self._idle = False  # whether the server can
        self._idles = False  # whether it does now
        self._quiet = 0  # waits in a row without new mail
        self._noise = 0  # wake-ups among them, in a row

    async def last(self, load_cursor: LoadCursor) -> None:
        opened = await self._session.call(self._connection.open)
        self._visit.opened()
        self._inbox._entered(self._connection)
        self._idle = self._inbox._use_idle and opened.can_idle
        cursor = await self._resume(opened, load_cursor)
        while True:
            self._visit.stirred.clear()
            uids = await self._session.call(self._look, cursor.position)
            if uids:
                self._quiet = self._noise = 0
                cursor = await self._deliver(uids, cursor, in_shares=True)
                if cursor.position < uids[-1]:
                    continue
            else:
                await self._look_for_marks(cursor)
            self._inbox._checked()
            if self._visit.must_go:
                return
            await self._wait()

    def _look(self, position: int) -> list[int]:
        """Blocking. All in one turn of a thread: most looks find nothing, and there are many."""
        if self._idles:
            self._idles = False
            self._connection.end_idle()
        return self._connection.uids_after(position)

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
                uids = await self._uids_since(since)
                await self._deliver(uids, replace(cursor, position=min(uids, default=1) - 1))
            case Rescan(cursor, stored, why):
                log.warning("%s: %s; what arrived since the start is compared", inbox.source, why)
                uids = await self._uids_since(cursor.started_at)
                await self._deliver(uids, cursor, rescanned_under=stored)
        # Mail may have come since the folder was opened.
        cursor = replace(cursor, position=max([cursor.position, *uids[-1:]]))
        await self._record(Batch((), cursor))
        return cursor

    async def _uids_since(self, moment: datetime) -> list[int]:
        return await self._session.start(partial(self._connection.uids_since, moment), long=True)

    async def _deliver(
        self, uids: list[int], cursor: Cursor, *, rescanned_under: Cursor | None = None, in_shares: bool = False
    ) -> Cursor:
        """Not more full mailboxes at once than the pool likes; one whose server is slow does not count for long.
        `in_shares`: only the first ones, if others wait for their turn.

        In a rescan the cursor does not move: it is `rescanned_under` until all is done."""
        if len(uids) <= FEW:
            return await self._deliver_now(uids, cursor, rescanned_under, in_shares)
        async with self._inbox._pool.drains.turn() as end_turn:
            late = asyncio.get_running_loop().call_later(LONGEST_TURN, end_turn)
            try:
                self._inbox._foresee(len(uids))
                return await self._deliver_now(uids, cursor, rescanned_under, in_shares)
            finally:
                late.cancel()

    async def _deliver_now(
        self, uids: list[int], cursor: Cursor, rescanned_under: Cursor | None, in_shares: bool
    ) -> Cursor:
        """Batch by batch in the order of arrival. While one is recorded, the next may be judged and the one after that
        is fetched; none is recorded before those ahead of it are committed."""
        inbox = self._inbox
        stored = rescanned_under or cursor
        batches = chunked(uids, inbox._pace.batch)
        ahead = self._fetch(batches[0], cursor) if batches else None
        recordings = Recordings(self._record)
        try:
            for number, batch in enumerate(batches, 1):
                assert ahead is not None
                fetched = await ahead
                done = number * inbox._pace.batch
                is_last = done >= len(uids) or (in_shares and done >= inbox._pace.share and inbox._pool.drains.wanted)
                if not is_last:
                    ahead = self._fetch(batches[number], cursor)
                messages = fetched.messages
                if rescanned_under:
                    messages = tuple(replace(message, rescanned=True) for message in messages)
                else:
                    stored = replace(stored, position=batch[-1], moved_at=inbox._clock.now())
                if recordings.busy:
                    inbox._expect(messages)
                await recordings.add(replace(fetched, messages=messages, cursor=stored))
                if is_last:
                    break
            await recordings.settle()
        except ChannelFailure:
            # What came before the connection broke is recorded all the same.
            await recordings.settle()
            raise
        finally:
            await recordings.cancel()
        return stored

    def _fetch(self, uids: Sequence[int], cursor: Cursor) -> "asyncio.Future[Batch]":
        read = partial(self._inbox._read, self._connection, uids, cursor, self._inbox._clock.now())
        return self._session.start(read, long=len(uids) > FEW)

    async def _look_for_marks(self, cursor: Cursor) -> None:
        """Her mail program sets \\Answered on what she replies to. Asked of those mails only that await her."""
        inbox = self._inbox
        prefix = f"{inbox._folder}/{cursor.epoch}/"
        keys = {int(key.removeprefix(prefix)): key for key in await inbox._awaited(inbox.name, prefix)}
        if not keys:
            return
        marked = await self._session.call(self._connection.answered, sorted(keys))
        if marked:
            answered = tuple((inbox.name, keys[uid]) for uid in marked if uid in keys)
            await self._record(Batch((), cursor, answered=answered))

    async def _wait(self) -> None:
        """Until there may be something new."""
        inbox = self._inbox
        if not self._idle:
            await self._nap(inbox._look_span().total_seconds())
            return
        try:
            await self._session.call(self._connection.begin_idle)
            self._idles = True
        except IdleRefused as refused:
            log.warning("%s: the server offers IDLE but refuses it (%s); it is polled", inbox.source, refused)
            self._idle = False
            return
        stirred = self._visit.stirred
        span = inbox._idle_span(self._quiet).total_seconds()
        woken = self._connection.has_news or await self._session.readable(span, stirred)
        self._quiet += 1
        # Her phone sets marks, servers say "still here": each wakes us. A server that never stops is looked at slowly.
        self._noise = self._noise + 1 if woken else 0
        if self._noise > 3:
            await asyncio.sleep(min(NOISY_PAUSE, 0.01 * 2 ** min(self._noise, 10)))

    async def _nap(self, seconds: float) -> None:
        """So long, unless others want the place."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._visit.stirred.wait()


def _failure(error: ChannelFailure | StoreError) -> ChannelFailure:
    return error if isinstance(error, ChannelFailure) else not_recorded(error)
