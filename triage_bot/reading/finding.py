"""Many phrases or patterns looked for in a text at once, in one pass."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import ahocorasick

from triage_bot.reading.openings import in_zeros, openings, pattern_in_zeros

_LONGEST_OPENING = 12


class Finder:
    """Plain phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for phrase in phrases:
            self._automaton.add_word(phrase, phrase)
        self._automaton.make_automaton()

    def places(self, text: str) -> dict[str, int]:
        """Where each phrase that the text holds stands first."""
        places: dict[str, int] = {}
        for end, phrase in self._automaton.iter(text):
            if phrase not in places:
                places[phrase] = end - len(phrase) + 1
        return places

    def every_place(self, text: str) -> list[tuple[int, str]]:
        """Each place at which a phrase stands, in the order of the text."""
        found = [(end - len(phrase) + 1, phrase) for end, phrase in self._automaton.iter(text)]
        found.sort()
        return found

    def any_in(self, text: str) -> bool:
        return next(self._automaton.iter(text), None) is not None


class Sought:
    """A pattern that is tried only where a text holds what it can begin with: a list of words, most of which no text
    holds, is looked for in a tenth of the time, and mostly need not even be compiled."""

    def __init__(self, pattern: str) -> None:
        self._written = pattern
        heads = openings(pattern, _LONGEST_OPENING)
        self._in_zeros = "" in heads
        if self._in_zeros:  # it can begin with a digit
            heads = openings(pattern_in_zeros(pattern), _LONGEST_OPENING)
        self._heads: ahocorasick.Automaton | None = None
        if heads and "" not in heads:
            self._heads = ahocorasick.Automaton()
            for head in heads:
                self._heads.add_word(head, len(head) - 1)
            self._heads.make_automaton()

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        return re.compile(self._written)

    def may_hold(self, text: str) -> bool:
        """Whether what the pattern can begin with is there."""
        return self._heads is None or next(self._heads.iter(self._seen(text)), None) is not None

    def finditer(self, text: str) -> "Iterator[re.Match[str]]":
        if self._heads is None:
            yield from self._pattern.finditer(text)
            return
        done = 0
        for place in self._places(self._heads, text):
            if place >= done and (match := self._pattern.match(text, place)):
                done = match.end()
                yield match

    def search(self, text: str, start: int = 0) -> "re.Match[str] | None":
        if self._heads is None:
            return self._pattern.search(text, start)
        for place in self._places(self._heads, text):
            if place >= start and (match := self._pattern.match(text, place)):
                return match
        return None

    def _places(self, heads: "ahocorasick.Automaton", text: str) -> list[int]:
        """Where the pattern can begin, in order."""
        places = [last - more for last, more in heads.iter(self._seen(text))]
        places.sort()
        return places

    def _seen(self, text: str) -> str:
        return in_zeros(text) if self._in_zeros else text


class PatternFinder:
    """Patterns that begin with plain letters: each is tried only where the text holds those."""

    def __init__(self, patterns: Iterable[str]) -> None:
        by_opening: dict[str, list[re.Pattern[str]]] = {}
        for pattern in patterns:
            compiled = re.compile(pattern)
            for opening in openings(pattern, _LONGEST_OPENING):
                if not opening:
                    raise ValueError(f"{pattern!r} does not begin with a letter")
                by_opening.setdefault(opening, []).append(compiled)
        self._automaton = ahocorasick.Automaton()
        for opening, compiled_ones in by_opening.items():
            self._automaton.add_word(opening, (len(opening) - 1, tuple(compiled_ones)))
        self._automaton.make_automaton()

    def any_in(self, text: str) -> bool:
        return any(
            pattern.match(text, end - length)
            for end, (length, patterns) in self._automaton.iter(text)
            for pattern in patterns
        )
