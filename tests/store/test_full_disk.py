"""No room left: nothing half written, and it goes on once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.builders import FRIDAY, MINUTE, acknowledged, cursor, mail
from triage_bot.core.messages import IncomingMessage
from triage_bot.errors import DatabaseFull
from triage_bot.store.store import Store

ONLY = "sqlite"


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def big_batch() -> list[IncomingMessage]:
    return [mail(number, text=f"{number} " * 5000) for number in range(2, 100)]


def test_a_database_that_cannot_grow(store: Store) -> None:
    store.record([mail(1)], cursor(1), acknowledged)
    with store._write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")
    check_full_and_back(store, lambda: unlimited(store))


def unlimited(store: Store) -> None:
    with store._write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")


def test_a_file_system_that_takes_no_more(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(1), acknowledged)
    largest = max(path.stat().st_size for path in tmp_path.iterdir())
    with no_file_larger_than(largest + 20_000), pytest.raises(DatabaseFull, match="full"):
        store.record(big_batch(), cursor(2), acknowledged)
    check_whole(store)


def check_full_and_back(store: Store, make_room: object) -> None:
    with pytest.raises(DatabaseFull, match=r"the disk is full. Make room; nothing was lost"):
        store.record(big_batch(), cursor(2), acknowledged)
    make_room()  # type: ignore[operator]
    check_whole(store)


def check_whole(store: Store) -> None:
    stored = store.cursor("mail/INBOX")
    assert stored is not None
    assert stored.position == 1
    assert [item.id for item in store.waiting_items()] == [1]
    assert len(store.record(big_batch(), cursor(2), acknowledged)) == 98
    assert len(store.claim(["mail"], FRIDAY, 200, MINUTE, "w")) == 99
    with store._read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def test_a_file_that_cannot_even_be_made(tmp_path: Path) -> None:
    with no_file_larger_than(0), pytest.raises(DatabaseFull, match="full"):
        Store.open(f"sqlite:///{tmp_path}/triage.db", exclusive=False)
    Store.open(f"sqlite:///{tmp_path}/triage.db", exclusive=True).close()
