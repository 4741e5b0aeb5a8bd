"""What was found out about words, kept: most of what people write is words seen before."""

from collections.abc import Callable
from typing import Generic, TypeVar

LONGEST = 40
"""Letters of a word that is kept; longer ones are no words, and whoever sends them sends others next time."""

T = TypeVar("T")


class Remembered(dict[str, T], Generic[T]):
    """`look_up` is asked about a word when it is first seen, and again after `most` others."""

    def __init__(self, look_up: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._look_up = look_up
        self._most = most

    def __missing__(self, word: str) -> T:
        found = self._look_up(word)
        if len(word) <= LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[word] = found
        return found
