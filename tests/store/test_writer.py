"""The one thread on which the database is written."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from triage_bot.store.writer import Writer


@pytest.fixture
def writer() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.close()


async def test_calls_run_in_order_on_one_other_thread(writer: Writer) -> None:
    ran: list[tuple[int, int]] = []

    def note(number: int) -> int:
        ran.append((number, threading.get_ident()))
        return number

    assert await asyncio.gather(*(writer.call(note, number) for number in range(20))) == list(range(20))
    assert [number for number, _ in ran] == list(range(20))
    assert len({thread for _, thread in ran} - {threading.get_ident()}) == 1


async def test_failures_and_keywords_pass_through(writer: Writer) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await writer.call(int, "x", base=10)


async def test_cancelled_while_it_runs_it_runs_to_its_end_first(writer: Writer) -> None:
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(10)
        ended.set()

    call = asyncio.create_task(writer.call(work))
    await asyncio.to_thread(began.wait, 10)
    for _ in range(2):  # a second, impatient cancellation changes nothing
        call.cancel()
        await asyncio.sleep(0)
        assert not call.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert ended.is_set()


async def test_cancelled_while_it_waits_it_never_runs(writer: Writer) -> None:
    go_on = threading.Event()
    ran: list[str] = []
    first = asyncio.create_task(writer.call(go_on.wait, 10))
    second = asyncio.create_task(writer.call(ran.append, "second"))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    await first
    await writer.call(ran.append, "third")
    assert ran == ["third"]
