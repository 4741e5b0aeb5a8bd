"""From an incoming message to a recorded decision.

The one place where the decisions meet the store. Nothing is sent from here: the acknowledgement and the alert become
outbox entries in the transaction that records the message and its item, so after a crash either all of it exists or
the message is fetched again.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from triage_bot.acknowledging import Correspondence, acknowledgement, alert, bounced, is_worth_an_alert
from triage_bot.answering import elsewhere
from triage_bot.channels.protocols import Batch
from triage_bot.clock import Clock
from triage_bot.core import faq
from triage_bot.core.history import History, Undeliverable
from triage_bot.core.items import Event
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.reasons import Reason
from triage_bot.core.suppression import Suppression
from triage_bot.core.triage import Decision, Terms, settle, spoken_for_all, undecided
from triage_bot.errors import StoreError, where
from triage_bot.greeting import besides, for_stranger, is_new_here
from triage_bot.judging import Decisions, Judging
from triage_bot.store.drafts import EntryDraft, ItemDraft, Plan, Recorded
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.tally import Tally
from triage_bot.template_contexts import shorten
from triage_bot.trays import Bell
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is judged before its turn to be recorded."""

    messages: tuple[IncomingMessage, ...]
    now: datetime
    decisions: asyncio.Task[Decisions]


@dataclass(frozen=True, slots=True)
class _Portion:
    """What is recorded in one transaction: a batch, or some messages of it."""

    batch: Batch
    is_last: bool


MOST_AHEAD = 8
"""Batches that are judged before their turn and kept until then."""
FULL = 20
"""Messages in a batch that takes its turn with others of this size."""
PORTION = 50
"""Of them so many are recorded in one transaction while others have single messages, who wait for one portion at most;
each costs what a transaction costs."""
LATELY = 60.0
"""Seconds for which somebody who had a single message is thought to have another one."""
EXCERPT = 240
"""Characters of the new text that the digest shows at most."""


