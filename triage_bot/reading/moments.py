"""Finds the days and hours that a text names, and resolves them from the moment it was sent.

What a moment means (a deadline, the date of a thing) is decided in `deadlines`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage_bot.reading.corrections import corrections
from triage_bot.reading.model import Language
from triage_bot.reading.moment import Marker, Moment
from triage_bot.reading.spoken import spoken
from triage_bot.reading.time_grammar import Grammar, grammar


def find(folded: str, language: Language, sent_at: datetime) -> list[Moment]:
    """The moments in the order of the text, a day and the hour beside it joined."""
    shapes = grammar(language)
    folded, written_out = spoken(language).in_digits(folded)
    found = [moment for match in _matches(shapes, folded) if (moment := shapes.moment(match, sent_at))]
    if written_out:
        found = [_whole(moment, written_out) for moment in found]
    return corrections(language).applied(list(_joined(found, folded)), folded)


def _whole(moment: Moment, written_out: Iterable[tuple[int, int]]) -> Moment:
    """With all the words that were put into digits at its beginning."""
    start = next((start for start, end in written_out if start < moment.start < end), moment.start)
    return replace(moment, start=start)


def _matches(shapes: Grammar, folded: str) -> "Iterator[re.Match[str]]":
    """What `shapes.shape.finditer` finds in the windows, tried only where it can begin."""
    hints, beginnings = shapes.beginnings.find(folded)
    done = 0
    for start, end in _windows(shapes, folded, hints):
        for place in beginnings[bisect_left(beginnings, start) : bisect_left(beginnings, end)]:
            if place >= done and (match := shapes.shape.match(folded, place, end + _SEEN)):
                done = match.end()
                yield match


def _windows(shapes: Grammar, folded: str, hints: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The parts of the text that can hold a moment: around digits and words of time. They begin and end at spaces."""
    start = end = -1
    done = 0
    for place in hints:
        if place < done:
            continue
        if folded[place].isdecimal():
            done = place + 1
        elif hint := shapes.hint.match(folded, place):
            done = hint.end()
        else:
            continue
        if place - _BEFORE <= end:
            end = max(end, _space_at(folded, done + _AFTER))
            continue
        if end >= 0:
            yield start, end
        start = max(folded.rfind(" ", max(end, 0), max(0, place - _BEFORE)) + 1, end, 0)
        end = _space_at(folded, done + _AFTER)
    if end >= 0:
        yield start, end


def _space_at(folded: str, place: int) -> int:
    space = folded.find(" ", place, place + _LONGEST_WORD)
    return space if space >= 0 else place


_BEFORE = 40
_AFTER = 40
_LONGEST_WORD = 40
_SEEN = 24  # of what follows a window: it decides whether a number is an hour
_GAP = re.compile(r"[^.?!;\n]{0,28}(?:\n[^.?!;\n]{0,12})?\Z")


def _joined(moments: list[Moment], folded: str) -> Iterator[Moment]:
    held: Moment | None = None
    for number, moment in enumerate(moments):
        following = moments[number + 1] if number + 1 < len(moments) else None
        if held is not None and _fits(held, moment, following, folded):
            held = _join(held, moment)
            continue
        if held is not None:
            yield held
        held = moment
    if held is not None:
        yield held


def _fits(held: Moment, moment: Moment, following: Moment | None, folded: str) -> bool:
    gap = folded[held.end : moment.start]
    if held.day and moment.day and not gap.strip(" ,(") and held.day.weekday() == moment.day.weekday():
        return not (held.hour or held.period or moment.period)  # "Monday, 12 April"
    if (held.gone or moment.gone) and gap.strip(" ,("):
        return False
    if not _fit(held, moment) or not _GAP.match(gap):
        return False
    # "Sunday league by 6 tonight": the hour has a day of its own, right beside it. "By 3, we meet tomorrow at 10": the
    # day has an hour of its own.
    if following is None or following.start - moment.end > 1:
        return True
    nearer = following.day is not None or (moment.day is not None and following.hour is not None)
    return not (nearer and gap.strip(" ,"))


def _fit(one: Moment, other: Moment) -> bool:
    if one.exact or other.exact:
        return False
    if one.end_of_day != other.end_of_day:
        return not (one.hour or other.hour or one.period or other.period)
    if one.period or other.period:
        return False
    if one.day and other.day:
        # "on Thursday, 4 March": one day said twice.
        return one.day == other.day and not (one.hour and other.hour) and other.marker is not Marker.SINCE
    # A part of the day ("in the morning") joins anything.
    return not (one.hour and other.hour)


def _join(one: Moment, other: Moment) -> Moment:
    rank = (Marker.BY, Marker.FOR, Marker.AT, Marker.SINCE, Marker.NONE)
    marker = min(one.marker, other.marker, key=rank.index)
    hourly = one if one.hour else other
    return Moment(
        one.start,
        other.end,
        marker,
        other.day or one.day,
        hourly.hour,
        hourly.zone,
        one.relative or other.relative,
        hourly.sure,
        None,
        False,
        one.evening or other.evening,
        one.morning or other.morning,
        one.end_of_day or other.end_of_day,
    )


FURTHEST = 30
"""Years. A date beyond is a typo or a joke, and arithmetic with it may leave the calendar."""


def at(moment: Moment, sent_at: datetime) -> date | datetime | None:
    """The moment itself; None if it has passed, or cannot be meant."""
    if moment.day is not None and abs(moment.day.year - sent_at.year) > FURTHEST:
        return None
    try:
        return _at(moment, sent_at)
    except OverflowError:
        return None  # at the ends of the calendar


def _at(moment: Moment, sent_at: datetime) -> date | datetime | None:
    if moment.exact is not None:
        return moment.exact
    if moment.end_of_day and moment.day is None:
        return sent_at.date()
    if moment.hour is None:
        if moment.this_afternoon and moment.day is None and sent_at.hour < 17:
            return sent_at.date()
        if moment.day is None or moment.day < sent_at.date():
            return None
        return moment.day
    zone = ZoneInfo(moment.zone) if moment.zone else sent_at.tzinfo
    here = sent_at.astimezone(zone)
    day = moment.day or here.date()
    for hour in _readings(moment, moment.day is None or day == here.date(), here):
        result = datetime.combine(day, hour, zone)
        if result >= sent_at - timedelta(minutes=1):
            return result.astimezone(sent_at.tzinfo)
    if moment.day is None and here.hour >= 16 and moment.hour.hour <= 13:
        # Said in the evening, an hour of the morning is tomorrow's.
        tomorrow = day + timedelta(days=1)
        return datetime.combine(tomorrow, _likely(moment), zone).astimezone(sent_at.tzinfo)
    return None


def _readings(moment: Moment, today: bool, here: datetime) -> list[time]:
    hour = moment.hour
    assert hour is not None
    if moment.sure or hour.hour > 12 or hour.hour == 0:
        return [hour]
    if not today:
        return [_likely(moment)]
    later = hour.replace(hour=(hour.hour + 12) % 24) if hour.hour != 12 else hour
    if moment.morning:
        return [hour]
    if moment.evening:
        return [later]
    if hour.hour < 7 <= here.hour:
        return [later]
    # "By 9", written at seven in the evening, is nine in the morning.
    return [hour, later] if later.hour <= 20 else [hour]


def _likely(moment: Moment) -> time:
    hour = moment.hour
    assert hour is not None
    if moment.sure or hour.hour >= 12 or hour.hour == 0:
        return hour
    if moment.evening or (hour.hour < 7 and not moment.morning):
        return hour.replace(hour=hour.hour + 12)
    return hour
