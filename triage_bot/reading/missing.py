"""What a task lacks before it can be begun: its goal, its deadline, its scope."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from operator import xor

from triage_bot.reading import packed
from triage_bot.reading.likeness import BIAS, as_one_of_a_pair, hashed_feature
from triage_bot.reading.model import Missing
from triage_bot.reading.remembered import Remembered

ELEMENTS = tuple(Missing)
PARTS = 100
# Logarithms of odds from which on it lacks that: most tasks lack nothing, among the examples they do not.
LEAST = 0.7, 0.5, 0.9
_BEGINNING, _OF_A_PAIR = 5, 4  # letters of a word
_WORDS = 60  # of a longer text its beginning
_FIRST = 3  # words that mostly hold the verb
_STEP, _MOST_STEPS = 4, 10
_REMEMBERED = 2_000

_Weighed = tuple[int, int, int, int]
"""The weights of a word, those that it has as one of the first, and what stands for it in pairs."""


def missing_signs(each: list[str], concepts: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """The names of what is weighed. `each` are the words of a row, `concepts` those of the lexicon that the text holds,
    `known` what is known of it beside them."""
    starts = _starts(each)
    yield from _names(starts, concepts, known)
    short = [start[:_OF_A_PAIR] for start in starts]
    yield from starts
    yield from map(" ".join, zip(["", *short], [*short, ""], strict=True))
    yield from (f"first {start}" for start in starts[:_FIRST])


def missing(each: list[str], concepts: Iterable[str], known: Iterable[str]) -> tuple[Missing, ...]:
    """What `missing_signs` of a task say that it lacks."""
    table = _table()
    starts = _starts(each)
    total = sum(map(_row, dict.fromkeys((BIAS, *_names(starts, concepts, known)))))
    rows, rows_as_first, firsts, seconds = zip(*map(_words().__getitem__, starts), strict=True) if starts else [()] * 4
    total += sum(dict(zip(starts, rows, strict=True)).values())
    total += sum(dict(zip(starts[:_FIRST], rows_as_first, strict=False)).values())
    total += table.sum_hashed({*map(xor, (_NOTHING_BEFORE, *firsts), (*seconds, _NOTHING_BEHIND))})
    scores = table.unpacked(total)
    return tuple(element for element, score, least in zip(ELEMENTS, scores, LEAST, strict=True) if score > least)


def _starts(each: list[str]) -> list[str]:
    """The beginnings of the words, and a zero for what begins with a digit."""
    return ["0" if word[0].isdigit() else word[:_BEGINNING] for word in each[:_WORDS]]


def _names(starts: Collection[str], concepts: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Of what is weighed beside words and their pairs."""
    yield from (f"({concept})" for concept in concepts)
    yield from known
    yield f"(words {min(len(starts) // _STEP, _MOST_STEPS) * _STEP})"
    if "0" in starts:
        yield "(digits)"


def _weighed(start: str) -> _Weighed:
    first, _, second = as_one_of_a_pair(start[:_OF_A_PAIR])
    table = _table()
    return table.row(start), table.sum_hashed((hashed_feature(f"first {start}"),)), first, second


_NOTHING_BEFORE, _, _NOTHING_BEHIND = as_one_of_a_pair("")


@cache
def _words() -> Remembered[_Weighed]:
    return Remembered(_weighed, _REMEMBERED)


@cache  # there are few names, and the same ones in text after text
def _row(name: str) -> int:
    return _table().row(name)


@cache
def _table() -> packed.Packed:
    return packed.read("missing.weights", PARTS)
