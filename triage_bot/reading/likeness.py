"""How much a text is like those that tell of harm, those that want no answer, and those of each kind.

Linear models over the beginnings of words, alone and in pairs: `lexicon/likeness.tsv` holds their weights.
`python -m benchmarks.learning` learns them from `benchmarks/examples/telling/`: who knows of a message that is judged
wrongly adds its like there.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from math import sqrt
from operator import xor

from triage_bot.reading import packed
from triage_bot.reading.model import Kind
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
_MASK = (1 << 60) - 1  # a whole number below is its own hash

_Weighed = tuple[int, int, int, int, int]
"""The sum of the weights of a word's beginnings and their number, and what stands for it in pairs."""


@dataclass(frozen=True, slots=True)
class Likeness:
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
    return [name for word in dict.fromkeys(words) for name in _beginnings(word)] + [*pairs, _length(words)]


def likeness(row: str) -> Likeness:
    words = row.split()[:WORDS]
    total, pairs, length = _counted(words)
    total += _table().sum_hashed(pairs)
    scores = [bias + score / length for bias, score in zip(_biases(), _table().unpacked(total), strict=True)]
    return Likeness(scores, max(map(_harm, sentences(row))) if len(words) >= LONG else None)


def _harm(words: list[str]) -> float:
    table = _table()
    total, pairs, length = _counted(words)
    return _biases()[0] + (table.first(total) + table.first_hashed(pairs)) / length


def sentences(row: str) -> list[list[str]]:
    """The words of each sentence; one that is too short to say anything belongs to the next."""
    found: list[list[str]] = [[]]
    for word in row.split()[:WORDS]:
        if word in _STOPS and len(found[-1]) >= _SHORTEST_SENTENCE:
            found.append([])
        else:
            found[-1].append(word)
    return found if found[-1] or len(found) == 1 else found[:-1]


def _counted(words: list[str]) -> tuple[int, set[int], float]:
    """The sum of the weights apart from those of pairs, the pairs, and what the sum of both is divided by."""
    known = _words()
    told = [*map(known.__getitem__, words)]
    seconds = [second for _, _, _, _, second in told]
    pairs = {*map(xor, [_NOTHING[0], *[first for _, _, first, _, _ in told]], seconds)}
    pairs.update(map(xor, [_NOTHING[1], _NOTHING[1], *[apart for _, _, _, apart, _ in told]], seconds))
    distinct = dict(zip(words, told, strict=True)).values()
    total = _table().row(_length(words)) + sum([each[0] for each in distinct])
    return total, pairs, sqrt(1 + sum([each[1] for each in distinct]) + len(pairs))


def telling(row: str) -> tuple[Place, ...]:
    """The words that weigh most for harm, in the order of the text."""
    table = _table()
    words = row.split()[:WORDS]
    seen: set[Hashable] = set()
    before = further = ""
    weighed = []
    names: list[Hashable]
    for number, word in enumerate(words):
        short = word[:PAIR]
        (first, _, _), (_, apart, _), (_, _, second) = map(_as_one_of_a_pair, (before, further, short))
        names = [*_beginnings(word), first ^ second, apart ^ second]
        weighed.append((table.first(table.sum([name for name in names if name not in seen])), number))
        seen.update(names)
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


def _as_one_of_a_pair(short: str) -> tuple[int, int, int]:
    """Numbers that stand for a word as the first of a pair, as the first with a word between, and as the second. What
    stands for the pair is `^` of two: making a text's pairs of their words would take longer than all else."""
    return hash((short, 1)) & _MASK, hash((short, 2)) & _MASK, hash((short, 3)) & _MASK


def _asked_for(name: str) -> Hashable:
    if " " not in name or name[0] == "(":
        return name
    first, *between, second = name.split(" ")
    return _as_one_of_a_pair(first)[len(between)] ^ _as_one_of_a_pair(second)[2]


def _length(words: list[str]) -> str:
    return f"(length {min(len(words) // _STEP, _MOST_STEPS) * _STEP})"


def _places(row: str) -> list[Place]:
    places, at = [], 1
    for word in row.split():
        places.append((at, at + len(word)))
        at += len(word) + 1
    return places


def _weighed(word: str) -> _Weighed:
    names = list(_beginnings(word))
    return _table().sum(names), len(names), *_as_one_of_a_pair(word[:PAIR])


_NOTHING = _as_one_of_a_pair("")  # before the first word


@cache
def _words() -> Remembered[_Weighed]:
    return Remembered(_weighed, _REMEMBERED)


@cache
def _table() -> packed.Packed:
    return packed.read("likeness.tsv", PARTS, _asked_for)


@cache
def _biases() -> Sequence[float]:
    return _table().unpacked(_table().row(BIAS))
