"""Until when somebody is away, read from her automatic reply."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from triage_bot.core.machine_text import lexicon, own_text

AWAY = "away"
"""Code of the reason that says of an automatic reply until when its sender is away."""
FURTHEST = timedelta(days=400)
"""A date beyond this is a copyright, a contract, a typing error: not a return."""

_ISO = re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b")
_NUMBERS = re.compile(
    r"(?<![\d.,/])(?P<day>\d{1,2})\s?[./]\s?(?P<month>\d{1,2})(?:\s?[./]\s?(?P<year>20\d\d|\d\d)(?!\d))?(?![\d:%])"
)
_DAY_FIRST = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? (?P<name>[a-z]{3,12})\b\.?,?(?: (?P<year>20\d\d))?"
)
_MONTH_FIRST = re.compile(r"\b(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,? (?P<year>20\d\d))?")


def returns_on(text: str, sent_on: date) -> date | None:
    """The last date that stands behind "until", "back on" and their like; None where none can be told.

    Whether she is back on that day or on the next one is left as she wrote it. A date without a year is the next one
    from `sent_on`.
    """
    own = own_text(text)
    return max(_dates(own, sent_on), default=None)


def _dates(text: str, sent_on: date) -> Iterator[date]:
    for pattern in (_ISO, _NUMBERS, _DAY_FIRST, _MONTH_FIRST):
        for found in pattern.finditer(text):
            if not _lead().search(text[max(0, found.start() - 40) : found.start()]):
                continue
            named = found.groupdict()
            months = lexicon()["return"]["months"]
            month = months.get(named["name"], 0) if "name" in named else int(named["month"])
            when = _date(int(named["day"]), month, named["year"], sent_on)
            if when is not None and sent_on <= when <= sent_on + FURTHEST:
                yield when


@cache
def _lead() -> re.Pattern[str]:
    """The word may be parted from the date by a weekday: "until Friday, 27 November". A range says it with a dash."""
    words = "|".join(sorted(map(re.escape, lexicon()["return"]["before"]), key=len, reverse=True))
    return re.compile(rf"(?:\b(?:{words})(?: the)?(?: [a-z]{{1,13}},?){{0,2}}|\d\.?|[a-z])\s?(?<!:)(?:-\s?|(?<=\s))$")


def _date(day: int, month: int, year: str | None, sent_on: date) -> date | None:
    if month > 12 >= day:  # 11/27 as Americans write it
        day, month = month, day
    try:
        if year:
            return date(int(year) % 100 + 2000, month, day)
        when = date(sent_on.year, month, day)
        return when if when >= sent_on else date(sent_on.year + 1, month, day)
    except ValueError:
        return None
