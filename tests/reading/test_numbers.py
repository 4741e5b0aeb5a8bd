"""Numbers by name in a few bytes each."""

from triage_bot.reading.numbers import Numbers


def test_every_name_has_its_number_and_no_other_name_has_one() -> None:
    numbers = Numbers({f"w{number}": number for number in range(1, 5_001)})
    assert all(numbers.get(f"w{number}") == number for number in range(1, 5_001))
    assert not any(numbers.get(f"v{number}") for number in range(5_000))


def test_the_beginnings_of_a_text_that_are_names() -> None:
    numbers = Numbers({" s": 1, " skl": 2, " sklep ": 3, "sklep": 4})
    assert numbers.beginnings(" sklep ", 7) == [(2, 1), (4, 2), (7, 3)]
    assert numbers.beginnings(" sklep ", 4) == [(2, 1), (4, 2)]


def test_numbers_beyond_two_bytes_are_kept() -> None:
    numbers = Numbers({"near": 1, "far": 70_000})
    assert (numbers.get("near"), numbers.get("far")) == (1, 70_000)


def test_no_names_are_none() -> None:
    assert Numbers({}).get("a") == 0
