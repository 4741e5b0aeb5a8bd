"""What a provider's host is spared: connections in a rush, attempts of all when it is down, more than it wants."""

import asyncio
from datetime import timedelta

from tests.patience import PATIENCE
from triage_bot.channels.imap_hosts import Host, Hosts, Manners, Visit
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, TemporaryFailure

SERVER = MailServer("imap.example", 993, "tls")
DOWN = TemporaryFailure("no route")
QUICK = Manners(a_second=10_000, all_a_second=10_000, first_retry=timedelta(milliseconds=20))


def host(manners: Manners = QUICK) -> Host:
    return Hosts(manners, chance=lambda: 0.5).of(SERVER)


def ignore(_: ChannelFailure) -> None:
    pass


async def entered(at: Host) -> Visit:
    async with asyncio.timeout(PATIENCE):
        return await at.enter(ignore)


async def opened(at: Host) -> Visit:
    visit = await entered(at)
    visit.opened()
    return visit


async def settled(*tasks: "asyncio.Task[Visit]") -> list["asyncio.Task[Visit]"]:
    """Those that were let in, once nobody is let in any more."""
    for _ in range(50):  # one long wait may end before they have had their turns one after the other
        await asyncio.sleep(0.001)
    return [task for task in tasks if task.done()]


async def cancelled(*tasks: "asyncio.Task[Visit]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_few_connections_are_opened_at_once() -> None:
    there = host()
    tasks = [asyncio.create_task(there.enter(ignore)) for _ in range(10)]
    let_in = await settled(*tasks)
    assert len(let_in) == QUICK.at_once
    let_in[0].result().opened()
    assert len(await settled(*tasks)) == QUICK.at_once + 1
    await cancelled(*tasks)


async def test_connections_are_begun_at_a_rate() -> None:
    there = host(Manners(at_once=100, a_second=100, all_a_second=10_000))
    began = asyncio.get_running_loop().time()
    for _ in range(11):
        await opened(there)
    assert asyncio.get_running_loop().time() - began >= 0.09


async def test_a_host_that_is_down_is_tried_by_one_for_all() -> None:
    there = host()
    heard: list[ChannelFailure] = []
    attempts = 0

    async def mailbox() -> None:
        nonlocal attempts
        while True:
            visit = await there.enter(heard.append)
            attempts += 1
            visit.unreachable(DOWN)

    mailboxes = [asyncio.create_task(mailbox()) for _ in range(100)]
    await asyncio.sleep(0.35)
    for task in mailboxes:
        task.cancel()
    await asyncio.gather(*mailboxes, return_exceptions=True)
    assert attempts <= QUICK.at_once + 5  # 15, 30, 60, 120 ... milliseconds apart
    assert len(heard) >= 100, "each of them has heard that it cannot be read"


async def test_when_it_is_back_all_are_let_in() -> None:
    there = host()
    (await entered(there)).unreachable(DOWN)
    tasks = [asyncio.create_task(there.enter(ignore)) for _ in range(10)]
    async with asyncio.timeout(PATIENCE):
        (first,), _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        first.result().opened()
        while any(not task.done() for task in tasks):
            for task in tasks:
                if task.done():
                    task.result().opened()
            await asyncio.sleep(0.001)


async def test_too_many_connections_are_obeyed_and_the_rest_takes_turns() -> None:
    there = host()
    visits = [await opened(there) for _ in range(8)]
    refused = await entered(there)
    assert refused.refused()
    refused.leave()
    assert not any(visit.must_go for visit in visits), "nobody waits yet"

    waiting = asyncio.create_task(there.enter(ignore))
    assert not await settled(waiting)
    keep, go = visits[:6], visits[6:]
    assert not any(visit.must_go for visit in keep)
    assert all(visit.must_go and visit.stirred.is_set() for visit in go)
    go[0].leave()
    (await asyncio.wait_for(waiting, PATIENCE)).opened()
    assert not go[1].must_go


async def test_a_refusal_that_means_one_account_does_not_take_the_places_of_others() -> None:
    """Eight were let in before: it is not the host that has no room for a sixth."""
    there = host()
    visits = [await opened(there) for _ in range(8)]
    for visit in visits[5:]:
        visit.leave()
    refused = await entered(there)
    assert not refused.refused()
    refused.leave()
    tasks = [asyncio.create_task(there.enter(ignore)) for _ in range(2)]
    assert len(await settled(*tasks)) == 2
    await cancelled(*tasks)


async def test_the_only_connection_that_is_refused_has_no_turn_to_wait_for() -> None:
    assert not (await entered(host())).refused()


async def test_who_stops_waiting_leaves_no_trace() -> None:
    there = host(Manners(at_once=1, a_second=10_000, all_a_second=10_000))
    first = await entered(there)
    waiting = asyncio.create_task(there.enter(ignore))
    assert not await settled(waiting)
    await cancelled(waiting)
    first.leave()
    await opened(there)
