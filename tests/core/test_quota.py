"""What a provider takes in an hour and in a day."""

from datetime import UTC, datetime, timedelta

import pytest

from triage_bot.core.quota import Quota

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def ago(*minutes: int) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in sorted(minutes, reverse=True)]


@pytest.mark.parametrize(
    ("quota", "handed_over", "room", "waits"),
    [
        pytest.param(Quota(2, 0), ago(), 2, 0, id="nothing has left yet"),
        pytest.param(Quota(2, 0), ago(10), 1, 0, id="one of two"),
        pytest.param(Quota(2, 0), ago(10, 50), 0, 10, id="the hour is full until the older one lies an hour back"),
        pytest.param(Quota(2, 0), ago(10, 60), 1, 0, id="exactly an hour ago counts no more"),
        pytest.param(Quota(0, 2), ago(10, 600), 0, 840, id="the day is full"),
        pytest.param(Quota(5, 2), ago(10, 600), 0, 840, id="the tighter one counts"),
        pytest.param(Quota(1, 3), ago(10, 600), 0, 50, id="whichever it is"),
        pytest.param(Quota(2, 0), ago(1, 2, 3), 0, 58, id="more than allowed, after the limit was lowered"),
    ],
)
def test_the_room_and_the_wait(quota: Quota, handed_over: list[datetime], room: int, waits: int) -> None:
    assert quota.room(handed_over, NOW) == room
    assert quota.free_at(handed_over, NOW) == NOW + timedelta(minutes=waits)


def test_no_limit_leaves_room_for_ever() -> None:
    assert not Quota().is_set
    assert Quota().room(ago(*range(100)), NOW) > 0
    assert Quota().free_at(ago(*range(100)), NOW) == NOW
