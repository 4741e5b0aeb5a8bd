"""Sample contexts that between them reach every branch of a template: for `check`, and for the golden texts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import MappingProxyType
from zoneinfo import ZoneInfo

from triage_bot.core.reasons import Reason
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import AcknowledgementContext, DigestContext, ItemContext
from triage_bot.template_promises import AtRisk, AtRiskContext, CorrectionContext
from triage_bot.wording import Preposition, ago, clock_time, day, moment, since, span

ZONE = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)  # a Friday, 12:30 in Warsaw
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
FOUR = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def acknowledgements(locale: Locale) -> Iterator[AcknowledgementContext]:
    yield from named_acknowledgements(locale).values()
    plain = named_acknowledgements(locale)["in_hours"]
    situations = ("in_hours", "after_hours", "weekend", "holiday", "day_off", "vacation")
    switches = (False, True)
    for name, urgent, alerted, contact in product(situations, switches, switches, ("", "+48 600 100 200")):
        yield replace(plain, situation=name, urgent=urgent, alerted=alerted, emergency_contact=contact)
        yield replace(plain, situation=name, urgent=urgent, alerted=alerted, answer="", check="", stand_in="Marta")


def named_acknowledgements(locale: Locale) -> Mapping[str, AcknowledgementContext]:
    """The variants that a client may get, by name."""
    plain = AcknowledgementContext(
        locale=locale,
        assistant="Anna Kowalska",
        signature="",
        greeting="",
        situation="in_hours",
        urgent=False,
        alerted=False,
        check=_said(FOUR, locale, Preposition.AT),
        answer=_said(FOUR, locale, Preposition.AFTER),
        answered_by=False,
    )
    monday = replace(
        plain, check=_said(MONDAY, locale, Preposition.AT), answer=_said(MONDAY, locale, Preposition.AFTER)
    )
    contact = "+48 600 100 200"
    friday, wednesday = date(2026, 11, 27), date(2026, 11, 25)
    after_vacation = replace(plain, answer=_said(MONDAY + timedelta(days=7), locale, Preposition.AFTER))
    return {
        "in_hours": plain,
        "greeted_and_signed": replace(
            plain, greeting=_GREETINGS[locale], signature="Anna Kowalska\nanna@example.com", emergency_contact=contact
        ),
        "other_zone": replace(plain, answer=_said(FOUR, locale, Preposition.AFTER, ZoneInfo("America/New_York"))),
        "answered_by": replace(
            plain, answered_by=True, answer=_said(MONDAY + timedelta(hours=2), locale, Preposition.BY)
        ),
        "deadline": replace(plain, deadline=_said(NOW + timedelta(days=7), locale, Preposition.NONE)),
        "deadline_missed": replace(
            plain,
            deadline=_said(NOW + timedelta(hours=2), locale, Preposition.NONE),
            deadline_missed=True,
            urgent=True,
            alerted=True,
        ),
        "missing": replace(plain, missing=("goal", "deadline", "scope")),
        "after_hours": replace(monday, situation="after_hours"),
        "weekend": replace(monday, situation="weekend", emergency_contact=contact),
        "day_off": replace(monday, situation="day_off"),
        "holiday": replace(
            monday, situation="holiday", holiday=_HOLIDAYS[locale], holiday_day=_on(NOW.date(), locale, Preposition.AT)
        ),
        "holiday_ahead": replace(
            after_vacation, holiday=_HOLIDAYS[locale], holiday_day=_on(wednesday, locale, Preposition.AT)
        ),
        "vacation": replace(
            after_vacation,
            situation="vacation",
            vacation_until=_on(friday, locale, Preposition.UNTIL),
            stand_in="Marta Nowak, marta@example.com",
        ),
        "vacation_told": replace(
            after_vacation,
            situation="vacation",
            vacation_until=_on(friday, locale, Preposition.UNTIL),
            vacation_told=True,
        ),
        "vacation_ahead": replace(after_vacation, vacation_until=_on(friday, locale, Preposition.UNTIL)),
        "urgent_in_hours": replace(plain, urgent=True, alerted=True),
        "urgent_in_hours_with_contact": replace(plain, urgent=True, alerted=True, emergency_contact=contact),
        "urgent_after_hours": replace(monday, situation="after_hours", urgent=True),
        "urgent_weekend_with_contact": replace(monday, situation="weekend", urgent=True, emergency_contact=contact),
        "urgent_weekend_alerted": replace(monday, situation="weekend", urgent=True, alerted=True),
        "late": replace(plain, late=_said(NOW - timedelta(hours=14), locale, Preposition.AT)),
        "no_promise": replace(plain, check="", answer=""),
        "no_promise_urgent": replace(plain, check="", answer="", urgent=True, alerted=True),
    }


def corrections(locale: Locale) -> Mapping[str, CorrectionContext]:
    """The corrected promises that a client may get, by name."""
    plain = CorrectionContext(
        locale=locale,
        assistant="Anna Kowalska",
        signature="",
        greeting="",
        subject="Faktura",
        told=_said(FOUR, locale, Preposition.AFTER),
        check=_said(MONDAY, locale, Preposition.AT),
        answer=_said(MONDAY, locale, Preposition.AFTER),
        answered_by=False,
    )
    friday = _on(date(2026, 11, 27), locale, Preposition.UNTIL)
    later = replace(plain, answer=_said(MONDAY + timedelta(days=7), locale, Preposition.AFTER), vacation_until=friday)
    return {
        "plain": plain,
        "answered_by": replace(
            plain, answered_by=True, answer=_said(MONDAY + timedelta(hours=2), locale, Preposition.BY)
        ),
        "vacation": replace(later, greeting=_GREETINGS[locale], stand_in="Marta Nowak, marta@example.com"),
        "vacation_in_her_words": replace(
            later, vacation_text="…", signature="Anna", emergency_contact="+48 600 100 200"
        ),
        "no_promise": replace(plain, check="", answer=""),
    }


def at_risk(locale: Locale) -> AtRiskContext:
    told, instead = _said(FOUR, locale, Preposition.AFTER), _said(MONDAY, locale, Preposition.AFTER)
    first = AtRisk(12, "Studio Novak", "jan@novak.example", "Faktura <2026/11> & umowa", told, instead)
    return AtRiskContext(locale, 2, (first, AtRisk(13, "", "Jan", "", told, "")))


def digests(locale: Locale) -> Iterator[DigestContext]:
    yield from named_digests(locale).values()
    urgent = named_items(locale)["urgent"]
    switches = (False, True)
    items = tuple(
        replace(urgent, urgency=urgency, overdue=overdue, promised=promised, messages=messages)
        for urgency, overdue, promised, messages in product(("urgent", "low", "normal"), switches, ("", "x"), (1, 5))
    )
    yield _digest(locale, items)


def named_digests(locale: Locale) -> Mapping[str, DigestContext]:
    items = tuple(named_items(locale).values())
    full = _digest(locale, items)
    return {
        "full": full,
        "one": _digest(locale, items[:1]),
        "empty": _digest(locale, ()),
        "nothing_to_do": _digest(locale, (), (named_items(locale)["machine"], named_items(locale)["low"]), 3),
        "late": replace(full, late=True),
        "late_from_yesterday": replace(
            full, late=True, window_day=_on(NOW.date() - timedelta(days=1), locale, Preposition.AT)
        ),
    }


def named_items(locale: Locale) -> Mapping[str, ItemContext]:
    """Items as the digest lists them, by what is particular about them."""
    urgent = ItemContext(
        locale=locale,
        id=12,
        client="Studio Novak",
        contact="jan@novak.example",
        medium="email",
        subject="Faktura <2026/11> & umowa",
        excerpt="Sklep nie działa, klienci nie mogą zapłacić.",
        messages=1,
        kind="task",
        age=ago(NOON - timedelta(minutes=25), now=NOON, locale=locale),
        waiting=since(NOON - timedelta(minutes=25), now=NOON, locale=locale),
        urgency="urgent",
        promised=_said(NOON, locale, Preposition.AFTER, now=NOON),
        overdue=False,
        overdue_by="",
        deadline=_said(NOON + timedelta(hours=3), locale, Preposition.NONE, now=NOON),
        because=(
            Reason(
                "deadline_before_check",
                {
                    "words": "do 15",
                    "deadline_at": "2026-11-20T15:00:00+01:00",
                    "check_at": "2026-11-20T16:00:00+01:00",
                },
            ),
            Reason("harm", {"words": "nie mogą zapłacić"}),
        ),
        silence="",
        state="open",
        zone=ZONE,
        now=NOON,
    )
    overdue = replace(
        urgent,
        id=7,
        urgency="normal",
        subject="",
        messages=3,
        medium="chat",
        contact="Jan Novak",
        age=ago(NOON - timedelta(hours=26), now=NOON, locale=locale),
        waiting=since(NOON - timedelta(hours=26), now=NOON, locale=locale),
        promised=_said(NOON - timedelta(hours=20), locale, Preposition.AFTER, now=NOON),
        overdue=True,
        overdue_by=span(timedelta(hours=20), locale),
        deadline="",
        because=(),
    )
    ruled = replace(
        urgent,
        urgency="normal",
        because=(Reason("rule", {"name": "faktury", "words": "Fakturę"}),),
        tags=("faktury", "księgowość"),
        suggestions=(("NIP", "PL 123-456-78-90 <w stopce>"),),
    )
    return {
        "urgent": urgent,
        "overdue": overdue,
        "overdue_unpromised": replace(overdue, promised="", silence="SAME_TEXT"),
        "low": replace(urgent, urgency="low", deadline="", because=(Reason("can_wait", {"words": "nic pilnego"}),)),
        "tagged": ruled,
        "machine": replace(
            overdue,
            client="",
            urgency="none",
            overdue=False,
            overdue_by="",
            promised="",
            silence="AUTO_REPLIED",
            because=(Reason("machine", {"kind": "notification"}),),
        ),
    }


def values(locale: Locale) -> Mapping[str, object]:
    """Every value that a line of reasons, troubles and suppressions may name."""
    said = _said(MONDAY, locale, Preposition.NONE)
    friday = _on(date(2026, 11, 27), locale, Preposition.NONE)
    return MappingProxyType(
        dict.fromkeys(_MOMENTS, said)
        | dict.fromkeys(_DAYS, friday)
        | dict.fromkeys(_TEXTS, "x")
        | {"last_on": _on(date(2026, 11, 29), locale, Preposition.NONE), "minutes": "240", "count": "5", "limit": "60"}
    )


_MOMENTS = (
    *("deadline_at", "check_at", "received_at", "now_at", "last_at", "promise_at"),
    *("from_at", "until_at", "exact_at", "since_at"),
)
_DAYS = ("deadline_on", "first_on", "on")
_TEXTS = (
    "answer",
    "words",
    "kind",
    "name",
    "english",
    "channel",
    "error",
    "contact",
    "address",
    "item",
    "tag",
    "place",
)
_GREETINGS = {Locale.PL: "Panie Janie", Locale.SR: "Jovane", Locale.SR_CYRL: "Јоване", Locale.EN: "Jan"}
_HOLIDAYS = {
    Locale.PL: "Narodowe Święto Niepodległości",
    Locale.SR: "Dan primirja u Prvom svetskom ratu",
    Locale.SR_CYRL: "Дан примирја у Првом светском рату",
    Locale.EN: "National Independence Day",
}


def _digest(
    locale: Locale, items: tuple[ItemContext, ...], rest: tuple[ItemContext, ...] = (), rest_more: int = 0
) -> DigestContext:
    return DigestContext(
        locale=locale,
        window=clock_time(NOON, zone=ZONE, locale=locale),
        window_day="",
        late=False,
        late_by=span(timedelta(hours=1), locale),
        now=NOW,
        zone=ZONE,
        items=items,
        rest=rest,
        rest_more=rest_more,
        count=len(items),
        urgent=sum(item.urgency == "urgent" for item in items),
        overdue=sum(item.overdue for item in items),
    )


def _said(at: datetime, locale: Locale, preposition: Preposition, zone: ZoneInfo = ZONE, *, now: datetime = NOW) -> str:
    other = None if zone == ZONE else ZONE
    return moment(at, now=now, zone=zone, locale=locale, preposition=preposition, other_zone=other)


def _on(on: date, locale: Locale, preposition: Preposition) -> str:
    return day(on, today=NOW.date(), locale=locale, preposition=preposition)
