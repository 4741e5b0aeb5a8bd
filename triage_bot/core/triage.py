"""From a message to a decision. Pure: the agreement, the history and the moment are arguments.

A decision is made in two steps, because the first is the long one and needs nothing but the message: `judge` reads the
text and computes urgency and promise; `settle` looks at what happened before and says whether the client is
acknowledged. The second runs inside the transaction that records the message.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Agreement, Client
from triage_bot.core.authentication import Authentication, authentication
from triage_bot.core.away import AWAY, returns_on
from triage_bot.core.directory import STRANGER, Directory
from triage_bot.core.faq import Question, answers
from triage_bot.core.history import History
from triage_bot.core.items import TAGGED, Item, ItemState
from triage_bot.core.joining import REMINDED, REMINDERS, TABLE, Said, Way, found, reminders_with, said
from triage_bot.core.machine_text import Cue, cue
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.core.promise import Promise, promise
from triage_bot.core.reasons import Reason
from triage_bot.core.rules import Rule, RuleFacts, first_hit, words_of
from triage_bot.core.suppression import Limits, Ours, Suppression, hold_back, machine, unlimited
from triage_bot.core.urgency import Urgency
from triage_bot.core.urgency import judge as judge_urgency
from triage_bot.reading import read
from triage_bot.reading.fold import fold
from triage_bot.reading.model import Deadline, Kind, Locale, Reading, Script
from triage_bot.values import dataclass

PLAUSIBLE_DELAY = timedelta(days=2)
"""A Date header further from the received moment than this is not believed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What every decision goes by: who is who, what was agreed, what is ours."""

    directory: Directory
    rules: tuple[Rule, ...]
    ours: Ours
    limits: Limits
    questions: tuple[Question, ...] = ()  # asked again and again, with what is usually answered
    greeting_channels: frozenset[str] = frozenset()  # mailboxes in which a stranger gets one acknowledgement


@dataclass(frozen=True, slots=True)
class Decision:
    client: str  # "" for a sender nobody knows
    known_contact: bool
    reading: Reading
    urgency: Urgency
    inside_hours: bool
    promise: Promise | None  # None: the agreement holds no window ahead
    suppression: Suppression | None  # None: an acknowledgement goes out
    alert_at: datetime | None  # when she is told of it at once, None: with the next digest
    locale: Locale  # in which the client is answered
    because: tuple[Reason, ...] = ()
    rule: str = ""  # name of the user's rule that hit
    may_acknowledge: bool = True  # the agreement and the rules allow an acknowledgement
    template: str = ""  # the user's own texts that the rule wants for the acknowledgement
    tag: str = ""  # that the rule assigns
    answers: tuple[Reason, ...] = ()  # of the configuration, to what the message asks
    absence: str = ""  # ISO date of the last day of the absence that the acknowledgement tells of
    absence_told: bool = False  # it only reminds of it
    one_for_all: bool = False  # its acknowledgement takes the place of the one that still waits in the thread
    unruled: "Unruled | None" = None  # only where a rule asks for what happened before
    said: Said = Said.MESSAGE  # what the message is to the queue
    way: Way = Way.BEGINS  # what becomes of it there


@dataclass(frozen=True, slots=True)
class Unruled:
    """A decision before the user's rules, and what they are asked about."""

    decision: Decision
    facts: RuleFacts


def written_at(message: IncomingMessage) -> datetime:
    """When the client wrote: her own date if it is plausible, else when the message was received."""
    sent_at = message.sent_at
    if sent_at is None or not timedelta(0) <= message.received_at - sent_at <= PLAUSIBLE_DELAY:
        return message.received_at
    return sent_at


