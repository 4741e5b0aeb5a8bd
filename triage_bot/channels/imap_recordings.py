"""Batches of one mailbox on their way into the database: one after the other, while more of them are fetched."""

import asyncio
from collections import deque

from triage_bot.channels.protocols import Batch, Record

AHEAD = 4
"""Batches that may wait behind the one that is recorded. They are judged meanwhile, several at once, and who judges
shall not have to wait for more."""


class Recordings:
    """To be ended with `settle` or `cancel`."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._under_way: deque[asyncio.Task[None]] = deque()

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    async def add(self, batch: Batch) -> None:
        """Returns when there is room for another one. Raises what recording one of those before it raised."""
        before = self._under_way[-1] if self._under_way else None
        self._under_way.append(asyncio.create_task(self._behind(before, batch)))
        while len(self._under_way) > AHEAD or (self._under_way and self._under_way[0].done()):
            await self._next()

    async def settle(self) -> None:
        """Returns when all are recorded."""
        while self._under_way:
            await self._next()

    async def cancel(self) -> None:
        for recording in self._under_way:
            recording.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _next(self) -> None:
        recording = self._under_way[0]
        await asyncio.wait([recording])
        self._under_way.popleft()
        recording.result()

    async def _behind(self, before: "asyncio.Task[None] | None", batch: Batch) -> None:
        if before is not None:
            await before  # if that fails, so does this: its cursor would say that both are recorded
        await self._record(batch)
