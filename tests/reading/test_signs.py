"""When signs that are harmless one by one are harm together."""

from datetime import UTC, datetime

import pytest

from triage_bot.reading.signs import Telling, at_rest, signs_of_harm

PLAIN = Telling(loud=False, bare=False, chat=False, at_rest=False)
ROW = " one two three four five six seven eight "


@pytest.mark.parametrize(
    ("signs", "telling", "harm"),
    [
        pytest.param({"denied": [(1, 4)]}, PLAIN, False, id="one strong sign is none"),
        pytest.param({"denied": [(1, 4)], "nowish": [(5, 8)]}, PLAIN, True, id="a strong one and a weak one"),
        pytest.param({"denied": [(1, 8)], "trouble": [(5, 8)]}, PLAIN, False, id="the same words weigh once"),
        pytest.param({"denied": [(1, 4), (9, 14)]}, PLAIN, True, id="a strong one told twice"),
        pytest.param({"rush": [(1, 4)], "travel": [(5, 8)]}, PLAIN, False, id="two weak ones"),
        pytest.param({"trouble": [(1, 4), (5, 8), (9, 14)]}, PLAIN, False, id="words of trouble alone"),
        pytest.param(
            {"denied": [(1, 4)]}, Telling(loud=True, bare=False, chat=False, at_rest=False), True, id="cried out"
        ),
        pytest.param(
            {"denied": [(1, 4)]}, Telling(loud=False, bare=False, chat=False, at_rest=True), True, id="on a Sunday"
        ),
        pytest.param(
            {"denied": [(1, 4)], "can_wait": [(5, 8)]},
            Telling(loud=False, bare=False, chat=False, at_rest=True),
            False,
            id="on a Sunday, but it can wait",
        ),
        pytest.param(
            {"mismatch": [(1, 4)]}, Telling(loud=False, bare=True, chat=True, at_rest=False), True, id="a bare chat"
        ),
        pytest.param(
            {"travel": [(1, 4)]}, Telling(loud=False, bare=True, chat=True, at_rest=False), False, id="of a journey"
        ),
        pytest.param(
            {"denied": [(1, 4)], "lack": [(5, 8)], "complaint": [(9, 14)]}, PLAIN, False, id="in a reproach to her"
        ),
        pytest.param(
            {"crowd": [(1, 4)], "lack": [(5, 8)], "complaint": [(9, 14)]}, PLAIN, True, id="in one with people waiting"
        ),
    ],
)
def test_harm_is_enough_of_different_signs(
    signs: dict[str, list[tuple[int, int]]], telling: Telling, harm: bool
) -> None:
    assert bool(signs_of_harm(signs, ROW, telling)) is harm


@pytest.mark.parametrize(
    ("sent_at", "resting"),
    [
        (datetime(2027, 3, 10, 22, 0, tzinfo=UTC), False),
        (datetime(2027, 3, 12, 15, 59, tzinfo=UTC), False),
        (datetime(2027, 3, 12, 16, 0, tzinfo=UTC), True),
        (datetime(2027, 3, 14, 9, 0, tzinfo=UTC), True),
    ],
)
def test_the_week_is_over_on_friday_afternoon(sent_at: datetime, resting: bool) -> None:
    assert at_rest(sent_at) is resting