def judge(message: IncomingMessage, terms: Terms, *, now: datetime, client: Client | None = None) -> Decision:
    """Decide about a message by itself. `client` overrides who the directory says has written."""
    directory = terms.directory
    found = client or directory.find(message)
    person = found or directory.stranger()
    agreement = person.agreement
    calendar = agreement.calendar
    automaton = machine(message, terms.ours)
    sent_at = written_at(message)
    reading = read(
        message.subject,
        message.text,
        sent_at=sent_at.astimezone(calendar.zone),
        prior=person.locale,
        medium=message.medium.value,
        machine=automaton.kind if automaton else None,
    )
    made = promise(calendar, agreement.response, message.received_at, now)
    urgency, because = judge_urgency(
        reading,
        sent_at=sent_at,
        check_at=made.check_at if made else None,
        answer_at=made.promise_at if made and made.answered_by else None,
    )
    # Who is not proven to be the client gets no alarm rung.
    alert = urgency is Urgency.URGENT and automaton is None and person.name != STRANGER
    heard = Locale.of(reading.language, reading.script)
    # Her language is the configured one; its script follows the message.
    locale = heard if not found or heard.language is person.locale.language else person.locale
    decision = Decision(
        client=person.name,
        known_contact=found is not None,
        reading=reading,
        urgency=urgency,
        inside_hours=calendar.is_working(now),
        promise=made,
        suppression=automaton.suppression if automaton else None,
        alert_at=alert_moment(agreement, now, made) if alert else None,
        locale=locale,
        because=because,
        may_acknowledge=agreement.acknowledge,
    )
    if found is None and automaton is None and directory.is_left_alone(message.channel, message.contact):
        # Shown to her once, and obeying no rule: whoever this is, she wants to hear nothing of it.
        reasons = (Reason("left_alone"),)
        return replace(decision, urgency=Urgency.NONE, suppression=Suppression.LEFT_ALONE, because=reasons)
    if automaton is not None and cue(message) is Cue.AUTO_REPLY:
        return replace(decision, because=(_absent(message, calendar.zone), *decision.because))
    if terms.questions and automaton is None:
        folded = f"{fold(message.subject)}\n{fold(reading.new_text)}"
        decision = replace(decision, answers=tuple(answers(terms.questions, decision.client, folded)))
    if not terms.rules or (automaton is not None and automaton.kind is None):
        return decision  # a forged message obeys no rule that is meant for whom it names
    facts = _facts(message, decision, calendar.zone, now)
    ruled = _ruled(decision, facts, terms, now)
    asks = any(rule.when.asks_for_history() for rule in terms.rules)
    return replace(ruled, unruled=Unruled(decision, facts)) if asks else ruled


def _absent(message: IncomingMessage, zone: ZoneInfo) -> Reason:
    """Whose automatic reply it is, and until when she is away, if she says so."""
    values = {"contact": message.header_from.name or message.header_from.addr}
    until_on = returns_on(message.text, written_at(message).astimezone(zone).date())
    return Reason(AWAY, values | ({"until": until_on.isoformat()} if until_on else {}))


def _facts(message: IncomingMessage, decision: Decision, zone: ZoneInfo, now: datetime) -> RuleFacts:
    reading, local = decision.reading, now.astimezone(zone)
    return RuleFacts(
        client=decision.client,
        contact=message.header_from.addr or str(message.chat_id or ""),
        channel=message.channel,
        subject=message.subject,
        text=fold(reading.new_text),
        inside_hours=decision.inside_hours,
        username=message.username,
        written=reading.new_text,
        minute=local.hour * 60 + local.minute,
        attachment=bool(message.attachments),
        kind=reading.kind,
        deadline=reading.deadline.at if reading.deadline else None,
        written_at=written_at(message).astimezone(zone),
        machine=decision.suppression is not None,
    )


def _ruled(decision: Decision, facts: RuleFacts, terms: Terms, now: datetime) -> Decision:
    """The decision after the user's rules: the first that hits changes what it names, and is named as the reason."""
    rule = first_hit(terms.rules, facts)
    if rule is None:
        return decision
    words = words_of(rule, facts)
    reasons = [Reason("rule", {"name": rule.name, "words": words} if words else {"name": rule.name})]
    if rule.tag:
        reasons.append(Reason(TAGGED, {"name": rule.name, "tag": rule.tag}))
    urgency = rule.urgency or decision.urgency
    alert_at = decision.alert_at
    if rule.alert is not None or rule.urgency is not None:
        alert = rule.alert if rule.alert is not None else urgency is Urgency.URGENT
        agreement = terms.directory.agreement(decision.client)
        known = alert and decision.client != STRANGER
        alert_at = alert_moment(agreement, now, decision.promise) if known else None
    return replace(
        decision,
        urgency=urgency,
        alert_at=alert_at,
        # What was judged otherwise is no reason any more.
        because=(*reasons, *(decision.because if urgency is decision.urgency else ())),
        rule=rule.name,
        may_acknowledge=decision.may_acknowledge and rule.acknowledge is not False,
        template=rule.template,
        tag=rule.tag,
    )


