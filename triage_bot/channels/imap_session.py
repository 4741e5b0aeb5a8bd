"""One blocking connection driven from the event loop: commands in the pool, waiting on the loop itself."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from triage_bot.channels.imap_connection import Connection
from triage_bot.channels.imap_pool import Job, Pool

GRACE = 2.0
"""Seconds that a command may take to notice that its socket was shut."""

P = ParamSpec("P")
T = TypeVar("T")


class Session:
    def __init__(self, connection: Connection, pool: Pool) -> None:
        self._connection = connection
        self._pool = pool
        self._job: Job[Any] | None = None
        self._left = False  # whoever ends last closes the connection

    def start(self, command: Callable[[], T], *, long: bool = False) -> asyncio.Future[T]:
        """Begin a command; there must be no other under way. A long one waits behind others."""
        give_up = self._connection.give_up
        run = partial(self._run, command)
        job = self._pool.start(self._connection.server, run, give_up=give_up, long=long)
        self._job = job
        # Fetched ahead, and then the visit may end before anybody asks how it went.
        job.future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return job.future

    def _run(self, command: Callable[[], T]) -> T:
        """In the thread, which may outlive the loop."""
        try:
            return command()
        finally:
            if self._left:
                self._connection.close()

    async def call(self, command: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.start(partial(command, *args, **kwargs))

    async def readable(self, seconds: float, arrived: asyncio.Event) -> bool:
        """Wait until bytes arrive, the connection is closed or somebody sets the event, at most `seconds`."""
        loop = asyncio.get_running_loop()
        fileno = self._connection.fileno()
        loop.add_reader(fileno, arrived.set)
        try:
            async with asyncio.timeout(seconds):
                await arrived.wait()
        except TimeoutError:
            return False
        finally:
            # Before any thread reads: two readers of one socket would take bytes from each other.
            loop.remove_reader(fileno)
        return True

    async def close(self) -> None:
        """Shut the socket, wait for the command that notices it, then close. Whoever does not wait to the end leaves
        the closing to that command."""
        self._connection.abort()
        self._left = True
        job = self._job
        if job is not None and not job.ended.done():
            job.cancel()
            job.ended.add_done_callback(lambda _: self._connection.close())
            await asyncio.wait([job.ended], timeout=GRACE)
        if job is None or job.ended.done():
            self._connection.close()
