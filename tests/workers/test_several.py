"""Two and three workers on one database: one dies, one is stopped too long, one joins. Nothing is lost, nobody is
written to twice, and what one had the others take over in time. All of it is counted at the servers."""

import asyncio
import os
import signal

from tests.kills.programs import Hatchling
from tests.kills.town import Outcome, check_laws
from tests.patience import stopwatch
from tests.workers.agency import LEASE_SECONDS, TAKEN_OVER_WITHIN, Agency

ONCE = Outcome(acknowledged=1, in_doubt=False, items=1)


async def two_at_work(town: Agency) -> tuple[Hatchling, Hatchling]:
    first, second = await town.hire(), await town.hire()
    await town.until_shared(3, 2)
    await town.until_listening()
    return first, second


async def test_two_divide_the_mailboxes_and_everything_arrives_once(town: Agency) -> None:
    await two_at_work(town)
    await town.people_write(4)
    await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}
    assert set(town.duties_of(next(iter(town.shares())))) < {
        "desk",
        "telegram",
        "mailbox:kontakt",
        "mailbox:biuro",
        "mailbox:sklep",
    }


async def test_a_worker_that_joins_gets_its_share(town: Agency) -> None:
    await two_at_work(town)
    await town.people_write()
    await town.hire()
    await town.people_write()
    await town.until_shared(2, 2, 1)
    await town.people_write()
    await town.until_at_rest()
    check_laws(town)


async def test_a_killed_worker_is_replaced_and_nothing_is_lost(town: Agency) -> None:
    first, _ = await two_at_work(town)
    await town.people_write()
    await town.smtp.wait_for(1)
    first.kill()
    async with stopwatch() as watch:
        await town.people_write()
        await town.until_shared(5)
    assert watch.seconds < TAKEN_OVER_WITHIN
    await town.until_at_rest()
    check_laws(town)


async def test_a_worker_that_ends_gives_everything_to_the_other_at_once(town: Agency) -> None:
    first, _ = await two_at_work(town)
    os.kill(first.pid, signal.SIGTERM)
    assert await first.ended() == 0, first.log()
    await town.until_shared(5)
    await town.people_write()
    await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}


async def test_a_worker_that_was_stopped_for_longer_than_a_lease_does_nothing_twice(town: Agency) -> None:
    first, second = await two_at_work(town)
    await town.people_write()
    os.kill(first.pid, signal.SIGSTOP)
    async with stopwatch() as watch:
        await town.people_write(5)
        await town.until_shared(5)
    assert watch.seconds < TAKEN_OVER_WITHIN
    await town.people_write()
    os.kill(first.pid, signal.SIGCONT)
    await town.people_write()
    await town.until_shared(3, 2)
    await town.until_at_rest()
    check_laws(town)
    assert "lost to another worker" in first.log()
    assert "Traceback" not in first.log() + second.log()


async def test_a_worker_that_is_stopped_with_a_mail_in_its_hand_lets_it_leave_once(town: Agency) -> None:
    """Stopped after its commit and before the server has the mail: the other one tells the assistant and sends nothing,
    the first one finishes when it can."""
    first, second = await two_at_work(town)
    stopped: list[int] = []

    def stop(_: str) -> None:
        for worker in (first, second):
            if not stopped and "mailbox:kontakt" in town.duties_of(town.place_of(worker)):
                stopped.append(worker.pid)
                os.kill(worker.pid, signal.SIGSTOP)

    town.smtp.on_data = stop
    await town.people_write()
    await town.until_shared(5)
    os.kill(stopped[0], signal.SIGCONT)
    await town.people_write()
    await town.until_at_rest()
    check_laws(town)


async def test_a_restart_of_the_database_is_survived_by_all(town: Agency) -> None:
    first, second = await two_at_work(town)
    await town.people_write()
    town.postgres.restart()
    await town.people_write()
    await town.until_shared(3, 2)
    await town.until_at_rest()
    check_laws(town)
    assert "Traceback" not in first.log() + second.log()


async def test_killed_again_and_again_nothing_is_lost_and_nothing_comes_twice(town: Agency) -> None:
    await two_at_work(town)
    for number in range(4):
        await town.people_write(2)
        await asyncio.sleep(0.05 * number)  # another moment of their work each time
        town.workers[number].kill()
        await town.hire()
        await town.until(lambda: len(town.shares()) >= 2, "two are at work again")
    await town.until(lambda: sum(town.shares().values()) == 5, "everything is somebody's", LEASE_SECONDS * 10)
    await town.until_at_rest()
    check_laws(town)


async def test_a_worker_whose_clock_is_wrong_goes_by_that_of_the_database(town: Agency) -> None:
    """Alone it would think that every promise is older by ten minutes, and that the other one's leases have ended."""
    right, wrong = await town.hire(), await town.hire("a fast clock")
    await town.until_shared(3, 2)
    await town.until_listening()
    await town.people_write(4)
    await town.until_at_rest()
    assert set(check_laws(town).values()) == {ONCE}
    statement = "SELECT max(recorded_at) / 1e6 - extract(epoch FROM now()) FROM messages"
    [(ahead,)] = town.postgres.sql(statement, town.name)
    assert ahead < 1
    assert "lost to another worker" not in right.log() + wrong.log()
