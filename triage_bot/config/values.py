"""The words that the values of a configuration are made of: `5m`, `mon-fri`, `08:00-16:00`, `Europe/Warsaw`.

Each `..._of` reads one text and raises Wrong, saying what would be right. The types for the model's fields stand at
the end.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import PlainValidator, ValidationInfo

from triage_bot.config.yaml_places import Steps
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of dates
EARLIEST_YEAR = 1970  # of moments: all the mail that there is
EMPTY = "is empty: give it a value or remove the key"

Minutes = int  # of the wall day
Week = tuple[tuple[Minutes, ...], ...]  # seven days, Monday first
HoursOfDay = tuple[tuple[Minutes, Minutes], ...]  # an end may lie beyond 1440: past midnight

NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})  # files beside the zones: whatever this machine has

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SPAN = re.compile(r"([0-9]{1,9}) ?([smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})\Z")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}\Z")


class Wrong(ValueError):
    """One or more things wrong in a value, each at a place within it (`()`: the value itself)."""

    def __init__(self, *parts: tuple[Steps, str]) -> None:
        self.parts = parts
        super().__init__("; ".join(what for _, what in parts))

    @classmethod
    def here(cls, what: str) -> "Wrong":
        return cls(((), what))


def did_you_mean(word: str, known: Collection[str], otherwise: str = "") -> str:
    """` - did you mean ...?`, or else `otherwise`."""
    folded = {name.casefold(): name for name in reversed(list(known))}  # of two that differ in case the first
    close = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f" - did you mean `{folded[close[0]]}`?" if close else otherwise


def shown(raw: object) -> str:
    """A value as it is quoted in a message: never longer than a line."""
    if raw is None:
        return "nothing"
    if isinstance(raw, str):
        return f"`{raw}`" if len(raw) <= 60 else f"`{raw[:57]}...`"
    return "a list" if isinstance(raw, (list, tuple)) else "a mapping" if isinstance(raw, dict) else f"`{raw}`"


def word_of(raw: object, wanted: str) -> str:
    if raw is None:
        raise Wrong.here(EMPTY)
    if not isinstance(raw, str):
        raise Wrong.here(f"{wanted} is needed here, not {shown(raw)}")
    return raw.strip()


def text_of(raw: object) -> str:
    """Text of several lines at most."""
    text = word_of(raw, "text")
    if _CONTROL.search(text.replace("\n", "").replace("\t", "")):
        raise Wrong.here("holds a control character")
    return text


def line_of(raw: object) -> str:
    """Text that fits into a header: one line of it, never CR or LF."""
    text = word_of(raw, "text")
    if _CONTROL.search(text):
        raise Wrong.here("must be one line without control characters")
    return text


def name_of(raw: object) -> str:
    text = line_of(raw)
    if not text:
        raise Wrong.here("must not be empty")
    return text


def path_of(raw: object, info: ValidationInfo) -> Path:
    """Relative paths start at the folder of the configuration."""
    if isinstance(raw, str) and _WHOLE.match(raw.strip()):
        raise Wrong.here(f"{shown(raw)} is not a path: write `./{raw.strip()}` if that is its name")
    return path_in((info.context or {}).get("folder", Path.cwd()), raw)


def path_in(folder: Path, raw: object) -> Path:
    text = line_of(str(raw) if isinstance(raw, Path) else raw)
    if not text:
        raise Wrong.here("must not be empty")
    try:
        return Path(folder) / Path(text).expanduser()
    except RuntimeError:
        raise Wrong.here(f"nobody on this machine has the home folder that {shown(raw)} begins with") from None


def flag_of(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    text = word_of(raw, "`true` or `false`")
    if text not in ("true", "false"):
        raise Wrong.here(f"{shown(raw)} is neither `true` nor `false`")
    return text == "true"


def whole_of(raw: object, least: int, most: int) -> int:
    text = str(raw) if isinstance(raw, int) else word_of(raw, "a whole number")
    if not _WHOLE.match(text):
        raise Wrong.here(f"{shown(raw)} is not a whole number")
    if not least <= (number := int(text)) <= most:
        raise Wrong.here(f"{number} is not between {least} and {most}")
    return number


def span_of(raw: object, shortest: str = "1s", longest: str = "366d") -> timedelta:
    if isinstance(raw, timedelta):
        return raw
    text = word_of(raw, "a span such as `90s`, `5m`, `24h` or `2d`")
    if not (match := _SPAN.match(text)):
        raise Wrong.here(f"{shown(raw)} is not a span: write `90s`, `5m`, `24h` or `2d`")
    span = _seconds(match)
    if not _seconds(_SPAN.match(shortest)) <= span <= _seconds(_SPAN.match(longest)):
        raise Wrong.here(f"{shown(raw)} is not between `{shortest}` and `{longest}`")
    return timedelta(seconds=span)


def _seconds(match: re.Match[str] | None) -> int:
    assert match is not None
    return int(match[1]) * _SECONDS[match[2]]


def time_of(raw: object, *, midnight_ends: bool = False) -> Minutes:
    """Minutes of the day; 1440 for "24:00", which only the end of a day may be."""
    text = word_of(raw, "a time such as `08:00`")
    match = _TIME.match(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if minutes == DAY_MINUTES and not midnight_ends:
        raise Wrong.here(f"{shown(raw)} is the end of a day: write `00:00` under the next one")
    if not match or not 0 <= minutes <= DAY_MINUTES:
        raise Wrong.here(f"{shown(raw)} is not a time: write `08:00`")
    return minutes


def interval_of(raw: object) -> tuple[Minutes, Minutes]:
    """`22:00-02:00` ends on the next day, beyond 1440."""
    text = word_of(raw, "hours such as `08:00-16:00`")
    begin, dash, finish = text.replace("–", "-").partition("-")
    if not dash:
        raise Wrong.here(f"{shown(raw)} is not a span of hours: write `08:00-16:00`")
    start, end = time_of(begin), time_of(finish, midnight_ends=True)
    if start == end:
        raise Wrong.here(f"{shown(raw)} is empty: for the whole day write `00:00-24:00`")
    return start, end if end > start else end + DAY_MINUTES


def weekdays_of(raw: str) -> list[int]:
    """`mon`, `mon-fri`, `mon,wed`, `fri-mon`."""
    days: list[int] = []
    for part in raw.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        for word in (first, last) if dash else (first,):
            if word not in DAY_NAMES:
                known = ", ".join(DAY_NAMES)
                raise Wrong.here(f"{shown(word)} is not a weekday" + did_you_mean(word, DAY_NAMES, f" ({known})"))
        start = DAY_NAMES.index(first)
        count = (DAY_NAMES.index(last) - start) % 7 + 1 if dash else 1
        days += [(start + step) % 7 for step in range(count)]
    return days


def _week(raw: object, wanted: str, read_day: Callable[[object, Steps, list[tuple[Steps, str]]], Any]) -> list[Any]:
    """What `read_day` makes of each weekday, Monday first; all that is wrong is raised together."""
    if not isinstance(raw, dict):
        raise Wrong.here(f"the weekdays are needed here, such as `{wanted}`, not {shown(raw)}")
    wrong: list[tuple[Steps, str]] = []
    week: list[Any] = [()] * 7
    given: dict[int, str] = {}
    for key, value in raw.items():
        try:
            days = weekdays_of(key)
        except Wrong as error:
            wrong += [((key,), what) for _, what in error.parts]
            days = []
        of_day = read_day(value, (key,), wrong)
        for day in days:
            if day in given:
                wrong.append(((key,), f"{DAY_NAMES[day]} is given twice, also in `{given[day]}`"))
            given[day] = key
            week[day] = of_day
    if wrong:
        raise Wrong(*wrong)
    return week


def _entries(raw: object, steps: Steps) -> list[tuple[Steps, object]]:
    """A list's entries with their places, or the one value that stands in its stead."""
    return [((*steps, n), entry) for n, entry in enumerate(raw)] if isinstance(raw, list) else [(steps, raw)]


