"""Watches what is said to the program beside its configuration: `triage-bot pair`, `away` and others write to the
database while the service runs, and what they say counts from the next generation on."""

import asyncio
import logging
from collections.abc import Callable

from triage_bot.core.standing import Standing
from triage_bot.errors import StoreError
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds. One look reads four small tables."""


class StandingWatch:
    """`known` is what this generation goes by; `renew` begins the next one."""

    def __init__(self, store: Store, writer: Writer, known: Standing, renew: Callable[[], None]) -> None:
        self._store = store
        self._writer = writer
        self._known = known
        self._renew = renew

    async def run(self) -> None:
        """Look until cancelled, or until something else is said."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                said = await self._writer.call(self._store.standing)
            except StoreError:
                continue  # who needs the database complains
            if said != self._known:
                log.info("something was said beside the configuration: it counts from now on")
                self._renew()
                return
