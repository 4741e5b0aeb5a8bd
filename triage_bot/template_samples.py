"""Sample contexts that between them reach every branch of a template: for `check`, and for the golden texts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import MappingProxyType
from zoneinfo import ZoneInfo

from triage_bot.core.reasons import Reason
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import AcknowledgementContext, ItemContext
from triage_bot.template_digest import DigestContext, SectionContext, TodayContext
from triage_bot.template_promises import AtRisk, AtRiskContext, CorrectionContext, PromiseDueContext
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


def greetings(locale: Locale) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What somebody is told who opens a chat, by file, with the variables of each branch."""
    who = {"locale": locale, "assistant": "Anna Kowalska"}
    agreed = {"hours": "8:00–16:00", "windows": "8:00, 12:00, 16:00", "clock": "14:10"}
    for greeting, contact, known in product(("", "Jan"), ("", "+48 600 100 200"), (False, True)):
        person = {"greeting": greeting, "emergency_contact": contact, "known": known, "acknowledged": known}
        yield f"{locale}/welcome.chat.txt", who | agreed | person
        yield f"{locale}/welcome.chat.txt", who | dict.fromkeys(agreed, "") | person
    for check in ("", "16:00"):
        yield f"{locale}/newcomer.chat.txt", who | {"check": check}


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
    next_monday = MONDAY + timedelta(days=7)
    after_vacation = replace(
        plain,
        check=_said(next_monday, locale, Preposition.AT),
        answer=_said(next_monday, locale, Preposition.AFTER),
    )
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
        "answers": replace(plain, answers=_ANSWERS[locale]),
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
        "late": replace(plain, late=True),
    }


def at_risk(locale: Locale) -> AtRiskContext:
    told, instead = _said(FOUR, locale, Preposition.AFTER), _said(MONDAY, locale, Preposition.AFTER)
    first = AtRisk(12, "Studio Novak", "jan@novak.example", "Faktura <2026/11> & umowa", told, instead)
    return AtRiskContext(locale, 2, (first, AtRisk(13, "", "Jan", "", told, "")))


def promise_due(locale: Locale) -> PromiseDueContext:
    told, due = _said(FOUR, locale, Preposition.AFTER), _said(FOUR, locale, Preposition.BY)
    return PromiseDueContext(locale, 12, "Studio Novak", "jan@novak.example", "Faktura <2026/11>", "…", told, due)


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
    found = named_items(locale)
    full = _digest(locale, tuple(found.values()))
    empty = _digest(locale, ())
    today = (
        TodayContext(clock_time(FOUR, zone=ZONE, locale=locale), "promise", 12, "Studio Novak"),
        TodayContext(clock_time(FOUR, zone=ZONE, locale=locale), "deadline", 7, "Jan Novak"),
        TodayContext("", "deadline", 9, "Studio Novak"),
    )
    left = replace(empty, evening=True, next_promise=_said(MONDAY, locale, Preposition.AFTER), next_id=12)
    return {
        "full": full,
        "one": _digest(locale, (found["urgent"],)),
        "several": replace(
            _digest(locale, (found["overdue"], found["untouched"], found["tagged"])),
            due_soon=2,
            following=_said(FOUR, locale, Preposition.NONE, now=NOON),
        ),
        "empty": empty,
        "nothing_to_do": _digest(locale, (), (found["machine"], found["low"]), 3),
        "morning": replace(empty, morning=True, today=today, today_more=3),
        "morning_free": replace(empty, morning=True),
        "evening": replace(left, left=5),
        "evening_one": replace(left, left=1, next_promise="", next_id=0),
        "evening_two": replace(left, left=2),
        "evening_done": replace(empty, evening=True),
        "paused": replace(empty, paused=since(NOON - timedelta(hours=2), now=NOON, locale=locale)),
        "late": replace(full, late=True),
        "late_from_yesterday": replace(
            full, late=True, window_day=_on(NOW.date() - timedelta(days=1), locale, Preposition.AT)
        ),
    }


def named_items(locale: Locale) -> Mapping[str, ItemContext]:
    """Items as the digest lists them, by what is particular about them."""
    urgent = _urgent_item(locale)
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
        "untouched": replace(
            overdue, id=9, overdue=False, overdue_by="", promised="", client="Apoteka", state="waiting for client"
        ),
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
        "away": replace(
            overdue,
            urgency="none",
            overdue=False,
            overdue_by="",
            promised="",
            silence="AUTO_REPLIED",
            away=(Reason("away", {"contact": "Anna Nowak", "until": "2026-11-27"}),),
        ),
    }


def _urgent_item(locale: Locale) -> ItemContext:
    return ItemContext(
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


def values(locale: Locale) -> Mapping[str, object]:
    """Every value that a line of reasons, troubles and suppressions may name."""
    said = _said(MONDAY, locale, Preposition.NONE)
    friday = _on(date(2026, 11, 27), locale, Preposition.NONE)
    return MappingProxyType(
        dict.fromkeys(_MOMENTS, said)
        | dict.fromkeys(_DAYS, friday)
        | dict.fromkeys(_TEXTS, "x")
        | {"last_on": _on(date(2026, 11, 29), locale, Preposition.NONE), "minutes": "240", "count": "5", "limit": "60"}
        | {"times": "3"}
    )


def trouble_values(named: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    """What each line of troubles is told, by its code: what ours name, and what they leave unsaid."""
    return {code: {*variables, *_UNSAID.get(code, ())} for code, variables in named.items()}


_UNSAID = {"ack_stale": ("error",), "correction_stale": ("error",)}
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
    "why",
)
_GREETINGS = {Locale.PL: "Panie Janie", Locale.SR: "Jovane", Locale.SR_CYRL: "Јоване", Locale.EN: "Jan"}
_ANSWERS = {
    Locale.PL: ("NIP: 123-456-78-90", "faktury wychodzą pierwszego dnia miesiąca"),
    Locale.SR: ("PIB: 123456789", "fakture šaljem prvog u mesecu"),
    Locale.SR_CYRL: ("ПИБ: 123456789", "фактуре шаљем првог у месецу"),
    Locale.EN: ("VAT number: PL 123-456-78-90", "invoices go out on the first of the month"),
}
_HOLIDAYS = {
    Locale.PL: "Narodowe Święto Niepodległości",
    Locale.SR: "Dan primirja u Prvom svetskom ratu",
    Locale.SR_CYRL: "Дан примирја у Првом светском рату",
    Locale.EN: "National Independence Day",
}


def _digest(
    locale: Locale, items: tuple[ItemContext, ...], rest: tuple[ItemContext, ...] = (), rest_more: int = 0
) -> DigestContext:
    headings: dict[tuple[str, str], list[ItemContext]] = {}
    for item in items:
        heading = "overdue" if item.overdue else "urgent" if item.urgency == "urgent" else "client"
        heading = "untouched" if item.client == "Apoteka" else heading
        headings.setdefault((heading, item.client if heading == "client" else ""), []).append(item)
    return DigestContext(
        locale=locale,
        window=clock_time(NOON, zone=ZONE, locale=locale),
        window_day="",
        late=False,
        late_by=span(timedelta(hours=1), locale),
        now=NOW,
        zone=ZONE,
        sections=tuple(
            SectionContext(locale, heading, client, len(under), tuple(under))
            for (heading, client), under in headings.items()
        ),
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
