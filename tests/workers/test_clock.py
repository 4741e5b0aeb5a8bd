"""The time that a worker goes by when the database's clock counts."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.patience import PATIENCE
from triage_bot.clock import CorrectedClock, HandClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_right_time_is_that_of_the_machine_and_its_error() -> None:
    clock = CorrectedClock(HandClock(NOON))
    clock.correct(-10 * MINUTE)
    assert clock.now() == NOON - 10 * MINUTE


async def test_a_sleep_ends_by_the_right_time_also_when_that_is_corrected_meanwhile() -> None:
    machine = HandClock(NOON)
    clock = CorrectedClock(machine)
    sleeping = asyncio.create_task(clock.sleep_until(NOON + 10 * MINUTE))
    machine.move(MINUTE)
    await asyncio.sleep(0)
    assert not sleeping.done()
    clock.correct(9 * MINUTE)
    machine.move(MINUTE)
    async with asyncio.timeout(PATIENCE):
        await sleeping
