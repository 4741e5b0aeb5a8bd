"""What a text tells, weighed from all that was noticed in it: what the lexicon found, what its rules make of that, and
what the text is like.

`lexicon/weighing.weights` holds a weight for each of these and each aspect, learned with those of likeness from
messages that the lexicon was not written for: that says how far each is to be trusted.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from operator import mul
from typing import NamedTuple

from triage_bot.reading import packed
from triage_bot.reading.likeness import ASPECTS, BIAS, Likeness
from triage_bot.reading.model import Kind
from triage_bot.reading.remembered import Remembered

LIKE = "(like %s)"
LONG_LIKE, SHARPEST = "(long and like harm)", "(a sentence like harm)"
"""Of a long text, how much it is like harm as a whole, and how much the sentence that is most like it."""
PARTS = 100
_KINDS = tuple(Kind)
_REMEMBERED = 2_000


class Verdict(NamedTuple):
    """Logarithms of odds."""

    harm: float
    quiet: float
    kinds: Mapping[Kind, float]


def weigh(noticed: Iterable[str], alike: Likeness) -> Verdict:
    """`noticed` are names of rows of the table; those that it lacks weigh nothing."""
    table, likes = _table()
    scores = table.unpacked(sum(map(_row, noticed), _row(BIAS)))
    alikes = [*alike.scores, *([] if alike.sharpest is None else [alike.harm, alike.sharpest])]
    scores = [score + sum(map(mul, alikes, weights)) for score, weights in zip(scores, likes, strict=True)]
    return Verdict(scores[0], scores[1], dict(zip(_KINDS, scores[2:], strict=True)))


def likes() -> list[str]:
    """The rows of the table that weigh likenesses."""
    return [*(LIKE % aspect for aspect in ASPECTS), LONG_LIKE, SHARPEST]


@cache  # there are few names, and the same ones in text after text
def _row(name: str) -> int:
    return _table()[0].row(name)


@cache
def _table() -> tuple[packed.Packed, list[tuple[float, ...]]]:
    """The table, and for each aspect what likeness to each weighs for it."""
    table = packed.read("weighing.weights", PARTS)
    by_like = [table.unpacked(table.row(name)) for name in likes()]
    return table, list(zip(*by_like, strict=True))


def due_weight(noticed: Iterable[str]) -> float:
    """The logarithm of the odds that a moment of which this was noticed is a deadline."""
    return _due().first(sum(map(_due_rows().__getitem__, (BIAS, *dict.fromkeys(noticed)))))


@cache
def _due_rows() -> Remembered[int]:
    return Remembered(_due().row, _REMEMBERED)


@cache
def _due() -> packed.Packed:
    return packed.read("due.weights", PARTS)
