"""The one thread on which the worker writes to the database, and one beside it on which it only looks.

SQLite has one writer at a time anyway, and a commit waits for the disk: on a thread of its own it delays no socket,
and what is handed over first is done first. Who only looks sees the last commit, waits for no writing and holds up
none.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import ParamSpec, TypeVar

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

AFTER_STORE_TROUBLE = 5.0
"""Seconds until a loop tries again when the database could not be written."""


class Writer:
    def __init__(self, threads: int = 1) -> None:
        """More than one thread only where the database takes several writers, and for calls that keep no order among
        each other."""
        self._thread = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="store")
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store looks")

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on the thread, under the caller's lease. Cancelled while it waits for its turn, it never runs;
        cancelled while it runs, it runs to its end first, so that no transaction outlives its caller unseen."""
        context = copy_context()
        work = asyncio.wrap_future(handed := self._thread.submit(lambda: context.run(fn, *args, **kwargs)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if not handed.cancel():
                while not work.done():
                    with suppress(asyncio.CancelledError):
                        await asyncio.wait([work])
                if (error := work.exception()) is not None:
                    log.error("a write failed after its caller was cancelled: %s", error)
            raise

    async def look(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn`, which writes nothing, while others write. Cancelled, nobody waits for it."""
        return await asyncio.wrap_future(self._beside.submit(lambda: fn(*args, **kwargs)))

    def close(self) -> None:
        """Returns when all that was handed over is done."""
        self._thread.shutdown(wait=True)
        self._beside.shutdown(wait=True, cancel_futures=True)
