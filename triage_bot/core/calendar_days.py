"""The words of a calendar: intervals of a day, days off, vacations, days with a timetable of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

MINUTES_A_DAY = 1440
SATURDAY = 5

# The name of the public holiday on a date, None on any other day.
HolidayLookup: TypeAlias = Callable[[date], str | None]


@runtime_checkable
class NamesInEnglish(Protocol):
    """A holiday lookup that knows the English name as well."""

    def english(self, on: date) -> str:
        """The English name of the holiday on that date, "" if there is none."""


def no_holidays(on: date) -> str | None:
    """The lookup of somebody who works on every public holiday."""
    return None


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Working hours within a day, in minutes of its wall clock, `end` not included.

    An end beyond 1440 lies on the next day: 22:00-02:00 is `Interval(1320, 1560)`, and belongs to the day on which
    it starts. 00:00-24:00 is `Interval(0, 1440)`.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_A_DAY or not self.start < self.end <= 2 * MINUTES_A_DAY:
            raise ValueError(f"no interval of a day: minutes {self.start} to {self.end}")


class OffKind(StrEnum):
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    VACATION = "vacation"
    SPECIAL_DAY = "special_day"  # a timetable of its own without a check: no day off, but nothing is looked at


@dataclass(frozen=True, slots=True)
class DayOff:
    """A date on which nothing is worked or looked at, and why. `name` is in the language of the country."""

    on: date
    name: str = ""
    kind: OffKind = OffKind.DAY_OFF
    english: str = ""  # of a public holiday


@dataclass(frozen=True, slots=True)
class Vacation:
    """Days off from `first_on` to `last_on`, both included. `text` is what clients are told, "" for the usual words;
    `stand_in` is who may be asked meanwhile."""

    first_on: date
    last_on: date
    text: str = ""
    stand_in: str = ""

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"a vacation from {self.first_on} to {self.last_on} ends before it starts")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date with a timetable of its own (a half day). What is None stays as on any such weekday."""

    on: date
    hours: tuple[Interval, ...] | None = None
    windows: tuple[int, ...] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What happens on one date, days off considered."""

    hours: tuple[Interval, ...] = ()
    windows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """Dates in a row without a check window. `off` is the day off that they have in common, None where the timetable
    simply has no window; the weekend is then kept apart from other weekdays."""

    first_on: date
    last_on: date
    off: DayOff | None

    @property
    def weekend(self) -> bool:
        return self.off is None and self.first_on.weekday() >= SATURDAY

    def continues_with(self, day: "Closure") -> bool:
        if day.first_on.toordinal() != self.last_on.toordinal() + 1 or self.weekend != day.weekend:
            return False
        if self.off is None or day.off is None:
            return self.off is day.off
        return (self.off.kind, self.off.name) == (day.off.kind, day.off.name)
