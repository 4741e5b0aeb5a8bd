"""Tables of weights that are summed in one addition a row."""

import io

import pytest

from triage_bot.reading.packed import Packed, hashed, load, written

COLUMNS = ("harm", "quiet", "task")


def table(rows: dict[str, tuple[float, ...]], parts: int = 10, least: float = 0.0) -> Packed:
    return load(io.BytesIO(written("Made up.", COLUMNS, parts, rows.items(), least)), parts)


def test_a_table_is_read_as_it_was_written() -> None:
    weights = table({"a": (1.5, -2.5, 0.0), "b": (1.5, -2.5, 0.0), "c": (0.0, 0.0, -120.3)})
    assert weights.columns == COLUMNS
    assert weights.unpacked(weights.row("b")) == [1.5, -2.5, 0.0]
    assert weights.unpacked(weights.row("c")) == [0.0, 0.0, -120.3]


def test_a_sum_of_rows_is_the_sum_of_each_column() -> None:
    weights = table({"a": (1.5, -2.5, 0.0), "b": (-3.0, -0.5, 7.1), "c": (9.0, 9.0, 9.0)})
    assert weights.unpacked(weights.sum(["a", "b", "unknown"])) == pytest.approx([-1.5, -3.0, 7.1])
    assert weights.first(weights.sum(["a", "b"])) == pytest.approx(-1.5)
    assert weights.sum_hashed([hashed("a"), hashed("unknown")]) == weights.row("a")


def test_a_sum_of_nothing_is_zero() -> None:
    weights = table({"a": (1.0, 1.0, 1.0)})
    assert weights.unpacked(weights.sum([])) == [0.0, 0.0, 0.0]
    assert weights.row("unknown") == 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_thousand_heavy_rows_stay_in_their_columns(sign: int) -> None:
    weights = table({f"w{number}": (sign * 60.0, 0.0, -sign * 60.0) for number in range(1_000)}, 100)
    total = weights.sum([f"w{number}" for number in range(1_000)])
    assert weights.unpacked(total) == [sign * 60_000.0, 0.0, sign * -60_000.0]


def test_every_row_of_a_large_table_is_found_and_no_other() -> None:
    weights = table({f"w{number}": (float(number % 97), 1.0, 0.0) for number in range(5_000)})
    assert all(weights.first(weights.row(f"w{number}")) == number % 97 for number in range(5_000))
    assert not any(weights.row(f"v{number}") for number in range(5_000))


def test_what_weighs_too_little_is_not_written() -> None:
    weights = table({"a": (0.4, -0.6, 0.0), "b": (0.1, 0.0, -0.2)}, least=0.5)
    assert weights.unpacked(weights.row("a")) == [0.0, -0.6, 0.0]
    assert weights.row("b") == 0


def test_a_name_that_cannot_be_told_from_another_is_refused() -> None:
    rows = [("a", (1.0, 0.0, 0.0)), ("b", (2.0, 0.0, 0.0))]
    with pytest.raises(ValueError, match="'b'"):
        written("Made up.", COLUMNS, 10, rows, 0.0, lambda name: 7)


def test_names_have_the_same_hashes_in_every_process() -> None:
    """The tables are kept by them."""
    assert hashed("") == 0x243F6A8885A308D
    assert hashed("sklep") == 66258659575622201


def test_pairs_of_words_have_different_hashes() -> None:
    words = ["", "0", ".", "kot", "kos", "pot", "pos", "nie", "ni", "e", "en", *(f"w{number}" for number in range(90))]
    pairs = [hashed(first, role) ^ hashed(second, 3) for role in (1, 2) for first in words for second in words]
    assert len(set(pairs)) == len(pairs) == 2 * len(words) ** 2
