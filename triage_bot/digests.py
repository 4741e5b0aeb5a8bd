"""One digest per assistant and check window, unique in the database, sent late rather than not at all.

Every message that falls into the minute of a window belongs to it, so a minute after a digest a second part follows
if somebody wrote within that minute.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage_bot.acknowledging import Buttons, Correspondence
from triage_bot.clock import Clock
from triage_bot.core.agreement import Assistant
from triage_bot.core.digest import (
    LAST_MINUTE,
    Occasion,
    due_items,
    last_window,
    mine,
    next_window,
    occasion,
)
from triage_bot.core.digest_pages import Page, pages
from triage_bot.core.items import Item, ItemState
from triage_bot.core.standing import NOTHING_SAID, Standing
from triage_bot.core.untouched import is_untouched
from triage_bot.core.urgency import Urgency
from triage_bot.desk.buttons import carried, in_rows
from triage_bot.errors import StoreError
from triage_bot.store.drafts import EntryDraft, EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.template_digest import Listing, digest_context

log = logging.getLogger(__name__)

LATE = timedelta(minutes=2)
"""A digest that goes out this long after its window says so."""
BUTTONS_IN_A_ROW = 4
WHOLE_LIST = carried("queue")
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DigestSettings:
    silent_when_empty: bool = False
    untouched_windows: int = 3


class Digests:
    """`standing` says since when a paired chat is one: no digest of before that is made up for."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        correspondence: Correspondence,
        settings: DigestSettings = DigestSettings(),
        standing: Standing = NOTHING_SAID,
        *,
        ring: Callable[[], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self._ring = ring
        # In the database the first assistant has no name: whatever she is called later, it is her digest.
        names = ["", *(each.name for each in correspondence.directory.assistants[1:])]
        self._digests = [
            _Digest(store, correspondence, settings, standing, assistant, name)
            for assistant, name in zip(correspondence.directory.assistants, names, strict=True)
            if correspondence.reaches(assistant)
        ]

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
        return min((digest.issue_due(now) for digest in self._digests), default=NEVER)


class _Digest:
    """The digests of one assistant."""

    def __init__(
        self,
        store: Store,
        correspondence: Correspondence,
        settings: DigestSettings,
        standing: Standing,
        assistant: Assistant,
        name: str,
    ) -> None:
        self._store = store
        self._correspondence = correspondence
        self._directory = correspondence.directory
        self._settings = settings
        self._assistant = assistant
        self._name = name
        desk = standing.desks.get(assistant.name)
        self._paired_at = desk.paired_at if desk and desk.chat_id == assistant.telegram_id else None
        self._paused_at = standing.paused.get(assistant.name)

    def issue_due(self, now: datetime) -> datetime:
        # A digest that lies ahead was issued under a clock that ran wrong: it hides none of today's.
        seen_until = min(self._seen_until(now), now)
        window_at = last_window(self._directory, seen_until, now, self._assistant)
        if window_at is not None:
            # Of several that were missed only the newest: it lists what the earlier ones would have listed.
            self._issue(window_at, now)
            seen_until = window_at
        late_comers_at = seen_until + LAST_MINUTE
        if now >= late_comers_at:
            self._issue_late_comers(seen_until, now)
        following = next_window(self._directory, now, self._assistant)
        return min(following or NEVER, late_comers_at if now < late_comers_at else NEVER)

    def _seen_until(self, now: datetime) -> datetime:
        newest = self._store.last_digest_at(now, self._name)
        begun = self._store.first_start_at(now) if newest is None else newest
        return max(begun, self._paired_at) if self._paired_at else begun

    def _issue(self, window_at: datetime, now: datetime) -> None:
        waiting = mine(self._store.waiting_items(now), self._assistant, self._directory)
        for_client = mine(self._store.items({ItemState.WAITING}), self._assistant, self._directory)
        untouched = {item.id for item in (*waiting, *for_client) if self._is_untouched(item, now)}
        listed = due_items(waiting, window_at, self._directory, now)
        listed += [item for item in for_client if item.id in untouched]
        late = now - window_at > LATE
        if not listed and self._settings.silent_when_empty:
            self._store.record_digest(window_at, 0, late, (), (), now, assistant=self._name)
            return
        listing = Listing(
            items=listed,
            all_hers=waiting,
            untouched=untouched,
            following_at=next_window(self._directory, now, self._assistant),
            occasion=occasion(self._directory, self._assistant, window_at),
            paused_at=self._paused_at,
        )
        self._record(window_at, 0, listing, now, late=late)

    def _is_untouched(self, item: Item, now: datetime) -> bool:
        calendar = self._directory.agreement(item.client).calendar
        return is_untouched(item, calendar, now, self._settings.untouched_windows)

    def _issue_late_comers(self, window_at: datetime, now: datetime) -> None:
        waiting = mine(self._store.waiting_items(now), self._assistant, self._directory)
        items = [item for item in waiting if item.check_at == window_at and item.digested_at is None]
        if items:
            listed = due_items(items, window_at, self._directory, now)
            listing = Listing(listed, waiting, occasion=Occasion.NONE, paused_at=self._paused_at)
            self._record(window_at, 1, listing, now, late=False)

    def _record(self, window_at: datetime, part: int, listing: Listing, now: datetime, *, late: bool) -> None:
        context = digest_context(listing, self._assistant, window_at, now, self._directory, late=late)
        blocks = self._correspondence.templates.digest(context)
        made, left_out = pages(blocks)
        shown = sum(len(page.item_ids) for page in made)
        entries = self._entries(made, context.count - shown, now)
        nothing_to_do = {item.id for item in listing.items if item.urgency is Urgency.NONE}
        if not self._store.record_digest(
            window_at,
            part,
            late,
            entries,
            [item.id for item in listing.items],
            now,
            assistant=self._name,
            # Thanks and greetings: she has been shown them, nothing else is to be done.
            nothing_to_do=() if left_out else nothing_to_do,
        ):
            return
        log.info("digest of %s%s: %d items", window_at.isoformat(), " (late)" if late else "", len(listing.items))

    def _entries(self, made: list[Page], more: int, now: datetime) -> list[EntryDraft]:
        templates, locale = self._correspondence.templates, self._assistant.locale
        entries: list[EntryDraft] = []
        for page in made:
            text, rows = page.text, _buttons(page)
            if more > 0 and page is made[-1]:
                label = templates.desk(locale, "digest_more", {"count": str(more)})
                text, rows = f"{text}\n\n… {label}", (*rows, ((label, WHOLE_LIST),))
            entries += self._correspondence.to_assistant(
                EntryKind.DIGEST, [text], now, assistant=self._assistant, buttons=rows
            )
        return entries


def _buttons(page: Page) -> Buttons:
    return in_rows([(f"#{number}", carried("open", number)) for number in page.item_ids], BUTTONS_IN_A_ROW)
