"""Judges batches of messages: small ones in a thread, full ones in a second process.

Judging costs more than all the rest of a message's way, and Python's threads share one processor. So when many
messages wait, a second process is started that judges while this one reads, records and sends; it ends when there was
nothing for it to do for a while. It holds nothing that is not held here, and whatever goes wrong with it, the batch is
judged in a thread.

The two talk by pickles over a pair of pipes. The second process lives as long as the one that feeds it: when that is
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

from triage_bot.core.messages import NO_HEADERS, IncomingMessage
from triage_bot.core.triage import Decision, Terms
from triage_bot.second_judge import judge_all, send

log = logging.getLogger(__name__)

Decisions = Mapping[tuple[str, str], Decision]
"""By channel and key of the message."""

ENOUGH = 50
"""Messages in a batch that are worth the second process."""
SLICE = 8
"""Messages of a full batch that are judged at once in this process, before whoever has just one gets his turn."""
IDLE = 60.0
"""Seconds without work after which it ends."""
PATIENCE = 60.0
"""Seconds that it may take for an answer, its start included."""
AFTER_FAILURE = 600.0
"""Seconds until it is tried again."""
THREADS = 3
"""That `Judging` needs: one for what is judged here, one for each batch that the second process has."""


class Judging:
    """Goes by one set of terms: a reload makes another one. Used on one event loop."""

    def __init__(
        self, terms: Terms, pool: Executor, *, second_process: bool, enough: int = ENOUGH, idle: float = IDLE
    ) -> None:
        self._terms = terms
        self._pool = pool
        self._wanted = second_process
        self._enough = enough
        self._idle = idle
        self._not_before = 0.0
        self._second: SecondProcess | None = None
        self._turns = asyncio.Semaphore(THREADS - 1)
        self._turn_here = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None

    @property
    def process_id(self) -> int | None:
        """Of the second process, while there is one."""
        return self._second.pid if self._second is not None else None

    def wants(self, messages: Sequence[IncomingMessage]) -> bool:
        """Whether these are judged in the second process: then this one can do something else meanwhile."""
        return len(messages) >= self._enough and self._second is not None

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
        self._end()

    async def _elsewhere(self, messages: Sequence[IncomingMessage], now: datetime) -> Sequence[Decision] | None:
        """A first batch waits until the process is ready: to judge it here, this one would have to load the same."""
        second = None
        try:
            async with self._turns:
                second = self._second or self._started()
                if second is None:
                    return None
                async with asyncio.timeout(PATIENCE):
                    question = partial(second.judge, messages, now)
                    found = await asyncio.get_running_loop().run_in_executor(self._pool, question)
        except Exception as error:
            self._failed(error, second)
            return None
        except asyncio.CancelledError:
            # Its answer is still under way and would be taken for that of the next batch.
            if second is self._second:
                self._end()
            raise
        self._used()
        return found

    def _started(self) -> "SecondProcess | None":
        if self._wanted and asyncio.get_running_loop().time() >= self._not_before:
            self._second = SecondProcess(self._terms)
            log.debug("full batches are judged in process %d", self._second.pid)
        return self._second

    def _used(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._end)

    def _failed(self, error: Exception, second: "SecondProcess | None") -> None:
        if second is not self._second or not self._wanted:
            return  # it was ended from here
        self._not_before = asyncio.get_running_loop().time() + AFTER_FAILURE
        self._end()
        log.warning(
            "the second process that judges full batches failed (%r); they are judged more slowly without it", error
        )

    def _end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if self._second is not None:
            self._second.end()
        self._second, self._ending = None, None


class SecondProcess:
    """This side of the second process. `judge` blocks, and is called from several threads: while one batch is judged,
    the next lies ready."""

    def __init__(self, terms: Terms) -> None:
        # Not `multiprocessing`: that keeps a third process to look after the second, and its pipes are open on both
        # sides, so that a child does not notice the end of its parent.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _BEGIN, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for who started us, not for it
        )
        self.pid = self._process.pid
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


_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from triage_bot.second_judge import serve; serve()"


def _plain(message: IncomingMessage) -> IncomingMessage:
    # A mappingproxy cannot be pickled.
    return replace(message, headers={}) if message.headers is NO_HEADERS else message
