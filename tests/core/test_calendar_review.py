"""What `calendar check` finds in a calendar."""

from dataclasses import replace
from datetime import date

import pytest

from tests.core.calendar_weeks import POLISH, hours, week, windows
from triage_bot.core.business_calendar import BusinessCalendar, DayOff, SpecialDay, Vacation
from triage_bot.core.calendar_review import warnings
from triage_bot.core.public_holidays import lookup

TODAY = date(2026, 11, 20)
WEEK = week()


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        pytest.param(WEEK, [], id="nothing"),
        pytest.param(POLISH, [], id="public holidays take no whole week"),
        pytest.param(
            week(times="7:30 12:00 16:00"),
            [
                "Monday, Tuesday, Wednesday, Thursday, Friday: the check at 07:30 is outside the working hours"
                " (08:00-16:00)"
            ],
            id="a check before hours",
        ),
        pytest.param(week(spans=["8:00-12:00", "13:00-16:00"], times="12:00 16:00"), [], id="at the end of hours"),
        pytest.param(week(spans=["22:00-6:00"], times="23:00"), [], id="within a night"),
        pytest.param(
            replace(week(spans=["22:00-2:00"]), windows=((), windows("1:00"), (), (), (), (), ())),
            [],
            id="in the hours of the night before",
        ),
        pytest.param(
            replace(WEEK, windows=(windows("8:00"), *((),) * 6), hours=((),) * 7),
            ["Monday: the check at 08:00 is outside the working hours (none)"],
            id="no hours at all",
        ),
        pytest.param(
            replace(
                WEEK,
                special_days=(
                    SpecialDay(date(2026, 11, 19), hours=hours("8:00-10:00")),
                    SpecialDay(date(2026, 12, 23), hours=hours("8:00-12:00"), windows=windows("8:00", "15:00")),
                ),
            ),
            ["2026-12-23: the check at 15:00 is outside the hours of that special day (08:00-12:00)"],
            id="a check after a half day; days that are over are left alone",
        ),
        pytest.param(
            replace(WEEK, windows=((),) * 7),
            ["there is no check window in the week: no time can be promised"],
            id="no windows",
        ),
        pytest.param(
            replace(WEEK, vacations=(Vacation(date(2026, 12, 4), date(2026, 12, 14)),)),
            ["the week from 2026-12-07 has no check (vacation)"],
            id="a vacation over a week",
        ),
        pytest.param(
            replace(WEEK, holidays=lookup("PL"), days_off=tuple(DayOff(date(2026, 12, day)) for day in (21, 22, 23))),
            ["the week from 2026-12-21 has no check (day off, Wigilia Bożego Narodzenia, "
             "Boże Narodzenie (pierwszy dzień), Boże Narodzenie (drugi dzień))"],
            id="days off and holidays together",
        ),
        pytest.param(
            replace(WEEK, vacations=(
                Vacation(date(2026, 12, 1), date(2026, 12, 4)), Vacation(date(2026, 12, 4), date(2026, 12, 8))
            )),
            ["two vacations overlap: 2026-12-01 to 2026-12-04 and 2026-12-04 to 2026-12-08; clients are told of the"
             " first"],
            id="two vacations",
        ),
        pytest.param(
            replace(
                WEEK,
                vacations=(Vacation(date(2026, 12, 1), date(2026, 12, 3)),),
                days_off=(DayOff(date(2026, 12, 2)),),
            ),
            ["the day off 2026-12-02 lies in the vacation 2026-12-01 to 2026-12-03"],
            id="a day off in a vacation",
        ),
        pytest.param(
            replace(WEEK, worked_days=frozenset({date(2026, 11, 23)})),
            ["2026-11-23 stands among the worked days, but is no day off anyway"],
            id="a worked day for nothing",
        ),
    ],
)  # fmt: skip
def test_what_looks_like_a_mistake_is_told(calendar: BusinessCalendar, expected: list[str]) -> None:
    assert warnings(calendar, TODAY) == expected


def test_years_without_known_holidays_are_told() -> None:
    far = date(2097, 5, 1)
    found = [warning for warning in warnings(POLISH, far) if "not known" in warning]
    assert all(warning.startswith("the public holidays of PL are not known for 2") for warning in found)
    assert len(found) == sum(not lookup("PL").known(year) for year in (2097, 2098, 2099))


def test_a_written_vacation_that_is_over_is_told() -> None:
    written = (Vacation(date(2026, 8, 1), date(2026, 8, 14)), Vacation(date(2026, 11, 20), date(2026, 11, 20)))
    assert warnings(WEEK, TODAY, written) == ["the vacation 2026-08-01 to 2026-08-14 is over: it can go"]
