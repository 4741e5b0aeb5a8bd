"""Where in a text a day or an hour can begin, found in one pass: there, and only there, the grammar is tried."""

import re
from collections.abc import Iterator

import ahocorasick

from triage_bot.reading.openings import openings

_LONGEST = 5  # letters of a word that are looked for
_DIGITS = "0123456789"
_DIGIT = re.compile(r"\d")
_GAP = re.compile(r"\W")
_GAPS = "".join([" " if _GAP.match(char) else char for char in map(chr, range(128))]).encode().ljust(256)
_ANYWHERE = re.compile(r"\b\w|\d|@")
_LETTERS = re.compile(r"\w*")


class Beginnings:
    """The beginnings of two patterns: of the words of time, and of whole moments with the words before them."""

    def __init__(self, hints: str, moments: str) -> None:
        hint_keys, _ = _keys(hints)
        moment_keys, self._signs = _keys(moments)
        self._anywhere = " " in hint_keys | moment_keys  # something can begin with any word
        moment_keys |= {f" {digit}" for digit in _DIGITS}
        # How far the end of the key lies behind the beginning of the word; whether it is a hint, whether a moment.
        leads = {key: (len(key) - 1, key in hint_keys, key in moment_keys) for key in hint_keys | moment_keys}
        leads |= dict.fromkeys(_DIGITS, (1, True, False))
        self._automaton = ahocorasick.Automaton()
        for key, lead in leads.items():
            self._automaton.add_word(key, lead)
        self._automaton.make_automaton()

    def find(self, folded: str) -> tuple[list[int], list[int]]:
        """The places where hints and where moments may begin, each in the order of the text."""
        if self._anywhere:
            places = [match.start() for match in _ANYWHERE.finditer(folded)]
            return places, places
        ascii = folded.isascii()
        words = folded.encode().translate(_GAPS).decode() if ascii else _DIGIT.sub("0", _GAP.sub(" ", folded))
        hints: list[int] = []
        moments: list[int] = []
        for end, (length, hint, moment) in self._automaton.iter(f" {words}"):
            if hint:
                hints.append(end - length)
            if moment:
                moments.append(end - length)
        for sign in self._signs:
            if sign in folded:
                moments = sorted([*moments, *(place for place, char in enumerate(folded) if char == sign)])
        return hints, moments


def _keys(pattern: str) -> tuple[set[str], set[str]]:
    """Words, or the beginnings of words, behind a space; and signs that are no letters."""
    words: set[str] = set()
    signs: set[str] = set()
    for opening in openings(pattern, _LONGEST):
        match = _LETTERS.match(opening)
        word = match[0] if match else ""
        if word or not opening:
            words.add(f" {word}" if word == opening else f" {word} ")
        else:
            signs.add(opening[0])
    return set(_cut(words)), signs


def _cut(words: set[str]) -> Iterator[str]:
    """Without those of which another is the beginning, so that no place is found twice."""
    for word in words:
        if not any(word[:length] in words for length in range(1, len(word))):
            yield word
