"""Tables of weights, many columns wide, that are summed in one addition a row, and take little memory.

A file `lexicon/*.weights` is a table as it is looked into: to make it of 80,000 names would take as long as to judge
200 messages. It begins with three lines: where it comes from; the names of its columns; the lengths, compressed and
not, of each of three parts that follow. Those are the marks and the numbers that `Packed` tells of, and the rows.
"""

import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import IO

from triage_bot.reading import lexicon_files

_BITS = 24
_BYTES = _BITS // 8
_HALF, _MASK = 1 << _BITS - 1, (1 << _BITS) - 1
_PRIME = (1 << 61) - 1
_HASH_BITS, _MARK_BITS = 60, 32
_HASH = (1 << _HASH_BITS) - 1
_MARK, _ABOVE = (1 << _MARK_BITS) - 1, _HASH_BITS - _MARK_BITS
_MARKS, _NUMBERS = "I", "H"  # four bytes and two
_FACTORS = 0x243F6A8885A308D, 0x313198A2E037073, 0x44A4093822299F3, 0x1D0082EFA98EC4E  # any four would do


def hashed(name: str, role: int = 0) -> int:
    """A number below 2**60 that stands for a name: the same in every process, which `hash(name)` is not. In each of
    four roles it is another, so that `^` of two names in two roles stands for the pair of them."""
    return (int.from_bytes(name.encode()) + 1) * _FACTORS[role] % _PRIME & _HASH


class Packed:
    """Rows by name. A row is one integer, 24 bits a column, so that rows are added as integers are: no column of a sum
    may leave 24 bits, which takes far more rows than a text has words.

    Rows are kept as bytes, one behind the other, and each column as how far it lies above the least that it can be, so
    that none is negative. Many rows are alike: each alike one is kept once, and goes by its number. Of a name no more
    is kept than that number and a mark, the upper half of its hash, both at the place that the lower bits of the hash
    say or, where that is taken, behind it: one unknown name in billions is taken for another.
    """

    def __init__(
        self, columns: Sequence[str], parts: int, marks: "array[int]", numbers: "array[int]", rows: bytes
    ) -> None:
        """There are as many marks as numbers, a power of two. A number of zero says that its place is free."""
        self.columns = tuple(columns)
        self._parts = parts
        self._shifts = _shifts(columns)
        self._zero = _zero(columns)
        self._width = _BYTES * len(columns)
        self._marks, self._numbers = marks, numbers
        self._last = len(numbers) - 1
        self._rows = rows

    def row(self, name: str) -> int:
        """Zero for a name that the table lacks."""
        return self.sum((name,))

    def sum(self, names: Iterable[str]) -> int:
        """The sum of the rows of these names."""
        return self.sum_hashed(map(hashed, names))

    def sum_hashed(self, hashes: Iterable[int]) -> int:
        """The same by the hashes of the names."""
        return sum(self.rows(hashes).values())

    def rows(self, hashes: Iterable[int]) -> dict[int, int]:
        """The rows of those names that are there, by the hashes of the names."""
        last, marks, numbers = self._last, self._marks, self._numbers
        rows, width, zero, to_int = self._rows, self._width, self._zero, int.from_bytes
        found = {}
        for value in hashes:
            place = value & last
            while number := numbers[place]:
                if marks[place] == value >> _ABOVE:
                    start = number * width
                    found[value] = to_int(rows[start : start + width]) - zero
                    break
                place = place + 1 & last
        return found

    def unpacked(self, total: int) -> list[float]:
        """The columns of a sum of rows."""
        total += self._zero
        return [((total >> shift & _MASK) - _HALF) / self._parts for shift in self._shifts]

    def first(self, total: int) -> float:
        """The first column of a sum of rows."""
        return ((total + _HALF & _MASK) - _HALF) / self._parts


def read(file: str, parts: int) -> Packed:
    """The table `lexicon/FILE`, whose weights are whole numbers of parts: tenths or hundredths."""
    return load(BytesIO(lexicon_files.content(file)), parts)


def load(stream: IO[bytes], parts: int) -> Packed:
    _, columns, sizes = (stream.readline().decode().rstrip("\n") for _ in range(3))
    lengths = map(int, sizes.split())

    def part() -> bytes:
        compressed = stream.read(next(lengths))
        return zlib.decompress(compressed, bufsize=next(lengths))  # so that it takes no more memory than that

    marks = _little_endian(array(_MARKS, part()))
    numbers = _little_endian(array(_NUMBERS, part()))
    return Packed(columns.split("\t"), parts, marks, numbers, part())


def written(
    head: str,
    columns: Sequence[str],
    parts: int,
    rows: Iterable[tuple[str, Sequence[float]]],
    least: float,
    named: Callable[[str], int] = hashed,
) -> bytes:
    """The file of a table; what weighs less than `least` is left out. `named` makes of a name the hash by which its row
    is asked for. Raises ValueError if two names cannot be told apart."""
    shifts, zero, width = _shifts(columns), _zero(columns), _BYTES * len(columns)
    numbers = {bytes(width): 0}  # of different rows; the first is nobody's
    of: dict[int, int] = {}
    for name, weights in rows:
        heavy = [(shift, weight) for shift, weight in zip(shifts, weights, strict=True) if abs(weight) >= least]
        if heavy:
            if named(name) in of:
                raise ValueError(f"{name!r} cannot be told from another name")
            row = sum(round(weight * parts) << shift for shift, weight in heavy) + zero
            of[named(name)] = numbers.setdefault(row.to_bytes(width), len(numbers))
    plain = (*_places(of), b"".join(numbers))
    compressed = [zlib.compress(part, 9) for part in plain]
    lengths = (f"{len(part)} {len(each)}" for part, each in zip(compressed, plain, strict=True))
    lines = (head, "\t".join(columns), " ".join(lengths))
    return b"".join([*(f"{line}\n".encode() for line in lines), *compressed])


def _places(of: Mapping[int, int]) -> tuple[bytes, bytes]:
    """The marks and the numbers of a table, by the hashes of its names."""
    last = (1 << (2 * len(of)).bit_length()) - 1
    marks, numbers = [0] * (last + 1), [0] * (last + 1)
    for value, number in of.items():
        place, mark = value & last, value >> _ABOVE & _MARK
        while numbers[place]:
            if marks[place] == mark:
                raise ValueError(f"two names of the hash {value:x}, nearly")
            place = place + 1 & last
        marks[place], numbers[place] = mark, number
    return _little_endian(array(_MARKS, marks)).tobytes(), _little_endian(array(_NUMBERS, numbers)).tobytes()


def _shifts(columns: Sequence[str]) -> range:
    return range(0, _BITS * len(columns), _BITS)


def _zero(columns: Sequence[str]) -> int:
    return sum(_HALF << shift for shift in _shifts(columns))


def _little_endian(numbers: "array[int]") -> "array[int]":
    """From or to the order of the file."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
