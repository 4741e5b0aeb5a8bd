"""Which language and script a message is written in.

Every word that a lexicon knows counts for its language, the less the more languages know it; letters that only one of
them has count, and the client's usual language decides where the text does not ("ok", "?", a number).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import ahocorasick

from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import source
from triage_bot.reading.model import Language, Locale, Script
from triage_bot.reading.numbers import Numbers
from triage_bot.reading.remembered import Remembered
from triage_bot.reading.words import Words

_LONGEST = 2_000  # the beginning of a text shows its language
_CYRILLIC = 0x04  # the upper byte of these letters, U+0400 to U+04FF, in UTF-16
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_POLISH = "ąęłńśźżĄĘŁŃŚŹŻó"
_SERBIAN = "čđšžČĐŠŽ"
_WORD_OF_PHRASE = re.compile(r"[^\s(){}|?]+")
_LANGUAGES = tuple(Language)
_PRIOR = 1.1
_MOST_WORDS = 8_000  # remembered
_WEIGHTS = (0.0, 2.0, 0.25, 0.06, 1.0)
"""Of a key that a language lacks, that is one of its telling words, endings or parts, that stands in its phrases."""

_NOTHING = (0.0,) * len(_LANGUAGES)
_Shares = tuple[tuple[Language, float], ...]


def detect(text: str, words: Words, prior: Locale) -> tuple[Language, Script]:
    """`words` are those of the text, perhaps with a subject before it."""
    sample = text[:_LONGEST]
    cyrillic = 0 if sample.isascii() else sample.encode("utf-16-le", "surrogatepass")[1::2].count(_CYRILLIC)
    if cyrillic and cyrillic >= len(_LATIN.findall(sample)):
        return Language.SR, Script.CYRILLIC
    scores = _scores(words)
    scores[prior.language] += _PRIOR
    if not sample.isascii():
        scores[Language.PL] += 3 * sum(map(sample.count, _POLISH))
        scores[Language.SR] += 2 * sum(map(sample.count, _SERBIAN)) + cyrillic
    # The first of equals is the prior's own: max() keeps it when it stands first.
    order = sorted(_LANGUAGES, key=lambda language: language is not prior.language)
    return max(order, key=scores.__getitem__), Script.LATIN


def _scores(words: Words) -> dict[Language, float]:
    # A key lies within one word and the spaces around it, and most of what people write is words seen before.
    whole, cut = words.each, ""
    if len(words.row) > _LONGEST:
        *whole, cut = words.row[:_LONGEST].split(" ")
    weights = [_NOTHING, *map(_words().__getitem__, whole)]
    if cut:
        weights.append(_weigh(f" {cut}"))
    return dict(zip(_LANGUAGES, map(sum, zip(*weights, strict=True)), strict=True))


@cache
def _words() -> Remembered[tuple[float, ...]]:
    return Remembered(lambda word: _weigh(f" {word} "), _MOST_WORDS)


def _weigh(row: str) -> tuple[float, ...]:
    scores = dict.fromkeys(_LANGUAGES, 0.0)
    for weights in _table().held(row):
        for language, weight in weights:
            scores[language] += weight
    return tuple(scores.values())


class _Table:
    """Weights by key. Beginnings of words and whole words, of which there are many thousands, are kept by their
    hashes; the few parts and endings in an automaton."""

    def __init__(self, levels: Mapping[str, int]) -> None:
        """`levels` are numbers to the base of `_WEIGHTS`, a digit for each language."""
        numbers = {level: number for number, level in enumerate(dict.fromkeys(levels.values()), 1)}
        self._weights = [(), *map(_weights, numbers)]
        beginnings = {key: numbers[level] for key, level in levels.items() if key[0] == " "}
        self._longest = max(map(len, beginnings))
        self._numbers = Numbers(beginnings)
        self._parts = ahocorasick.Automaton()
        for key, level in levels.items():
            if key not in beginnings:
                self._parts.add_word(key, (len(key), self._weights[numbers[level]]))
        self._parts.make_automaton()

    def held(self, row: str) -> list[_Shares]:
        """What the keys weigh that a row of one word holds, in the order in which they end, of equals the longer
        first: sums of fractions are the same only in the same order."""
        beginnings = self._numbers.beginnings(row, self._longest)
        found = [(length, -length, self._weights[number]) for length, number in beginnings]
        parts = [(last + 1, -length, weights) for last, (length, weights) in self._parts.iter(row)]
        return [weights for _, _, weights in (sorted(found + parts) if parts else found)]


@cache
def _table() -> _Table:
    levels: dict[str, int] = {}
    for number, language in enumerate(_LANGUAGES):
        unit = len(_WEIGHTS) ** number
        for key, level in _keys(language):
            known = levels.get(key, 0)
            if known // unit == 0:
                levels[key] = known + level * unit
    return _Table(levels)


def _weights(levels: int) -> _Shares:
    """The less for each the more languages share it."""
    digits = [levels // len(_WEIGHTS) ** number % len(_WEIGHTS) for number in range(len(_LANGUAGES))]
    shared = sum(map(bool, digits)) ** 1.5
    return tuple(
        (language, _WEIGHTS[digit] / shared) for language, digit in zip(_LANGUAGES, digits, strict=True) if digit
    )


def _keys(language: Language) -> Iterator[tuple[str, int]]:
    """Keys and their places in `_WEIGHTS`, of equals the first counts."""
    data = source(language)
    words = data["language"]
    yield from ((f" {fold(word)} ", 1) for word in words["words"] if " " not in word)
    yield from ((f"{fold(ending)} ", 2) for ending in words["endings"])
    yield from ((fold(part), 3) for part in words["parts"])
    yield from ((key, 4) for key in _keys_of_phrases(data))


def _keys_of_phrases(data: Mapping[str, Any]) -> Iterator[str]:
    """The words and stems of the language's own phrases, as keys of the row."""
    for phrases in (*data["classes"].values(), *data["phrases"].values()):
        for word in dict.fromkeys(_WORD_OF_PHRASE.findall(fold("\n".join(phrases)))):
            stem = word.rstrip("*")
            if len(stem) >= 3 and stem.isalpha():
                yield f" {stem}" if word != stem and len(stem) > 4 else f" {stem} "
