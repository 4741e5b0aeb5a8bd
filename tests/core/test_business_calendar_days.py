"""Written-out cases of days off, of the days between two checks, and of public holidays."""

from dataclasses import replace
from datetime import date

import pytest

from tests.core.calendar_weeks import POLISH, WARSAW, hours, windows
from triage_bot.core import public_holidays
from triage_bot.core.business_calendar import BusinessCalendar, Closure, DayOff, OffKind, SpecialDay, Vacation


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (
            date(2026, 11, 11),
            DayOff(date(2026, 11, 11), "Narodowe Święto Niepodległości", OffKind.HOLIDAY, "National Independence Day"),
        ),
        (date(2026, 11, 12), None),
        (date(2026, 11, 14), None),
        (date(2026, 12, 24), None),
        (date(2026, 12, 25), DayOff(date(2026, 12, 25), kind=OffKind.VACATION)),
        (date(2026, 11, 19), DayOff(date(2026, 11, 19), "moving house")),
    ],
    ids=[
        "a holiday in two languages",
        "a working day",
        "a plain Saturday",
        "a special day",
        "vacation before holiday",
        "a day off",
    ],
)
def test_a_day_off_says_why(on: date, expected: DayOff | None) -> None:
    calendar = replace(
        POLISH,
        days_off=(DayOff(date(2026, 11, 19), "moving house"),),
        special_days=(SpecialDay(date(2026, 12, 24), hours("8:00-12:00")),),
        vacations=(Vacation(date(2026, 12, 21), date(2026, 12, 31), "Wesołych Świąt!", "Ola"),),
    )
    assert calendar.day_off(on) == expected


def test_days_without_windows_are_joined_by_their_cause() -> None:
    """New Year's Eve to Epiphany in Warsaw, with a vacation: a holiday within a weekend or vacation is not named."""
    calendar = replace(POLISH, vacations=(Vacation(date(2026, 1, 2), date(2026, 1, 5)),))
    found = [
        (run.first_on.day, run.last_on.day, run.off.name if run.off else None)
        for run in calendar.closures(date(2026, 1, 1), date(2026, 1, 13))
    ]
    assert found == [(1, 1, "Nowy Rok"), (2, 5, ""), (6, 6, "Święto Trzech Króli"), (10, 11, None)]


def test_a_weekend_is_kept_apart_from_other_days_without_checks() -> None:
    calendar = BusinessCalendar(WARSAW, windows=((), windows("8:00"), (), (), (), (), ()))
    runs = list(calendar.closures(date(2026, 11, 18), date(2026, 11, 24)))
    assert runs == [
        Closure(date(2026, 11, 18), date(2026, 11, 20), None),
        Closure(date(2026, 11, 21), date(2026, 11, 22), None),
        Closure(date(2026, 11, 23), date(2026, 11, 23), None),
    ]
    assert [run.weekend for run in runs] == [False, True, False]


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("PL", "ZZ"), ("", "")])
def test_an_unknown_country_is_refused_with_what_would_be_right(country: str, subdivision: str) -> None:
    with pytest.raises(ValueError, match=r"two-letter code|it has:"):
        public_holidays.lookup(country, subdivision)


@pytest.mark.parametrize(
    ("country", "subdivision", "on", "name"),
    [
        ("pl", "", date(2025, 12, 24), "Christmas Eve"),
        ("PL", "", date(2024, 12, 24), ""),
        ("RS", "", date(2027, 5, 3), "Easter Monday"),
        ("RS", "", date(2027, 5, 4), "Labor Day (observed)"),
        ("DE", "by", date(2026, 1, 6), "Epiphany"),
        ("DE", "", date(2026, 1, 6), ""),
        ("PL", "", date(2200, 1, 1), ""),
    ],
)
def test_public_holidays(country: str, subdivision: str, on: date, name: str) -> None:
    lookup = public_holidays.lookup(country, subdivision)
    assert lookup.english(on) == name
    assert bool(lookup(on)) is bool(name)


def test_years_whose_holidays_are_not_known_are_known_to_be_so() -> None:
    assert public_holidays.lookup("PL").known(2026)
    assert not public_holidays.lookup("PL").known(2200)
