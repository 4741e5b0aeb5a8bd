"""What the buttons of broken promises carry."""

import pytest

from triage_bot.correcting import BUTTON, LONGEST_DATA, button_data, ids_of


@pytest.mark.parametrize(
    "ids", [[1], [12, 13, 20], [35, 36, 37], [2_000_000_000], list(range(10_000_000, 10_000_015))], ids=str
)
def test_a_button_carries_the_promises(ids: list[int]) -> None:
    name, _, argument = button_data(ids).partition(":")
    assert name == BUTTON
    assert ids_of(argument) == ids
    assert len(button_data(ids)) <= LONGEST_DATA


@pytest.mark.parametrize("argument", ["", ".", "1.", "!", "1.x y", "ą"])
def test_what_no_button_of_ours_carries_is_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ids_of(argument)
