"""Tables of weights, many columns wide, that are summed in one addition a row, and take little memory.

A line of a table is a name and, for each column that weighs anything, the letter of the column and a whole number of
parts, tenths or hundredths: `sklep*<tab>a-31 c120`. The first line that is no comment names the columns.
"""

import re
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from importlib import resources

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CELL = re.compile(r"([a-z])(-?\d+)")
_BITS = 24
_SHIFTS = {letter: number * _BITS for number, letter in enumerate(_LETTERS)}
_UPPER = 32
_HALF, _MASK = 1 << _BITS - 1, (1 << _BITS) - 1


class Packed:
    """Rows by name. A row is one integer, 24 bits a column, so that rows are added as integers are: no column of a sum
    may leave 24 bits, which takes far more rows than a text has words.

    Names are kept as the upper half of their hashes alone, beside the place that the lower half says: a dictionary of
    them would take ten times the memory. One unknown name in billions is taken for another. Many rows are alike: each
    alike one is kept once.
    """

    def __init__(self, columns: Sequence[str], parts: int, rows: Iterable[tuple[Hashable, int]], count: int) -> None:
        self.columns = tuple(columns)
        self._parts = parts
        self._shifts = range(0, _BITS * len(columns), _BITS)
        self._zero = sum(_HALF << shift for shift in self._shifts)
        self._last = (1 << (2 * count).bit_length()) - 1
        self._marks = array("i", bytes(4 * (self._last + 1)))
        self._rows: list[int | None] = [None] * (self._last + 1)
        kept: dict[int, int] = {}
        for name, row in rows:
            number = hash(name)
            place = number & self._last
            while self._rows[place] is not None:
                place = place + 1 & self._last
            self._marks[place], self._rows[place] = number >> _UPPER, kept.setdefault(row, row)

    def row(self, name: Hashable) -> int:
        """Zero for a name that the table lacks."""
        return self.sum((name,))

    def sum(self, names: Iterable[Hashable]) -> int:
        """The sum of the rows of these names."""
        last, rows, marks, total = self._last, self._rows, self._marks, 0
        for number in map(hash, names):
            place = number & last
            while (row := rows[place]) is not None:
                if marks[place] == number >> _UPPER:
                    total += row
                    break
                place = place + 1 & last
        return total

    def unpacked(self, total: int) -> list[float]:
        """The columns of a sum of rows."""
        total += self._zero
        return [((total >> shift & _MASK) - _HALF) / self._parts for shift in self._shifts]

    def first(self, total: int) -> float:
        """The first column of a sum of rows."""
        return ((total + _HALF & _MASK) - _HALF) / self._parts


def read(file: str, parts: int, name: Callable[[str], Hashable] = str) -> Packed:
    """The table `lexicon/FILE`. `name` makes of a name as it is written there what its row is asked for by."""
    path = resources.files("triage_bot.reading") / "lexicon" / file
    with path.open(encoding="utf-8") as lines:  # line by line: all at once would take more than the table does
        count = sum(1 for _ in lines)
    with path.open(encoding="utf-8") as lines:
        told = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        columns = next(told)
        return Packed(columns, parts, ((name(written), _number(cells)) for written, cells in told), count)


def _number(cells: str) -> int:
    return sum([int(number) << _SHIFTS[letter] for letter, number in _CELL.findall(cells)])


def written(
    columns: Sequence[str], parts: int, rows: Iterable[tuple[str, Sequence[float]]], least: float
) -> Iterator[str]:
    """The lines of a table; what weighs less than `least` is left out."""
    yield "\t".join(columns)
    for name, weights in rows:
        cells = [
            f"{letter}{round(weight * parts)}"
            for letter, weight in zip(_LETTERS, weights, strict=False)
            if abs(weight) >= least
        ]
        if cells:
            yield f"{name}\t{' '.join(cells)}"
