"""The time that decisions go by. Timeouts of the network use the event loop's own clock instead."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    async def sleep_until(self, moment: datetime) -> None:
        """Return at `moment` or soon after; at once if it has passed."""


class SystemClock:
    # A laptop that slept or a clock that was set is noticed within this span.
    LONGEST_NAP = timedelta(seconds=30)

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        while (rest := moment - self.now()) > timedelta(0):  # noqa: ASYNC110  time has no event
            await asyncio.sleep(min(rest, self.LONGEST_NAP).total_seconds())


class CorrectedClock:
    """Another clock, and by how much it is wrong: that of the database is right for all workers that share it."""

    def __init__(self, inner: Clock) -> None:
        self.inner = inner
        self._offset = timedelta(0)

    def correct(self, offset: timedelta) -> None:
        """From now on the right time is `offset` after that of the inner clock."""
        self._offset = offset

    def now(self) -> datetime:
        return self.inner.now() + self._offset

    async def sleep_until(self, moment: datetime) -> None:
        while (rest := moment - self.now()) > timedelta(0):
            # Not for longer: the correction may change meanwhile.
            await self.inner.sleep_until(self.inner.now() + min(rest, SystemClock.LONGEST_NAP))


class HandClock:
    """A clock that stands still until it is moved: for the demo and the tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now} and does not go back to {moment}")
        self._now = moment.astimezone(UTC)
        self._moved.set()
        self._moved = asyncio.Event()

    def move(self, span: timedelta) -> None:
        self.move_to(self._now + span)

    async def sleep_until(self, moment: datetime) -> None:
        while self._now < moment:
            await self._moved.wait()
