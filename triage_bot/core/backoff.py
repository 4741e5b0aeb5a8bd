"""How long to wait before trying again."""

from collections.abc import Callable
from datetime import timedelta

LARGEST_DOUBLING = 32  # beyond it the span is at its cap anyway, and 2**n would overflow


def delay(attempt: int, first: timedelta, most: timedelta, random: Callable[[], float]) -> timedelta:
    """The pause after the `attempt`-th failure in a row (counted from 1): doubled each time, at most `most`, and
    spread over its upper half so that many clients of one server do not come back at the same moment.

    `random` gives numbers from 0 up to 1.
    """
    doublings = min(max(attempt, 1) - 1, LARGEST_DOUBLING)
    span: timedelta = min(first * 2**doublings, most)
    return span * (0.5 + random() / 2)
