"""Many phrases or patterns looked for in a text at once, in one pass."""

import re
from collections.abc import Iterable

import ahocorasick

from triage_bot.reading.openings import openings

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

    def any_in(self, text: str) -> bool:
        return next(self._automaton.iter(text), None) is not None


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
