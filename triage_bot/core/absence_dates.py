"""The days that she writes when she says that she is away.

    1.12-5.12 na szkoleniu     2026-12-01..2026-12-05     24.12     1-5.12     od 1.12 do 5.12
    24 grudnia - 2 stycznia    24. decembar – 2. januar   Dec 24 - Jan 2       1-5 December
    pt-pon                     petak do ponedeljka        jutro - 25.11        from Friday to 2 Jan

Names of months are those of her language and the English ones, weekdays those of her language. Among numbers the day
stands before the month in every language of hers, also in English, as her digests write it; there is no month after the
twelfth, so that "12/25" is read all the same. A date without a year is the next one; of a span without years the last
day is, so that one that runs already is this one. A weekday is always the next one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import source
from triage_bot.reading.model import Language, Locale

LONGEST = timedelta(days=370)
"""A longer absence is a mistyped year."""
LONGEST_WITHOUT_YEARS = timedelta(days=300)
"""And one that names no year, of days that run backwards."""
WEEK = 7

_NEAR = {
    **dict.fromkeys(("today", "dzis", "dzisiaj", "danas"), 0),
    **dict.fromkeys(("tomorrow", "jutro", "sutra"), 1),
}
# Beside those of the lexicon, which reads whole sentences: there "pet" is five.
_WEEKDAYS = {Language.PL: {"nd": 6, "ndz": 6}, Language.SR: {"pet": 4}, Language.EN: {}}

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_NUMBERS = re.compile(r"(?P<day>\d{1,2})(?P<by>[./])(?P<month>\d{1,2})(?:[./](?P<year>20\d\d|\d\d)?)?(?!\d)")
_WORD = r"(?P<word>[^\W\d_]+)\.?"
_YEAR = r"(?:,?\s*(?P<year>20\d\d)(?!\d)(?:\.(?!\.))?(?:\s?(?:r\.|roku\b|god\.|godine\b|г\.|год\.|године\b))?)?"
_DAY_FIRST = re.compile(rf"(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s*(?:of\s+)?{_WORD}{_YEAR}", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"{_WORD}\s*(?P<day>\d{{1,2}})(?!\d|[./]\d)(?:st|nd|rd|th)?{_YEAR}", re.IGNORECASE)
_NAME = re.compile(_WORD)
_BARE_DAY = re.compile(r"(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th)?\.?", re.IGNORECASE)
_BARE_DAY_OF_YEAR = re.compile(rf"{_BARE_DAY.pattern}{_YEAR}", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:\.{2,3}|…|-|–|—)\s*|\s+(?:do|to|till|until|through|thru|до)\s+(?=\S)", re.IGNORECASE)
_FROM = re.compile(r"(?:od|from|on|we?|u|од|у)\s+(?=\S)", re.IGNORECASE)
_UNTIL = re.compile(r"(?:do|to|till|until|до)\s+(?=\S)", re.IGNORECASE)
_ENDS = re.compile(r"[\s,;:]|$")
# "Fri next week" is not the next Friday; which one it is, she had better say by its date.
_OTHER_WEEK = re.compile(
    r",?\s+(?:(?:in|za)\s+(?:\w+\s+)?(?:week|tydz|tyg|nedel)|(?:w\s+)?(?:przyszl|nastepn)|(?:after\s+)?next\b"
    r"|sledec|naredn|iduc)"
)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as it is written: so many days ahead, or the next weekday (0 is Monday), or day and month. `end` is where
    it ends in the text."""

    end: int
    ahead: int | None = None
    weekday: int | None = None
    day: int = 0
    month: int = 0
    year: int | None = None
    is_month_first: bool = False

    @property
    def is_without_year(self) -> bool:
        return self.ahead is None and self.weekday is None and self.year is None

    def on(self, since: date) -> date:
        """The first such day from `since` on. Raises ValueError for one that there is not."""
        if self.ahead is not None:
            return _after(since, self.ahead)
        if self.weekday is not None:
            return _after(since, (self.weekday - since.weekday()) % WEEK)
        return _next(self.day, self.month, since) if self.year is None else date(self.year, self.month, self.day)


def absence_dates(text: str, locale: Locale, today: date) -> tuple[date, date, str]:
    """The first and the last day, both included, and what is written behind them.

    Raises ValueError where no days can be read, or where they run backwards.
    """
    written = text.strip()
    written = written[begun.end() :] if (begun := _FROM.match(written)) else written
    first_on, last_on, end = _span(written, locale, today)
    if not timedelta(0) <= last_on - first_on <= LONGEST:
        raise ValueError(f"nobody is away from {first_on} to {last_on}")
    said = written[end:].strip(" \t\n,;:-–—")
    if _begins_with_a_date(said, locale):
        raise ValueError(f"{text!r} names days that cannot be told apart")
    return first_on, last_on, said


