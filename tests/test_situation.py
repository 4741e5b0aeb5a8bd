"""The case that an acknowledgement speaks to follows from the calendar, the decision and the moment alone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.agreement import Agreement
from triage_bot.core.business_calendar import BusinessCalendar, DayOff, Interval, OffKind, Vacation
from triage_bot.core.promise import promise
from triage_bot.core.situation import Situation, situation
from triage_bot.core.triage import Decision
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Kind, Language, Locale, Reading, Script

WARSAW = ZoneInfo("Europe/Warsaw")
WORKDAY = (Interval(8 * 60, 17 * 60),)
WINDOWS = (8 * 60, 12 * 60, 16 * 60)
INDEPENDENCE = date(2026, 11, 11)  # a Wednesday
CALENDAR = BusinessCalendar(
    zone=WARSAW,
    hours=(WORKDAY, WORKDAY, WORKDAY, (), WORKDAY, (), ()),  # no Thursdays
    windows=(WINDOWS, WINDOWS, WINDOWS, (), WINDOWS, (), ()),
    holidays=lambda on: "Święto" if on == INDEPENDENCE else None,
    days_off=(DayOff(date(2026, 11, 16)),),
    vacations=(Vacation(date(2026, 11, 23), date(2026, 11, 27), stand_in="Marta"),),
)
AGREEMENT = Agreement(CALENDAR)


def at(on: int, hour: int) -> datetime:
    return datetime(2026, 11, on, hour, tzinfo=WARSAW)


def decision(now: datetime, urgency: Urgency = Urgency.NORMAL, alert_at: datetime | None = None) -> Decision:
    return Decision(
        client="Novak",
        known_contact=True,
        reading=Reading(language=Language.PL, script=Script.LATIN, new_text="", kind=Kind.TASK),
        urgency=urgency,
        inside_hours=CALENDAR.is_working(now),
        promise=promise(CALENDAR, AGREEMENT.response, now, now),
        suppression=None,
        alert_at=alert_at,
        locale=Locale.PL,
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(at(10, 10), Situation.IN_HOURS, id="a Tuesday at ten"),
        pytest.param(at(10, 7), Situation.AFTER_HOURS, id="before the hours of a working day"),
        pytest.param(at(10, 20), Situation.AFTER_HOURS, id="after them"),
        pytest.param(at(11, 10), Situation.HOLIDAY, id="a public holiday"),
        pytest.param(at(12, 10), Situation.DAY_OFF, id="a weekday without hours"),
        pytest.param(at(14, 10), Situation.WEEKEND, id="a Saturday"),
        pytest.param(at(16, 10), Situation.DAY_OFF, id="a day off of hers"),
        pytest.param(at(24, 10), Situation.VACATION, id="in the vacation"),
    ],
)
def test_the_moment_in_the_calendar(now: datetime, expected: Situation) -> None:
    assert situation(decision(now), AGREEMENT, now).situation is expected


def test_the_holiday_of_today_is_named() -> None:
    holiday = situation(decision(at(11, 10)), AGREEMENT, at(11, 10)).holiday
    assert holiday is not None
    assert (holiday.name, holiday.kind, holiday.on) == ("Święto", OffKind.HOLIDAY, INDEPENDENCE)


def test_a_holiday_that_the_promise_steps_over_is_named_the_evening_before() -> None:
    known = situation(decision(at(10, 18)), AGREEMENT, at(10, 18))
    assert known.situation is Situation.AFTER_HOURS
    assert known.holiday is not None
    assert known.holiday.on == INDEPENDENCE


def test_a_vacation_that_the_promise_steps_over_is_known_before_it_starts() -> None:
    vacation = situation(decision(at(20, 18)), AGREEMENT, at(20, 18)).vacation
    assert vacation is not None
    assert vacation.stand_in == "Marta"


def test_nothing_is_announced_that_does_not_delay_the_answer() -> None:
    known = situation(decision(at(10, 10)), AGREEMENT, at(10, 10))
    assert known.holiday is None
    assert known.vacation is None


def test_she_is_alerted_only_if_her_alert_goes_out_now() -> None:
    now = at(14, 10)
    told_now = situation(decision(now, Urgency.URGENT, alert_at=now), AGREEMENT, now)
    told_later = situation(decision(now, Urgency.URGENT, alert_at=at(17, 8)), AGREEMENT, now)
    assert (told_now.urgent, told_now.alerted) == (True, True)
    assert (told_later.urgent, told_later.alerted) == (True, False)
