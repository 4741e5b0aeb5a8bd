"""Hours and days that are written as they are spoken: "a quarter to twelve", "kwadrans po jedenastej", "petnaestog".

They are put into digits before the moments of a text are looked for. Each keeps its length, so that places stay.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from triage_bot.reading.finding import Finder
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Language
from triage_bot.reading.openings import in_zeros, openings, pattern_in_zeros

_LONGEST_OPENING = 8
_AFTERNOON = range(1, 7)  # hours that nobody means of the night, unless she says so


class Spoken:
    """The spoken hours and days of one language; `words` is the section [time.spoken] of its lexicon."""

    def __init__(self, words: Mapping[str, Any], hours: Mapping[str, int], ending: str) -> None:
        self._minutes: Mapping[str, int] = words["minutes"]
        self._ordinals: Mapping[str, int] = words["ordinals"]
        self._hours = {name: (hour - 1) % 12 + 1 for name, hour in hours.items()}
        self._finder = Finder(words["hints"])
        minutes = rf"(?P<minutes>{_any(self._minutes)}|\d\d?)\b"
        hour = rf"(?P<hour>(?:{_any(self._hours)}){ending}|1?\d\b(?![:.,]\d))"
        ordinal = rf"(?P<ordinal>{_any(self._ordinals)})\b"
        fill = partial(_filled, values={"{minutes}": minutes, "{hour}": hour, "{ordinal}": ordinal})
        night = rf"(?! (?:{'|'.join(words['counted'])}))(?P<night> (?:{'|'.join(words['night'])}))?"
        self._shapes: list[tuple[str, Callable[..., str]]] = []
        self._patterns: dict[int, re.Pattern[str]] = {}  # of the shapes that were looked for
        self._by_opening: dict[str, set[int]] = {}
        self._digital: set[int] = set()  # those that can begin with a digit
        for shape, other in words["reworded"].items():
            self._add(shape, partial(_in_other_words, other=other))
        for sign, name in ((-1, "before"), (1, "after")):
            for shape in words[name]:
                self._add(fill(shape) + night, partial(self._clock, sign=sign))
        for shape in words["days"]:
            self._add(fill(shape), self._day)
        self._anywhere = frozenset(self._by_opening.pop("", ()))
        self._openings = Finder(self._by_opening)

    def in_digits(self, folded: str) -> tuple[str, list[tuple[int, int]]]:
        """The text, as long as before, and the places that were put into digits."""
        places: list[tuple[int, int]] = []
        if not self._finder.any_in(folded):
            return folded, places
        begun: dict[int, list[int]] = {}
        for place, opening in self._openings.every_place(in_zeros(folded)):
            for number in self._by_opening[opening]:
                begun.setdefault(number, []).append(place)
        for number, (shape, replaced) in enumerate(self._shapes):
            # None of those that follow begins with what another one writes, other than with a digit.
            anywhere = number in self._anywhere or (places and number in self._digital)
            if not anywhere and number not in begun:
                continue
            pattern = self._patterns.get(number) or self._patterns.setdefault(number, re.compile(shape))
            if anywhere or any(pattern.match(folded, place) for place in begun[number]):
                folded = pattern.sub(partial(replaced, places=places), folded)
        return folded, places

    def _add(self, shape: str, replaced: Callable[..., str]) -> None:
        for opening in openings(pattern_in_zeros(shape), _LONGEST_OPENING):
            self._by_opening.setdefault(opening, set()).add(len(self._shapes))
            if opening.startswith("0"):
                self._digital.add(len(self._shapes))
        self._shapes.append((shape, replaced))

    def _clock(self, match: "re.Match[str]", sign: int, places: list[tuple[int, int]]) -> str:
        named = match["hour"]
        hour = int(named) if named.isdigit() else self._hours[_longest(self._hours, named)]
        count = match["minutes"]
        minute = sign * (int(count) if count.isdigit() else self._minutes[count])
        if not 1 <= hour <= 23 or not -60 < minute < 60:
            return match[0]
        hour, minute = (hour - 1, minute + 60) if minute < 0 else (hour, minute)
        if hour in _AFTERNOON and not match["night"]:
            hour += 12
        places.append(match.span())
        start, end = match.start("night" if match["night"] else 0), match.end()
        tail = match.string[start:end] if match["night"] else ""
        return f"{hour:0{2 if tail else 1}}:{minute:02}".rjust(end - match.start() - len(tail)) + tail

    def _day(self, match: "re.Match[str]", places: list[tuple[int, int]]) -> str:
        whole = match[0]
        places.append(match.span("ordinal"))
        start, end = (place - match.start() for place in match.span("ordinal"))
        return whole[:start] + f"{self._ordinals[match['ordinal']]}th".rjust(end - start) + whole[end:]


def _in_other_words(match: "re.Match[str]", other: str, places: list[tuple[int, int]]) -> str:
    places.append(match.span())
    return other.format(**match.groupdict()).rjust(len(match[0]))


def _any(names: Mapping[str, int]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


def _longest(names: Mapping[str, int], word: str) -> str:
    return max((name for name in names if word.startswith(name)), key=len)


def _filled(shape: str, values: Mapping[str, str]) -> str:
    for name, pattern in values.items():
        shape = shape.replace(name, pattern)
    return shape


@cache
def spoken(language: Language) -> Spoken:
    words: Mapping[str, Any] = lexicon(language).time
    return Spoken(words["spoken"], words["hour_names"], words["hour_name_end"])
