"""A text as a row of folded words, for the lexicon to look through.

`row` is " do konca dnia . co z tym ? ": words in single spaces, a "." where a sentence ends and a "?" where a
question does. Punctuation inside sentences is gone; dots inside words and numbers stay ("3.11", "sklep.pl"). Words
that stand in quotation marks are somebody else's: they are in the text but neither in `folded` nor in the row. `each`
are the words of the row, its "." and "?" among them.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from triage_bot.reading.finding import Sought
from triage_bot.reading.fold import fold, origins

_QUOTED = re.compile(r'"[^"\n]{2,400}"')
# What runs over whole texts begins with the signs that it looks for: the search skips to those.
_WRAP = re.compile(r"\n(?<=[^\n]{58}\n)(?=[a-z0-9(])(?![a-z0-9]{1,2}[.)]\s)")
_QUESTION = re.compile(r"[!.?](?:(?<=\?)|[!.]*\?)[!?.]*")
_STOP = re.compile(r"[.!;\n](?:(?<=\.)(?:(?<!\d\.)\.*(?=\s|$)|(?<=\d\.)(?=\s*(?:\n|$)))|(?<=!)!*|(?<=[;\n]))")
_STOP_OR_DASH = re.compile(r"(?<!\d)\.+(?=\s|$)|(?<=\d)\.(?=\s*(?:\n|$))|!+|[;\n]|\s-+\s")
_DASH = re.compile(r"-(?<=\s-)")
_ABBREVIATION = re.compile(
    r"\.(?=\s)(?:(?<=\b(?:ul|np|tj|dr|mr|ms|br|sl|nr|no|st|ok|im|al|wt|sr|pt)\.)|(?<=\bp\.)|(?<=\b(?:godz|prof)\.)"
    r"|(?<=\b(?:mrs|tzv|tzn|cca|tel|inz|mgr|pon|czw)\.))"
)
_NO_WORD = re.compile(r"[^a-z0-9.?]+")
_SPACED = _NO_WORD.sub(lambda found: " " * len(found[0]), bytes(range(128)).decode()).encode().ljust(256)
_WORD = re.compile(r"[a-z0-9]+(?:\.+[a-z0-9]+)*")
_ROW_WORD = re.compile(r"[a-z0-9][^ ]*")

Place = tuple[int, int]


class Words:
    """The folded row of a text, and the ways between row, folded text and how the writer spelt it."""

    def __init__(self, text: str, copy_mark: Sought | None = None) -> None:
        self.text = text
        self.folded = _without_quoted(fold(text), copy_mark)
        self.each = _each(self.folded)
        self.row = f" {' '.join(self.each)} "

    def spelt(self, start: int, end: int) -> str:
        """The writer's own spelling of row[start:end]."""
        first = bisect_left(self._row_starts, start)
        last = bisect_left(self._row_starts, end) - 1
        if not 0 <= first <= last < len(self._folded_places):
            return self.row[start:end].strip()
        return self.spelt_folded(self._folded_places[first][0], self._folded_places[last][1])

    def spelt_folded(self, start: int, end: int) -> str:
        """The writer's own spelling of folded[start:end]."""
        first, last = self.in_text(start, end)
        return " ".join(self.text[first:last].split())

    def in_text(self, start: int, end: int) -> Place:
        """Where in the text folded[start:end] stands."""
        places = self._origins
        return places[start], places[max(start, end - 1)] + 1

    def all_spelt(self, places: Iterable[Place]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.spelt(*place) for place in places))

    def in_row(self, folded_index: int) -> int:
        """Where in the row the word stands that holds folded[folded_index] or follows it."""
        number = bisect_right(self._folded_ends, folded_index)
        return self._row_starts[number] if number < len(self._row_starts) else len(self.row) - 1

    def sentence(self, index: int) -> Place:
        """The sentence of the row that row[index] is in."""
        start = max(self.row.rfind(" . ", 0, index + 1), self.row.rfind(" ? ", 0, index + 1), 0)
        ends = [end for mark in (" . ", " ? ") if (end := self.row.find(mark, index)) >= 0]
        return start, min(ends, default=len(self.row))

    @cached_property
    def _origins(self) -> Sequence[int]:
        return origins(self.text)

    @cached_property
    def _folded_places(self) -> list[Place]:
        return [match.span() for match in _WORD.finditer(self.folded)]

    @cached_property
    def _folded_ends(self) -> list[int]:
        return [match.end() for match in _WORD.finditer(self.folded)]

    @cached_property
    def _row_starts(self) -> list[int]:
        return [match.start() for match in _ROW_WORD.finditer(self.row)]


def _without_quoted(folded: str, copy_mark: Sought | None) -> str:
    """Words of others are blanked, so that places stay where they are."""
    if copy_mark is not None and ":" in folded:
        mark = copy_mark.search(folded)
        if mark:
            folded = folded[: mark.end()] + " " * (len(folded) - mark.end())
    if '"' not in folded:
        return folded
    return _QUOTED.sub(lambda match: " " * len(match[0]), folded)


def _each(folded: str) -> list[str]:
    text = _WRAP.sub(" ", folded) if "\n" in folded else folded
    if "." in text:
        text = _ABBREVIATION.sub(" ", text)
    if "?" in text:
        text = _QUESTION.sub(" ? ", text)
    stop = _STOP_OR_DASH if _DASH.search(text) else _STOP
    text = stop.sub(" . ", text)
    words = text.encode().translate(_SPACED).decode() if text.isascii() else _NO_WORD.sub(" ", text)
    return words.split()
