"""Which language and script a message is written in.

Every word that a lexicon knows counts for its language, the less the more languages know it; letters that only one of
them has count, and the client's usual language decides where the text does not ("ok", "?", a number).
"""

import re
from functools import cache

import ahocorasick

from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import source
from triage_bot.reading.model import Language, Locale, Script

_LONGEST = 2_000  # the beginning of a text shows its language
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_POLISH = "ąęłńśźżĄĘŁŃŚŹŻó"
_SERBIAN = "čđšžČĐŠŽ"
_WORD = re.compile(r"\(([^()]*)\)|([^\s(){}?]+)")
_LANGUAGES = tuple(Language)
_PRIOR = 1.1
_MOST_WORDS = 8_000  # remembered


def detect(text: str, row: str, prior: Locale) -> tuple[Language, Script]:
    """`row` is the text as `words.Words` lays it out."""
    sample = text[:_LONGEST]
    cyrillic = len(_CYRILLIC.findall(sample)) if not sample.isascii() else 0
    if cyrillic and cyrillic >= len(_LATIN.findall(sample)):
        return Language.SR, Script.CYRILLIC
    scores = _scores(row[:_LONGEST])
    scores[prior.language] += _PRIOR
    if not sample.isascii():
        scores[Language.PL] += 3 * sum(map(sample.count, _POLISH))
        scores[Language.SR] += 2 * sum(map(sample.count, _SERBIAN)) + cyrillic
    # The first of equals is the prior's own: max() keeps it when it stands first.
    order = sorted(_LANGUAGES, key=lambda language: language is not prior.language)
    return max(order, key=scores.__getitem__), Script.LATIN


def _scores(row: str) -> dict[Language, float]:
    # A key lies within one word and the spaces around it, and most of what people write is words seen before.
    *words, last = row.split(" ")
    weights = [*map(_words().__getitem__, words), _weigh(f" {last}")]
    return dict(zip(_LANGUAGES, map(sum, zip(*weights, strict=True)), strict=True))


class _Weights(dict[str, tuple[float, ...]]):
    """What words tell about the language, computed when they are first seen."""

    def __missing__(self, word: str) -> tuple[float, ...]:
        if len(self) >= _MOST_WORDS:
            self.clear()
        weights = self[word] = _weigh(f" {word} ")
        return weights


@cache
def _words() -> _Weights:
    return _Weights()


def _weigh(row: str) -> tuple[float, ...]:
    scores = dict.fromkeys(_LANGUAGES, 0.0)
    for _, weights in _automaton().iter(row):
        for language, weight in weights:
            scores[language] += weight
    return tuple(scores.values())


@cache
def _automaton() -> "ahocorasick.Automaton":
    weights: dict[str, dict[Language, float]] = {}
    for language in _LANGUAGES:
        data = source(language)
        for word in data["language"]["words"]:
            weights.setdefault(f" {fold(word)} ", {})[language] = 2.0
        for ending in data["language"]["endings"]:
            weights.setdefault(f"{fold(ending)} ", {}).setdefault(language, 0.25)
        for part in data["language"]["parts"]:
            weights.setdefault(fold(part), {}).setdefault(language, 0.06)
        for key in _lexicon_keys(language):
            weights.setdefault(key, {}).setdefault(language, 1.0)
    automaton = ahocorasick.Automaton()
    kept: dict[tuple[tuple[Language, float], ...], tuple[tuple[Language, float], ...]] = {}  # alike ones only once
    for key, by_language in weights.items():
        shared = len(by_language) ** 1.5
        weighed = tuple((language, weight / shared) for language, weight in by_language.items())
        automaton.add_word(key, kept.setdefault(weighed, weighed))
    automaton.make_automaton()
    return automaton


def _lexicon_keys(language: Language) -> set[str]:
    """The words and stems of the language's own phrases, as keys of the row."""
    data = source(language)
    keys = set()
    phrases = [*data["classes"].values(), *data["phrases"].values()]
    for phrase in (phrase for group in phrases for phrase in group):
        for many, one in _WORD.findall(phrase):
            for alternative in (many or one).split("|"):
                for word in fold(alternative).split():
                    stem = word.rstrip("*?")
                    if len(stem) >= 3 and stem.isalpha():
                        keys.add(f" {stem}" if word.endswith("*") and len(stem) > 4 else f" {stem} ")
    return keys
