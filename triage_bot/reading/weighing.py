"""What a text tells, weighed from all that was noticed in it: what the lexicon found, what its rules make of that, and
what the text is like.

`lexicon/weighing.tsv` holds a weight for each of these and each aspect, learned with those of likeness from messages
that the lexicon was not written for: that says how far each is to be trusted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import mul

from triage_bot.reading import packed
from triage_bot.reading.likeness import ASPECTS, BIAS, Likeness
from triage_bot.reading.model import Kind

LIKE = "(like %s)"
PARTS = 100
_KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Logarithms of odds."""

    harm: float
    quiet: float
    kinds: Mapping[Kind, float]


def weigh(noticed: Iterable[str], alike: Likeness) -> Verdict:
    """`noticed` are names of rows of the table; those that it lacks weigh nothing."""
    table, likes = _table()
    scores = table.unpacked(sum(map(_row, noticed), _row(BIAS)))
    scores = [score + sum(map(mul, alike.scores, weights)) for score, weights in zip(scores, likes, strict=True)]
    return Verdict(scores[0], scores[1], dict(zip(_KINDS, scores[2:], strict=True)))


@cache  # there are few names, and the same ones in text after text
def _row(name: str) -> int:
    return _table()[0].row(name)


@cache
def _table() -> tuple[packed.Packed, list[tuple[float, ...]]]:
    """The table, and for each aspect what likeness to each weighs for it."""
    table = packed.read("weighing.tsv", PARTS)
    by_like = [table.unpacked(table.row(LIKE % aspect)) for aspect in ASPECTS]
    return table, list(zip(*by_like, strict=True))