class Intake:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        terms: Terms,
        correspondence: Correspondence,
        judging: Judging,
        troubles: Troubles,
        bell: Bell,
        tally: Tally | None = None,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._terms = terms
        self._correspondence = correspondence
        self._judging = judging
        self._ahead: dict[tuple[str, str], _Ahead] = {}  # by channel and key of the first message
        self._troubles = troubles
        self._bell = bell
        self._tally = tally or Tally()
        self._breaker_hit = False
        self._full = asyncio.Lock()
        self._single_at = -LATELY  # by the loop's time

    def foresee(self, messages: int) -> None:
        """So many will be recorded soon, if nothing fails before."""
        self._judging.foresee(messages)

    def expect(self, messages: tuple[IncomingMessage, ...]) -> None:
        """Begin to judge what will be recorded next from its channel, if that takes nothing from what is recorded now.

        It needs not come. Only this very tuple is taken for what was expected.
        """
        if messages and self._judging.wants(messages):
            now = self._clock.now()
            task = asyncio.create_task(self._judging.judge(messages, now))
            self._ahead[_place(messages)] = _Ahead(messages, now, task)
            if len(self._ahead) > MOST_AHEAD:
                # What failed before them comes anew, and they with it: nobody will ask for the oldest.
                del self._ahead[next(iter(self._ahead))]

    async def record(self, batch: Batch) -> None:
        """Decide about the messages of a batch and record them, the cursor with the last of them.

        Raises StoreError when the database cannot be written; the batch is then to be delivered again, and of what was
        recorded before the failure nothing is recorded twice.
        """
        moment = asyncio.get_running_loop().time()
        if 0 < len(batch.messages) < FULL:
            self._single_at = moment
        decisions, now = await self._judge(batch.messages)
        for portion in _portions(batch, PORTION if moment - self._single_at < LATELY else len(batch.messages)):
            await self._record(portion, decisions, now)
        if self._breaker_hit:
            self._breaker_hit = False
            await self._troubles.breaker_open(self._terms.limits.all_per_hour)

    async def _record(self, portion: _Portion, decisions: Decisions, now: datetime) -> None:
        """One transaction."""
        batch, beside = portion.batch, besides(self._correspondence, portion.batch, now)
        plans: dict[tuple[str, str], Plan] = {}

        def plan(message: IncomingMessage, history: History) -> Plan | None:
            try:
                made = self._plan(message, decisions[message.channel, message.key], history, now)
            except StoreError:
                raise
            except Exception as error:
                log.error("%s %s: could not be decided: %s", message.channel, message.key, where(error))
                made = self._plan(message, undecided(message, self._terms), history, now)
            if made is not None:
                plans[message.channel, message.key] = made
            return made

        def client_of(message: IncomingMessage) -> str:
            return decisions[message.channel, message.key].client

        # Of full batches one at a time, in turns: whoever has a single message waits for one portion at most.
        async with self._full if len(batch.messages) >= FULL else contextlib.nullcontext():
            tray = self._bell.trays.of(batch.messages[0].channel) if batch.messages else None
            claim = tray.claim(self._clock.now()) if tray is not None else None
            loop = asyncio.get_running_loop()

            def record() -> list[Recorded]:
                done = self._store.record(
                    batch.messages,
                    batch.cursor if portion.is_last else None,
                    plan,
                    client_of=client_of,
                    at=now,
                    same_text_within=self._terms.limits.same_text_within,
                    beside=beside,
                    elsewhere=elsewhere(self._correspondence, batch),
                    claim=claim,
                )
                if tray is not None and claim is not None and claim.given:
                    loop.call_soon_threadsafe(tray.put, claim.given)  # also if we are cancelled meanwhile
                return done

            recorded = await self._writer.call(record)
        self._tell(batch, recorded, plans, now)
        entries = Counter(entry.courier for made in plans.values() for entry in made.entries)
        if claim is not None:
            entries[claim.courier] -= len(claim.given)
        couriers = set(+entries)
        if any(made.alert for made in plans.values()):
            couriers.add(self._correspondence.desk)
        if batch.starts or batch.reaches or batch.moves or batch.own or batch.answered or batch.deleted:
            self._bell.ring()
        elif couriers:
            self._bell.ring(*couriers)

    def _tell(
        self, batch: Batch, recorded: Sequence[Recorded], plans: Mapping[tuple[str, str], Plan], now: datetime
    ) -> None:
        for message, row in zip(batch.messages, recorded, strict=True):
            made = plans.get((row.channel, row.key))
            if not row.new:
                # The last run stopped after our commit and before the mailbox was told. The client already has her
                # acknowledgement.
                log.info("%s %s: already recorded", row.channel, row.key)
            elif row.item_id is not None and made is not None:
                how = "opened" if row.opened else "joined"
                log.info("%s %s: item %d %s: %s", row.channel, row.key, row.item_id, how, outcome(made))
                self._tally.recorded(row.channel, made.decision["suppression"], message.received_at, now)

    async def _judge(self, messages: tuple[IncomingMessage, ...]) -> tuple[Decisions, datetime]:
        """The decisions, and the moment from which they count."""
        if messages:
            ahead = self._ahead.pop(_place(messages), None)
            if ahead is not None and ahead.messages is messages:
                return await ahead.decisions, ahead.now
        now = self._clock.now()
        return await self._judging.judge(messages, now), now

    def _plan(self, message: IncomingMessage, decision: Decision, history: History, now: datetime) -> Plan | None:
        if history.known:
            return None
        decision = settle(decision, message, history, self._terms, now)
        self._breaker_hit |= decision.suppression is Suppression.BREAKER
        entries: list[EntryDraft] = []
        sentence = ""
        if decision.suppression is None:
            spoken = spoken_for_all(decision, history.active_item) if decision.one_for_all else decision
            entry, sentence = acknowledgement(self._correspondence, message, spoken, now)
            if decision.one_for_all and history.pending_ack is not None:
                entry = replace(entry, due_at=min(entry.due_at, history.pending_ack.due_at))
            entries.append(entry)
        elif is_new_here(message, decision):
            decision = replace(decision, because=(Reason("unknown_chat"), *decision.because))
            if message.channel in self._terms.greeting_channels:
                entries += filter(
                    None, [for_stranger(self._correspondence, message, decision, history, self._terms.limits, now)]
                )
        item = item_draft(message, decision, sentence)
        if entries and decision.suppression is not None:
            item = replace(item, silence="")  # a stranger who is told something is not left in silence
        told = None
        if decision.alert_at is not None and is_worth_an_alert(history.active_item, decision):
            told = alert(self._correspondence, item, decision.alert_at, business=bool(message.business))
            if told is not None:
                item = replace(item, alerted_at=decision.alert_at)
        lost = undeliverable(message, history, now)
        if lost is not None and history.returned is not None:
            entries.extend(bounced(self._correspondence, lost, history.returned, now))
        return Plan(
            decision=as_record(decision),
            item=item,
            way=decision.way,
            said=decision.said,
            entries=tuple(entries),
            events=events(message, decision, now),
            promise=decision.promise if sentence and not decision.one_for_all else None,
            one_for_all=decision.one_for_all,
            zone=self._correspondence.client_of(decision).zone.key,
            locale=decision.locale.value,
            absence=decision.absence if decision.suppression is None else "",
            undeliverable=lost,
            alert=told,
        )


