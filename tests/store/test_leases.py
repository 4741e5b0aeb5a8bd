"""Who has what among several workers on one database, and what becomes of what a dead one had."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.patience import PATIENCE
from tests.servers.postgres import Postgres
from tests.store.builders import FRIDAY, entry
from triage_bot.errors import EntryTaken, LeaseLost
from triage_bot.store.fencing import WORKING_UNDER, Lease
from triage_bot.store.leases import Kept, Leases, fair_share
from triage_bot.store.store import Store

ONLY = "postgresql"
ALL = {"telegram": "telegram", "desk": "", "mailbox:a": "a", "mailbox:b": "b", "mailbox:mail": "mail"}
SPAN = timedelta(seconds=15)
AT_ONCE = timedelta(0)


class One:
    """A worker's side of the database."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.store = Store.open(url, exclusive=True, worker=name)
        self.leases = Leases(self.store.database, f"{name}, process 1")

    def keep(self, span: timedelta = SPAN) -> Kept:
        return self.leases.keep(ALL, span)

    def settle(self) -> set[str]:
        """Give up what others have a right to; returns what is left."""
        kept = self.keep()
        self.leases.give_up(kept.surplus)
        return set(kept.tokens) - kept.surplus


Workers = Callable[[str], One]


@pytest.fixture
def worker(url: str) -> Iterator[Workers]:
    made: list[One] = []

    def make(name: str) -> One:
        made.append(One(url, name))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


@pytest.mark.parametrize(
    ("resources", "workers", "shares"),
    [(5, 1, [5]), (5, 2, [3, 2]), (5, 3, [2, 2, 1]), (1, 3, [1, 0, 0]), (0, 2, [0, 0])],
)
def test_the_shares_add_up(resources: int, workers: int, shares: list[int]) -> None:
    names = [f"w{number}" for number in range(workers)]
    assert [fair_share(resources, names, name) for name in names] == shares


def test_the_only_worker_has_everything(worker: Workers) -> None:
    assert worker("w1").settle() == set(ALL)


def test_one_that_joins_gets_its_share_and_nothing_is_had_twice(worker: Workers) -> None:
    first, second, third = worker("w1"), worker("w2"), worker("w3")
    assert first.settle() == set(ALL)
    assert second.settle() == set()
    assert len(first.settle()) == 3
    assert len(second.settle()) == 2
    third.keep()
    both = first.settle(), second.settle()
    assert [len(each) for each in (*both, third.settle())] == [2, 2, 1]
    assert both[0] | both[1] | third.settle() == set(ALL)


def test_what_one_gives_back_at_its_end_is_free_at_once(worker: Workers) -> None:
    first, second = worker("w1"), worker("w2")
    first.settle()
    first.leases.leave()
    assert second.settle() == set(ALL)


def test_a_silent_worker_loses_everything_when_its_lease_ends_and_its_connections_with_it(
    worker: Workers, postgres: Postgres
) -> None:
    first, second = worker("w1"), worker("w2")
    first.keep(AT_ONCE)
    before = first.keep(AT_ONCE).tokens
    assert second.settle() == set(ALL)
    assert all(second.keep().tokens[name] > token for name, token in before.items())
    until(lambda: not postgres.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'triage-bot w1'"))


def test_a_worker_without_a_connection_is_dead_before_its_lease_ends(worker: Workers) -> None:
    first, second = worker("w1"), worker("w2")
    first.keep(timedelta(minutes=5))
    first.store.close()
    until(lambda: second.leases.keep(ALL, timedelta(seconds=0.3)).tokens.keys() == ALL.keys())


def test_one_whose_lease_ran_out_keeps_it_while_nobody_else_is_there(worker: Workers) -> None:
    first = worker("w1")
    assert first.keep(AT_ONCE).tokens == first.keep(AT_ONCE).tokens


def test_one_that_was_stopped_too_long_begins_anew_as_the_youngest(worker: Workers) -> None:
    first, second = worker("w1"), worker("w2")
    first.keep(AT_ONCE)
    second.settle()
    until(lambda: is_cut_off(first))
    assert first.settle() == set()
    assert len(second.settle()) == 3
    assert len(first.settle()) == 2


def test_when_all_were_held_up_nobody_is_taken_for_dead_by_whoever_is_back_first(
    worker: Workers, postgres: Postgres
) -> None:
    first, second = worker("w1"), worker("w2")
    first.keep()
    second.keep()
    first.settle()
    had = second.settle()
    stand_still(postgres, second, minutes=1)
    assert set(second.keep().tokens) == had
    assert len(first.settle()) == 3, "it was given the time to come back"
    stand_still(postgres, second, minutes=1)
    second.keep()
    assert second.settle() == set(ALL), "it was not heard of until the next turn"


def stand_still(postgres: Postgres, one: One, minutes: int) -> None:
    """The machine of all workers and of their database was suspended for so long."""
    with one.store.database.reading() as connection:
        [(name,)] = connection.exec_driver_sql("SELECT current_database()")
    moment = minutes * 60_000_000
    postgres.sql(f"UPDATE workers SET seen_at = seen_at - {moment}, until_at = until_at - {moment}", name)


def is_cut_off(one: One) -> bool:
    try:
        one.keep()
    except Exception:
        return True
    return False


def test_entries_in_the_hand_of_a_dead_worker_wait_again_and_it_may_not_hand_them_over(worker: Workers) -> None:
    first, second = worker("w1"), worker("w2")
    [one, two] = first.store.enqueue([entry("a@x"), entry("b@x")])
    first.keep(AT_ONCE)
    assert len(first.store.claim(["mail"], FRIDAY, 9, SPAN, "w1")) == 2
    first.store.advance([], [(one, FRIDAY)], worker="w1")
    second.settle()
    until(lambda: is_cut_off(first))
    with pytest.raises(EntryTaken):
        first.store.advance([], [(two, FRIDAY)], worker="w1")
    assert [each.id for each in second.store.interrupted(["mail"])] == [one]
    assert second.store.interrupted(["a"]) == []
    assert [each.id for each in second.store.claim(["mail"], FRIDAY, 9, SPAN, "w2")] == [two]


def test_what_a_dead_worker_had_sent_after_all_is_noted(worker: Workers) -> None:
    first, second = worker("w1"), worker("w2")
    [one] = first.store.enqueue([entry("a@x")])
    token = first.keep(AT_ONCE).tokens["mailbox:mail"]
    first.store.claim(["mail"], FRIDAY, 9, SPAN, "w1")
    first.store.advance([], [(one, FRIDAY)], worker="w1")
    second.settle()
    assert [each.id for each in second.store.recover(FRIDAY, ["mail"])] == [one]
    until(lambda: is_cut_off(first))
    under = WORKING_UNDER.set(Lease("mailbox:mail", "w1", token))
    try:
        first.store.advance([(one, FRIDAY, "250 ok")], [], worker="w1")
        assert second.store.doubtful_entries() == []
        with pytest.raises(LeaseLost):
            first.store.retry(one, FRIDAY, "451")
        assert first.store.claim(["mail"], FRIDAY, 9, SPAN, "w1") == []
    finally:
        WORKING_UNDER.reset(under)


def test_the_clock_of_the_database_is_near_ours_here(worker: Workers) -> None:
    leases = worker("w1").leases
    before = time.time()
    now = leases.now().timestamp()
    assert before - 1 < now < time.time() + 1


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
