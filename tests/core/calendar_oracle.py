"""What a calendar must answer, found by stepping through UTC minutes with eyes on the wall clock.

Slow, simple and built on nothing of the program but the plain data of a calendar. The only cleverness is that what
depends on a day alone (what the wall clock shows, which wall minutes are worked) is reckoned once a day.

`high water` is the latest wall minute that the clock has shown so far, counted from the year 1. It stands still
through a doubled hour and jumps over a missing one, so a wall time happens in the UTC minute in which the high water
reaches or passes it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from triage_bot.core.business_calendar import BusinessCalendar

DAY = 1440
EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def minute_of(at: datetime) -> int:
    """The UTC minute that a moment lies in."""
    return (at - EPOCH) // timedelta(minutes=1)


def moment_of(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def wall_minute(at: datetime) -> int:
    return (at.toordinal() - 1) * DAY + at.hour * 60 + at.minute


@lru_cache(maxsize=200_000)
def high_waters(zone: ZoneInfo, day: int) -> tuple[int, ...]:
    """The high water in every minute of a UTC day, preceded by that of the last minute of the day before."""
    start = EPOCH + timedelta(days=day)
    if (
        start.astimezone(zone).utcoffset()
        == (start - timedelta(days=1)).astimezone(zone).utcoffset()
        == (start + timedelta(days=1)).astimezone(zone).utcoffset()
    ):  # no change of clocks near: they just run
        now = wall_minute(start.astimezone(zone))
        return tuple(range(now - 1, now + DAY))
    shown = [wall_minute((start + timedelta(minutes=m)).astimezone(zone)) for m in range(-DAY, DAY)]
    high = []
    top = 0
    for wall in shown:
        top = max(top, wall)
        high.append(top)
    return tuple(high[DAY - 1 :])


class Oracle:
    def __init__(self, calendar: BusinessCalendar) -> None:
        self.calendar = calendar
        self.zone = calendar.zone
        self._windows: dict[int, list[int]] = {}
        self._working: dict[int, bytes] = {}

    # What the calendar says of a date, told again from its plain data

    def is_off(self, on: date) -> bool:
        calendar = self.calendar
        if on in calendar.worked_days or any(day.on == on for day in calendar.special_days):
            return False
        away = any(vacation.first_on <= on <= vacation.last_on for vacation in calendar.vacations)
        return away or any(day.on == on for day in calendar.days_off) or calendar.holidays(on) is not None

    def wall_windows(self, on: date) -> set[int]:
        for special in self.calendar.special_days:
            if special.on == on and special.windows is not None:
                return self._absolute(on, special.windows)
        return set() if self.is_off(on) else self._absolute(on, self.calendar.windows[on.weekday()])

    def wall_hours(self, on: date) -> list[tuple[int, int]]:
        hours = () if self.is_off(on) else self.calendar.hours[on.weekday()]
        for special in self.calendar.special_days:
            if special.on == on and special.hours is not None:
                hours = special.hours
        midnight = (on.toordinal() - 1) * DAY
        return [(midnight + interval.start, midnight + interval.end) for interval in hours]

    @staticmethod
    def _absolute(on: date, minutes: tuple[int, ...]) -> set[int]:
        return {(on.toordinal() - 1) * DAY + minute for minute in minutes}

    def _dates_of(self, day: int) -> list[date]:
        """The dates whose timetable may touch a UTC day."""
        return [date.fromordinal(day + 1 + shift) for shift in range(-3, 3)]

    # Per UTC day

    def windows_of(self, day: int) -> list[int]:
        """The UTC minutes of a UTC day in which a window happens."""
        if day not in self._windows:
            wanted = set().union(*map(self.wall_windows, self._dates_of(day)))
            high = high_waters(self.zone, day)
            self._windows[day] = [day * DAY + m for m in _reached(wanted, high)]
        return self._windows[day]

    def working_of(self, day: int) -> bytes:
        """For every minute of a UTC day whether it is worked."""
        if day not in self._working:
            high = high_waters(self.zone, day)[1:]
            worked: set[int] = set()
            for on in self._dates_of(day):
                for start, end in self.wall_hours(on):
                    worked.update(range(start, end))
            self._working[day] = bytes(wall in worked for wall in high)
        return self._working[day]

    # The questions

    def is_working(self, minute: int) -> bool:
        return bool(self.working_of(minute // DAY)[minute % DAY])

    def next_window(self, minute: int, days: int = 60) -> int | None:
        """The first minute from this one on with a window, looking so many days ahead."""
        for day in range(minute // DAY, minute // DAY + days):
            for window in self.windows_of(day):
                if window >= minute:
                    return window
        return None

    def worked_minutes(self, first: int, last: int) -> int:
        """How many minutes from `first` up to before `last` are worked."""
        return sum(self._working_steps(first, last))

    def add_working_minutes(self, minute: int, count: int, days: int = 60) -> int | None:
        """The minute at whose beginning `count` worked minutes are over."""
        if count == 0:
            return minute
        for step, working in enumerate(self._working_steps(minute, minute + days * DAY)):
            count -= working
            if count == 0:
                return minute + step + 1
        return None

    def next_opening(self, minute: int, days: int = 60) -> int | None:
        for step, working in enumerate(self._working_steps(minute, minute + days * DAY)):
            if working:
                return minute + step
        return None

    def end_of_working_day(self, minute: int, days: int = 60) -> int | None:
        """The first minute after this one in which the clock reaches the end of a date's hours."""
        for day in range(minute // DAY, minute // DAY + days):
            ends = {max(end for _, end in hours) for on in self._dates_of(day) if (hours := self.wall_hours(on))}
            for m in _reached(ends, high_waters(self.zone, day)):
                if day * DAY + m > minute:
                    return day * DAY + m
        return None

    def _working_steps(self, first: int, last: int) -> Iterator[int]:
        for day in range(first // DAY, last // DAY + 1):
            low, high = max(first - day * DAY, 0), min(last - day * DAY, DAY)
            yield from self.working_of(day)[low:high]


def _reached(wanted: set[int], high: tuple[int, ...]) -> Iterator[int]:
    """The minutes of a day in which the clock reaches a wanted wall minute, or jumps over it."""
    wanted = {wall for wall in wanted if high[0] < wall <= high[-1]}
    if not wanted:
        return
    for m, (before, now) in enumerate(pairwise(high)):
        if (now in wanted and now != before) or (now > before + 1 and any(before < wall < now for wall in wanted)):
            yield m
