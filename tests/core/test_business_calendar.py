"""Written-out cases of check windows and of the calendar as a whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from tests.core.calendar_weeks import HOUR, POLISH, SERBIAN, WARSAW, at, every_day, hours, week, windows
from triage_bot.core import public_holidays
from triage_bot.core.business_calendar import BusinessCalendar, DayOff, Interval, SpecialDay, Vacation


@pytest.mark.parametrize(
    ("calendar", "message", "window"),
    [
        pytest.param(week(), "2026-11-18T12:30", "2026-11-18T16:00+01:00", id="between two windows: the later one"),
        pytest.param(week(), "2026-11-18T07:59:59", "2026-11-18T08:00+01:00", id="before the first"),
        pytest.param(week(), "2026-11-18T12:00", "2026-11-18T12:00+01:00", id="at the window: in it"),
        pytest.param(week(), "2026-11-18T12:00:30.5", "2026-11-18T12:00+01:00", id="in the window's minute: in it"),
        pytest.param(week(), "2026-11-18T12:01", "2026-11-18T16:00+01:00", id="a minute later: in the next"),
        pytest.param(week(), "2026-11-18T16:01", "2026-11-19T08:00+01:00", id="after the last: the next day"),
        pytest.param(week(), "2026-11-20T17:00", "2026-11-23T08:00+01:00", id="Friday evening: Monday"),
        pytest.param(week(), "2026-11-20T23:30-05:00", "2026-11-23T08:00+01:00", id="a moment of another zone"),
        pytest.param(POLISH, "2026-11-10T17:00", "2026-11-12T08:00+01:00", id="Independence Day is skipped"),
        pytest.param(POLISH, "2025-12-23T17:00", "2025-12-29T08:00+01:00", id="24 December is off since 2025"),
        pytest.param(POLISH, "2024-12-23T17:00", "2024-12-24T08:00+01:00", id="24 December 2024 was worked"),
        pytest.param(POLISH, "2026-04-03T16:30", "2026-04-07T08:00+02:00", id="Easter Monday"),
        pytest.param(SERBIAN, "2026-04-09T17:00", "2026-04-14T08:00+02:00", id="Orthodox Good Friday to Monday"),
        pytest.param(SERBIAN, "2027-04-29T17:00", "2027-05-05T08:00+02:00", id="1 May on Easter: shifted to Tuesday 4"),
        pytest.param(SERBIAN, "2026-02-13T17:00", "2026-02-18T08:00+01:00", id="15 February on a Sunday: 17th off too"),
        pytest.param(
            every_day(WARSAW, times="7:00 20:00"), "2026-11-21T08:00", "2026-11-21T20:00+01:00", id="without any hours"
        ),
        pytest.param(
            week(times="18:00 6:30"), "2026-11-18T17:00", "2026-11-18T18:00+01:00", id="outside hours, in any order"
        ),
    ],
)
def test_a_message_is_handled_in_the_next_window(calendar: BusinessCalendar, message: str, window: str) -> None:
    found = calendar.next_window(at(message, calendar.zone))
    assert found == at(window)
    assert found.tzinfo is calendar.zone


@pytest.mark.parametrize(
    ("change", "message", "window"),
    [
        pytest.param(
            {"days_off": (DayOff(date(2026, 11, 19), "moving house"),)},
            "2026-11-18T16:30",
            "2026-11-20T08:00",
            id="a day off",
        ),
        pytest.param(
            {"worked_days": frozenset({date(2026, 11, 11)})},
            "2026-11-10T17:00",
            "2026-11-11T08:00",
            id="worked although a holiday",
        ),
        pytest.param(
            {"special_days": (SpecialDay(date(2026, 11, 20), hours("8:00-12:00"), windows("9:00")),)},
            "2026-11-20T09:30",
            "2026-11-23T08:00",
            id="a half day's own window was the last",
        ),
        pytest.param(
            {"special_days": (SpecialDay(date(2026, 11, 21), (), windows("10:00")),)},
            "2026-11-20T17:00",
            "2026-11-21T10:00",
            id="a check on a special Saturday",
        ),
        pytest.param(
            {"special_days": (SpecialDay(date(2026, 12, 24), hours("8:00-12:00")),)},
            "2026-12-23T17:00",
            "2026-12-24T08:00",
            id="a special holiday keeps the weekday's windows",
        ),
        pytest.param(
            {"vacations": (Vacation(date(2026, 11, 23), date(2026, 12, 4)),)},
            "2026-11-20T17:00",
            "2026-12-07T08:00",
            id="a vacation",
        ),
        pytest.param(
            {
                "vacations": (Vacation(date(2026, 11, 19), date(2026, 11, 20)),),
                "worked_days": frozenset({date(2026, 11, 20)}),
            },
            "2026-11-18T17:00",
            "2026-11-20T08:00",
            id="a day worked within a vacation",
        ),
        pytest.param(
            {"vacations": (Vacation(date(2026, 12, 1), date(2028, 11, 30)),)},
            "2026-11-30T17:00",
            "2028-12-01T08:00",
            id="two years away",
        ),
    ],
)
def test_days_off_and_special_days_move_the_next_window(change: dict[str, object], message: str, window: str) -> None:
    calendar = replace(POLISH, **change)  # type: ignore[arg-type]
    assert calendar.next_window(at(message)) == at(window)


@pytest.mark.parametrize(
    ("zone", "times", "message", "expected"),
    [
        pytest.param(
            "Europe/Warsaw", "2:30", "2027-03-28T00:00", ["2027-03-28T03:00+02:00"], id="a missing time: after the gap"
        ),
        pytest.param(
            "Europe/Warsaw",
            "2:00 2:30 3:00",
            "2027-03-28T00:00",
            ["2027-03-28T03:00+02:00"],
            id="three that fall together are one",
        ),
        pytest.param(
            "Europe/Warsaw",
            "2:30",
            "2026-10-25T00:00",
            ["2026-10-25T02:30+02:00"],
            id="a doubled time: its first pass only",
        ),
        pytest.param(
            "Europe/Warsaw", "3:00", "2026-10-25T00:00", ["2026-10-25T03:00+01:00"], id="the end of the doubled hour"
        ),
        pytest.param(
            "America/New_York",
            "2:15 9:00",
            "2026-03-08T00:00",
            ["2026-03-08T03:00-04:00", "2026-03-08T09:00-04:00"],
            id="New York in spring",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "2:10",
            "2026-10-04T00:00",
            ["2026-10-04T02:30+11:00"],
            id="Lord Howe misses half an hour",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "1:45",
            "2027-04-04T00:00",
            ["2027-04-04T01:45+11:00"],
            id="Lord Howe doubles half an hour",
        ),
        pytest.param(
            "Asia/Kolkata", "8:00", "2026-10-25T00:00", ["2026-10-25T08:00+05:30"], id="a zone without changes"
        ),
        pytest.param(
            "Pacific/Apia", "8:00", "2026-10-25T00:00", ["2026-10-25T08:00+13:00"], id="Apia beyond the date line"
        ),
        pytest.param(
            "Pacific/Apia",
            "8:00",
            "2011-12-29T12:00",
            ["2011-12-31T00:00+14:00", "2011-12-31T08:00+14:00"],
            id="the day that Apia skipped",
        ),
    ],
)
def test_clocks_that_change_move_windows_but_never_lose_or_double_them(
    zone: str, times: str, message: str, expected: list[str]
) -> None:
    calendar = every_day(ZoneInfo(zone), times=times)
    start = at(message, calendar.zone)
    found = calendar.windows_between(start, start.astimezone(UTC) + 23 * HOUR)
    # As text: within the doubled hour Python takes no two moments of different zones for equal.
    assert [window.isoformat(timespec="minutes") for window in found] == expected
    assert calendar.next_window(start) == found[0]


def test_an_empty_calendar_answers_none() -> None:
    empty, now = BusinessCalendar(WARSAW), at("2026-11-18T12:00")
    assert not empty.is_working(now)
    assert empty.next_window(now) is None
    assert empty.windows_between(now, now + timedelta(days=400)) == []
    assert empty.next_opening(now) is None
    assert empty.add_working_time(now, HOUR) is None
    assert empty.working_time_between(now, now + timedelta(days=400)) == timedelta(0)
    assert empty.end_of_working_day(now) is None


def test_what_lies_beyond_three_years_is_not_promised() -> None:
    away = replace(week(), vacations=(Vacation(date(2026, 11, 1), date(2031, 1, 1)),))
    assert away.next_window(at("2026-11-18T12:00")) is None
    assert away.next_window(at("2030-11-18T12:00")) == at("2031-01-02T08:00")


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00", "9999-12-31T23:59:59.999999", "0001-12-01T12:00", "9999-06-01T00:00", "1900-01-01T12:00"],
)
def test_moments_at_the_ends_of_time_do_not_crash(zone: str, moment: str) -> None:
    calendar = replace(
        every_day(ZoneInfo(zone), spans=["8:00-16:00"], times="8:00"), holidays=public_holidays.lookup("RS")
    )
    for shift in ("-14:00", "+00:00", "+14:00"):
        now = datetime.fromisoformat(moment + shift)
        answers: list[Callable[[datetime], datetime | bool | None]] = [
            calendar.next_window,
            calendar.next_opening,
            calendar.end_of_working_day,
            calendar.is_working,
            lambda now: calendar.add_working_time(now, HOUR),
        ]
        for answer in answers:
            answer(now)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(TypeError):
        week().next_window(datetime(2026, 11, 18, 12))  # noqa: DTZ001


def test_calendars_that_say_the_same_are_equal_whatever_they_were_asked() -> None:
    one, two = replace(POLISH), replace(POLISH)
    one.next_window(at("2026-11-18T12:00"))
    assert one == two
    assert hash(one) == hash(two)
    assert replace(two, vacations=(Vacation(date(2026, 12, 1), date(2026, 12, 2)),)) != one


def test_threads_may_share_a_calendar() -> None:
    calendar, found = replace(POLISH), list[set[datetime | None]]()

    def ask() -> None:
        starts = [at("2020-01-01T17:00") + timedelta(days=97 * step) for step in range(120)]
        found.append({calendar.next_window(start) for start in starts})

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(answers == found[0] for answers in found)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Interval(0, 0),
        lambda: Interval(1440, 1500),
        lambda: Interval(0, 2881),
        lambda: Vacation(date(2026, 12, 2), date(2026, 12, 1)),
        lambda: BusinessCalendar(WARSAW, hours=((),) * 6),
        lambda: every_day(WARSAW, times="24:00"),
    ],
    ids=["empty interval", "starts on the next day", "longer than two days", "vacation backwards", "six days", "24:00"],
)
def test_what_is_no_calendar_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wrong()
