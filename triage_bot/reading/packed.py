"""Tables of weights, many columns wide, that are summed in one addition a row, and take little memory.

A line of a table is a name and, for each column that weighs anything, the letter of the column and a whole number of
parts, tenths or hundredths: `sklep*<tab>a-31 c120`. The first line that is no comment names the columns.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from importlib import resources

from triage_bot.reading.numbers import Numbers

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CELL = re.compile(r"([a-z])(-?\d+)")
_BITS = 24
_SHIFTS = {letter: number * _BITS for number, letter in enumerate(_LETTERS)}
_BYTES = _BITS // 8
_HALF, _MASK = 1 << _BITS - 1, (1 << _BITS) - 1


class Packed:
    """Rows by name. A row is one integer, 24 bits a column, so that rows are added as integers are: no column of a sum
    may leave 24 bits, which takes far more rows than a text has words.

    Rows are kept as bytes, one behind the other, and each column as how far it lies above the least that it can be, so
    that none is negative. Many rows are alike: each alike one is kept once.
    """

    def __init__(self, columns: Sequence[str], parts: int, rows: Iterable[tuple[Hashable, int]], count: int) -> None:
        self.columns = tuple(columns)
        self._parts = parts
        self._shifts = range(0, _BITS * len(columns), _BITS)
        self._zero = sum(_HALF << shift for shift in self._shifts)
        self._width = _BITS * len(columns) // 8
        self._numbers = Numbers(count, exactly=False)
        self._rows = self._kept(rows, count)

    def _kept(self, rows: Iterable[tuple[Hashable, int]], count: int) -> bytes:
        width = self._width
        kept = bytearray(width)  # the numbers of rows begin with one
        alike = Numbers(count, exactly=False)
        for name, row in rows:
            written = (row + self._zero).to_bytes(width)
            number = alike.get(written)
            if kept[number * width : (number + 1) * width] != written:
                number = len(kept) // width
                alike.add(written, number)
                kept += written
            self._numbers.add(name, number)
        return bytes(kept)

    def row(self, name: Hashable) -> int:
        """Zero for a name that the table lacks."""
        return self.sum((name,))

    def sum(self, names: Iterable[Hashable]) -> int:
        """The sum of the rows of these names."""
        return self.sum_hashed(map(hash, names))

    def sum_hashed(self, hashes: Iterable[int]) -> int:
        """The same by the hashes of the names."""
        rows, width = self._rows, self._width
        found = [rows[number * width : (number + 1) * width] for number in self._numbers.all(hashes)]
        return sum(map(int.from_bytes, found)) - len(found) * self._zero

    def first_hashed(self, hashes: Iterable[int]) -> float:
        """The first column of the sum, by the hashes of the names."""
        rows, width = self._rows, self._width
        ends = [(number + 1) * width for number in self._numbers.all(hashes)]
        total = sum([int.from_bytes(rows[end - _BYTES : end]) for end in ends])
        return (total - len(ends) * _HALF) / self._parts

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
