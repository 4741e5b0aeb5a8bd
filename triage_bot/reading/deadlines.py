"""Which of the moments in a text is the deadline: the latest at which the client needs the result.

A moment after "by" is one wherever it stands. A day or an hour of an event is one if something must be ready for it.
The date of the thing itself (a table for 25 June, an invoice of 3 March, open from 9 to 17) is none, unless that hour
is so close that the task would come too late.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Deadline, Language
from triage_bot.reading.moments import at, find
from triage_bot.reading.phrases import Found
from triage_bot.reading.time_grammar import Marker, Moment
from triage_bot.reading.words import Words

_CLOSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Candidate:
    at: date | datetime
    moment: Moment
    weak: bool  # a bare "today" beside the hour of an event


def deadline(
    words: Words, found: Found, language: Language, sent_at: datetime, *, asks: bool, undoes: bool = False
) -> Deadline | None:
    """`asks`: the message wants something done; without that only what stands after "by" counts. `undoes`: it calls
    something off, whose day is no deadline."""
    candidates = []
    for moment in find(words.folded, language, sent_at):
        resolved = at(moment, sent_at)
        if resolved is None:
            continue
        weak = moment.relative and moment.hour is None and (moment.marker is not Marker.BY or moment.evening)
        if _counts(moment, resolved, words, found, language, sent_at, asks=asks, undoes=undoes):
            candidates.append(_Candidate(resolved, moment, weak))
    if any(isinstance(candidate.at, datetime) for candidate in candidates):
        candidates = [candidate for candidate in candidates if not candidate.weak]
    if not candidates:
        return None
    first = min(candidates, key=lambda candidate: _end(candidate.at, sent_at))
    return Deadline(first.at, words.spelt_folded(first.moment.start, first.moment.end))


def _end(moment: date | datetime, sent_at: datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(23, 59), sent_at.tzinfo)


def _counts(
    moment: Moment,
    resolved: date | datetime,
    words: Words,
    found: Found,
    language: Language,
    sent_at: datetime,
    *,
    asks: bool,
    undoes: bool,
) -> bool:
    before = words.folded[max(0, moment.start - 28) : moment.start]
    if _is_span_of_time(before, moment, language):
        return False
    if moment.marker is Marker.SINCE:
        return False
    row_start = words.in_row(moment.start)
    sentence = words.sentence(row_start)
    if _has("not_by", found, sentence):
        return False
    if moment.marker is Marker.BY or moment.period or moment.end_of_day:
        return asks or (moment.marker is Marker.BY and moment.exact is None)
    if not asks:
        return False
    soon = isinstance(resolved, datetime) and resolved - sent_at <= _CLOSE
    if not moment.relative and not soon and moment.hour is None and _has("past", found, sentence):
        return False
    if undoes or (_has("booking", found, sentence) and not _has("booking_off", found, sentence)):
        return soon or (moment.relative and _has("meeting_needs", found, (0, len(words.row))))
    return True


def _is_span_of_time(before: str, moment: Moment, language: Language) -> bool:
    """ "From 9 to 5", "open until 18": hours of a thing."""
    if moment.marker not in (Marker.BY, Marker.AT, Marker.NONE):
        return False
    if moment.marker is Marker.BY and language is Language.EN:
        return False  # "by" ends no span: that is "until"
    return _open(language).search(before) is not None


@cache
def _open(language: Language) -> "re.Pattern[str]":
    words = "|".join(lexicon(language).time["until_open"])
    return re.compile(rf"\b(?:{words})(?:\s+[\w:.]+){{0,2}}\s*-?\s*$")


def _has(concept: str, found: Found, place: tuple[int, int]) -> bool:
    return any(place[0] <= start < place[1] for start, _ in found.get(concept, ()))
