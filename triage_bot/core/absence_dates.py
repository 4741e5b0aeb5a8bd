"""The days that she writes when she says that she is away: "1.12-5.12 na szkoleniu", "2026-12-01..2026-12-05", "24.12".

Also "od 1.12 do 5.12" and "from 1.12 to 5.12". The day stands before the month in every language of hers, also in
English, as her digests write it; there is no month after the twelfth, so that "12/25" is read all the same. A date
without a year is the next one; of a span without years the last day is, so that one that runs already is this one.
"""

import re
from datetime import date, timedelta

from triage_bot.reading.fold import fold
from triage_bot.reading.model import Locale

LONGEST = timedelta(days=370)
"""A longer absence is a mistyped year."""
LONGEST_WITHOUT_YEARS = timedelta(days=300)
"""And one that names no year, of days that run backwards."""

_NEAR = {
    **dict.fromkeys(("today", "dzis", "dzisiaj", "danas"), 0),
    **dict.fromkeys(("tomorrow", "jutro", "sutra"), 1),
}
_ISO = r"\d{4}-\d{1,2}-\d{1,2}"
_NUMBERS = r"\d{1,2}[./]\d{1,2}(?:[./](?:20\d\d|\d\d)?)?(?!\d)"
_DATE = rf"(?:{_ISO}|{_NUMBERS}|[^\W\d]+)"
_DASH = r"(?:\s*(?:\.{2,3}|…|-|–|—)\s*|\s+(?:do|to|till|until|до)\s+)"
_FROM = re.compile(r"(?:od|from|од)\s+(?=\S)", re.IGNORECASE)
_DAYS_OF_ONE_MONTH = re.compile(rf"(?P<day>\d{{1,2}})\.?{_DASH}(?P<last>{_NUMBERS})")
_RANGE = re.compile(rf"(?P<first>{_DATE}){_DASH}(?P<last>{_DATE})(?=[\s,;:]|$)", re.IGNORECASE)
_BEGINS_WITH_A_DATE = re.compile(rf"(?:(?:do|to|till|until|до)\s+)?(?:{_ISO}|{_NUMBERS})(?=[\s,;:]|$)", re.IGNORECASE)
_ONE = re.compile(rf"(?P<first>{_DATE})(?=[\s,;:]|$)")


def absence_dates(text: str, locale: Locale, today: date) -> tuple[date, date, str]:
    """The first and the last day, both included, and what is written behind them.

    Raises ValueError where no days can be read, or where they run backwards.
    """
    written = text.strip()
    written = written[begun.end() :] if (begun := _FROM.match(written)) else written
    if found := _DAYS_OF_ONE_MONTH.match(written):
        last_on = _on(found["last"], today)
        first_on = last_on.replace(day=int(found["day"]))
    elif found := _RANGE.match(written):
        first_on, last_on = _from_to(found["first"], found["last"], today)
    elif found := _ONE.match(written):
        first_on = last_on = _on(found["first"], today)
    else:
        raise ValueError(f"{text!r} begins with no date")
    if not timedelta(0) <= last_on - first_on <= LONGEST:
        raise ValueError(f"nobody is away from {first_on} to {last_on}")
    said = written[found.end() :].strip(" \t\n,;:-–—")
    if _BEGINS_WITH_A_DATE.match(said):
        raise ValueError(f"{text!r} names days that cannot be told apart")
    return first_on, last_on, said


def _from_to(first: str, last: str, today: date) -> tuple[date, date]:
    if not _is_without_year(first):
        first_on = _on(first, today)
        return first_on, _on(last, max(first_on, today))
    last_on = _on(last, today)
    day, month = _numbers(first)
    first_on = _latest(day, month, last_on)
    if _is_without_year(last) and last_on - first_on > LONGEST_WITHOUT_YEARS:
        raise ValueError(f"the days from {first} to {last} run backwards")
    return first_on, last_on


def _is_without_year(written: str) -> bool:
    return re.fullmatch(_NUMBERS, written) is not None and len(_numbers(written)) == 2


def _on(written: str, since: date) -> date:
    """Raises ValueError for what is no date."""
    if (days := _NEAR.get(fold(written))) is not None:
        return since + timedelta(days=days)
    if re.fullmatch(_ISO, written):
        year, month, day = map(int, written.split("-"))
        return date(year, month, day)
    if not re.fullmatch(_NUMBERS, written):
        raise ValueError(f"{written!r} is no date")
    day, month, *named = _numbers(written)
    return date(named[0] % 100 + 2000, month, day) if named else _next(day, month, since)


def _numbers(written: str) -> list[int]:
    """The day, the month and, if it is named, the year."""
    numbers = [int(number) for number in re.split(r"[./]", written) if number]
    if "/" in written and numbers[1] > 12 >= numbers[0]:
        numbers[:2] = numbers[1::-1]
    return numbers


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
