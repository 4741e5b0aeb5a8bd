"""Notices that a calendar file of the configuration has changed, and lets the program read everything again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from triage_bot.clock import Clock
from triage_bot.errors import TriageBotError

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
SETTLED_AFTER = 0.3
"""Seconds for which a file must not change before it is read: programs write them in pieces."""


class CalendarWatch:
    """`look` returns how the files are now, `seen` is how they were when they were read; `try_it` raises what a
    reload would fail of, `reload` brings it about, `refused` tells the assistant why it was not done."""

    def __init__(
        self,
        clock: Clock,
        seen: Any,
        look: Callable[[], Any],
        try_it: Callable[[], object],
        reload: Callable[[], None],
        refused: Callable[[str], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._seen = seen
        self._look = look
        self._try = try_it
        self._reload = reload
        self._refused = refused

    async def run(self) -> None:
        """Look once a minute until cancelled, or until a reload was asked for."""
        while True:
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)
            if await asyncio.to_thread(self._look) == self._seen:
                continue
            self._seen = await self._settled()
            try:
                await asyncio.to_thread(self._try)
            except TriageBotError as error:
                # What was read last stays in force, and the same fault is told once.
                log.error("a calendar file changed and cannot be used, the last one stays:\n%s", error)
                await self._refused(str(error))
                continue
            log.info("a calendar file changed")
            self._reload()
            return

    async def _settled(self) -> Any:
        before = await asyncio.to_thread(self._look)
        while True:
            await asyncio.sleep(SETTLED_AFTER)
            after = await asyncio.to_thread(self._look)
            if after == before:
                return after
            before = after
