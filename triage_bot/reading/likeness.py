"""How much a text is like those that tell of harm, those that want no answer, and those of each kind.

Linear models over the beginnings of words, alone and in pairs: `lexicon/likeness.weights` holds their weights.
`python -m benchmarks.learning` learns them from `benchmarks/examples/telling/`: who knows of a message that is judged
wrongly adds its like there.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import repeat
from math import sqrt
from operator import xor
from typing import NamedTuple

from triage_bot.reading import packed
from triage_bot.reading.model import Kind
from triage_bot.reading.packed import hashed
from triage_bot.reading.remembered import Remembered
from triage_bot.reading.words import Place

ASPECTS = ("harm", "quiet", *(kind.value for kind in Kind))
"""Harm or a call for immediate action; that no answer is wanted; and the kinds."""
LONG = 45
"""Words of a text from which on its sentences are looked at one by one, too: a story may hold one that matters."""
WORDS = 150
"""Words of a text that are looked at: its beginning says what is the matter."""
BEGINNINGS = (3, 4, 5, 7)
PAIR = 4
BIAS = "(bias)"
PARTS = 10
TELLING, SHORTEST = 3, 3
"""How many words are named as the reason, and letters of such a word."""
_STEP, _MOST_STEPS = 5, 12
_STOPS, _SHORTEST_SENTENCE = frozenset((".", "?")), 4
_REMEMBERED = 4_000
_BETWEEN = "_"  # stands in a pair for the word between

_Weighed = tuple[int, int, int, int, int]
"""The sum of the weights of a word's beginnings and their number, and what stands for it in pairs."""


class Likeness(NamedTuple):
    """`scores` are logarithms of odds, one an aspect; `sharpest` is that of harm for the one sentence of a long text
    that is most like it."""

    scores: Sequence[float]
    sharpest: float | None = None

    @property
    def harm(self) -> float:
        return self.scores[0]

    @property
    def quiet(self) -> float:
        return self.scores[1]


def features(row: str) -> list[str]:
    """What the models look at, as often as it counts: the beginnings of each different word, the different pairs of
    words side by side or with one between, and the length."""
    words = row.split()[:WORDS]
    short = [word[:PAIR] for word in words]
    pairs = {" ".join(pair) for pair in zip(["", *short], short, strict=False)}
    pairs.update(" ".join(pair) for pair in zip(["", "", *short], repeat(_BETWEEN), short, strict=False))
    return [name for word in dict.fromkeys(words) for name in _beginnings(word)] + [*pairs, _length(len(words))]


def likeness(each: list[str]) -> Likeness:
    """`each` are the words of a row."""
    words = each[:WORDS]
    table, biases = _table(), _biases()
    parts = _sentences(words) if len(words) >= LONG else []
    (total, length), *of_sentences = _weighed(words, [(0, len(words)), *parts])
    scores = [bias + score / length for bias, score in zip(biases, table.unpacked(total), strict=True)]
    sharpest = max([biases[0] + table.first(total) / length for total, length in of_sentences], default=None)
    return Likeness(scores, sharpest)


def sentences(row: str) -> list[list[str]]:
    """The words of each sentence; one that is too short to say anything belongs to the next."""
    words = row.split()[:WORDS]
    return [words[start:end] for start, end in _sentences(words)]


def _sentences(words: Sequence[str]) -> list[Place]:
    found: list[Place] = []
    start = 0
    for number in [number for number, word in enumerate(words) if word in _STOPS]:
        if number - start >= _SHORTEST_SENTENCE:
            found.append((start, number))
            start = number + 1
    return found if found and start == len(words) else [*found, (start, len(words))]


