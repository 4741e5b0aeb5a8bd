"""A stretch: 64 days of a calendar, laid out as sorted instants, so that a question is a binary search.

A stretch is built when the first question touches it. It covers the instants from the midnight that begins its first
day up to the midnight that ends its last one; hours that reach over its border are cut there and go on in the next.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from triage_bot.core.calendar_days import DayPlan
from triage_bot.core.wall_time import DAY, EPOCH_ORDINAL, MINUTE, happens_at

SHIFT = 6
DAYS = 1 << SHIFT
# The first and the last stretch whose days, and the days around it, all lie in the years that dates can name.
FIRST = 1
LAST = (date.max.toordinal() >> SHIFT) - 1
# Hours of a day may end as late as the end of the day after it.
REACH = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """`begin` and `end` bound it. The rest are sorted arrays: windows; starts and ends of the working intervals,
    overlaps joined; working time from `begin` to each of these ends; the ends of the working days."""

    begin: int
    end: int
    windows: "array[int]"
    starts: "array[int]"
    ends: "array[int]"
    worked: "array[int]"
    day_ends: "array[int]"

    @property
    def total(self) -> int:
        return self.worked[-1] if self.worked else 0

    def worked_until(self, at: int) -> int:
        """Working time from the beginning to `at`."""
        index = bisect_right(self.ends, at)
        before = self.worked[index - 1] if index else 0
        if index < len(self.starts) and self.starts[index] < at:
            before += at - self.starts[index]
        return before

    def when_worked(self, span: int) -> int:
        """The first instant at which `span` of working time has passed since the beginning; 0 < span <= total."""
        index = bisect_left(self.worked, span)
        return self.ends[index] - (self.worked[index] - span)

    def opening(self, at: int) -> int | None:
        """The first working instant that is not before `at`."""
        index = bisect_right(self.ends, at)
        return max(at, self.starts[index]) if index < len(self.ends) else None


def number_of(at: int) -> int:
    """The stretch in which an instant lies, or a neighbour of it: the border is a midnight of the zone."""
    return (at // DAY + EPOCH_ORDINAL) >> SHIFT


@lru_cache(maxsize=1024)
def _midnights(zone: ZoneInfo, number: int) -> tuple[int, ...]:
    """The instants at which the days of a stretch and those around it begin, from REACH days before its first."""
    first = (number << SHIFT) - REACH
    return tuple(happens_at(zone, ordinal, 0) for ordinal in range(first, first + DAYS + 2 * REACH + 1))


def build(zone: ZoneInfo, number: int, plan_of: Callable[[int], DayPlan]) -> Stretch:
    """Lay out the days of a stretch; `plan_of` is given a proleptic ordinal."""
    midnights = _midnights(zone, number)
    first = (number << SHIFT) - REACH
    begin, end = midnights[REACH], midnights[REACH + DAYS]
    windows: list[int] = []
    intervals: list[tuple[int, int]] = []
    day_ends: list[int] = []
    for index in range(REACH + DAYS):
        plan = plan_of(first + index)
        if plan.hours or plan.windows:
            instant = _dial(zone, first + index, midnights[index : index + REACH + 1])
            windows += [instant(minute) for minute in plan.windows]
            spans = [(instant(hours.start), instant(hours.end)) for hours in plan.hours]
            intervals += spans
            day_ends += [max(last for _, last in spans)] if spans else []
    starts, ends = _joined(intervals, begin, end)
    worked = array("q")
    total = 0
    for start, stop in zip(starts, ends, strict=True):
        total += stop - start
        worked.append(total)
    return Stretch(begin, end, _sorted(windows, begin, end), starts, ends, worked, _sorted(day_ends, begin, end))


def _dial(zone: ZoneInfo, ordinal: int, midnights: Sequence[int]) -> Callable[[int], int]:
    """From minutes of a day to instants, given the midnights from its first up to that REACH days later."""
    midnight = midnights[0]
    if midnights[REACH] - midnight == REACH * DAY:
        return lambda minute: midnight + minute * MINUTE
    return lambda minute: happens_at(zone, ordinal, minute)  # the clocks change


def _sorted(instants: Iterable[int], begin: int, end: int) -> "array[int]":
    return array("q", sorted({at for at in instants if begin <= at < end}))


def _joined(intervals: list[tuple[int, int]], begin: int, end: int) -> tuple["array[int]", "array[int]"]:
    """The union of the intervals within a stretch, as starts and ends."""
    starts, ends = array("q"), array("q")
    for start, stop in sorted((max(start, begin), min(stop, end)) for start, stop in intervals):
        if start >= stop:  # outside, or swallowed by the missing hour
            continue
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], stop)
        else:
            starts.append(start)
            ends.append(stop)
    return starts, ends
