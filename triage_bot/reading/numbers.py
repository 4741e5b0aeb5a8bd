"""Whole numbers by name, where there are many thousands: a dictionary of them would take ten times the memory."""

from array import array
from collections.abc import Mapping


class Numbers:
    """From names to numbers above zero. Of a name its hash alone is kept, beside the place that its lower bits say."""

    def __init__(self, of: Mapping[str, int]) -> None:
        self._last = last = (1 << (2 * len(of)).bit_length()) - 1
        self._marks = marks = array("q", [0]) * (last + 1)
        self._numbers = numbers = array("H" if max(of.values(), default=0) < 1 << 16 else "I", [0]) * (last + 1)
        for name, number in of.items():
            value = hash(name)
            place = value & last
            while numbers[place]:
                place = place + 1 & last
            marks[place], numbers[place] = value, number

    def get(self, name: str) -> int:
        """Zero for a name that is not there."""
        last, marks, numbers = self._last, self._marks, self._numbers
        value = hash(name)
        place = value & last
        while number := numbers[place]:
            if marks[place] == value:
                return number
            place = place + 1 & last
        return 0

    def beginnings(self, text: str, longest: int) -> list[tuple[int, int]]:
        """The lengths, from two on, and the numbers of those beginnings of a text that are names."""
        last, marks, numbers = self._last, self._marks, self._numbers
        found = []
        for length in range(2, min(len(text), longest) + 1):
            value = hash(text[:length])
            place = value & last
            while number := numbers[place]:
                if marks[place] == value:
                    found.append((length, number))
                    break
                place = place + 1 & last
        return found
