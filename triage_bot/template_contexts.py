"""What a template may say: the documented variables of every template, and how they come about.

The fields of `AcknowledgementContext` are the variables of `promise.txt`, `acknowledgement.txt`,
`acknowledgement.html` and `acknowledgement.chat.txt`; those of `ItemContext` and `TroubleContext` the
variables of the texts to the assistant. All moments are words already, in the reader's language and zone.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.away import AWAY
from triage_bot.core.digest import due_at, is_overdue
from triage_bot.core.directory import Directory
from triage_bot.core.faq import told
from triage_bot.core.items import SUGGESTED, TAGGED, Item
from triage_bot.core.reasons import Reason
from triage_bot.core.situation import Circumstances, situation
from triage_bot.core.triage import Decision
from triage_bot.reading.model import Deadline, Locale
from triage_bot.values import dataclass
from triage_bot.wording import Preposition, ago, day, in_script, moment, since, span

SUBJECT_LIMIT = 150
EXCERPT_LIMIT = 400
TAG_LIMIT = 40

UNREMARKABLE = frozenset({"regular", TAGGED, SUGGESTED})
"""Reasons that the digest does not give: there is none, or it is shown otherwise."""


@dataclass(frozen=True, slots=True)
class AcknowledgementContext:
    """The variables of an acknowledgement. A text that does not apply is "".

    Besides these, the templates of the acknowledgement know `promise`, the sentence of `promise.txt`, and
    `acknowledgement.html` knows `paragraphs`: the text of `acknowledgement.txt` cut at its empty lines, each paragraph
    as its lines and whether the promise stands in it.
    """

    locale: Locale
    assistant: str  # her name
    signature: str  # her signature, "" for the name alone
    greeting: str  # how the client is addressed, from the config: "Panie Janie"
    situation: str  # in_hours, after_hours, weekend, holiday, day_off, vacation
    urgent: bool
    alerted: bool  # she is told of the message at once
    check: str  # when she reads it: "dziś o 16:00"
    answer: str  # when the answer comes: "dziś po 16:00", "jutro do 10:00"; "" if nothing can be promised
    answered_by: bool  # by that moment, not after it
    holiday: str = ""  # name of today's holiday, or of the next one before the check
    holiday_day: str = ""  # "dziś", "w środę 11 listopada"
    vacation_until: str = ""  # its last day, today's vacation or one before the check: "do piątku 4 grudnia"
    vacation_text: str = ""  # her own words about it
    vacation_told: bool = False  # the client was told of today's vacation before
    stand_in: str = ""
    deadline: str = ""  # as understood: "piątek 27 listopada, godz. 12:00"
    deadline_missed: bool = False  # it lies before the promised answer
    emergency_contact: str = ""  # the agreed way in emergencies
    missing: tuple[str, ...] = ()  # goal, deadline, scope: what the client may be asked for
    answers: tuple[str, ...] = ()  # of the configuration, to what the message asks
    late: str = ""  # when the message came, if the acknowledgement waited for long: "wczoraj o 23:50"


@dataclass(frozen=True, slots=True)
class ItemContext:
    """One item of the queue, as the assistant is told of it."""

    locale: Locale
    id: int
    client: str  # "" for a sender nobody knows
    contact: str  # name or address of who wrote
    medium: str  # email or chat
    subject: str
    excerpt: str
    messages: int
    kind: str
    age: str  # of the newest message: "2 godz. temu"
    waiting: str  # since the item was opened: "od 3 dni"
    urgency: str  # urgent, normal, low, none
    promised: str  # what the client was told: "dziś po 16:00", "" if nothing
    overdue: bool
    overdue_by: str  # "2 godz."
    deadline: str
    because: tuple[Reason, ...]  # said by the filter `words`; empty where nothing is remarkable
    silence: str  # name of the suppression, said by the filter `silence`; "" if the client was acknowledged
    state: str
    zone: ZoneInfo
    now: datetime
    tags: tuple[str, ...] = ()  # what the user's rules assigned
    suggestions: tuple[tuple[str, str], ...] = ()  # names and answers of the configuration's questions it asks
    away: tuple[Reason, ...] = ()  # of an automatic reply: who is away, and until when; said by the filter `words`


@dataclass(frozen=True, slots=True)
class TroubleContext:
    """Something that went wrong and that she should know. The codes and their values stand in `trouble.html`."""

    locale: Locale
    zone: ZoneInfo
    now: datetime
    code: str
    values: Mapping[str, str] = field(default_factory=dict)


def acknowledgement_context(
    decision: Decision,
    client: Client,
    assistant: Assistant,
    now: datetime,
) -> AcknowledgementContext:
    """The variables of the acknowledgement that follows from a decision; `client` may be the directory's stranger."""
    agreement, locale, zone = client.agreement, decision.locale, client.zone
    made = decision.promise
    known = situation(decision, agreement, now)
    check = answer = ""
    if made is not None:
        hers = agreement.calendar.zone
        by = Preposition.BY if made.answered_by else Preposition.AFTER
        answer = _moment(made.promise_at, now, zone, locale, by, hers)
        check = _moment(made.check_at, now, zone, locale, Preposition.AT, hers)
    return AcknowledgementContext(
        locale=locale,
        assistant=assistant.name,
        signature=assistant.signature,
        greeting=client.greeting,
        situation=known.situation.value,
        urgent=known.urgent,
        alerted=known.alerted,
        check=check,
        answer=answer,
        answered_by=made is not None and made.answered_by,
        **_absence(known, agreement, locale, now),
        vacation_told=decision.absence_told,
        deadline=_deadline(decision.reading.deadline, locale, zone, now),
        deadline_missed=_is_missed(decision, agreement),
        emergency_contact=agreement.emergencies.contact,
        missing=tuple(part.value for part in decision.reading.missing) if agreement.ask_for_missing else (),
        answers=told(decision.answers),
    )


