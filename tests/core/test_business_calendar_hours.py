"""Written-out cases of working hours and working time."""

from datetime import timedelta

import pytest

from tests.core.calendar_weeks import HOUR, NIGHTS, POLISH, WARSAW, at, every_day, week
from triage_bot.core.business_calendar import BusinessCalendar

NIGHT_AND_DAY = every_day(WARSAW, spans=["0:00-24:00"])


@pytest.mark.parametrize(
    ("spans", "moment", "working"),
    [
        pytest.param(["8:00-16:00"], "2026-11-18T08:00", True, id="from the first minute"),
        pytest.param(["8:00-16:00"], "2026-11-18T15:59:59.999", True, id="to the last"),
        pytest.param(["8:00-16:00"], "2026-11-18T16:00", False, id="not at the end"),
        pytest.param(["8:00-12:00", "13:00-16:00"], "2026-11-18T12:30", False, id="not in the break"),
        pytest.param(["22:00-2:00"], "2026-11-21T01:59", True, id="Friday's shift goes on in Saturday's night"),
        pytest.param(["22:00-2:00"], "2026-11-23T01:00", False, id="Sunday had no shift that reached Monday"),
        pytest.param(["0:00-24:00"], "2026-11-18T00:00", True, id="round the clock begins at midnight"),
        pytest.param(["0:00-24:00"], "2026-11-20T23:59:59", True, id="and leaves no hole before the next"),
        pytest.param([], "2026-11-18T12:00", False, id="no hours at all"),
    ],
)
def test_working_hours(spans: list[str], moment: str, working: bool) -> None:
    assert week(spans=spans).is_working(at(moment)) is working


@pytest.mark.parametrize(
    ("calendar", "first", "second", "span"),
    [
        pytest.param(week(), "2026-11-18T10:00", "2026-11-18T12:30", 2.5 * HOUR, id="within a day"),
        pytest.param(week(), "2026-11-20T15:00", "2026-11-23T09:00", 2 * HOUR, id="over a weekend"),
        pytest.param(week(), "2026-11-23T09:00", "2026-11-20T15:00", -2 * HOUR, id="backwards is negative"),
        pytest.param(
            week(spans=["8:00-12:00", "13:00-16:00"]),
            "2026-11-18T11:00",
            "2026-11-18T14:00",
            2 * HOUR,
            id="less the break",
        ),
        pytest.param(
            week(spans=["8:00-12:00", "10:00-14:00"]),
            "2026-11-18T08:00",
            "2026-11-18T20:00",
            6 * HOUR,
            id="what overlaps counts once",
        ),
        pytest.param(
            NIGHTS,
            "2026-11-10T20:00",
            "2026-11-12T20:00",
            4 * HOUR,
            id="a night into a holiday is worked, the holiday's own is not",
        ),
        pytest.param(NIGHT_AND_DAY, "2026-10-25T00:00", "2026-10-26T00:00", 25 * HOUR, id="the long day of autumn"),
        pytest.param(NIGHT_AND_DAY, "2027-03-28T00:00", "2027-03-29T00:00", 23 * HOUR, id="the short day of spring"),
        pytest.param(
            every_day(WARSAW, spans=["2:00-3:00"]),
            "2027-03-28T00:00",
            "2027-03-29T00:00",
            0 * HOUR,
            id="the hour that is missing",
        ),
        pytest.param(
            every_day(WARSAW, spans=["22:00-6:00"]),
            "2026-10-24T12:00",
            "2026-10-25T12:00",
            9 * HOUR,
            id="a night shift in autumn",
        ),
        pytest.param(NIGHT_AND_DAY, "2024-01-01T00:00", "2034-01-01T00:00", timedelta(days=3653), id="ten years"),
    ],
)
def test_working_time_between(calendar: BusinessCalendar, first: str, second: str, span: timedelta) -> None:
    assert calendar.working_time_between(at(first), at(second)) == span


@pytest.mark.parametrize(
    ("calendar", "start", "span", "end"),
    [
        pytest.param(week(), "2026-11-18T09:00", 4 * HOUR, "2026-11-18T13:00", id="within the day"),
        pytest.param(
            week(),
            "2026-11-18T12:00",
            4 * HOUR,
            "2026-11-18T16:00",
            id="up to the end of the day, not the next morning",
        ),
        pytest.param(week(), "2026-11-20T14:00", 4 * HOUR, "2026-11-23T10:00", id="over the weekend"),
        pytest.param(week(), "2026-11-21T14:00", 4 * HOUR, "2026-11-23T12:00", id="from a day without hours"),
        pytest.param(week(), "2026-11-21T14:00", 0 * HOUR, "2026-11-21T14:00", id="no span is no wait"),
        pytest.param(
            week(spans=["8:00-12:00", "13:00-16:00"]),
            "2026-11-18T11:00",
            2 * HOUR,
            "2026-11-18T14:00",
            id="over the break",
        ),
        pytest.param(POLISH, "2026-11-10T15:00", 2 * HOUR, "2026-11-12T09:00", id="over a holiday"),
        pytest.param(week(), "2026-11-02T08:00", 160 * HOUR, "2026-11-27T16:00", id="four weeks"),
    ],
)
def test_adding_working_time(calendar: BusinessCalendar, start: str, span: timedelta, end: str) -> None:
    assert calendar.add_working_time(at(start), span) == at(end)


@pytest.mark.parametrize(
    ("calendar", "moment", "opening", "closing"),
    [
        pytest.param(week(), "2026-11-18T06:00", "2026-11-18T08:00", "2026-11-18T16:00", id="before the day"),
        pytest.param(week(), "2026-11-18T15:59:30", "2026-11-18T15:59:30", "2026-11-18T16:00", id="within it"),
        pytest.param(week(), "2026-11-18T16:00", "2026-11-19T08:00", "2026-11-19T16:00", id="at its end"),
        pytest.param(
            week(spans=["8:00-12:00", "13:00-16:00"]),
            "2026-11-18T12:15",
            "2026-11-18T13:00",
            "2026-11-18T16:00",
            id="in the break",
        ),
        pytest.param(week(), "2026-11-20T18:00", "2026-11-23T08:00", "2026-11-23T16:00", id="before the weekend"),
        pytest.param(
            NIGHTS, "2026-11-18T23:00", "2026-11-18T23:00", "2026-11-19T02:00", id="a day that ends past midnight"
        ),
        pytest.param(NIGHTS, "2026-11-19T01:00", "2026-11-19T01:00", "2026-11-19T02:00", id="past midnight"),
        pytest.param(
            NIGHTS, "2026-11-20T03:00", "2026-11-20T22:00", "2026-11-21T02:00", id="Friday's shift ends on Saturday"
        ),
    ],
)
def test_the_next_opening_and_the_end_of_the_working_day(
    calendar: BusinessCalendar, moment: str, opening: str, closing: str
) -> None:
    assert calendar.next_opening(at(moment)) == at(opening)
    assert calendar.end_of_working_day(at(moment)) == at(closing)
