"""How long tests wait for what must come, and how they measure what must be quick."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE = 150.0
"""Seconds. Only a test that fails waits so long, and a machine that has other things to do."""
TURN = 0.05


class Stopwatch:
    """Counts the seconds in which this process gets its turns: not those in which the whole machine stands still."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def run(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(TURN)
            self.seconds += min(time.monotonic() - before, 2 * TURN)


@asynccontextmanager
async def stopwatch() -> AsyncIterator[Stopwatch]:
    watch = Stopwatch()
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
