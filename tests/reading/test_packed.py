"""Tables of weights that are summed in one addition a row."""

import pytest

from triage_bot.reading.packed import Packed, _number, written

COLUMNS = ("harm", "quiet", "task")


def table(rows: dict[str, tuple[float, ...]], parts: int = 10) -> Packed:
    _, *lines = written(COLUMNS, parts, rows.items(), 0.0)
    cells = (line.split("\t") for line in lines)
    return Packed(COLUMNS, parts, ((name, _number(numbers)) for name, numbers in cells), len(lines))


def test_a_sum_of_rows_is_the_sum_of_each_column() -> None:
    weights = table({"a": (1.5, -2.5, 0.0), "b": (-3.0, -0.5, 7.1), "c": (9.0, 9.0, 9.0)})
    assert weights.unpacked(weights.sum(["a", "b", "unknown"])) == pytest.approx([-1.5, -3.0, 7.1])
    assert weights.first(weights.sum(["a", "b"])) == pytest.approx(-1.5)


def test_a_sum_of_nothing_is_zero() -> None:
    weights = table({"a": (1.0, 1.0, 1.0)})
    assert weights.unpacked(weights.sum([])) == [0.0, 0.0, 0.0]
    assert weights.row("unknown") == 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_thousand_heavy_rows_stay_in_their_columns(sign: int) -> None:
    weights = table({f"w{number}": (sign * 60.0, 0.0, -sign * 60.0) for number in range(1_000)}, 100)
    total = weights.sum([f"w{number}" for number in range(1_000)])
    assert weights.unpacked(total) == [sign * 60_000.0, 0.0, sign * -60_000.0]


def test_every_row_of_a_large_table_is_found() -> None:
    weights = table({f"w{number}": (float(number % 97), 0.0, 0.0) for number in range(5_000)})
    assert all(weights.first(weights.row(f"w{number}")) == number % 97 for number in range(5_000))


def test_what_weighs_too_little_is_not_written() -> None:
    rows = {"a": (0.4, -0.6, 0.0), "b": (0.1, 0.0, -0.2)}
    assert list(written(COLUMNS, 10, rows.items(), 0.5)) == ["harm\tquiet\ttask", "a\tb-6"]