def _portions(batch: Batch, most: int) -> Iterator[_Portion]:
    """What comes beside messages goes in one transaction with all of them: who was answered in the same batch is not
    acknowledged before that is seen."""
    messages = batch.messages
    if replace(batch, messages=()) != Batch((), batch.cursor):
        most = len(messages)
    while len(messages) > most:
        yield _Portion(Batch(messages[:most], batch.cursor), is_last=False)
        messages = messages[most:]
    yield _Portion(replace(batch, messages=messages), is_last=True)


def _place(messages: tuple[IncomingMessage, ...]) -> tuple[str, str]:
    return messages[0].channel, messages[0].key


def undeliverable(message: IncomingMessage, history: History, now: datetime) -> Undeliverable | None:
    """What a bounce says of the address that our mail went to; None for any other message. Whether it is ours is told
    by the Message-ID of what came back: anybody can write that a mail could not be delivered."""
    report, returned = message.report, history.returned
    if report is None or returned is None:
        return None
    return Undeliverable(returned.recipient, now, report.permanent, report.status, report.diagnostic)


def outcome(plan: Plan) -> str:
    """What was decided, for the log: "urgent task, acknowledged", "none newsletter, silent: NEWSLETTER"."""
    said = plan.decision
    answer = f"silent: {said['suppression']}" if said["suppression"] else "acknowledged"
    return f"{said['urgency']} {said['kind']}, {answer}"


def item_draft(message: IncomingMessage, decision: Decision, sentence: str) -> ItemDraft:
    """The item that a message makes, as the store keeps it."""
    made, reading = decision.promise, decision.reading
    return ItemDraft(
        client=decision.client,
        channel=message.channel,
        medium=message.medium,
        contact=message.contact,
        contact_name=message.header_from.name,
        subject=message.subject,
        excerpt="" if message.unreadable else shorten(reading.new_text, EXCERPT),
        urgency=decision.urgency,
        kind=reading.kind.value,
        last_message_at=message.received_at,
        check_at=made.check_at if made else None,
        promise_at=made.promise_at if made and sentence else None,
        promise_sentence=sentence,
        deadline=reading.deadline.at.isoformat() if reading.deadline else "",
        because=(*decision.because, *faq.shown(decision.answers, acknowledged=decision.suppression is None)),
        silence=decision.suppression.name if decision.suppression else "",
    )


def events(message: IncomingMessage, decision: Decision, now: datetime) -> tuple[Event, ...]:
    """The first lines of the history: when it came, what was decided and why."""
    received = {"channel": message.channel, "key": message.key}
    if message.unreadable:
        received["unreadable"] = message.unreadable
    decided = {"urgency": decision.urgency.value, "kind": decision.reading.kind.value}
    if decision.suppression is not None:
        decided["suppression"] = decision.suppression.name
    if decision.one_for_all:
        decided["acknowledgement"] = "one for this message and those before it"
    return (
        Event(message.received_at, "edited" if message.edited else "received", received),
        Event(now, "decided", decided),
    )


def as_record(decision: Decision) -> Mapping[str, Any]:
    """The decision as plain JSON values, kept with the message: why it was decided so, whenever somebody asks."""
    reading, made, promised = decision.reading, decision.promise, decision.suppression is None
    return {
        "language": reading.language.value,
        "kind": reading.kind.value,
        "tone": reading.tone.value,
        "urgency": decision.urgency.value,
        "needs_ack": reading.needs_ack,
        "missing": [element.value for element in reading.missing],
        "deadline": reading.deadline.at.isoformat() if reading.deadline else None,
        "inside_hours": decision.inside_hours,
        "suppression": decision.suppression.name if decision.suppression else None,
        "rule": decision.rule,
        "tag": decision.tag,
        "locale": decision.locale.value,
        "template": decision.template,
        # How a promise was computed matters only where it was made.
        "because": [_plain(reason) for reason in (*decision.because, *(made.because if made and promised else ()))],
    }


def _plain(reason: Reason) -> list[Any]:
    return [reason.code, dict(reason.values)]
