"""What the bot would have done with one message after another, its memory kept as the database keeps it.

Threads, items, copies and limits are those of the store, held in memory: of every mail a few numbers, never its text.
A message that the assistant wrote herself closes the item of its thread, and one that needs nothing is closed by the
digest that shows it.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from triage_bot.acknowledging import is_worth_an_alert
from triage_bot.core.history import History
from triage_bot.core.items import Item
from triage_bot.core.joining import Way, begun, joined
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.triage import Decision, Terms, settle
from triage_bot.core.urgency import Urgency
from triage_bot.intake import item_draft
from triage_bot.store.past import DAY, HOUR, Thread, Traits
from triage_bot.store.rows import domain_of, new_item

PROMISED = "promised"  # stands for the sentence, which nobody reads here


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left of a message once it is judged: no text, no headers."""

    message: IncomingMessage
    traits: Traits
    decision: Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bot would have done with a message."""

    client: str
    urgency: str
    silence: str  # name of the suppression, "" if the client is acknowledged
    alert_at: datetime | None
    promise_at: datetime | None  # only what the client is told
    rule: str
    tag: str
    template: str


class Rehearsal:
    """Plays messages in the order of their arrival, each as if it were read at once."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._thread_ids = count(1)
        self._item_ids = count(1)
        self._by_ref: dict[int, list[Thread]] = defaultdict(list)
        self._active: dict[int, Item] = {}
        self._fingerprints: set[int] = set()
        self._same_texts: dict[int, datetime] = {}
        self._all = _Counted(HOUR)
        self._contacts: dict[str, _Counted] = defaultdict(lambda: _Counted(DAY))
        self._domains: dict[str, _Counted] = defaultdict(lambda: _Counted(HOUR))

    def is_hers(self, message: IncomingMessage) -> bool:
        return message.header_from.addr in self._terms.directory.assistant.addresses

    def answered(self, judged: Judged) -> None:
        """She has written herself: what waited in the thread waits no longer."""
        for ref in judged.traits.refs:
            for thread in self._by_ref.get(hash(ref), ()):
                self._active.pop(thread.id, None)
                # Her client answers to this one.
                self._remember(judged.message.message_id, thread)

    def play(self, judged: Judged, now: datetime) -> Outcome | None:
        """None for a copy of a message that was played before."""
        message, traits = judged.message, judged.traits
        thread = self._thread_of(traits, judged.decision.client)
        history = self._history(traits, thread, now)
        if history.known:
            return None
        decision = settle(judged.decision, message, history, self._terms, now)
        thread = thread or Thread(next(self._thread_ids), decision.client, traits.contact)
        told = decision.alert_at if is_worth_an_alert(history.active_item, decision) else None
        self._record(judged, decision, thread, history.active_item, told)
        if decision.suppression is None:
            self._acknowledge(traits.contact, thread, now)
        made = decision.promise
        return Outcome(
            client=decision.client,
            urgency=decision.urgency.value,
            silence=decision.suppression.name if decision.suppression else "",
            alert_at=told,
            promise_at=made.promise_at if made and decision.suppression is None else None,
            rule=decision.rule,
            tag=decision.tag,
            template=decision.template if decision.suppression is None else "",
        )

    def _thread_of(self, traits: Traits, client: str) -> Thread | None:
        if not traits.contact:
            return None
        for ref in traits.refs:
            candidates = [each for each in self._by_ref.get(hash(ref), ()) if each.admits(client, traits.contact)]
            if candidates:
                return max(candidates, key=lambda each: each.id)
        return None

    def _history(self, traits: Traits, thread: Thread | None, now: datetime) -> History:
        contact = self._contacts.get(traits.contact, _NOTHING)
        active = self._active.get(thread.id) if thread else None
        if active is not None and active.urgency is Urgency.NONE and active.check_at and active.check_at <= now:
            active = None
        return History(
            known=hash(traits.fingerprint) in self._fingerprints,
            active_item=active,
            thread_acknowledged_at=thread.acknowledged_at if thread else None,
            contact_last_hour=contact.since(now - HOUR),
            contact_last_day=contact.since(now - DAY),
            domain_last_hour=self._domains.get(domain_of(traits.contact), _NOTHING).since(now - HOUR),
            all_last_hour=self._all.since(now - HOUR),
            same_text_at=self._same_texts.get(hash(traits.same_text)) if traits.same_text else None,
        )

    def _record(
        self, judged: Judged, decision: Decision, thread: Thread, active: Item | None, told: datetime | None
    ) -> None:
        message, traits = judged.message, judged.traits
        sentence = PROMISED if decision.suppression is None else ""
        # Of an item only what bears on later messages is kept.
        draft = replace(item_draft(message, decision, sentence), alerted_at=told, subject="", excerpt="", because=())
        news = new_item(draft, next(self._item_ids), thread.id, message.received_at)
        if active is not None:
            self._active[thread.id] = joined(active, news, decision.way, decision.said)
        elif decision.way is not Way.APART:
            self._active[thread.id] = begun(news, decision.way, decision.said)
        self._fingerprints.add(hash(traits.fingerprint))
        if traits.same_text:
            self._same_texts[hash(traits.same_text)] = message.received_at
        self._remember(message.message_id, thread)

    def _remember(self, message_id: str, thread: Thread) -> None:
        known = self._by_ref[hash(message_id)] if message_id else []
        if message_id and thread not in known:
            known.append(thread)

    def _acknowledge(self, contact: str, thread: Thread, now: datetime) -> None:
        thread.acknowledged_at = now
        self._all.add(now)
        self._contacts[contact].add(now)
        if domain := domain_of(contact):
            self._domains[domain].add(now)


class _Counted:
    """Moments of a span, the newest last; what is older is forgotten."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._moments: deque[datetime] = deque()

    def add(self, at: datetime) -> None:
        self._moments.append(at)
        while self._moments and self._moments[0] <= at - self._span:
            self._moments.popleft()

    def since(self, after: datetime) -> int:
        return sum(at > after for at in self._moments)


_NOTHING = _Counted(HOUR)
