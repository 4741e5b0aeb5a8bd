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
