"""Judges batches of messages: small ones in a thread, full ones in a second process, while thousands wait in a third.

Judging costs more than all the rest of a message's way, and Python's threads share one processor. So when many
messages wait, a process is started that judges while this one reads, records and sends; it ends when there was nothing
for it to do for a while. It holds nothing that is not held here, and whatever goes wrong with it, the batch is judged
in a thread.

The two talk by pickles over a pair of pipes. A judging process lives as long as the one that feeds it: when that is
killed, the pipe ends, and so does the process.
"""

import asyncio
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import attrgetter

from triage_bot.core.messages import NO_HEADERS, IncomingMessage
from triage_bot.core.triage import Decision, Terms
from triage_bot.logs import as_here
from triage_bot.second_judge import judge_all, send

log = logging.getLogger(__name__)

Decisions = Mapping[tuple[str, str], Decision]
"""By channel and key of the message."""

ENOUGH = 50
"""Messages in a batch that are worth the second process."""
MOST = 2
"""Judging processes at most. What this process does with a batch takes nearly as long as one of them does."""
WAITED = 4
"""Full batches that found each judging process with `AT_ONCE` others, after which one more is worth its start."""
THOUSANDS = 2000
"""Messages that are known to come, for which all of them are started at once, while there is nothing else to do."""
AT_ONCE = 2
"""Batches that one of them has: while one is judged, the next lies ready."""
SLICE = 8
"""Messages of a full batch that are judged at once in this process, before whoever has just one gets his turn."""
IDLE = 60.0
"""Seconds without work after which they end."""
PATIENCE = 60.0
"""Seconds that it may take for an answer, its start included."""
AFTER_FAILURE = 600.0
"""Seconds until it is tried again."""
THREADS = 1 + MOST * AT_ONCE
"""That `Judging` needs: one for what is judged here, one for each batch that is judged elsewhere."""


class Judging:
    """Goes by one set of terms: a reload makes another one. Used on one event loop."""

    def __init__(
        self,
        terms: Terms,
        pool: Executor,
        *,
        second_process: bool,
        enough: int = ENOUGH,
        waited: int = WAITED,
        idle: float = IDLE,
    ) -> None:
        self._terms = terms
        self._pool = pool
        self._wanted = second_process
        self._enough = enough
        self._idle = idle
        self._not_before = 0.0
        self._worth_another = waited
        self._waited = 0
        self._processes: list[SecondProcess] = []
        self._turn_here = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    @property
    def process_ids(self) -> Sequence[int]:
        """Of the judging processes that there are."""
        return [process.pid for process in self._processes]

    def wants(self, messages: Sequence[IncomingMessage]) -> bool:
        """Whether these are judged in another process: then this one can do something else meanwhile."""
        return len(messages) >= self._enough and bool(self._processes)

    def foresee(self, messages: int) -> None:
        """So many will come, in batches as full as may be: start now what would be started for them."""
        if messages < self._enough:
            return
        wanted = MOST if messages >= THOUSANDS else 1
        try:
            while len(self._processes) < wanted and self._started() is not None:
                self._used()  # they end if nothing comes
        except OSError as error:
            self._failed(error, None)

    async def judge(self, messages: Sequence[IncomingMessage], now: datetime) -> Decisions:
        found: Sequence[Decision] | None = None
        if self._wanted and len(messages) >= self._enough:
            found = await self._elsewhere(messages, now)
        if found is None:
            found = await self._here(messages, now)
        return {(message.channel, message.key): decision for message, decision in zip(messages, found, strict=True)}

    async def _here(self, messages: Sequence[IncomingMessage], now: datetime) -> Sequence[Decision]:
        loop = asyncio.get_running_loop()
        if len(messages) <= SLICE:
            return await loop.run_in_executor(self._pool, partial(judge_all, messages, self._terms, now))
        found: list[Decision] = []
        for start in range(0, len(messages), SLICE):
            part = partial(judge_all, messages[start : start + SLICE], self._terms, now)
            async with self._turn_here:
                found += await loop.run_in_executor(self._pool, part)
        return found

    async def aclose(self) -> None:
        self._wanted = False
        if self._ending is not None:
            self._ending.cancel()
        self._end(*self._processes)

    async def _elsewhere(self, messages: Sequence[IncomingMessage], now: datetime) -> Sequence[Decision] | None:
        """A first batch waits until the process is ready: to judge it here, this one would have to load the same."""
        process = None
        try:
            process = self._least_busy()
            if process is None:
                return None
            async with process.turns:
                found = await self._ask(process, messages, now)
        except Exception as error:
            self._failed(error, process)
            return None
        finally:
            if process is not None:
                process.batches -= 1
        self._used()
        return found

    async def _ask(
        self, process: "SecondProcess", messages: Sequence[IncomingMessage], now: datetime
    ) -> Sequence[Decision]:
        question = partial(process.judge, messages, now)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.get_running_loop().run_in_executor(self._pool, question)
        except asyncio.CancelledError:
            # Its answer is still under way and would be taken for that of the next batch.
            self._end(process)
            raise

    def _least_busy(self) -> "SecondProcess | None":
        """With one more batch to judge; None if there is none."""
        found = min(self._processes, key=attrgetter("batches"), default=None)
        if found is not None and found.batches >= AT_ONCE:
            self._waited += 1
        if found is None or (self._waited >= self._worth_another and len(self._processes) < MOST):
            found = self._started() or found
        if found is not None:
            found.batches += 1
        return found

    def _started(self) -> "SecondProcess | None":
        self._waited = 0
        if not self._wanted or asyncio.get_running_loop().time() < self._not_before:
            return None
        process = SecondProcess(self._terms)
        self._processes.append(process)
        log.debug("full batches are judged in process %d", process.pid)
        return process

    def _used(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._end_idle)

    def _end_idle(self) -> None:
        if any(process.batches for process in self._processes):
            self._used()  # as it will be when they are answered
        else:
            self._end(*self._processes)

    def _failed(self, error: Exception, process: "SecondProcess | None") -> None:
        if (process is not None and process not in self._processes) or not self._wanted:
            return  # it was ended from here
        self._not_before = asyncio.get_running_loop().time() + AFTER_FAILURE
        self._end(process)
        log.warning(
            "a second process that judges full batches failed (%r); they are judged more slowly without it", error
        )

    def _end(self, *processes: "SecondProcess | None") -> None:
        for process in processes:
            if process in self._processes:
                self._processes.remove(process)
                process.end()