def undecided(message: IncomingMessage, terms: Terms) -> Decision:
    """What is recorded of a message that could not be judged: an item for her to look at, and no answer."""
    person = terms.directory.find(message) or terms.directory.stranger()
    script = Script.CYRILLIC if person.locale is Locale.SR_CYRL else Script.LATIN
    return Decision(
        client=person.name,
        known_contact=person.name != STRANGER,
        reading=Reading(person.locale.language, script, new_text="", kind=Kind.OTHER),
        urgency=Urgency.NORMAL,
        inside_hours=False,
        promise=None,
        suppression=Suppression.UNREADABLE,
        alert_at=None,
        locale=person.locale,
    )


def settle(decision: Decision, message: IncomingMessage, history: History, terms: Terms, now: datetime) -> Decision:
    """Decide whether the client is acknowledged, and what becomes of the item, in the light of what happened before."""
    if decision.unruled is not None:
        facts = replace(decision.unruled.facts, unanswered=unanswered(history, edited=message.edited))
        decision = _ruled(decision.unruled.decision, facts, terms, now)
    decision = _placed(decision, message, history, terms, now)
    if history.answered_at is not None:
        decision = replace(decision, alert_at=None)
    if decision.suppression is not None:
        return decision
    if not decision.known_contact and _is_greeted(message, history, terms):
        decision = replace(decision, known_contact=True, template=PROSPECT)
    chat = message.medium is Medium.CHAT
    if _becomes_urgent(decision, history) or (
        # A chat is one thread for ever: there one acknowledgement a check, not one a day.
        chat and not _still_holds(history.thread_acknowledged_at, decision, terms)
    ):
        history = replace(history, thread_acknowledged_at=None)
    if _is_one_burst(decision, message, history, now):
        # The mail that waits becomes another; none is added, so that what limits their number does not count.
        suppression = _held_back(decision, message, unlimited(history), terms, now)
        away = replace(decision, absence=_absence(decision, terms, now))
        return replace(away, suppression=suppression, one_for_all=suppression is None)
    if (suppression := _held_back(decision, message, history, terms, now)) is not None:
        return replace(decision, suppression=suppression)
    return _with_absence(decision, history, terms, now)


def _placed(decision: Decision, message: IncomingMessage, history: History, terms: Terms, now: datetime) -> Decision:
    """What the message is to the queue. Whoever asks for the third time is urgent."""
    what = said(
        decision.reading,
        decision.urgency,
        edited=message.edited,
        machine=decision.suppression not in (None, Suppression.UNREADABLE),
        returned=history.returned is not None,
        alone=terms.directory.is_left_alone(message.channel, message.contact),
    )
    active, closed = history.active_item, history.closed_item
    way = TABLE[what][found(active, closed, now)]
    if decision.said is not what or decision.way is not way:
        decision = replace(decision, said=what, way=way)
    times = reminders_with(active, closed, what, way)
    if what is not Said.REMINDER or times < REMINDERS or decision.urgency is Urgency.URGENT:
        return decision
    agreement = terms.directory.agreement(decision.client)
    known = decision.client != STRANGER
    return replace(
        decision,
        urgency=Urgency.URGENT,
        alert_at=alert_moment(agreement, now, decision.promise) if known else None,
        because=(Reason(REMINDED, {"times": str(times)}), *decision.because),
    )


CONFIRMED = frozenset({Kind.TASK, Kind.CANCELLATION})
"""What is acknowledged during an absence, too, of which the contact knows: it is the written confirmation."""


def _with_absence(decision: Decision, history: History, terms: Terms, now: datetime) -> Decision:
    """One notice an absence and contact, and again when the day of the return changes."""
    absence = _absence(decision, terms, now)
    if decision.suppression is not None or not absence:
        return decision
    if history.absence_told != absence:
        return replace(decision, absence=absence)
    if decision.reading.kind in CONFIRMED or decision.urgency is Urgency.URGENT:
        return replace(decision, absence=absence, absence_told=True)
    return replace(decision, suppression=Suppression.ABSENCE_TOLD)