def _span(written: str, locale: Locale, today: date) -> tuple[date, date, int]:
    """The days that the text begins with, and where they end in it."""
    for first in _days(written, 0, locale):
        if (dash := _DASH.match(written, first.end)) is None:
            continue
        for last in _days(written, dash.end(), locale):
            if _ENDS.match(written, last.end):
                return *_from_to(first, last, today), last.end
        number = _ended(_BARE_DAY_OF_YEAR, written, dash.end()) if first.is_month_first else None
        if number and int(number["day"]) >= first.day:  # "Dec 24-31", "Dec 24-31, 2026"
            year = int(number["year"]) if number["year"] else first.year
            last_on = replace(first, day=int(number["day"]), year=year).on(today)
            return last_on.replace(day=first.day), last_on, number.end()
    if (number := _BARE_DAY.match(written)) and (dash := _DASH.match(written, number.end())):  # "24-31 December"
        for last in _days(written, dash.end(), locale):
            if last.month and _ENDS.match(written, last.end):
                last_on = last.on(today)
                return last_on.replace(day=int(number["day"])), last_on, last.end
    for only in _days(written, 0, locale):
        if _ENDS.match(written, only.end):
            on = only.on(today)
            return on, on, only.end
    raise ValueError(f"{written!r} begins with no date")


def _from_to(first: _Day, last: _Day, today: date) -> tuple[date, date]:
    if not first.is_without_year:
        first_on = first.on(today)
        if last.weekday is not None:  # "Monday to Monday" is a week
            return first_on, last.on(_after(first_on, 1))
        return first_on, last.on(today if last.ahead is not None else max(first_on, today))
    if last.weekday is not None:
        first_on = first.on(today)
        return first_on, last.on(_after(first_on, 1))
    last_on = last.on(today)
    first_on = _latest(first.day, first.month, last_on)
    if last.is_without_year and last_on - first_on > LONGEST_WITHOUT_YEARS:
        raise ValueError(f"the days from {first_on} to {last_on} run backwards")
    return first_on, last_on


# --- one day --------------------------------------------------------------------------------------------------------


def _days(text: str, start: int, locale: Locale) -> Iterator[_Day]:
    """What may be a day at this place, the longest way to read it first."""
    yield from _dates(text, start, locale)
    if (found := _NAME.match(text, start)) is None:
        return
    word = fold(found["word"])
    weekday = _weekday(word, locale.language)
    if weekday is not None:
        # "Friday 4 December": the date decides.
        comma = re.compile(r",?\s+").match(text, found.end())
        yield from _dates(text, comma.end(), locale) if comma else ()
        if not _OTHER_WEEK.match(fold(text[found.end() :])):
            yield _Day(found.end(), weekday=weekday)
    if word in _NEAR:
        yield _Day(found.end(), ahead=_NEAR[word])


def _dates(text: str, start: int, locale: Locale) -> Iterator[_Day]:
    if found := _ISO.match(text, start):
        yield _Day(found.end(), day=int(found["day"]), month=int(found["month"]), year=int(found["year"]))
        return
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        if (found := pattern.match(text, start)) and (month := _month(fold(found["word"]), locale.language)):
            year = int(found["year"]) if found["year"] else None
            is_month_first = pattern is _MONTH_FIRST
            yield _Day(found.end(), day=int(found["day"]), month=month, year=year, is_month_first=is_month_first)
    if found := _NUMBERS.match(text, start):
        day, month = int(found["day"]), int(found["month"])
        if found["by"] == "/" and month > 12 >= day:
            day, month = month, day
        yield _Day(found.end(), day=day, month=month, year=int(found["year"]) % 100 + 2000 if found["year"] else None)


def _ended(pattern: re.Pattern[str], text: str, start: int) -> re.Match[str] | None:
    found = pattern.match(text, start)
    return found if found and _ENDS.match(text, found.end()) else None


def _begins_with_a_date(text: str, locale: Locale) -> bool:
    until = _UNTIL.match(text)
    start = until.end() if until else 0
    if until and (name := _NAME.match(text, start)) and _weekday(fold(name["word"]), locale.language) is not None:
        return True
    return any(_ENDS.match(text, each.end) for each in _dates(text, start, locale))


def _month(word: str, language: Language) -> int:
    """0 for what is no month."""
    for known in (language, Language.EN):
        for number, pattern in enumerate(_names(known, "months"), start=1):
            if pattern.fullmatch(word):
                return number
    return 0


def _weekday(word: str, language: Language) -> int | None:
    for number, pattern in enumerate(_names(language, "weekdays")):
        if pattern.fullmatch(word):
            return number
    return _WEEKDAYS[language].get(word)


@cache
def _names(language: Language, kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(names) for names in source(language)["time"][kind])


def _after(on: date, days: int) -> date:
    try:
        return on + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"there is no day {days} days after {on}") from None


def _next(day: int, month: int, since: date) -> date:
    """29 February may be years ahead."""
    for year in range(since.year, since.year + 9):
        try:
            if (on := date(year, month, day)) >= since:
                return on
        except ValueError:
            continue
    raise ValueError(f"there is no {day}.{month}.")


def _latest(day: int, month: int, until: date) -> date:
    for year in (until.year, until.year - 1):
        try:
            if (on := date(year, month, day)) <= until:
                return on
        except ValueError:
            continue
    raise ValueError(f"there is no {day}.{month}.")
