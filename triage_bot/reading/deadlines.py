"""Which of the moments in a text is the deadline: the latest at which the client needs the result.

By the rules a moment after "by" is one wherever it stands, and a day or an hour of an event if something must be ready
for it. The date of the thing itself (a table for 25 June, an invoice of 3 March, open from 9 to 17) is none, unless
that hour is so close that the task would come too late. How far the rules are to be believed is weighed with all that
stands around the moment.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from triage_bot.reading.due_signs import due_signs
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Deadline, Kind, Language
from triage_bot.reading.moment import Marker, Moment
from triage_bot.reading.moments import at, find
from triage_bot.reading.phrases import Found
from triage_bot.reading.weighing import due_weight
from triage_bot.reading.words import Words

_AT_ITS_BEGINNING = 2  # characters: "for tomorrow we need ..." says when, whatever it is that is needed
_CLOSE = timedelta(hours=6)
_MOST_WEIGHED = 40  # moments: who names more sends a timetable
# Logarithms of odds from which on it is one: lower than in the examples, which hold more dates of things.
DUE_BY_RULES, DUE = -1.7, 0.6
COUNTS = "(counts)"
"""Among what is noticed about a moment: that it is a deadline by the rules."""


class Candidate(NamedTuple):
    """A moment of the text that has not passed. `noticed` names what the rules make of it."""

    at: date | datetime
    moment: Moment
    noticed: tuple[str, ...]

    def signs(self, words: Words, found: Found, sent_at: datetime) -> Iterator[str]:
        """All that is weighed."""
        return due_signs(self.moment, self.at, self.noticed, words, found, sent_at)


class Wants(NamedTuple):
    """What the message is known to want, apart from when."""

    asks: bool = False  # something is to be done; without that only what stands after "by" counts
    may_ask: bool = False  # it does not say so, but then what stands after "for" counts too
    undoes: bool = False  # it calls something off, whose day is no deadline
    passed_on: bool = False  # to be dealt with: what expires in it counts
    pressed: bool = False  # harm is being done: when an office closes is the deadline then
    kind: Kind | None = None
    chat: bool = False

    def noticed(self) -> tuple[str, ...]:
        names = [name for name in ("asks", "may_ask", "undoes", "pressed", "chat") if getattr(self, name)]
        return (*(f"({name})" for name in names), f"(kind {self.kind})")


def deadline(words: Words, found: Found, language: Language, sent_at: datetime, wants: Wants) -> Deadline | None:
    """The earliest of those that count: by all signs weighed together; in what is passed on, by the rules alone."""
    due = []
    for candidate in candidates(words, found, language, sent_at, wants)[:_MOST_WEIGHED]:
        counts = COUNTS in candidate.noticed
        if not wants.passed_on:
            counts = due_weight(candidate.signs(words, found, sent_at)) > (DUE_BY_RULES if counts else DUE)
        if counts:
            due.append(candidate)
    if any(isinstance(candidate.at, datetime) for candidate in due):
        due = [candidate for candidate in due if not _is_weak(candidate.moment)]
    if not due:
        return None
    first = min(due, key=lambda candidate: _end(candidate.at, sent_at))
    return Deadline(first.at, words.spelt_folded(first.moment.start, first.moment.end))


def candidates(words: Words, found: Found, language: Language, sent_at: datetime, wants: Wants) -> list[Candidate]:
    """In the order of the text."""
    moments = [_of_a_departure(moment, words, found) for moment in find(words.folded, language, sent_at)]
    ahead = [(resolved, moment) for moment in moments if (resolved := at(moment, sent_at)) is not None]
    last = len(ahead) - 1
    named = []
    for number, (resolved, moment) in enumerate(ahead):
        noticed = {
            COUNTS: _counts(moment, resolved, words, found, language, sent_at, wants),
            "(weak)": _is_weak(moment),
            "(told)": _is_told(moment, words, found),
            "(hours of a thing)": _is_span_of_time(moment, language, words.folded),
            "(first)": number == 0,
            "(last)": number == last,
            "(alone)": last == 0,
        }
        names = [name for name, holds in noticed.items() if holds]
        named.append(Candidate(resolved, moment, (*names, *wants.noticed())))
    return named


def _is_weak(moment: Moment) -> bool:
    """A bare "today" beside the hour of an event."""
    return moment.relative and moment.hour is None and (moment.marker is not Marker.BY or moment.evening)


def _is_told(moment: Moment, words: Words, found: Found) -> bool:
    """An event beside a deadline: "we met at 10; the minutes by Thursday, please"."""
    if moment.marker not in (Marker.AT, Marker.NONE) or moment.exact or moment.period or moment.end_of_day:
        return False
    sentence = words.sentence(words.in_row(moment.start))
    return not any(_has(concept, found, sentence) for concept in ("task", "ready_by", "haste", "immediate", "harm"))


def _of_a_departure(moment: Moment, words: Words, found: Found) -> Moment:
    """Lorries and trains leave at six in the morning."""
    early = moment.hour is not None and not moment.sure and 4 <= moment.hour.hour <= 7 and not moment.evening
    if not early or moment.day is None:
        return moment
    leaves = _has("departure", found, words.sentence(words.in_row(moment.start)))
    return replace(moment, morning=True) if leaves else moment


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
    wants: Wants,
) -> bool:
    soon = isinstance(resolved, datetime) and resolved - sent_at <= _CLOSE
    if _is_span_of_time(moment, language, words.folded):
        in_time = wants.pressed or _has("ready_by", found, (0, len(words.row)))  # "we open at 12, the list must be up"
        if not (soon and in_time):
            return False
    if moment.marker is Marker.SINCE:
        return False
    row_start = words.in_row(moment.start)
    sentence = words.sentence(row_start)
    if _has("not_by", found, sentence):
        return False
    if wants.undoes and moment.period and moment.hour is None:
        return False  # "call off next week's lesson"
    if moment.marker is Marker.FOR and row_start - sentence[0] <= _AT_ITS_BEGINNING:
        return wants.asks or wants.may_ask
    if moment.marker is Marker.BY and moment.exact is None:
        return True
    if not wants.asks:
        return _counts_unasked(moment, soon, sentence, words, found, wants)
    if moment.exact is not None or moment.period or moment.end_of_day:
        return True
    if moment.hour and not moment.day and not moment.sure and not soon and _has("past", found, sentence):
        return False  # "rang at 8:10", written at 8:30
    written_up = moment.marker is Marker.FOR and _has("task", found, sentence)  # "we met, the minutes for Monday"
    if not (moment.relative or soon or moment.hour or written_up) and _has("past", found, sentence):
        return False
    if wants.undoes or (_has("booking", found, sentence) and not _has("booking_off", found, sentence)):
        return soon or (moment.relative and _has("ready_by", found, (0, len(words.row))))
    return True


def _counts_unasked(
    moment: Moment, soon: bool, sentence: tuple[int, int], words: Words, found: Found, wants: Wants
) -> bool:
    """Where nothing is asked for in so many words: the hour by which things must be in order."""
    fixed = moment.exact is None and not moment.period and not moment.end_of_day
    if not moment.period and (wants.passed_on or wants.may_ask) and _has("expires", found, sentence):
        return True
    if fixed and wants.may_ask and moment.marker is Marker.FOR:
        return True
    if _has("could_you", found, sentence) and not _has("wh", found, sentence):
        return not fixed or (moment.relative and not _has("booking", found, sentence))
    if wants.passed_on or wants.undoes:
        return False
    return (soon or moment.day is not None or moment.this_afternoon or not fixed) and _has(
        "ready_by", found, (0, len(words.row))
    )


def _is_span_of_time(moment: Moment, language: Language, folded: str) -> bool:
    """ "From 9 to 5", "open until 18": hours of a thing."""
    if moment.marker not in (Marker.BY, Marker.AT, Marker.NONE):
        return False
    if moment.marker is Marker.BY and language is Language.EN:
        return False  # "by" ends no span: that is "until"
    shape, away, until = _open(language)
    before = folded[max(0, moment.start - 28) : moment.start]
    match = shape.search(before)
    if match is None:
        return away.search(before) is not None and until.match(folded, moment.start) is not None
    return not any(character == "%" for character in match[0]) and _MONEY.search(match[0]) is None


_MONEY = re.compile(r"\d\s(?:zl|pln|eur|evr|din|rsd|usd|gbp|pounds|dollars)")


@cache
def _open(language: Language) -> "tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]":
    words = lexicon(language).time
    ending = r"(?:[^\S\n]+[\w:.]+){0,2}[^\S\n]*-?\s*$"
    shapes = (re.compile(rf"\b(?:{'|'.join(words[name]) or '(?!)'}){ending}") for name in ("until_open", "until_away"))
    first, second = shapes
    return first, second, re.compile("|".join(words["until"]) or "(?!)")


def _has(concept: str, found: Found, place: tuple[int, int]) -> bool:
    return any(place[0] <= start < place[1] for start, _ in found.get(concept, ()))