def _read_hours(raw: object, steps: Steps, wrong: list[tuple[Steps, str]]) -> HoursOfDay:
    found: list[tuple[Minutes, Minutes]] = []
    for place, entry in _entries(raw, steps):
        try:
            interval = interval_of(entry)
        except Wrong as error:
            wrong += [((*place, *at), what) for at, what in error.parts]
            continue
        if any(start < interval[1] and interval[0] < end for start, end in found):
            wrong.append((place, f"{shown(entry)} overlaps other hours of the day"))
        found.append(interval)
    return tuple(sorted(found))


def _read_windows(raw: object, steps: Steps, wrong: list[tuple[Steps, str]]) -> tuple[Minutes, ...]:
    found: list[Minutes] = []
    for place, entry in _entries(raw, steps):
        try:
            minute = time_of(entry)
        except Wrong as error:
            wrong += [((*place, *at), what) for at, what in error.parts]
            continue
        if minute in found:
            wrong.append((place, f"the window {shown(entry)} stands here twice"))
        found.append(minute)
    return tuple(sorted(found))


def hours_of(raw: object) -> tuple[HoursOfDay, ...]:
    week: list[HoursOfDay] = _week(raw, '{mon-fri: "08:00-16:00"}', _read_hours)
    for day, hours in enumerate(week):
        tomorrow = (day + 1) % 7
        late = max((end - DAY_MINUTES for _, end in hours), default=0)
        if any(start < late for start, _ in week[tomorrow]):
            what = f"the hours of {DAY_NAMES[day]} pass midnight and overlap those of {DAY_NAMES[tomorrow]}"
            raise Wrong.here(what)
    return tuple(week)


