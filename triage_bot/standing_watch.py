"""Watches what other programs write to the database while the service runs: what `triage-bot pair`, `away` and others
say beside the configuration counts from the next generation on, and `promises correct` records entries."""

import asyncio
import logging
from collections.abc import Callable

from triage_bot.core.standing import Standing
from triage_bot.errors import StoreError
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds. While nobody writes, one look asks the file system alone; only if another program has written, four small
tables are read. PostgreSQL cannot tell: they are read at each."""


class StandingWatch:
    """`known` is what this generation goes by; `renew` begins the next one. `ring` is called when another program may
    have recorded entries; where workers share the database, they are told of those otherwise."""

    def __init__(
        self, store: Store, writer: Writer, known: Standing, renew: Callable[[], None], ring: Callable[[], None]
    ) -> None:
        self._store = store
        self._writer = writer
        self._known = known
        self._renew = renew
        self._ring = ring
        self._is_shared = store.database.is_shared
        self._unread = True

    async def run(self) -> None:
        """Look until cancelled, or until something else is said."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._store.is_untouched() and not self._unread:
                continue
            try:
                said = await self._writer.call(self._news)
            except StoreError:
                self._unread = True
                continue  # who needs the database complains
            if said is None:
                continue
            if not self._is_shared:
                self._ring()
            if said != self._known:
                log.info("something was said beside the configuration: it counts from now on")
                self._renew()
                return

    def _news(self) -> Standing | None:
        """What is said by now; None if nobody else has written since this was read."""
        self._unread = self._unread or self._store.changed_elsewhere()
        if not self._unread:
            return None
        said = self._store.standing()
        self._unread = False
        return said
