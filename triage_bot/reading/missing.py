"""What a task lacks before it can be begun: its goal, its deadline, its scope."""

from collections.abc import Iterable, Iterator
from functools import cache

from triage_bot.reading import packed
from triage_bot.reading.likeness import BIAS
from triage_bot.reading.model import Missing

ELEMENTS = tuple(Missing)
PARTS = 100
# Logarithms of odds from which on it lacks that: most tasks lack nothing, among the examples they do not.
LEAST = 0.7, 0.5, 0.9
_BEGINNING, _OF_A_PAIR = 5, 4  # letters of a word
_WORDS = 60  # of a longer text its beginning
_FIRST = 3  # words that mostly hold the verb
_STEP, _MOST_STEPS = 4, 10


def missing_signs(row: str, concepts: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """The names of what is weighed. `concepts` are those of the lexicon that the text holds, `known` what is known of
    it beside them."""
    yield from (f"({concept})" for concept in concepts)
    yield from known
    words = ["0" if word[0].isdigit() else word for word in row.split()[:_WORDS]]
    yield f"(words {min(len(words) // _STEP, _MOST_STEPS) * _STEP})"
    if "0" in words:
        yield "(digits)"
    short = [word[:_OF_A_PAIR] for word in words]
    yield from (word[:_BEGINNING] for word in words)
    yield from map(" ".join, zip(["", *short], [*short, ""], strict=True))
    yield from (f"first {word[:_BEGINNING]}" for word in words[:_FIRST])


def missing(signs: Iterable[str]) -> tuple[Missing, ...]:
    """What these signs of a task say that it lacks."""
    table = _table()
    scores = table.unpacked(table.sum([BIAS, *dict.fromkeys(signs)]))
    return tuple(element for element, score, least in zip(ELEMENTS, scores, LEAST, strict=True) if score > least)


@cache
def _table() -> packed.Packed:
    return packed.read("missing.tsv", PARTS)
