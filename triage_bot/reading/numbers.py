"""Whole numbers by name, where there are many thousands: a dictionary of them would take ten times the memory."""

from array import array
from collections.abc import Hashable, Iterable

_BITS = 60  # of a hash that count
_HALF = 32


class Numbers:
    """From names to numbers above zero. Of a name its hash alone is kept, beside the place that its lower bits say.

    `exactly`: all of the hash. Else its upper half, and one unknown name in billions is taken for another.
    """

    def __init__(self, count: int, *, exactly: bool = True) -> None:
        """`count` is that of the names to be added, at most; no number is above it."""
        self._last = (1 << (2 * count).bit_length()) - 1
        self._shift = 0 if exactly else _BITS - _HALF
        self._mask = (1 << _BITS - self._shift) - 1
        self._marks = array("q" if exactly else "I", [0]) * (self._last + 1)
        self._numbers = array("H" if count < 1 << 16 else "I", [0]) * (self._last + 1)

    def add(self, name: Hashable, number: int) -> None:
        value = hash(name)
        place = value & self._last
        while self._numbers[place]:
            place = place + 1 & self._last
        self._marks[place], self._numbers[place] = value >> self._shift & self._mask, number

    def get(self, name: Hashable) -> int:
        """Zero for a name that is not there."""
        last, marks, numbers = self._last, self._marks, self._numbers
        value = hash(name)
        place = value & last
        mark = value >> self._shift & self._mask
        while number := numbers[place]:
            if marks[place] == mark:
                return number
            place = place + 1 & last
        return 0

    def beginnings(self, text: str, longest: int) -> list[tuple[int, int]]:
        """The lengths, from two on, and the numbers of those beginnings of a text that are names."""
        last, marks, numbers, shift, mask = self._last, self._marks, self._numbers, self._shift, self._mask
        found = []
        for length in range(2, min(len(text), longest) + 1):
            value = hash(text[:length])
            place = value & last
            while number := numbers[place]:
                if marks[place] == value >> shift & mask:
                    found.append((length, number))
                    break
                place = place + 1 & last
        return found

    def all(self, hashes: Iterable[int]) -> list[int]:
        """The numbers of those names that are there, by the hashes of the names."""
        last, marks, numbers, shift, mask = self._last, self._marks, self._numbers, self._shift, self._mask
        found = []
        for value in hashes:
            place = value & last
            while number := numbers[place]:
                if marks[place] == value >> shift & mask:
                    found.append(number)
                    break
                place = place + 1 & last
        return found