def _weighed(words: Sequence[str], parts: Sequence[Place]) -> list[tuple[int, float]]:
    """Of each part of a text the sum of the weights, and what it is divided by. The first part is the whole text: all
    pairs of its sentences but those that begin them are its own, so that they are looked up once."""
    if not words:
        return [(_of_length(0), 1.0)]
    totals, counts, firsts, aparts, seconds = zip(*map(_words().__getitem__, words), strict=True)
    beside = [*map(xor, firsts, seconds[1:])]
    apart = [*map(xor, aparts, seconds[2:])]
    pairs: list[set[int]] = []
    begins: set[int] = set()
    for start, end in parts:
        first, second = seconds[start], seconds[min(start + 1, end - 1)]
        begin = (_NOTHING[0] ^ first, _NOTHING[1] ^ first, _NOTHING[1] ^ second)
        pairs.append({*begin, *beside[start : end - 1], *apart[start : end - 2]})
        begins.update(begin)
    rows = _table().rows(pairs[0])
    of_pairs = [sum(rows.values())]
    rows |= _table().rows(begins - pairs[0])
    of_pairs += [sum([rows[pair] for pair in of_sentence if pair in rows]) for of_sentence in pairs[1:]]
    weighed = []
    for (start, end), of_part, in_pairs in zip(parts, pairs, of_pairs, strict=True):
        part = words[start:end]
        total = _of_length(end - start) + sum(dict(zip(part, totals[start:end], strict=True)).values()) + in_pairs
        count = 1 + sum(dict(zip(part, counts[start:end], strict=True)).values()) + len(of_part)
        weighed.append((total, sqrt(count)))
    return weighed


def telling(row: str) -> tuple[Place, ...]:
    """The words that weigh most for harm, in the order of the text."""
    table = _table()
    words = row.split()[:WORDS]
    seen: set[int] = set()
    before = further = ""
    weighed = []
    for number, word in enumerate(words):
        short = word[:PAIR]
        (first, _, _), (_, apart, _), (_, _, second) = map(as_one_of_a_pair, (before, further, short))
        hashes = [*map(hashed, _beginnings(word)), first ^ second, apart ^ second]
        weighed.append((table.first(table.sum_hashed([each for each in hashes if each not in seen])), number))
        seen.update(hashes)
        before, further = short, before
    heaviest = sorted(weighed, key=lambda each: -each[0])
    places = _places(row)
    words_alone = [each for each in heaviest if row[slice(*places[each[1]])].isalnum()]
    long = [(weight, number) for weight, number in words_alone if len(words[number]) >= SHORTEST] or words_alone
    telling = [number for weight, number in long[:TELLING] if weight > 0] or [number for _, number in long[:1]]
    return tuple(places[number] for number in sorted(telling))


def _beginnings(word: str) -> Iterator[str]:
    size = len(word)
    if size <= BEGINNINGS[-1]:
        yield word
    for length in BEGINNINGS:
        if size <= length:
            break
        yield word[:length] + "*"


def as_one_of_a_pair(short: str) -> tuple[int, int, int]:
    """Numbers that stand for a word as the first of a pair, as the first with a word between, and as the second. What
    stands for the pair is `^` of two: making a text's pairs of their words would take longer than all else."""
    return hashed(short, 1), hashed(short, 2), hashed(short, 3)


def hashed_feature(name: str) -> int:
    """By which the row of one of the `features` is asked for."""
    if " " not in name or name[0] == "(":
        return hashed(name)
    first, *between, second = name.split(" ")
    return as_one_of_a_pair(first)[len(between)] ^ as_one_of_a_pair(second)[2]


def _length(count: int) -> str:
    return f"(length {min(count // _STEP, _MOST_STEPS) * _STEP})"


def _places(row: str) -> list[Place]:
    places, at = [], 1
    for word in row.split():
        places.append((at, at + len(word)))
        at += len(word) + 1
    return places


def _known(word: str) -> _Weighed:
    names = list(_beginnings(word))
    return _table().sum(names), len(names), *as_one_of_a_pair(word[:PAIR])


_NOTHING = as_one_of_a_pair("")  # before the first word


@cache
def _words() -> Remembered[_Weighed]:
    return Remembered(_known, _REMEMBERED)


@cache
def _table() -> packed.Packed:
    return packed.read("likeness.weights", PARTS)


@cache
def _of_length(count: int) -> int:
    return _table().row(_length(count))


@cache
def _biases() -> Sequence[float]:
    return _table().unpacked(_table().row(BIAS))
