"""A day or an hour that a text names."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class Marker(StrEnum):
    """The word before a moment."""

    BY = "by"
    AT = "at"
    FOR = "for"
    SINCE = "since"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, an hour or both, as named at folded[start:end]. `hour` None: the whole day."""

    start: int
    end: int
    marker: Marker
    day: date | None = None
    hour: time | None = None
    zone: str = ""
    relative: bool = False  # "today", "tomorrow": said of the action rather than of a thing
    sure: bool = True  # False where the hour may be of the morning or of the afternoon
    exact: datetime | None = None  # "in two hours"
    period: bool = False  # "the end of the week", which is a deadline whatever stands before it
    evening: bool = False
    morning: bool = False
    end_of_day: bool = False  # without a day: of the day it was sent
    gone: bool = False  # "yesterday"
    this_afternoon: bool = False  # a part of the day that alone means today's