def _absence(decision: Decision, terms: Terms, now: datetime) -> str:
    calendar = terms.directory.agreement(decision.client).calendar
    if calendar.is_working(now):
        return ""
    vacation = calendar.vacation(now.astimezone(calendar.zone).date())
    return vacation.last_on.isoformat() if vacation else ""


PROSPECT = "prospect"
"""The name of the text for somebody who is no client."""


def _is_greeted(message: IncomingMessage, history: History, terms: Terms) -> bool:
    """Whether a stranger may get her one acknowledgement. She is proven to be who she says (RFC 8601), she wrote to
    the assistant by name (RFC 5230 section 4.5), and neither she nor her domain had one lately."""
    named = {address.addr for address in (*message.to, *message.cc)}
    return (
        message.channel in terms.greeting_channels
        and not named.isdisjoint(terms.ours.addresses)
        and not history.contact_acknowledged
        and history.domain_last_hour == 0
        and history.all_last_hour < terms.limits.strangers_below
        and authentication(message, terms.ours.authserv_ids) is Authentication.PASSED
    )


def _held_back(
    decision: Decision, message: IncomingMessage, history: History, terms: Terms, now: datetime
) -> Suppression | None:
    return hold_back(
        message,
        needs_ack=decision.reading.needs_ack,
        known_contact=decision.known_contact,
        acknowledge=decision.may_acknowledge,
        history=history,
        limits=terms.limits,
        now=now,
        paused=terms.directory.is_paused(decision.client),
    )


def _is_one_burst(decision: Decision, message: IncomingMessage, history: History, now: datetime) -> bool:
    """Whether the client writes on before she has heard from us, and would hear the same promise."""
    pending, item = history.pending_ack, history.active_item
    if pending is None or item is None or now >= pending.due_at:
        return False
    promised_at = decision.promise.promise_at if decision.promise else None
    return pending.recipient == message.contact and item.promise_at == promised_at


def spoken_for_all(decision: Decision, item: Item | None) -> Decision:
    """What the one acknowledgement of several messages speaks of: the newest reading, but the most urgent, and the
    deadline that was named before if none is named now."""
    if item is None:
        return decision
    reading = decision.reading
    if reading.deadline is None and item.deadline:
        is_day = len(item.deadline) == len("2026-11-20")
        at = date.fromisoformat(item.deadline) if is_day else datetime.fromisoformat(item.deadline)
        reading = replace(reading, deadline=Deadline(at, ""))
    if item.urgency is Urgency.URGENT and decision.urgency is not Urgency.URGENT:
        return replace(decision, reading=reading, urgency=item.urgency, alert_at=item.alerted_at)
    return replace(decision, reading=reading)


def unanswered(history: History, *, edited: bool = False) -> int:
    """Which message this is of those in its thread that wait for the assistant, from 1; an edited one is none more.
    Once she has asked back, the client's answer is the first again."""
    active = history.active_item
    return 1 if active is None or active.state is ItemState.WAITING else active.messages + int(not edited)


def _becomes_urgent(decision: Decision, history: History) -> bool:
    """Whether the client was told when she is answered before it turned out to be urgent."""
    if decision.urgency is not Urgency.URGENT:
        return False
    return history.active_item is None or history.active_item.urgency is not Urgency.URGENT


def _still_holds(acknowledged_at: datetime | None, decision: Decision, terms: Terms) -> bool:
    """Whether what an acknowledgement of then promised is what one of now would promise."""
    if acknowledged_at is None or decision.promise is None:
        return True
    calendar = terms.directory.agreement(decision.client).calendar
    return calendar.next_window(acknowledged_at) == decision.promise.check_at


def alert_moment(agreement: Agreement, now: datetime, made: Promise | None) -> datetime | None:
    """When the assistant may be told of an urgent message: now inside hours or at an agreed hour of emergencies, else
    when her hours begin, unless a check comes before that anyway."""
    if agreement.calendar.is_working(now) or agreement.emergencies.allow(now.astimezone(agreement.calendar.zone)):
        return now
    opening_at = agreement.calendar.next_opening(now)
    if opening_at is None or (made is not None and made.check_at <= opening_at):
        return None
    return opening_at
