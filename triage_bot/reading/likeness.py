"""How much a text is like those that tell of harm, and like those that want no answer, where no phrase tells it.

Two linear models over the beginnings of words, alone and in pairs: `lexicon/likeness.tsv` holds their weights, above
zero for harm and for quiet. `python -m benchmarks.learning` learns them from `benchmarks/examples/`: who knows of a
message that is judged wrongly adds its like there.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain
from math import sqrt

from triage_bot.reading.words import Place

WORDS = 150
"""Words of a text that are looked at: its beginning says what is the matter."""
BEGINNINGS = (3, 4, 5, 7)
PAIR = 4
BIAS = "(bias)"
TELLING = 3
"""Words that are named as the reason."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """`harm` and `quiet` are logarithms of odds; `telling` are the words that weigh most for harm, in the order of the
    text, none where it is less likely than not."""

    harm: float
    quiet: float
    telling: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Weights:
    places: Mapping[str, int]
    harm: "array[float]"
    quiet: "array[float]"


def features(row: str) -> list[list[str]]:
    """What the models look at, for each word of the row that they look at."""
    found = []
    before = further = ""
    for word in row.split()[:WORDS]:
        short = word[:PAIR]
        names = [f"{before} {short}", f"{further} _ {short}"]
        size = len(word)
        if size <= BEGINNINGS[-1]:
            names.append(word)
        for length in BEGINNINGS:
            if size <= length:
                break
            names.append(word[:length] + "*")
        found.append(names)
        before, further = short, before
    return found


def likeness(row: str) -> Likeness:
    weights = _weights()
    found = features(row)
    distinct = set(chain.from_iterable(found))
    length = sqrt(len(distinct) or 1)
    known = [weights.places[name] for name in distinct if name in weights.places]
    bias = weights.places[BIAS]
    harm = weights.harm[bias] + sum(map(weights.harm.__getitem__, known)) / length
    quiet = weights.quiet[bias] + sum(map(weights.quiet.__getitem__, known)) / length
    return Likeness(harm, quiet, _telling(row, found, weights) if harm > 0 else ())


def _telling(row: str, found: list[list[str]], weights: _Weights) -> tuple[Place, ...]:
    seen: set[str] = set()
    by_word: dict[int, float] = {}
    for number, names in enumerate(found):
        news = [weights.places[name] for name in names if name in weights.places and name not in seen]
        seen.update(names)
        by_word[number] = sum(weights.harm[place] for place in news)
    heaviest = sorted(by_word, key=lambda number: -by_word[number])[:TELLING]
    places = _places(row)
    telling = (places[number] for number in sorted(heaviest) if by_word[number] > 0)
    return tuple((start, end) for start, end in telling if row[start:end].isalnum())


def _places(row: str) -> list[Place]:
    places, at = [], 1
    for word in row.split():
        places.append((at, at + len(word)))
        at += len(word) + 1
    return places


@cache
def _weights() -> _Weights:
    text = (resources.files("triage_bot.reading") / "lexicon" / "likeness.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return _Weights(
        {feature: place for place, (feature, _, _) in enumerate(lines)},
        array("f", (float(harm) for _, harm, _ in lines)),
        array("f", (float(quiet) for _, _, quiet in lines)),
    )
