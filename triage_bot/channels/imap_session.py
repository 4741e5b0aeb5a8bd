"""One blocking connection driven from the event loop: commands in the pool, waiting on the loop itself."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from triage_bot.channels.imap_connection import Connection

GRACE = 2.0
"""Seconds that a command may take to notice that its socket was shut."""

P = ParamSpec("P")
T = TypeVar("T")


class Session:
    def __init__(self, connection: Connection, pool: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._pool = pool
        self._job: Future[object] | None = None

    def start(self, command: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Begin a command; there must be no other under way."""
        job = self._pool.submit(command, *args, **kwargs)
        self._job = job  # type: ignore[assignment]
        future = asyncio.wrap_future(job)
        # Fetched ahead, and then the visit may end before anybody asks how it went.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    async def call(self, command: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.start(command, *args, **kwargs)

    async def readable(self, seconds: float) -> bool:
        """Wait until bytes arrive or the connection is closed, at most `seconds`."""
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
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
        """Shut the socket, wait for the command that notices it, then close."""
        self._connection.abort()
        job = self._job
        if job is not None and not job.cancel() and not job.done():
            with contextlib.suppress(Exception):
                async with asyncio.timeout(GRACE):
                    await asyncio.shield(asyncio.wrap_future(job))
        if job is not None and not job.done():
            job.add_done_callback(lambda _: self._connection.close())
        else:
            self._connection.close()
