"""Numbers by name in a few bytes each."""

import pytest

from triage_bot.reading.numbers import Numbers


@pytest.mark.parametrize("exactly", [True, False])
def test_every_name_has_its_number_and_no_other_name_has_one(exactly: bool) -> None:
    numbers = Numbers(5_000, exactly=exactly)
    for number in range(1, 5_001):
        numbers.add(f"w{number}", number)
    assert all(numbers.get(f"w{number}") == number for number in range(1, 5_001))
    assert not any(numbers.get(f"v{number}") for number in range(5_000))


def test_many_are_asked_for_by_their_hashes() -> None:
    numbers = Numbers(3, exactly=False)
    for number, name in enumerate(("a", "b", "c"), 1):
        numbers.add(name, number)
    assert numbers.all(map(hash, ["c", "unknown", "a"])) == [3, 1]


def test_the_beginnings_of_a_text_that_are_names() -> None:
    numbers = Numbers(4)
    for number, name in enumerate((" s", " skl", " sklep ", "sklep"), 1):
        numbers.add(name, number)
    assert numbers.beginnings(" sklep ", 7) == [(2, 1), (4, 2), (7, 3)]
    assert numbers.beginnings(" sklep ", 4) == [(2, 1), (4, 2)]


def test_numbers_beyond_two_bytes_are_kept() -> None:
    numbers = Numbers(70_000, exactly=False)
    numbers.add("far", 70_000)
    assert numbers.get("far") == 70_000
