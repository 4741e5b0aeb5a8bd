"""An acknowledgement that grew stale while it waited for a server: decided and said anew, or not at all.

"Today" and the promised hour may be wrong by now, so nothing of the old text goes out. The new one says that it is
late, and promises what can still be kept.
"""

import logging
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from triage_bot.acknowledging import Correspondence, true_until
from triage_bot.clock import Clock
from triage_bot.core.agreement import Client
from triage_bot.core.items import Item, ItemState
from triage_bot.core.messages import Medium
from triage_bot.core.promise import promise
from triage_bot.core.triage import Decision
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Deadline, Kind, Language, Locale, Missing, Reading, Script
from triage_bot.store.drafts import Entry, EntryDraft, EntryKind, StoredMessage
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.template_contexts import acknowledgement_context
from triage_bot.wording import Preposition, moment

log = logging.getLogger(__name__)

STILL_WAITED_ON = frozenset({ItemState.OPEN, ItemState.SNOOZED})


class Renewal:
    def __init__(self, store: Store, writer: Writer, clock: Clock, correspondence: Correspondence) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._by = correspondence

    async def __call__(self, entry: Entry) -> bool:
        """Let a stale entry say what is true now; False if nothing of it can be said any more."""
        if entry.kind is not EntryKind.ACK or entry.item_id is None:
            return False
        return await self._writer.call(self._renew, entry, self._clock.now())

    def _renew(self, entry: Entry, now: datetime) -> bool:
        item = self._store.item(entry.item_id or 0)
        if item is None or item.state not in STILL_WAITED_ON:
            return False
        message = _answered(entry, self._store.messages_of(item.id))
        client = self._by.directory.clients.get(item.client)
        if message is None or client is None or not client.agreement.acknowledge:
            return False
        if self._by.directory.is_paused(client.name):
            return False
        if now - message.received_at > self._by.limits.acknowledge_until:
            return False
        decision = _decided(item, message, client, now)
        late = moment(
            message.received_at, now=now, zone=client.zone, locale=decision.locale, preposition=Preposition.AT
        )
        hers = self._by.directory.assistant_of(client.name)
        context = acknowledgement_context(decision, client, hers, now)
        rendered = self._by.templates.acknowledgement(
            replace(context, late=late), message.medium, str(message.decision.get("template", ""))
        )
        text = replace(entry.message, text=rendered.text, html=rendered.html)
        if entry.message.medium is Medium.EMAIL:
            text = replace(text, date=now.isoformat())
        draft = EntryDraft(EntryKind.ACK, entry.courier, text, now, true_until(now, client, self._by.limits))
        made = decision.promise if rendered.promise else None
        return self._store.renew(entry, draft, made, rendered.promise, now)


def _answered(entry: Entry, messages: list[StoredMessage]) -> StoredMessage | None:
    wanted = entry.message.in_reply_to
    return next((message for message in reversed(messages) if not wanted or message.message_id == wanted), None)


def _decided(item: Item, message: StoredMessage, client: Client, now: datetime) -> Decision:
    """What was decided then, with the promise that can be made now."""
    then, calendar = message.decision, client.agreement.calendar
    return Decision(
        client=client.name,
        known_contact=True,
        reading=_reading(then),
        urgency=Urgency(then["urgency"]),
        inside_hours=calendar.is_working(now),
        promise=promise(calendar, client.agreement.response, message.received_at, now),
        suppression=None,
        alert_at=item.alerted_at,
        locale=Locale(then.get("locale", client.locale.value)),
    )


def _reading(then: Any) -> Reading:
    deadline = None
    if said := then["deadline"]:
        is_day = len(said) == len("2026-11-20")
        deadline = Deadline(date.fromisoformat(said) if is_day else datetime.fromisoformat(said), "")
    return Reading(
        language=Language(then["language"]),
        script=Script.LATIN,  # the locale says in which one she is answered
        new_text="",
        kind=Kind(then["kind"]),
        missing=tuple(map(Missing, then["missing"])),
        deadline=deadline,
    )
