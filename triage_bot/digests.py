"""One digest per check window, unique in the database, sent late rather than not at all.

Every message that falls into the minute of a window belongs to it, so a minute after a digest a second part follows
if somebody wrote within that minute.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from triage_bot.acknowledging import Correspondence
from triage_bot.clock import Clock
from triage_bot.core.digest import LAST_MINUTE, due_items, last_window, next_window
from triage_bot.core.items import Item, ItemState
from triage_bot.core.telegram_text import split
from triage_bot.core.urgency import Urgency
from triage_bot.errors import StoreError
from triage_bot.store.drafts import EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.template_contexts import digest_context

log = logging.getLogger(__name__)

LATE = timedelta(minutes=2)
"""A digest that goes out this long after its window says so."""


class Digests:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        correspondence: Correspondence,
        *,
        silent_when_empty: bool,
        ring: Callable[[], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._directory = correspondence.directory
        self._silent_when_empty = silent_when_empty
        self._ring = ring

    async def run(self) -> None:
        """Issue digests until cancelled."""
        while True:
            try:
                wake_at = await self._writer.call(self._issue_due, self._clock.now())
            except StoreError as error:
                log.error("no digest could be recorded: %s", error)
                await asyncio.sleep(AFTER_STORE_TROUBLE)
                continue
            self._ring()
            await self._clock.sleep_until(wake_at)

    def _issue_due(self, now: datetime) -> datetime:
        """Record the digests that are due, and say when to look again. Runs on the store's thread."""
        # A digest that lies ahead was issued under a clock that ran wrong: it hides none of today's.
        seen_until = min(self._store.last_digest_at(now) or self._store.first_start_at(now), now)
        window_at = last_window(self._directory, seen_until, now)
        if window_at is not None:
            # Of several that were missed only the newest: it lists what the earlier ones would have listed.
            self._issue(window_at, now)
            seen_until = window_at
        late_comers_at = seen_until + LAST_MINUTE
        if now >= late_comers_at:
            self._issue_late_comers(seen_until, now)
        following = [next_window(self._directory, now), late_comers_at if now < late_comers_at else None]
        return min((moment for moment in following if moment is not None), default=datetime.max.replace(tzinfo=UTC))

    def _issue(self, window_at: datetime, now: datetime) -> None:
        items = due_items(self._store.waiting_items(), window_at, self._directory, now)
        late = now - window_at > LATE
        if items or not self._silent_when_empty:
            self._record(window_at, 0, items, now, late=late)
        else:
            self._store.record_digest(window_at, 0, late, (), (), now)

    def _issue_late_comers(self, window_at: datetime, now: datetime) -> None:
        waiting = self._store.waiting_items()
        items = [item for item in waiting if item.check_at == window_at and item.digested_at is None]
        if items:
            self._record(window_at, 1, due_items(items, window_at, self._directory, now), now, late=False)

    def _record(self, window_at: datetime, part: int, items: list[Item], now: datetime, *, late: bool) -> None:
        context = digest_context(items, self._directory.assistant, window_at, now, late=late)
        texts = split(self._correspondence.templates.digest(context))
        entries = self._correspondence.to_assistant(EntryKind.DIGEST, texts, now)
        if not self._store.record_digest(window_at, part, late, entries, [item.id for item in items], now):
            return
        log.info("digest of %s%s: %d items", window_at.isoformat(), " (late)" if late else "", len(items))
        for item in items:
            if item.urgency is Urgency.NONE:
                # Thanks and greetings: she has been shown them, nothing else is to be done.
                self._store.transition(item.id, ItemState.DONE, now, by="shown in the digest, nothing to do")
