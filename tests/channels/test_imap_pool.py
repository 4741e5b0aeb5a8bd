"""Many mailboxes share a few threads: who gets one, and who must not hold up the others."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.patience import PATIENCE
from triage_bot.channels import imap_pool
from triage_bot.channels.imap_pool import Drains, Job, Pool
from triage_bot.core.servers import MailServer


@pytest.fixture(autouse=True)
def _a_busy_machine_is_no_slow_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_pool, "IN_GOOD_TIME", PATIENCE)


def server(number: int, timeout: float = 30.0) -> MailServer:
    return MailServer(f"imap{number}.example", 993, "tls", timeout=timeout)


class Stuck:
    """A command that hangs until it is freed or given up."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.freed = threading.Event()

    def __call__(self) -> None:
        self.began.set()
        assert self.freed.wait(PATIENCE)


@asynccontextmanager
async def pool_of(threads: int) -> AsyncIterator[tuple[Pool, Callable[..., tuple[Stuck, Job[None]]]]]:
    pool, all_stuck = Pool(threads), list[Stuck]()

    def hang(host: int, *, long: bool = False, timeout: float = 30.0) -> tuple[Stuck, Job[None]]:
        stuck = Stuck()
        all_stuck.append(stuck)
        return stuck, pool.start(server(host, timeout), stuck, give_up=stuck.freed.set, long=long)

    try:
        yield pool, hang
    finally:
        for stuck in all_stuck:
            stuck.freed.set()
        await pool.aclose()


async def quick(pool: Pool, host: int) -> int:
    async with asyncio.timeout(PATIENCE):
        return await pool.start(server(host), lambda: 1, give_up=lambda: None).future


async def begun(commands: list[Stuck], least: int) -> int:
    """How many of them hang, once that are at least so many: a thread begins when it comes to it."""
    async with asyncio.timeout(PATIENCE):
        while (number := sum(stuck.began.is_set() for stuck in commands)) < least:
            await asyncio.sleep(0.01)
    return number


async def test_a_host_that_hangs_gets_one_thread_until_it_has_answered() -> None:
    async with pool_of(4) as (pool, hang):
        first, _ = hang(1)
        second, _ = hang(1)
        assert await asyncio.to_thread(first.began.wait, PATIENCE)
        assert await quick(pool, 2) == 1
        assert not second.began.is_set()


async def test_a_host_that_has_answered_and_hangs_now_gets_one_thread_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pool_of(6) as (pool, hang):
        await quick(pool, 1)
        monkeypatch.setattr(imap_pool, "IN_GOOD_TIME", 0.05)
        first, _ = hang(1)
        async with asyncio.timeout(PATIENCE):
            while pool._trusted:
                await asyncio.sleep(0.01)
        assert first.began.is_set()
        second, _ = hang(1)
        assert await quick(pool, 2) == 1
        assert not second.began.is_set()


async def test_many_hosts_that_hang_leave_half_of_the_threads_to_the_others() -> None:
    async with pool_of(4) as (pool, hang):
        await quick(pool, 9)
        hanging = [hang(host)[0] for host in range(8)]
        assert [await quick(pool, 9) for _ in range(3)] == [1, 1, 1]
        assert await begun(hanging, 2) == 2


async def test_a_host_that_answers_never_gets_all_threads() -> None:
    async with pool_of(4) as (pool, hang):
        await quick(pool, 1)
        mailboxes = [hang(1)[0] for _ in range(10)]
        assert await quick(pool, 2) == 1
        assert await begun(mailboxes, 2) == 2


async def test_a_look_goes_before_the_backlogs_of_others() -> None:
    async with pool_of(4) as (pool, hang):
        await quick(pool, 1)
        await quick(pool, 2)
        backlogs = [hang(host, long=True)[0] for host in (1, 2, 1, 2)]
        assert await quick(pool, 1) == 1
        assert await begun(backlogs, 2) == 2


async def test_hosts_take_turns() -> None:
    """One host has a hundred mailboxes in the queue, the other one."""
    order: list[int] = []
    async with pool_of(1) as (pool, hang):
        stuck, _ = hang(1)
        crowd = [pool.start(server(1), lambda: order.append(1), give_up=lambda: None) for _ in range(100)]
        other = pool.start(server(2), lambda: order.append(2), give_up=lambda: None)
        stuck.freed.set()
        await asyncio.wait([job.ended for job in (*crowd, other)], timeout=PATIENCE)
    assert order.index(2) < 2
    assert len(order) == 101


async def test_a_command_has_a_limit_in_all() -> None:
    async with pool_of(2) as (_, hang):
        _, job = hang(1, timeout=0.05)
        await asyncio.wait([job.ended], timeout=PATIENCE)
        assert job.ended.done()


async def test_what_is_cancelled_before_its_turn_never_begins() -> None:
    async with pool_of(1) as (pool, hang):
        first, _ = hang(1)
        second, job = hang(1)
        job.cancel()
        first.freed.set()
        assert await quick(pool, 1) == 1
        assert not second.began.is_set()


async def test_an_error_of_the_command_is_the_callers() -> None:
    async with pool_of(1) as (pool, _):
        job = pool.start(server(1), lambda: 1 // 0, give_up=lambda: None)
        with pytest.raises(ZeroDivisionError):
            await job.future


async def test_full_mailboxes_are_emptied_a_few_at_a_time() -> None:
    drains = Drains(1)
    async with drains.turn() as end_early:
        waiting = asyncio.create_task(_take(drains))
        await asyncio.sleep(0)
        assert drains.wanted
        assert not waiting.done()
        end_early()
        await asyncio.wait_for(waiting, PATIENCE)
        assert not drains.wanted
    async with drains.turn():  # it was given back once, not twice
        waiting = asyncio.create_task(_take(drains))
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()


async def _take(drains: Drains) -> None:
    async with drains.turn():
        pass
