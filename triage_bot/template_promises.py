"""The variables of the texts about broken promises: the correction that a client gets, the list that she gets.

The fields of `CorrectionContext` are the variables of `correction.txt`, `correction.html` and `correction.chat.txt`,
besides `promise` and `paragraphs` as in an acknowledgement; those of `AtRiskContext` the variables of
`promises_at_risk.telegram.html`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Assistant, Client
from triage_bot.core.calendar_days import Vacation
from triage_bot.core.ledger import Broken, GivenPromise
from triage_bot.core.promise import Promise
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import SUBJECT_LIMIT, shorten
from triage_bot.wording import Preposition, day, moment

EXCERPT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class CorrectionContext:
    """A text that does not apply is ""."""

    locale: Locale
    assistant: str  # her name
    signature: str  # her signature, "" for the name alone
    greeting: str  # how the client is addressed
    subject: str  # of the client's message, "" in a chat
    told: str  # what was promised: "dziś po 16:00"
    check: str  # when she reads it now
    answer: str  # when the answer comes now; "" if nothing can be promised
    answered_by: bool
    vacation_until: str = ""  # the vacation that is the cause: "do piątku 4 grudnia"
    vacation_text: str = ""  # her own words about it
    stand_in: str = ""
    emergency_contact: str = ""
    late: bool = False  # she says herself that it takes longer; else her calendar has changed


@dataclass(frozen=True, slots=True)
class AtRisk:
    item: int
    client: str  # "" for a sender nobody knows
    contact: str
    subject: str
    told: str  # what the client was promised: "dziś po 16:00"
    instead: str  # what the correction would promise, "" if nothing


@dataclass(frozen=True, slots=True)
class PromiseDueContext:
    """A promise that is about to break: the variables of `promise_due.telegram.html`."""

    locale: Locale
    item: int
    client: str  # "" for a sender nobody knows
    contact: str
    subject: str
    excerpt: str  # the beginning of what the client wrote
    told: str  # what the client was promised: "dziś po 16:00"
    due: str  # by when the answer must have been sent: "dziś do 16:00"


@dataclass(frozen=True, slots=True)
class AtRiskContext:
    """Promises that the calendar breaks, as the assistant is told of them."""

    locale: Locale
    count: int
    promises: tuple[AtRisk, ...]


def correction_context(
    broken: Broken, client: Client, assistant: Assistant, locale: Locale, now: datetime
) -> CorrectionContext:
    old, new = broken.old, broken.new
    calendar, zone = client.agreement.calendar, client.zone
    check, answer = promise_words(new, client, locale, now) if new is not None else ("", "")
    away = _vacation_on_the_way(client, new)
    today = now.astimezone(calendar.zone).date()
    return CorrectionContext(
        locale=locale,
        assistant=assistant.name,
        signature=assistant.signature,
        greeting=client.greeting,
        subject=shorten(old.subject, SUBJECT_LIMIT),
        told=_told(old, zone, locale, now),
        check=check,
        answer=answer,
        answered_by=new is not None and new.answered_by,
        vacation_until=day(away.last_on, today=today, locale=locale, preposition=Preposition.UNTIL) if away else "",
        vacation_text=away.text if away else "",
        stand_in=away.stand_in if away else "",
        emergency_contact=client.agreement.emergencies.contact,
    )


def promise_words(made: Promise, client: Client, locale: Locale, now: datetime) -> tuple[str, str]:
    """When she reads the message, and when the answer comes, as the client is told it."""
    zone, hers = client.zone, client.agreement.calendar.zone
    by = Preposition.BY if made.answered_by else Preposition.AFTER
    check = moment(made.check_at, now=now, zone=zone, locale=locale, preposition=Preposition.AT, other_zone=hers)
    return check, moment(made.promise_at, now=now, zone=zone, locale=locale, preposition=by, other_zone=hers)


def promise_due_context(
    given: GivenPromise, due_at: datetime, assistant: Assistant, now: datetime
) -> PromiseDueContext:
    locale, zone = assistant.locale, assistant.zone
    return PromiseDueContext(
        locale=locale,
        item=given.item_id,
        client=shorten(given.client, SUBJECT_LIMIT),
        contact=shorten(given.contact, SUBJECT_LIMIT),
        subject=shorten(given.subject, SUBJECT_LIMIT),
        excerpt=shorten(given.excerpt, EXCERPT_LIMIT),
        told=_told(given, zone, locale, now),
        due=moment(due_at, now=now, zone=zone, locale=locale, preposition=Preposition.BY),
    )


def at_risk_context(found: tuple[Broken, ...], assistant: Assistant, now: datetime) -> AtRiskContext:
    return AtRiskContext(assistant.locale, len(found), tuple(at_risk(each, assistant, now) for each in found))


def at_risk(broken: Broken, assistant: Assistant, now: datetime) -> AtRisk:
    old, new = broken.old, broken.new
    locale, zone = assistant.locale, assistant.zone
    instead = ""
    if new is not None:
        by = Preposition.BY if new.answered_by else Preposition.AFTER
        instead = moment(new.promise_at, now=now, zone=zone, locale=locale, preposition=by)
    return AtRisk(
        item=old.item_id,
        client=shorten(old.client, SUBJECT_LIMIT),
        contact=shorten(old.contact, SUBJECT_LIMIT),
        subject=shorten(old.subject, SUBJECT_LIMIT),
        told=_told(old, zone, locale, now),
        instead=instead,
    )


def _told(old: GivenPromise, zone: ZoneInfo, locale: Locale, now: datetime) -> str:
    by = Preposition.BY if old.answered_by else Preposition.AFTER
    return moment(old.promise_at, now=now, zone=zone, locale=locale, preposition=by)


def _vacation_on_the_way(client: Client, new: Promise | None) -> Vacation | None:
    for reason in new.because if new else ():
        if reason.code == "skipped_vacation":
            return client.agreement.calendar.vacation(date.fromisoformat(reason.values["first_on"]))
    return None
