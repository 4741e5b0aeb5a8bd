"""Tells the assistant of a promise before it breaks, and brings back what was snoozed when its time has come.

Each promise is told once, inside the hours that were agreed with its client: what is due when a day begins is told at
the end of the working day before. How long before, the agreement says (`warn_before`).
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from triage_bot.acknowledging import Correspondence
from triage_bot.clock import Clock
from triage_bot.core.kept import due_at, next_warning
from triage_bot.core.ledger import GivenPromise
from triage_bot.desk.buttons import carried
from triage_bot.errors import StoreError
from triage_bot.store.drafts import EntryDraft, EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.template_promises import promise_due_context

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
"""Promises are made and items snoozed at any time: so often it is looked whether there is an earlier one."""
VERBS = ("open", "late", "done")


class PromiseWatch:
    def __init__(
        self, store: Store, writer: Writer, clock: Clock, correspondence: Correspondence, *, ring: Callable[[], None]
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._ring = ring
        self._warn_at: dict[int, datetime | None] = {}  # by promise; computed once, they are many

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            now = self._clock.now()
            try:
                told = await self._writer.call(self.look, now)
            except StoreError as error:
                log.error("nobody could look which promises are due: %s", error)
                await asyncio.sleep(AFTER_STORE_TROUBLE)
                continue
            if told:
                self._ring()
            await self._clock.sleep_until(now + LOOK_EVERY)

    def look(self, now: datetime) -> int:
        """Do what is due at `now`, and say how many promises were told of. Blocks: for the store's thread."""
        next_wake_at = self._store.next_wake_at()
        if next_wake_at is not None and next_wake_at <= now:
            for item_id in self._store.wake(now):
                log.info("item %d: open again, its time has come", item_id)
        waiting = self._store.unwarned_promises()
        self._warn_at = {given.id: self._moment(given, now) for given in waiting}
        return sum(self._tell(given, now) for given in waiting)

    def _moment(self, given: GivenPromise, now: datetime) -> datetime | None:
        known = self._warn_at.get(given.id)
        if known is not None and known > now:
            return known
        agreement = self._correspondence.directory.agreement(given.client)
        return next_warning(given, agreement.calendar, agreement.warn_before, now)

    def _tell(self, given: GivenPromise, now: datetime) -> bool:
        warn_at = self._warn_at[given.id]
        entries = self._warning(given, now) if warn_at is not None and warn_at <= now else ()
        told = bool(entries) and self._store.warn(given, entries, now)
        if told:
            log.info("promise %d of item %d: the assistant is warned", given.id, given.item_id)
        return told

    def _warning(self, given: GivenPromise, now: datetime) -> tuple[EntryDraft, ...]:
        directory, templates = self._correspondence.directory, self._correspondence.templates
        assistant = directory.assistant_of(given.client)
        due = due_at(given, directory.agreement(given.client).calendar)
        text = templates.promise_due(promise_due_context(given, due, assistant, now))
        buttons = tuple(
            (templates.desk(assistant.locale, f"button_{verb}"), carried(verb, given.item_id)) for verb in VERBS
        )
        return self._correspondence.to_assistant(
            EntryKind.ALERT, [text], now, assistant=assistant, loud=True, buttons=(buttons,)
        )
