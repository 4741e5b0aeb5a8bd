"""What a writer takes back, corrects, or counts from a day named before: "not tomorrow, Friday", "the day before"."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from triage_bot.reading.finding import Sought
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Language
from triage_bot.reading.moment import Marker, Moment

_NEAR = 60  # characters: what is named further on is named for a reason of its own
_PLACES_BEFORE = 160
_TIMES_AFTER = 30
_RANGE = r"(?<![\d.:])\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]m|h)?\s?-\s?\d{1,2}(?:[:.]\d\d|\s?[ap]m\b|\s?h\b)"
_TO = re.compile(r"\s*(?:-|to)\s*")
_WHOSE_DAYS = r"(?:\b[a-z]{2,12}\.?(?:\s?-\s?[a-z]{2,12}\.?)?[,:]?\s)?"


class Corrections:
    """The words of one language that change the moments beside them; `words` is the section [time] of its lexicon."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._taken_back = re.compile(rf"(?<!\w)(?:{_any(words['taken_back'])})\s*\Z")
        not_before = rf"\b(?:{_any(words['not_before'])})"
        self._not_before = Sought(not_before)
        self._instead = re.compile(rf"(?:[^\n]{{0,30}}[,.;!(-]\s*|\W*)(?:{_any(words['instead'])})\W*")
        self._latest = re.compile(rf"\W{{0,3}}(?:{_any(words['latest_after'])})")
        self._day_later = re.compile(rf"[\s,;.-]*(?:{_any(words['day_later'])})")
        self._numbers: Mapping[str, int] = words["numbers"]
        number = "|".join([r"\d\d?", *filter(str.isalnum, self._numbers)])
        counted = {
            rf"\b(?:{_any(words[name])})".replace("{number}", number): days
            for name, days in (("day_before", 1), ("days_before", 0), ("week_before", 7))
        }
        self._counted = [(Sought(pattern), days) for pattern, days in counted.items()]
        self._their_time = re.compile(rf"\b(?:{_any(words['their_time'])})")
        self._places = [(re.compile(rf"\b(?:{name})"), zone) for name, zone in words["places"].items()]
        opens, closes = _any(words["opens"]), _any(words["closes"])
        self._ranges = re.compile(rf"{_WHOSE_DAYS}{_RANGE}")
        self._open = re.compile(rf"\b(?:{_any(words['opening_hours'])})")
        pair = rf"\b(?:{opens})\b[^.\n]{{0,12}}\d[^.\n]{{0,15}}\b(?:{closes})\b[^.\n\d]{{0,12}}\d"
        self._pair = Sought(pair)
        self._rare = Sought("|".join([not_before, *counted, pair]))  # any of what is sought alone

    def applied(self, moments: list[Moment], folded: str) -> list[Moment]:
        """Those that are meant, each with the marker, the day and the zone that the words beside it give it."""
        if not moments:
            return moments
        rare = self._rare.may_hold(folded)
        moments = _without_ends(moments, folded)
        if rare or "-" in folded:
            moments = self._of_others(moments, folded)
        moments = list(self._kept(moments, folded))
        moments = [self._placed(self._sharpened(moment, folded), folded) for moment in moments]
        return self._from_named_days(moments, folded) if rare else moments

    def _of_others(self, moments: list[Moment], folded: str) -> list[Moment]:
        """Without those at which a thing may begin at the earliest, and without opening hours."""
        earliest = [match.span() for match in self._not_before.finditer(folded)]
        ranges = [match.span() for match in self._ranges.finditer(folded)] if "-" in folded else []
        if len(ranges) == 1 and not self._open.search(folded):
            ranges = []
        pairs = [match.span() for match in self._pair.finditer(folded)]
        return [
            moment
            for moment in moments
            if not any(start <= moment.start <= end + 1 for start, end in earliest)
            and not any(start < moment.end and moment.start < end for start, end in pairs)
            and (moment.marker is Marker.BY or not any(s < moment.end and moment.start < e for s, e in ranges))
        ]

    def _kept(self, moments: list[Moment], folded: str) -> Iterator[Moment]:
        """Without those that are taken back; what stands in their place is a deadline as they were."""
        promoted: Moment | None = None
        for number, found in enumerate(moments):
            moment = found
            if promoted is not None and found.start - promoted.end <= _NEAR and found.marker is not Marker.SINCE:
                moment = replace(found, marker=Marker.BY, day=found.day or promoted.day)
            promoted = None
            following = moments[number + 1] if number + 1 < len(moments) else None
            if following is not None and self._gives_way(moment, following, folded):
                promoted = moment if not (following.day and moment.day) else replace(moment, day=None)
                continue
            if not self._taken_back.search(folded, max(0, moment.start - 40), moment.start):
                yield moment
                continue
            later = self._day_later.match(folded, moment.end)
            if later and moment.day:
                yield replace(moment, end=later.end(), marker=Marker.BY, day=moment.day + timedelta(days=1))
            else:
                promoted = replace(moment, day=None)

    def _gives_way(self, moment: Moment, following: Moment, folded: str) -> bool:
        same = (moment.day and following.day) or (moment.hour and following.hour)
        near = following.start - moment.end <= _NEAR
        return bool(same and near and self._instead.fullmatch(folded, moment.end, following.start))

    def _sharpened(self, moment: Moment, folded: str) -> Moment:
        """ "Three at the latest"."""
        if moment.marker in (Marker.BY, Marker.SINCE) or not self._latest.match(folded, moment.end):
            return moment
        return replace(moment, marker=Marker.BY)

    def _placed(self, moment: Moment, folded: str) -> Moment:
        """ "9am their time": of the place named last before it."""
        if (
            moment.hour is None
            or moment.zone
            or not self._their_time.search(folded, moment.start, moment.end + _TIMES_AFTER)
        ):
            return moment
        start = max(0, moment.start - _PLACES_BEFORE)
        named = [
            (match.start(), zone)
            for place, zone in self._places
            for match in place.finditer(folded, start, moment.start)
        ]
        return replace(moment, zone=max(named)[1]) if named else moment

    def _from_named_days(self, moments: list[Moment], folded: str) -> list[Moment]:
        """ "The exam is on Friday; I need it the day before": Thursday, and the exam itself is no deadline."""
        for shape, days in self._counted:
            for match in shape.finditer(folded):
                before = [m for m in moments if m.end <= match.start() and m.day]
                count = days or self._count(match)
                if not before or not count:
                    continue
                event = before[-1]
                assert event.day is not None
                day = event.day - timedelta(days=count)
                counted = Moment(match.start(), match.end(), Marker.BY, day=day)
                moments = sorted([*(m for m in moments if m is not event), counted], key=lambda moment: moment.start)
        return moments

    def _count(self, match: "re.Match[str]") -> int:
        return self._number(match["days"]) if match["days"] else 7 * self._number(match["weeks"])

    def _number(self, word: str) -> int:
        return int(word) if word.isdecimal() else self._numbers[word]


def _without_ends(moments: list[Moment], folded: str) -> list[Moment]:
    """Without the hours at which something that began at another ends: "10:00 to 12:00"."""
    ends = {
        number
        for number, (begin, end) in enumerate(pairwise(moments), 1)
        if begin.hour and end.hour and end.day is None and _TO.fullmatch(folded, begin.end, end.start)
    }
    return [moment for number, moment in enumerate(moments) if number not in ends]


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True)) or "(?!)"


@cache
def corrections(language: Language) -> Corrections:
    return Corrections(lexicon(language).time)
