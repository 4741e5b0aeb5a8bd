"""The calendar against an oracle that steps through UTC minutes, over random calendars, zones and moments.

CALENDAR_EXAMPLES sets how many calendars the first law is tried on; the others are tried on a part of it.
"""

import os
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.calendar_oracle import Oracle, minute_of, moment_of
from triage_bot.core import public_holidays
from triage_bot.core.agreement import ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar, DayOff, Interval, SpecialDay, Vacation, no_holidays
from triage_bot.core.promise import promise

EXAMPLES = int(os.environ.get("CALENDAR_EXAMPLES", "2000"))
MINUTE = timedelta(minutes=1)
ZONES = [
    ZoneInfo(key)
    for key in (
        "Europe/Warsaw",
        "Europe/Belgrade",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    )
]
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = (datetime(2036, 1, 1, tzinfo=UTC) - FIRST) // timedelta(seconds=1)

law = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
costly_law = settings(law, max_examples=max(EXAMPLES // 16, 200))


@cache
def changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """The days on which the clocks of a zone change, 2024-2035; new year where they never do."""
    days = [FIRST + timedelta(days=day) for day in range(SPAN // 86400)]
    found = [day for day in days if offset(day, zone) != offset(day + timedelta(days=1), zone)]
    return tuple(found) or (datetime(2030, 1, 1, tzinfo=UTC),)


def utc(at: datetime) -> datetime:
    """Within one zone Python compares and subtracts wall times."""
    return at.astimezone(UTC)


def minutes_of(*moments: datetime | None) -> list[int]:
    return [minute_of(at) for at in moments if at]


def offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


# Times of day cluster where people put them, and where clocks change.
ROUND = (0, 60, 90, 119, 120, 121, 150, 180, 480, 720, 960, 1320, 1439)
LENGTHS = (30, 60, 240, 480, 1440)
LOOKUPS = (no_holidays, public_holidays.lookup("PL"), public_holidays.lookup("RS"))


class Draft:
    """A calendar made up by a seeded generator: to draw each of its numbers by hypothesis takes ten times as long."""

    def __init__(self, seed: int, zone: ZoneInfo, near: date) -> None:
        self.random = Random(seed)
        self.zone = zone
        self.near = near

    def calendar(self) -> BusinessCalendar:
        kinds = [(self.windows(), self.hours()), (self.windows(), self.hours()), ((), ())]
        week = self.random.choices(kinds, weights=(4, 2, 1), k=7)
        return BusinessCalendar(
            zone=self.zone,
            windows=tuple(windows for windows, _ in week),
            hours=tuple(hours for _, hours in week),
            holidays=self.random.choice(LOOKUPS),
            days_off=tuple(DayOff(self.day()) for _ in range(self.random.randrange(3))),
            worked_days=frozenset(self.day() for _ in range(self.random.randrange(3))),
            special_days=tuple(self.special_day() for _ in range(self.random.randrange(2))),
            vacations=tuple(self.vacation() for _ in range(self.random.randrange(2))),
        )

    def minute(self) -> int:
        return self.random.choice(ROUND) if self.random.random() < 0.5 else self.random.randrange(1440)

    def windows(self) -> tuple[int, ...]:
        return tuple(self.minute() for _ in range(self.random.randrange(4)))

    def hours(self) -> tuple[Interval, ...]:
        return tuple(self.interval() for _ in range(self.random.randrange(3)))

    def interval(self) -> Interval:
        start = self.minute()
        length = self.random.choice(LENGTHS) if self.random.random() < 0.5 else self.random.randint(1, 1440)
        return Interval(start, min(start + length, 2880))

    def day(self) -> date:
        return self.near + timedelta(days=self.random.randint(-2, 12))

    def special_day(self) -> SpecialDay:
        hours = self.hours() if self.random.random() < 0.7 else None
        return SpecialDay(self.day(), hours, self.windows() if self.random.random() < 0.7 else None)

    def vacation(self) -> Vacation:
        first_on = self.day()
        return Vacation(first_on, first_on + timedelta(days=self.random.randint(0, 20)))


Case: TypeAlias = tuple[BusinessCalendar, datetime]


def case(seed: int, zone: ZoneInfo, second: int, day: int) -> Case:
    """A calendar and a moment; with an even `day` the moment is near a change of clocks."""
    days = changes(zone)
    start = FIRST if day % 2 else days[day // 2 % len(days)] - timedelta(days=1)
    at = start + timedelta(seconds=second if day % 2 else second % (3 * 86400))
    return Draft(seed, zone, at.date()).calendar(), at.astimezone(zone)


cases = st.builds(case, st.integers(0, 2**32), st.sampled_from(ZONES), st.integers(0, SPAN), st.integers(0, 60))


@law
@given(cases)
def test_the_next_window_is_the_one_that_stepping_through_the_minutes_finds(
    drawn: Case,
) -> None:
    calendar, at = drawn
    expected = Oracle(calendar).next_window(minute_of(at))
    found = calendar.next_window(at)
    if expected is not None:
        assert minutes_of(found) == [expected]
        assert expected >= minute_of(at)  # never before the message
        assert found is not None
        assert found.tzinfo is calendar.zone
    else:  # none within the oracle's days
        assert found is None or found - at > timedelta(days=50)


@costly_law
@given(cases, st.integers(0, 20 * 86400), st.sampled_from(ResponseKind), st.integers(1, 600))
def test_a_later_message_is_never_promised_an_earlier_answer(
    drawn: Case, later: int, kind: ResponseKind, minutes: int
) -> None:
    calendar, at = drawn
    response = ResponseTime(kind, timedelta(minutes=minutes))
    then = (utc(at) + timedelta(seconds=later)).astimezone(calendar.zone)
    first, second = promise(calendar, response, at, at), promise(calendar, response, then, then)
    if first is None or second is None:
        return
    assert utc(first.check_at) <= utc(second.check_at)
    assert utc(first.promise_at) <= utc(second.promise_at)
    assert utc(first.check_at) <= utc(first.promise_at)
    if kind is ResponseKind.WITHIN:
        exact_at = calendar.add_working_time(first.check_at, response.within)
        assert exact_at is not None
        assert timedelta(0) <= utc(first.promise_at) - utc(exact_at) < timedelta(minutes=15)
        assert first.promise_at.minute % 5 == 0 or not calendar.is_working(first.promise_at)


@costly_law
@given(cases, st.integers(0, 4 * 1440), st.integers(0, 4 * 1440))
def test_working_minutes_are_those_counted_and_add_up(drawn: Case, first: int, second: int) -> None:
    calendar, at = drawn
    oracle, start = Oracle(calendar), minute_of(at)
    a, b, c = (moment_of(start + shift) for shift in (0, first, first + second))
    assert calendar.working_time_between(a, b) // MINUTE == oracle.worked_minutes(start, start + first)
    assert calendar.working_time_between(a, b) + calendar.working_time_between(b, c) == calendar.working_time_between(
        a, c
    )
    assert calendar.working_time_between(b, a) == -calendar.working_time_between(a, b)


@costly_law
@given(cases, st.integers(0, 1200))
def test_working_time_ends_where_counting_minutes_ends(drawn: Case, minutes: int) -> None:
    calendar, at = drawn
    start = moment_of(minute_of(at))
    expected = Oracle(calendar).add_working_minutes(minute_of(at), minutes, days=45)
    found = calendar.add_working_time(start, minutes * MINUTE)
    if expected is None:
        assert found is None or found - start > timedelta(days=40)
        return
    assert found is not None
    assert minute_of(found) == expected
    assert calendar.working_time_between(start, found) == minutes * MINUTE


@costly_law
@given(cases)
def test_openings_and_ends_of_days_are_those_found_by_stepping(drawn: Case) -> None:
    calendar, at = drawn
    oracle, minute = Oracle(calendar), minute_of(at)
    start = moment_of(minute)
    assert calendar.is_working(at) == oracle.is_working(minute)
    opening, closing = oracle.next_opening(minute, days=45), oracle.end_of_working_day(minute, days=45)
    if opening is not None:
        assert minutes_of(calendar.next_opening(start)) == [opening]
    if closing is not None:
        assert minutes_of(calendar.end_of_working_day(start)) == [closing]


@costly_law
@given(cases, st.integers(0, 15 * 1440))
def test_the_windows_of_a_span_are_those_met_one_after_the_other(drawn: Case, minutes: int) -> None:
    calendar, at = drawn
    oracle, first = Oracle(calendar), minute_of(at)
    last = first + minutes
    met = [window for day in range(first // 1440, last // 1440 + 1) for window in oracle.windows_of(day)]
    found = calendar.windows_between(moment_of(first), moment_of(last))
    assert minutes_of(*found) == [window for window in met if first < window <= last]
