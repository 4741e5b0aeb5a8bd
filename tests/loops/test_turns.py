"""Whoever has one message does not wait for those who have a hundred."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.loops.test_storm import House, mail
from triage_bot.channels.protocols import Batch
from triage_bot.core.messages import Cursor
from triage_bot.intake import PORTION

MANY = 4 * PORTION


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with ThreadPoolExecutor(2) as pool:
        house = House(tmp_path, pool)
        yield house
        house.writer.close()
        house.store.close()


def batch(house: House, folder: str, first: int, number: int) -> Batch:
    now = house.clock.now()
    messages = tuple(mail(uid, f"jan{uid}@nowak.example", now) for uid in range(first, first + number))
    return Batch(messages, Cursor(f"kontakt/{folder}", 1, first + number - 1, now, now))


async def test_a_single_message_is_recorded_before_a_full_batch_is_done(house: House) -> None:
    await house.intake.record(batch(house, "Other", 9_999, 1))
    full = asyncio.create_task(house.intake.record(batch(house, "INBOX", 1, MANY)))
    await asyncio.sleep(0)
    await house.intake.record(batch(house, "Other", 10_000, 1))
    assert not full.done()
    await full
    assert len(house.store.waiting_items()) == MANY + 2


async def test_a_batch_that_fails_in_the_middle_is_recorded_once_when_it_comes_again(house: House) -> None:
    await house.intake.record(batch(house, "Other", 9_999, 1))
    whole = batch(house, "INBOX", 1, MANY)
    key = whole.messages[PORTION + 3].key
    with house.store._write() as connection:
        connection.exec_driver_sql(
            f"CREATE TRIGGER refuses BEFORE INSERT ON messages WHEN new.key = '{key}' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    with pytest.raises(Exception, match="not this one"):
        await house.intake.record(whole)
    assert house.store.cursor("kontakt/INBOX") is None
    with house.store._write() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuses")
    await house.intake.record(whole)
    assert house.store.cursor("kontakt/INBOX") == whole.cursor
    assert len(house.store.waiting_items()) == MANY + 1


async def test_what_she_answered_in_a_full_batch_is_seen_before_anything_of_it_is_acknowledged(house: House) -> None:
    await house.intake.record(batch(house, "Other", 9_999, 1))
    whole = replace(batch(house, "INBOX", 1, MANY), answered=(("kontakt", "INBOX/1/1"),))
    with house.store._write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuses BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    with pytest.raises(Exception, match="not this one"):
        await house.intake.record(whole)
    assert len(house.store.waiting_items()) == 1


async def test_who_only_looks_does_not_wait_for_who_writes(house: House) -> None:
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write() -> None:
        with house.store._write():
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    writing = asyncio.create_task(house.writer.call(write))
    assert await house.writer.look(house.store.cursor, "kontakt/INBOX") is None
    assert not writing.done()
    go_on.set()
    await writing
