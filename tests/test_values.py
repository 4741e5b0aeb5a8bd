"""Values that are frozen for the type checker are like frozen ones in all but one thing: nothing checks at run time."""

import dataclasses
import pickle
from dataclasses import field, replace

import pytest

from triage_bot.values import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Own:
    x: int

    def __hash__(self) -> int:
        return 7


@dataclass(frozen=True, eq=False)
class Single:
    x: int


def test_they_are_equal_and_hashed_by_what_is_compared() -> None:
    assert Point(1, ("a",)) == Point(1) != Point(2)
    assert {Point(1, ("a",)), Point(1)} == {Point(1)}
    assert hash(Own(1)) == hash(Own(2)) == 7
    assert len({Single(1), Single(1)}) == 2


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_they_are_pickled_replaced_and_taken_apart(protocol: int) -> None:
    point = Point(1, ("a",))
    copy = pickle.loads(pickle.dumps(point, protocol))
    assert (copy.x, copy.notes) == (1, ("a",))
    assert replace(point, x=2).notes == ("a",)
    assert dataclasses.asdict(point) == {"x": 1, "notes": ("a",)}
    assert not hasattr(point, "__dict__")
