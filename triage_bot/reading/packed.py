"""Tables of weights, many columns wide, that are summed in one addition a row, and take little memory.

A line of a table is a name and, for each column that weighs anything, the letter of the column and a whole number of
parts, tenths or hundredths: `sklep*<tab>a-31 c120`. The first line that is no comment names the columns.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CELL = re.compile(r"([a-z])(-?\d+)")
_BITS = 24
_SHIFTS = {letter: number * _BITS for number, letter in enumerate(_LETTERS)}
_UPPER, _ALL = 29, (1 << 32) - 1
_HALF, _MASK = 1 << _BITS - 1, (1 << _BITS) - 1


def _mark(number: int) -> int:
    """The upper half of a hash, never zero."""
    return (number >> _UPPER & _ALL) | 1


class Packed:
    """Rows by name. A row is one integer, 24 bits a column, so that rows are added as integers are: no column of a sum
    may leave 24 bits, which takes far more rows than a text has words.

    Names are kept as the upper half of their hashes alone, beside the place that the lower half says: a dictionary of
    them would take ten times the memory. One unknown name in a billion is taken for another.
    """

    def __init__(self, columns: Sequence[str], parts: int, rows: Iterable[tuple[str, int]], count: int) -> None:
        self.columns = tuple(columns)
        self._parts = parts
        self._shifts = range(0, _BITS * len(columns), _BITS)
        self._zero = sum(_HALF << shift for shift in self._shifts)
        self._width = len(columns) * _BITS // 8
        self._last = (1 << (2 * count).bit_length()) - 1
        self._marks = array("I", bytes(4 * (self._last + 1)))
        self._numbers = array("I", bytes(4 * (self._last + 1)))
        self._rows = bytearray()
        for number, (name, row) in enumerate(rows):
            place = hash(name) & self._last
            while self._marks[place]:
                place = place + 1 & self._last
            self._marks[place], self._numbers[place] = _mark(hash(name)), number
            self._rows += (row + self._zero).to_bytes(self._width, "little")

    def row(self, name: str) -> int:
        """Zero for a name that the table lacks."""
        return self.sum((name,))

    def sum(self, names: Iterable[str]) -> int:
        """The sum of the rows of these names."""
        last, marks, width, total = self._last, self._marks, self._width, 0
        for name in names:
            place = (number := hash(name)) & last
            while mark := marks[place]:
                if mark == (number >> _UPPER & _ALL) | 1:
                    start = self._numbers[place] * width
                    total += int.from_bytes(self._rows[start : start + width], "little") - self._zero
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


def read(file: str, parts: int) -> Packed:
    """The table `lexicon/FILE`."""
    path = resources.files("triage_bot.reading") / "lexicon" / file
    with path.open(encoding="utf-8") as lines:  # line by line: all at once would take more than the table does
        count = sum(1 for _ in lines)
    with path.open(encoding="utf-8") as lines:
        told = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        columns = next(told)
        return Packed(columns, parts, ((name, _number(cells)) for name, cells in told), count)


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
