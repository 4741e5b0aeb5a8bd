"""A few threads for the blocking commands of many connections, shared so that none can keep the others waiting.

Short commands go before long ones (the next hundred mails of a backlog), hosts take turns, and so do the mailboxes of
one host. No host gets all the threads. One that has not yet answered in good time, or does not do so now, gets one, and
all such together half of them: a server that answers a byte a second holds up itself. What exceeds its time limit is
made to fail. Used on one event loop.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from triage_bot.channels.imap_hosts import Hosts, Place, place_of
from triage_bot.core.servers import MailServer

T = TypeVar("T")

THREADS = 8
IN_GOOD_TIME = 1.0
"""Seconds for a short command, after which its host is held to be slow."""
LONG_IN_GOOD_TIME = 10.0
LIMIT = 2.0
"""Times the server's timeout that a short command may take in all; it may be a few commands at the server."""
LONG_LIMIT = 10.0
MOST_DRAINS = 4


@dataclass(eq=False, slots=True)
class Job(Generic[T]):
    """`future` has the outcome, `ended` is done when no thread is at it any more."""

    place: Place
    command: Callable[[], T]
    give_up: Callable[[], None]
    long: bool
    limit: float  # seconds
    future: "asyncio.Future[T]"
    ended: "asyncio.Future[None]"
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    begun: bool = False

    def cancel(self) -> None:
        """Let it not begin, if it has not."""
        self.future.cancel()
        if not self.begun and not self.ended.done():
            self.ended.set_result(None)


class Drains:
    """Full mailboxes that are emptied at the same time: each keeps some hundred mails in the memory, and what is
    recorded of them waits before what is recorded of others."""

    def __init__(self, most: int = MOST_DRAINS) -> None:
        self._free = asyncio.Semaphore(most)
        self._waiting = 0

    @property
    def wanted(self) -> bool:
        """Whether another mailbox waits for its turn."""
        return self._waiting > 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[], None]]:
        """Gives the function that ends the turn early."""
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        with ExitStack() as stack:
            stack.callback(self._free.release)
            yield stack.close


class Pool:
    def __init__(self, threads: int = THREADS, hosts: Hosts | None = None) -> None:
        self.hosts = hosts or Hosts()
        self.drains = Drains()
        self._threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="imap")
        self._short: deque[Job[Any]] = deque()
        self._long: deque[Job[Any]] = deque()
        self._running: set[Job[Any]] = set()
        self._trusted: set[Place] = set()
        self._last: dict[Place, int] = {}  # when a host had its last turn, counted in turns
        self._turns = 0

    def start(
        self,
        server: MailServer,
        command: Callable[[], T],
        *,
        give_up: Callable[[], None],
        long: bool = False,
    ) -> Job[T]:
        """Run `command` in a thread when it is its turn. `give_up` makes it fail, from any thread. If the future is
        cancelled while the command runs, it runs on."""
        loop = asyncio.get_running_loop()
        limit = server.timeout * (LONG_LIMIT if long else LIMIT)
        job = Job(place_of(server), command, give_up, long, limit, loop.create_future(), loop.create_future())
        (self._long if long else self._short).append(job)
        self._fill()
        return job

    async def aclose(self) -> None:
        """Returns when the threads have ended; what waits does not begin."""
        for job in (*self._short, *self._long):
            job.cancel()
        await asyncio.to_thread(self._executor.shutdown)

    def _fill(self) -> None:
        while len(self._running) < self._threads:
            job = self._next(self._short) or self._next(self._long)
            if job is None:
                return
            self._begin(job)

    def _next(self, waiting: deque[Job[Any]]) -> Job[Any] | None:
        """Of those whose host may have a thread now, the first of the host that has waited longest for its turn."""
        if not waiting:
            return None
        busy = Counter(job.place for job in self._running)
        long = Counter(job.place for job in self._running if job.long)
        doubtful = sum(count for place, count in busy.items() if place not in self._trusted)
        seen: set[Place] = set()
        best: Job[Any] | None = None
        for job in list(waiting):
            if job.future.cancelled():
                waiting.remove(job)
                job.cancel()
                continue
            if job.place in seen:
                continue
            seen.add(job.place)
            if not self._may(job, busy[job.place], long, doubtful):
                continue
            if best is None or self._last.get(job.place, 0) < self._last.get(best.place, 0):
                best = job
        if best is not None:
            waiting.remove(best)
        return best

    def _may(self, job: Job[Any], busy: int, long: Counter[Place], doubtful: int) -> bool:
        half = max(1, self._threads // 2)
        if job.long and (long.total() >= half or long[job.place] >= max(1, half - 1)):
            return False
        if job.place in self._trusted:
            return busy < max(1, self._threads - 2)
        return busy < 1 and doubtful < half

    def _begin(self, job: Job[Any]) -> None:
        self._turns += 1
        self._last[job.place] = self._turns
        self._running.add(job)
        job.begun = True
        loop = asyncio.get_running_loop()
        patience = LONG_IN_GOOD_TIME if job.long else IN_GOOD_TIME
        job.timers = [
            loop.call_later(patience, self._trusted.discard, job.place),
            loop.call_later(job.limit, job.give_up),
        ]
        began = loop.time()

        def ended(outcome: Callable[[], None]) -> None:
            self._running.discard(job)
            for timer in job.timers:
                timer.cancel()
            if loop.time() - began < patience:
                self._trusted.add(job.place)
            if not job.future.done():
                outcome()
            job.ended.set_result(None)
            self._fill()

        def run() -> None:
            try:
                result = job.command()
            except BaseException as error:  # the future's, whatever it is
                outcome = _failed(job.future, error)
            else:
                outcome = _done(job.future, result)
            if not loop.is_closed():
                loop.call_soon_threadsafe(ended, outcome)

        self._executor.submit(run)


def _done(future: "asyncio.Future[T]", result: T) -> Callable[[], None]:
    return lambda: future.set_result(result)


def _failed(future: "asyncio.Future[Any]", error: BaseException) -> Callable[[], None]:
    return lambda: future.set_exception(error)
