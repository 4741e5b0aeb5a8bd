"""How much a text is like those that tell of harm, and like those that want no answer, where no phrase tells it.

Two linear models over the beginnings of words, alone and in pairs: `lexicon/likeness.tsv` holds their weights, above
zero for harm and for quiet. `python -m benchmarks.learning` learns them from `benchmarks/examples/`: who knows of a
message that is judged wrongly adds its like there.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
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
    text."""

    harm: float
    quiet: float
    telling: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Weights:
    places: Mapping[str, int]
    harm: "array[float]"
    quiet: "array[float]"


def features(row: str) -> Iterator[tuple[str, int]]:
    """What the models look at, and at which word of the row it stands."""
    before = further = ""
    for number, word in enumerate(row.split()[:WORDS]):
        if len(word) <= BEGINNINGS[-1]:
            yield word, number
        for length in BEGINNINGS:
            if len(word) <= length:
                break
            yield f"{word[:length]}*", number
        short = word[:PAIR]
        yield f"{before} {short}", number
        yield f"{further} _ {short}", number
        before, further = short, before


def likeness(row: str) -> Likeness:
    weights = _weights()
    found: dict[str, int] = {}
    for feature, number in features(row):
        found.setdefault(feature, number)
    length = sqrt(len(found) or 1)
    bias = weights.places[BIAS]
    told = [(place, number) for feature, number in found.items() if (place := weights.places.get(feature)) is not None]
    harm = weights.harm[bias] + sum(weights.harm[place] for place, _ in told) / length
    quiet = weights.quiet[bias] + sum(weights.quiet[place] for place, _ in told) / length
    return Likeness(harm, quiet, _telling(row, [(weights.harm[place], number) for place, number in told]))


def _telling(row: str, told: list[tuple[float, int]]) -> tuple[Place, ...]:
    by_word: dict[int, float] = {}
    for weight, number in told:
        by_word[number] = by_word.get(number, 0.0) + weight
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