def windows_of(raw: object) -> Week:
    return tuple(_week(raw, '{mon-fri: ["08:00", "16:00"]}', _read_windows))


def hours_of_day_of(raw: object) -> HoursOfDay:
    wrong: list[tuple[Steps, str]] = []
    hours = _read_hours(raw, (), wrong)
    if wrong:
        raise Wrong(*wrong)
    return hours


def windows_of_day_of(raw: object) -> tuple[Minutes, ...]:
    wrong: list[tuple[Steps, str]] = []
    windows = _read_windows(raw, (), wrong)
    if wrong:
        raise Wrong(*wrong)
    return windows


def date_of(raw: object) -> date:
    text = word_of(raw, "a date such as `2026-12-31`")
    try:
        if len(text) != 10:
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong.here(f"{shown(raw)} is not a date: write `2026-12-31`") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Wrong.here(f"{shown(raw)} is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


def moment_of(raw: object) -> datetime:
    text = word_of(raw, "a moment such as `2026-11-20T08:00+01:00`")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong.here(f"{shown(raw)} is not a moment: write `2026-11-20T08:00+01:00`") from None
    if moment.tzinfo is None:
        raise Wrong.here(f"{shown(raw)} does not say in which zone: write `2026-11-20T08:00+01:00`")
    if not EARLIEST_YEAR <= moment.year <= LAST_YEAR:
        raise Wrong.here(f"{shown(raw)} is not between the years {EARLIEST_YEAR} and {LAST_YEAR}")
    return moment


def zone_of(raw: object) -> ZoneInfo:
    if isinstance(raw, ZoneInfo):
        return raw
    text = word_of(raw, "a time zone such as `Europe/Warsaw`")
    try:
        if not text or text.startswith(("/", "posix/", "right/")) or text in NO_ZONES:
            raise ValueError
        return ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        hint = did_you_mean(text, sorted(available_timezones() - NO_ZONES), "; write one such as `Europe/Warsaw`")
        raise Wrong.here(f"{shown(raw)} is not a time zone{hint}") from None


def one_of(*choices: str) -> Callable[[object], str]:
    def choice_of(raw: object) -> str:
        text = word_of(raw, "one of " + ", ".join(f"`{c}`" for c in choices))
        if text not in choices:
            all_of_them = ", ".join(f"`{c}`" for c in choices)
            raise Wrong.here(f"{shown(raw)} is not one of {all_of_them}" + did_you_mean(text, choices))
        return text

    return choice_of


def locale_of(raw: object) -> Locale:
    return raw if isinstance(raw, Locale) else Locale(one_of(*(locale.value for locale in Locale))(raw))


def urgency_of(raw: object) -> Urgency:
    return raw if isinstance(raw, Urgency) else Urgency(one_of(*(urgency.value for urgency in Urgency))(raw))


def whole(least: int, most: int) -> PlainValidator:
    return PlainValidator(lambda raw: whole_of(raw, least, most))


def span_between(shortest: str, longest: str) -> PlainValidator:
    return PlainValidator(partial(span_of, shortest=shortest, longest=longest))


Text = Annotated[str, PlainValidator(text_of)]
Line = Annotated[str, PlainValidator(line_of)]
Name = Annotated[str, PlainValidator(name_of)]
FilePath = Annotated[Path, PlainValidator(path_of)]
Flag = Annotated[bool, PlainValidator(flag_of)]
Span = Annotated[timedelta, PlainValidator(span_of)]
Date = Annotated[date, PlainValidator(date_of)]
Moment = Annotated[datetime, PlainValidator(moment_of)]
Zone = Annotated[ZoneInfo, PlainValidator(zone_of)]
Language = Annotated[Locale, PlainValidator(locale_of)]
UrgencyWord = Annotated[Urgency, PlainValidator(urgency_of)]
WeekHours = Annotated[tuple[HoursOfDay, ...], PlainValidator(hours_of)]
WeekWindows = Annotated[Week, PlainValidator(windows_of)]
DayHours = Annotated[HoursOfDay, PlainValidator(hours_of_day_of)]
DayWindows = Annotated[tuple[Minutes, ...], PlainValidator(windows_of_day_of)]
