"""When she works and when she looks: the business calendar of an agreement.

Hours and windows are wall times per date in the calendar's zone (`wall_time` says what happens to them when clocks
change). On a day off nothing is worked and no window happens, unless the date is named as a worked day or a special
day: a date beats a range and a country. Hours past midnight belong to the day on which they start, so they are worked
into a holiday, and those of a holiday are not worked on the morning after.

Moments come in aware, of any zone, and go out aware, in the calendar's zone. Every answer lies within about three
years of the question, or there is none: an empty calendar answers None. A question is a search in days that were laid
out once (`stretches`); its cost does not depend on how far the answer lies ahead. Calendars do not change, may be
shared by threads, and compare by what they say.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage_bot.core import stretches
from triage_bot.core.calendar_days import (
    MINUTES_A_DAY,
    Closure,
    DayOff,
    DayPlan,
    HolidayLookup,
    Interval,
    NamesInEnglish,
    OffKind,
    SpecialDay,
    Vacation,
    no_holidays,
)
from triage_bot.core.stretches import Stretch
from triage_bot.core.wall_time import MINUTE, happens_at, instant, microseconds, moment

__all__ = [
    "BusinessCalendar",
    "Closure",
    "DayOff",
    "DayPlan",
    "HolidayLookup",
    "Interval",
    "OffKind",
    "SpecialDay",
    "Vacation",
    "no_holidays",
]

NEVER: tuple[tuple[()], ...] = ((),) * 7
CLOSED = DayPlan()
# How many stretches of 64 days a question looks ahead beyond its own: three years.
HORIZON = 18
# How many stretches a calendar remembers.
MEMORY = 128


@dataclass(frozen=True, slots=True)
class _Dates:
    """What a calendar says of single dates, and the stretches that it has laid out so far.

    Threads share it without a lock: an entry depends on the calendar alone, so two that are made at once are equal.
    """

    days_off: dict[date, DayOff]
    special: dict[date, SpecialDay]
    usual: tuple[DayPlan, ...]
    fingerprint: int
    stretches: dict[int, Stretch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """`hours` and `windows` (minutes of the wall day) are given for the seven weekdays, Monday first.

    A worked day has the timetable of its weekday, whatever the country or a vacation says; a special day has its own.
    """

    zone: ZoneInfo
    hours: tuple[tuple[Interval, ...], ...] = NEVER
    windows: tuple[tuple[int, ...], ...] = NEVER
    holidays: HolidayLookup = no_holidays
    days_off: tuple[DayOff, ...] = ()
    worked_days: frozenset[date] = frozenset()
    special_days: tuple[SpecialDay, ...] = ()
    vacations: tuple[Vacation, ...] = ()
    _dates: _Dates = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.hours) != 7 or len(self.windows) != 7:
            raise ValueError("a calendar has hours and windows for the seven weekdays")
        named = (day.windows for day in self.special_days if day.windows)
        if any(not 0 <= window < MINUTES_A_DAY for day in (*self.windows, *named) for window in day):
            raise ValueError("a check window is a minute of a day, from 0 to 1439")
        weekdays = zip(self.hours, self.windows, strict=True)
        usual = tuple(DayPlan(hours, windows) if hours or windows else CLOSED for hours, windows in weekdays)
        days_off = {off.on: off for off in self.days_off}
        special = {day.on: day for day in self.special_days}
        said = (self.zone, self.hours, self.windows, self.days_off, self.worked_days, self.special_days, self.vacations)
        dates = _Dates(days_off, special, usual, hash(said))
        object.__setattr__(self, "_dates", dates)

    def __hash__(self) -> int:
        return self._dates.fingerprint  # reckoned once: answers are remembered by calendar

    # Dates

    def day_off(self, on: date) -> DayOff | None:
        """Why nothing happens on that date, None if the timetable holds. A vacation is named before a holiday."""
        return None if on in self._dates.special or on in self.worked_days else self.day_off_otherwise(on)

    def day_off_otherwise(self, on: date) -> DayOff | None:
        """What `day_off` would be if the date were no worked and no special day."""
        if self.vacation(on):
            return DayOff(on, kind=OffKind.VACATION)
        if off := self._dates.days_off.get(on):
            return off
        if (name := self.holidays(on)) is None:
            return None
        english = self.holidays.english(on) if isinstance(self.holidays, NamesInEnglish) else ""
        return DayOff(on, name, OffKind.HOLIDAY, english)

    def vacation(self, on: date) -> Vacation | None:
        """The vacation that the date lies in, even if it is worked."""
        for vacation in self.vacations:
            if vacation.first_on <= on <= vacation.last_on:
                return vacation
        return None

    def special_day(self, on: date) -> SpecialDay | None:
        """The timetable that the date has of its own."""
        return self._dates.special.get(on)

    def plan(self, on: date) -> DayPlan:
        """The hours and windows of a date."""
        usual = self._dates.usual[on.weekday()]
        if special := self._dates.special.get(on):
            hours = usual.hours if special.hours is None else special.hours
            return DayPlan(hours, usual.windows if special.windows is None else special.windows)
        if usual is CLOSED or on in self.worked_days:
            return usual
        off = on in self._dates.days_off or self.vacation(on) or self.holidays(on) is not None
        return CLOSED if off else usual

    def closures(self, first_on: date, until_on: date) -> Iterator[Closure]:
        """The dates without a window from `first_on` up to the day before `until_on`, those of one cause joined."""
        run: Closure | None = None
        for ordinal in range(first_on.toordinal(), until_on.toordinal()):
            on = date.fromordinal(ordinal)
            if self.plan(on).windows:
                continue
            day = Closure(on, on, self._cause(on))
            if run and run.continues_with(day):
                run = Closure(run.first_on, on, run.off)
                continue
            if run:
                yield run
            run = day
        if run:
            yield run

    def _cause(self, on: date) -> DayOff | None:
        """Why a date has no window. A holiday on a Sunday without windows changes nothing, a vacation runs on."""
        usual = self.windows[on.weekday()]
        if special := self.special_day(on):
            return DayOff(on, special.name, OffKind.SPECIAL_DAY) if usual else None
        off = self.day_off(on)
        return off if off and (usual or off.kind is OffKind.VACATION) else None

    # Windows

    def last_window_on(self, on: date) -> datetime | None:
        windows = self.plan(on).windows
        return self._wall(on, max(windows)) if windows else None

    def next_window(self, at: datetime) -> datetime | None:
        """The first window that a message of `at` is handled in: one in the minute of `at` counts still."""
        since = instant(at)
        since -= since % MINUTE
        for stretch in self._ahead(since):
            index = bisect_left(stretch.windows, since)
            if index < len(stretch.windows):
                return moment(stretch.windows[index], self.zone)
        return None

    def windows_between(self, after: datetime, until: datetime) -> list[datetime]:
        """The windows later than `after` and not later than `until`."""
        first, last = instant(after), instant(until)
        found: list[datetime] = []
        for stretch in self._between(first, last):
            chosen = stretch.windows[bisect_right(stretch.windows, first) : bisect_right(stretch.windows, last)]
            found += [moment(window, self.zone) for window in chosen]
        return found

    # Working time

    def is_working(self, at: datetime) -> bool:
        since = instant(at)
        return self._stretch(self._number(since)).opening(since) == since

    def next_opening(self, at: datetime) -> datetime | None:
        """The first working moment from `at` on."""
        since = instant(at)
        for stretch in self._ahead(since):
            if (opening := stretch.opening(since)) is not None:
                return moment(opening, self.zone)
        return None

    def add_working_time(self, at: datetime, span: timedelta) -> datetime | None:
        """The first moment at which `span` of working time has passed since `at`: the end of the day's hours rather
        than the beginning of the next ones. No span is no wait, inside hours or not."""
        since, rest = instant(at), microseconds(span)
        if rest < 0:
            raise ValueError(f"working time does not run backwards: {span}")
        for stretch in self._ahead(since):
            if rest == 0:
                return moment(since, self.zone)
            passed = stretch.worked_until(since)
            if passed + rest <= stretch.total:
                return moment(stretch.when_worked(passed + rest), self.zone)
            rest -= stretch.total - passed
        return None

    def working_time_between(self, a: datetime, b: datetime) -> timedelta:
        """Working time from `a` to `b`, negative if `b` is the earlier."""
        first, last = instant(a), instant(b)
        if last < first:
            return -self.working_time_between(b, a)
        worked = sum(stretch.worked_until(last) - stretch.worked_until(first) for stretch in self._between(first, last))
        return timedelta(microseconds=worked)

    def closing(self, on: date) -> datetime | None:
        """The end of the working day that starts on that date, None if nothing is worked then."""
        hours = self.plan(on).hours
        return self._wall(on, max(interval.end for interval in hours)) if hours else None

    def end_of_working_day(self, at: datetime) -> datetime | None:
        """The first end of a working day after `at`: of its own day while working time is left, else of the next."""
        since = instant(at)
        for stretch in self._ahead(since):
            index = bisect_right(stretch.day_ends, since)
            if index < len(stretch.day_ends):
                return moment(stretch.day_ends[index], self.zone)
        return None

    def _wall(self, on: date, minute: int) -> datetime:
        return moment(happens_at(self.zone, on.toordinal(), minute), self.zone)

    # Stretches

    def _number(self, at: int) -> int:
        """The stretch that holds an instant; beyond the years that dates can name, the nearest one."""
        number = min(max(stretches.number_of(at), stretches.FIRST), stretches.LAST)
        stretch = self._stretch(number)
        if at < stretch.begin:
            return max(number - 1, stretches.FIRST)
        return min(number + 1, stretches.LAST) if at >= stretch.end else number

    def _ahead(self, since: int) -> Iterator[Stretch]:
        """The stretch that holds an instant, and those after it up to the horizon."""
        number = self._number(since)
        if since < self._stretch(number).begin:  # in the year 1: not every zone has a date for it
            return iter(())
        return map(self._stretch, range(number, min(number + HORIZON, stretches.LAST) + 1))

    def _between(self, first: int, last: int) -> Iterator[Stretch]:
        return map(self._stretch, range(self._number(first), self._number(last) + 1))

    def _stretch(self, number: int) -> Stretch:
        known = self._dates.stretches
        if (stretch := known.get(number)) is None:
            if len(known) >= MEMORY:
                known.clear()
            stretch = stretches.build(self.zone, number, lambda ordinal: self.plan(date.fromordinal(ordinal)))
            known[number] = stretch
        return stretch