class SecondProcess:
    """This side of a judging process. `judge` blocks, and is called from `AT_ONCE` threads."""

    def __init__(self, terms: Terms) -> None:
        # Not `multiprocessing`: that keeps a third process to look after the second, and its pipes are open on both
        # sides, so that a child does not notice the end of its parent.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _BEGIN.format(logging=as_here()), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for who started us, not for it. No session of its own: Linux may share the processors out among
            # sessions first, and being nicer would be of no use.
            process_group=0,
        )
        self.pid = self._process.pid
        self.batches = 0  # that are to be judged, also those that wait for their turn
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._introduction: Terms | None = terms
        self._asks = threading.Lock()
        self._listens = threading.Lock()

    def judge(self, messages: Sequence[IncomingMessage], now: datetime) -> list[Decision]:
        with self._asks:
            if self._introduction is not None:
                self._send(self._introduction)
                self._introduction = None
            self._send(([_plain(message) for message in messages], now))
            self._listens.acquire()  # answers come in the order of the questions
        try:
            assert self._process.stdout is not None
            found: list[Decision] = pickle.load(self._process.stdout)  # noqa: S301 - both ends are ours
            return found
        finally:
            self._listens.release()

    def end(self) -> None:
        """At once, even in the middle of an answer: whoever waits for it gets an EOFError. Takes a few milliseconds,
        and leaves no zombie."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # there may be something left that nobody reads
                    pipe.close()

    def _send(self, question: object) -> None:
        assert self._process.stdin is not None
        send(self._process.stdin, question)


_BEGIN = """\
import sys
sys.path[:] = sys.argv[1:]
from triage_bot.logs import set_up_logging
set_up_logging(**{logging})
from triage_bot.second_judge import serve
serve()
"""


def _plain(message: IncomingMessage) -> IncomingMessage:
    # A mappingproxy cannot be pickled.
    return replace(message, headers={}) if message.headers is NO_HEADERS else message
