"""The pause before another attempt."""

from datetime import timedelta

import pytest

from triage_bot.core.backoff import delay

FIRST, MOST = timedelta(seconds=1), timedelta(minutes=5)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (10**6, 300)]
)
def test_the_pause_doubles_up_to_its_cap(attempt: int, seconds: int) -> None:
    assert delay(attempt, FIRST, MOST, lambda: 1.0) == timedelta(seconds=seconds)


def test_the_pause_is_spread_over_its_upper_half() -> None:
    assert delay(2, FIRST, MOST, lambda: 0.0) == timedelta(seconds=1)
    assert delay(2, FIRST, MOST, lambda: 0.5) == timedelta(seconds=1.5)