@lru_cache(maxsize=256)  # in a backlog most are promised the same
def _moment(
    at: datetime, now: datetime, zone: ZoneInfo, locale: Locale, preposition: Preposition, other_zone: ZoneInfo
) -> str:
    return moment(at, now=now, zone=zone, locale=locale, preposition=preposition, other_zone=other_zone)


def item_context(item: Item, assistant: Assistant, now: datetime, directory: Directory) -> ItemContext:
    locale, zone = assistant.locale, assistant.zone
    overdue_since = due_at(item, directory) if is_overdue(item, now, directory) else None
    return ItemContext(
        locale=locale,
        id=item.id,
        client=shorten(item.client, SUBJECT_LIMIT),
        contact=shorten(item.contact_name or item.contact, SUBJECT_LIMIT),
        medium=item.medium.value,
        subject=shorten(item.subject, SUBJECT_LIMIT),
        excerpt=shorten(item.excerpt, EXCERPT_LIMIT),
        messages=item.messages,
        kind=item.kind,
        age=ago(item.last_message_at, now=now, locale=locale),
        waiting=since(item.opened_at, now=now, locale=locale),
        urgency=item.urgency.value,
        promised=_promised(item, locale, zone, now),
        overdue=overdue_since is not None,
        overdue_by=span(now - overdue_since, locale) if overdue_since else "",
        deadline=spoken(item.deadline, locale, zone, now) if item.deadline else "",
        because=tuple(reason for reason in item.because if reason.code not in UNREMARKABLE),
        silence=item.silence,
        state=item.state.value,
        zone=zone,
        now=now,
        tags=tuple(shorten(tag, TAG_LIMIT) for tag in item.tags),
        away=tuple(reason for reason in item.because if reason.code == AWAY),
        suggestions=tuple((shorten(name, TAG_LIMIT), shorten(said, EXCERPT_LIMIT)) for name, said in item.suggestions),
    )


def spoken(
    value: str,
    locale: Locale,
    zone: ZoneInfo | None,
    now: datetime | None,
    preposition: Preposition = Preposition.NONE,
) -> str:
    """An ISO date or moment in words; anything else as it is. Without `zone` by its own clock, without `now` by its
    date even if that is today."""
    try:
        if len(value) == len("2026-11-27"):
            on = date.fromisoformat(value)
            return day(on, today=_today(now, zone) or _long_before(on), locale=locale, preposition=preposition)
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    reader = zone or at.tzinfo
    if reader is None:
        return value
    seen_at = now or datetime.combine(_long_before(at.date()), at.timetz())
    return moment(at, now=seen_at, zone=reader, locale=locale, preposition=preposition)


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut at a word, without characters that steer terminals or bidi text."""
    line = " ".join(text[: limit * 4].split())
    if not line.isprintable():  # as all of those characters are not
        line = " ".join(_STEERING.sub(" ", line).split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    cut = head.rfind(" ", limit * 2 // 3)
    return (head[:cut] if cut > 0 else head).rstrip(" ,;:-–") + "…"


_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def _absence(known: Circumstances, agreement: Agreement, locale: Locale, now: datetime) -> dict[str, str]:
    words: dict[str, str] = {}
    today = now.astimezone(agreement.calendar.zone).date()
    if known.holiday is not None:
        words["holiday"] = holiday_name(known.holiday.name, known.holiday.english, locale)
        words["holiday_day"] = day(known.holiday.on, today=today, locale=locale)
    if known.vacation is not None:
        last_on = known.vacation.last_on
        words["vacation_until"] = day(last_on, today=today, locale=locale, preposition=Preposition.UNTIL)
        words["vacation_text"] = known.vacation.text
        words["stand_in"] = known.vacation.stand_in
    return words


def holiday_name(name: str, english: str, locale: Locale) -> str:
    """The name a reader can make out: her own, in her script, or the English one."""
    if locale is Locale.EN:
        return english or name
    return in_script(name, locale)


def _deadline(deadline: Deadline | None, locale: Locale, zone: ZoneInfo, now: datetime) -> str:
    return "" if deadline is None else spoken(deadline.at.isoformat(), locale, zone, now)


def _is_missed(decision: Decision, agreement: Agreement) -> bool:
    deadline, made = decision.reading.deadline, decision.promise
    if deadline is None or made is None:
        return False
    if isinstance(deadline.at, datetime):
        return deadline.at < made.promise_at or (deadline.at == made.promise_at and not made.answered_by)
    return deadline.at < made.promise_at.astimezone(agreement.calendar.zone).date()


def _promised(item: Item, locale: Locale, zone: ZoneInfo, now: datetime) -> str:
    if item.promise_at is None or not item.promise_sentence:
        return ""
    after = item.check_at is None or item.promise_at == item.check_at
    preposition = Preposition.AFTER if after else Preposition.BY
    return moment(item.promise_at, now=now, zone=zone, locale=locale, preposition=preposition)


def _today(now: datetime | None, zone: ZoneInfo | None) -> date | None:
    return None if now is None else (now.astimezone(zone) if zone else now).date()


def _long_before(on: date) -> date:
    """A day of the same year from which `on` is neither today nor near it."""
    return on - timedelta(days=30) if on.month > 1 else on + timedelta(days=30)
