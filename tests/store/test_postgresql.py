"""What is said of a PostgreSQL database that cannot be used, and how several programs share one."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text

from tests.servers.postgres import PASSWORD, Postgres
from tests.store.builders import FRIDAY, acknowledged, cursor, mail
from triage_bot.config.database import with_password
from triage_bot.errors import DatabaseBusy, DatabaseFull, DatabaseInUse, DatabaseUnusable, LeaseLost, StoreError
from triage_bot.store import postgresql, schema
from triage_bot.store.fencing import WORKING_UNDER, Lease
from triage_bot.store.store import Store

ONLY = "postgresql"


@pytest.fixture
def name(postgres: Postgres) -> Iterator[str]:
    made = postgres.migrated()
    yield made
    postgres.drop(made)


def test_a_password_of_any_characters_opens_it(postgres: Postgres, name: str) -> None:
    url = with_password(postgres.url_by_port(name), PASSWORD)
    store = Store.open(url, exclusive=True)
    assert store.waiting_items() == []
    assert PASSWORD not in store.database.where
    assert quote(PASSWORD, safe="") not in store.database.where
    store.close()


@pytest.mark.parametrize(
    ("credentials", "database", "says", "kind"),
    [
        pytest.param("triage:wrong", "{name}", "refused the password", DatabaseUnusable, id="a wrong password"),
        pytest.param("triage", "{name}", "refused the password", DatabaseUnusable, id="no password"),
        pytest.param("{good}", "nowhere", "does not exist: make it with `createdb`", DatabaseUnusable, id="no such"),
    ],
)
def test_what_cannot_be_opened_is_said_and_no_password_with_it(
    postgres: Postgres, name: str, credentials: str, database: str, says: str, kind: type[StoreError]
) -> None:
    good = f"triage:{quote(PASSWORD, safe='')}"
    url = postgres.url_by_port(database.format(name=name), credentials.format(good=good))
    with pytest.raises(kind, match=says) as caught:
        Store.open(url, exclusive=True)
    assert "wrong" not in str(caught.value)
    assert quote(PASSWORD, safe="") not in str(caught.value)


def test_a_server_that_is_not_there_is_temporary(postgres: Postgres) -> None:
    with pytest.raises(DatabaseBusy, match=r"127\.0\.0\.1:1/triage cannot be reached"):
        Store.open("postgresql://triage@127.0.0.1:1/triage", exclusive=True)


def test_the_database_of_another_program_is_left_as_it_is(postgres: Postgres) -> None:
    other = postgres.empty()
    postgres.sql("CREATE TABLE bookmarks (url text)", other)
    with pytest.raises(DatabaseUnusable, match="database of another program"):
        Store.open(postgres.url(other), exclusive=True)
    postgres.drop(other)


def test_a_read_only_database_says_so(postgres: Postgres, name: str) -> None:
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = Store.open(postgres.url(name), exclusive=True)
    with pytest.raises(DatabaseUnusable, match="is read-only: a standby"):
        store.first_start_at(FRIDAY)
    store.close()


def test_a_database_that_was_restarted_works_again(postgres: Postgres, store: Store) -> None:
    store.record([mail(1)], cursor(1), acknowledged)
    postgres.restart()
    with pytest.raises(DatabaseBusy, match="cannot be reached"):
        store.record([mail(2)], cursor(2), acknowledged)
    assert store.record([mail(2)], cursor(2), acknowledged)[0].new
    assert len(store.waiting_items()) == 2


def test_a_writer_that_takes_too_long_is_waited_for_and_then_called_busy(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.first_start_at(FRIDAY)
    monkeypatch.setattr(postgresql, "BUSY_TIMEOUT", postgresql.BUSY_TIMEOUT / 50)
    other = Store.open(url, exclusive=True)
    with store._write(), pytest.raises(DatabaseBusy, match="is locked: another program"):
        other.record([mail(1)], cursor(), acknowledged)
    assert other.record([mail(1)], cursor(), acknowledged)[0].new
    other.close()


def test_what_a_writer_has_read_is_still_so_when_it_writes(store: Store, url: str) -> None:
    """Two that record at once see one after the other: the limits count both, ids are given out once."""
    stores = [Store.open(url, exclusive=True) for _ in range(3)]
    counted: list[int] = []

    def record(number: int) -> None:
        def plan(message: object, history: object) -> object:
            time.sleep(0.01)  # judging by what was read takes its time
            counted.append(history.contact_last_hour)  # type: ignore[attr-defined]
            return acknowledged(message, history)  # type: ignore[arg-type]

        stores[number].record([mail(number)], cursor(1, source=f"m{number}"), plan)  # type: ignore[arg-type]

    threads = [threading.Thread(target=record, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [0, 1, 2]
    assert [item.id for item in store.waiting_items()] == [1, 2, 3]
    for each in stores:
        each.close()


def test_many_that_start_at_once_make_the_tables_once(postgres: Postgres) -> None:
    empty = postgres.empty()
    failed: list[BaseException] = []

    def start() -> None:
        try:
            Store.open(postgres.url(empty), exclusive=True).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert postgres.sql("SELECT version_num FROM alembic_version", empty) == [(schema.HEAD,)]
    postgres.drop(empty)


def test_check_says_what_is_there_and_changes_nothing(postgres: Postgres, name: str) -> None:
    empty = postgres.empty()
    assert f"tables of version {schema.HEAD}" in postgresql.probe_postgresql(postgres.url(name))
    assert "no tables yet" in postgresql.probe_postgresql(postgres.url(empty))
    assert postgres.sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", empty) == []
    postgres.drop(empty)
    with pytest.raises(DatabaseUnusable, match="does not exist"):
        postgresql.probe_postgresql(postgres.url(empty))


# Two versions at once


def migrated_by_a_newer_program(postgres: Postgres, name: str, compatible_from: str) -> None:
    postgres.sql("ALTER TABLE items ADD COLUMN mood text NOT NULL DEFAULT 'good'", name)
    postgres.sql("UPDATE alembic_version SET version_num = '0999'", name)
    postgres.sql(f"UPDATE meta SET value = '{compatible_from}' WHERE name = 'compatible_from'", name)


def test_a_worker_goes_on_while_a_newer_one_adds_a_column(postgres: Postgres, name: str) -> None:
    old = Store.open(postgres.url(name), exclusive=True)
    old.record([mail(1)], cursor(1), acknowledged)
    migrated_by_a_newer_program(postgres, name, schema.HEAD)
    old.record([mail(2)], cursor(2), acknowledged)
    another = Store.open(postgres.url(name), exclusive=True)
    assert len(another.waiting_items()) == 2
    another.close()
    old.close()


def test_tables_that_a_newer_program_changed_for_good_are_refused(postgres: Postgres, name: str) -> None:
    migrated_by_a_newer_program(postgres, name, "0998")
    with pytest.raises(DatabaseUnusable, match="newer triage-bot"):
        Store.open(postgres.url(name), exclusive=True)


def test_a_change_that_older_workers_cannot_bear_waits_until_none_runs(
    postgres: Postgres, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Store.open(postgres.url(name), exclusive=True, worker="w1")
    running.waiting_items()
    postgres.sql("UPDATE alembic_version SET version_num = '0001'", name)
    monkeypatch.setattr(schema, "upgrade", lambda connection: connection.execute(text("SELECT 1")))
    with pytest.raises(DatabaseInUse, match="1 workers that need them so are running"):
        Store.open(postgres.url(name), exclusive=True, worker="w2")
    running.close()
    until_gone(postgres, "triage-bot w1")
    Store.open(postgres.url(name), exclusive=True, worker="w2").close()


def until_gone(postgres: Postgres, application: str) -> None:
    while postgres.sql(f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{application}'"):
        time.sleep(0.01)


# Fencing


def test_a_write_under_a_lease_that_another_worker_has_is_refused(store: Store, postgres: Postgres, url: str) -> None:
    with store._write() as connection:
        connection.execute(text("INSERT INTO leases VALUES ('mailbox:mail', 'w2', 2)"))
    under = WORKING_UNDER.set(Lease("mailbox:mail", "w1", 1))
    try:
        with pytest.raises(LeaseLost, match="another worker has taken over mailbox:mail"):
            store.record([mail(1)], cursor(), acknowledged)
        WORKING_UNDER.set(Lease("mailbox:mail", "w2", 2))
        assert store.record([mail(1)], cursor(), acknowledged)[0].new
    finally:
        WORKING_UNDER.reset(under)


# Failures that cannot be brought about here


class Failed(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("as the server says")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "kind", "says"),
    [
        ("53100", DatabaseFull, "the disk of the server is full"),
        ("53300", DatabaseBusy, "takes no further connection"),
        ("40001", DatabaseBusy, "is locked"),
        ("40P01", DatabaseBusy, "is locked"),
        ("57P01", DatabaseBusy, "cannot be reached"),
        ("42501", DatabaseUnusable, "Make the user the owner"),
        ("XX001", DatabaseUnusable, "is damaged"),
        ("58030", DatabaseFull, "the disk is full or failing"),
    ],
)
def test_failures_of_the_server_in_words(sqlstate: str, kind: type[StoreError], says: str) -> None:
    made = postgresql.explained(Failed(sqlstate), "postgresql://h/d")
    assert type(made) is kind
    with pytest.raises(kind, match=says):
        raise made


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.InternalError("received 2 results from command 'BEGIN'"), DatabaseBusy),
        (psycopg.DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq"), DatabaseBusy),
        (psycopg.OperationalError("consuming input failed"), DatabaseBusy),
        (psycopg.ProgrammingError("the query has 1 placeholder but 2 parameters were passed"), type(None)),
    ],
    ids=["two answers to one question", "an answer that is cut off", "a cut", "a mistake of ours"],
)
def test_what_the_library_says_of_a_broken_connection_is_waited_out(error: psycopg.Error, kind: type[object]) -> None:
    assert type(postgresql.explained(error, "postgresql://h/d")) is kind


def test_a_mistake_of_ours_is_not_called_a_failure_of_the_database(store: Store) -> None:
    with pytest.raises(Exception, match="nowhere") as caught, store._read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    assert not isinstance(caught.value, StoreError)
