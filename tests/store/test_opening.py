"""Opening the database: who may, and what is said when it cannot be."""

import gc
import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.builders import FRIDAY, acknowledged, cursor, mail
from triage_bot.core.items import ItemState
from triage_bot.errors import DatabaseBusy, DatabaseInUse, DatabaseUnusable, StoreError
from triage_bot.store import opening, schema
from triage_bot.store.ids import Ids
from triage_bot.store.store import Store

ONLY = "sqlite"
HOLDER = """
import sys
from triage_bot.store.store import Store
store = Store.open(sys.argv[1], exclusive=True)
print("open", flush=True)
sys.stdin.read()
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_second_run_is_refused_and_told_who_has_it(url: str, tmp_path: Path) -> None:
    with python(HOLDER, url) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(DatabaseInUse, match=rf"{re.escape(str(tmp_path))}/triage\.db .*process {holder.pid}\)"):
            Store.open(url, exclusive=True)
        beside = Store.open(url, exclusive=False)
        assert beside.first_start_at(FRIDAY) == FRIDAY
        beside.close()
        holder.kill()
    Store.open(url, exclusive=True).close()


def test_a_link_to_the_file_does_not_get_round_the_lock(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "triage.db")
    with pytest.raises(DatabaseInUse):
        Store.open(f"sqlite:///{tmp_path}/link.db", exclusive=True)


def test_commands_work_beside_a_run(store: Store, url: str) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    beside = Store.open(url, exclusive=False)
    beside.transition(1, ItemState.DONE, FRIDAY, "queue")
    beside.close()
    assert store.waiting_items() == []


def test_the_file_is_for_its_owner_only(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes) == {"triage.db", "triage.db-wal", "triage.db-shm", "triage.db.lock"}
    assert set(modes.values()) == {0o600}


def test_commits_are_on_the_disk_and_references_hold(store: Store) -> None:
    with store._read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        pytest.param("sqlite:////nowhere/at/all/x.db", "folder /nowhere/at/all does not exist", id="no folder"),
        pytest.param("sqlite:///{tmp}", "is a folder", id="a folder"),
        pytest.param("sqlite://", "names no file", id="in memory"),
        pytest.param("sqlite:///:memory:", "names no file", id="in memory by its name"),
        pytest.param("mysql://u:secret@h/d", r"mysql://u:\*\*\*@h/d cannot be used", id="of another kind"),
        pytest.param("triage.db", "is no database URL", id="a path"),
        pytest.param("sqlite:////proc/triage.db", "cannot be opened", id="where nobody may write"),
    ],
)
@pytest.mark.parametrize("exclusive", [True, False], ids=["run", "command"])
def test_what_cannot_be_opened(tmp_path: Path, address: str, says: str, exclusive: bool) -> None:
    with pytest.raises(DatabaseUnusable, match=says):
        Store.open(address.format(tmp=tmp_path), exclusive=exclusive)


def test_a_file_of_another_kind_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Kup mleko. " * 100)
    with pytest.raises(DatabaseUnusable, match="is not a database"):
        Store.open(f"sqlite:///{path}", exclusive=True)
    assert path.read_text() == "Kup mleko. " * 100


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    with pytest.raises(DatabaseUnusable, match="database of another program"):
        Store.open(f"sqlite:///{path}", exclusive=True)


def test_tables_of_a_newer_program_are_refused(url: str, tmp_path: Path) -> None:
    Store.open(url, exclusive=True).close()
    with sqlite3.connect(tmp_path / "triage.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '0999'")
    file.close()
    with pytest.raises(DatabaseUnusable, match=r"newer triage-bot \(tables of version 0999.*upgrade the program"):
        Store.open(url, exclusive=False)


def test_a_refused_open_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Kup mleko. " * 100)
    for _ in range(2):
        with pytest.raises(DatabaseUnusable):
            Store.open(f"sqlite:///{path}", exclusive=True)


def test_old_tables_are_not_changed_under_a_run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(url, exclusive=True)
    monkeypatch.setattr(schema, "HEAD", "9999")
    monkeypatch.setattr(opening, "PATIENCE", 0.1)
    with pytest.raises(DatabaseInUse, match=rf"older version.*process {os.getpid()}"):
        Store.open(url, exclusive=False)
    store.close()


def test_two_commands_at_once_make_one_database(url: str) -> None:
    code = "import sys; from triage_bot.store.store import Store; Store.open(sys.argv[1], exclusive=False).close()"
    commands = [python(code, url) for _ in range(4)]
    for command in commands:
        command.communicate()
    assert [command.returncode for command in commands] == [0, 0, 0, 0]


def test_a_database_that_stays_locked_is_busy_and_works_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store._write() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / "triage.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match="is locked: another program"):
        store.record([mail(1)], cursor(), acknowledged)
    assert store.waiting_items() == []
    other.execute("ROLLBACK")
    other.close()
    assert store.record([mail(1)], cursor(), acknowledged)[0].new


def test_a_mistake_of_ours_is_not_called_a_failure_of_the_database(store: Store) -> None:
    with pytest.raises(Exception, match="no such table") as caught, store._read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    assert not isinstance(caught.value, StoreError)


def test_a_file_that_a_plan_could_not_read_is_not_the_databases_fault(store: Store) -> None:
    def plan(message: object, history: object) -> None:
        raise FileNotFoundError("a template")

    with pytest.raises(FileNotFoundError):
        store.record([mail(1)], cursor(), plan)


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_close_leaves_nothing_open(url: str) -> None:
    gc.collect()  # what other tests left behind
    before = len(os.listdir("/proc/self/fd"))
    store = Store.open(url, exclusive=True)
    store.record([mail(1)], cursor(), acknowledged)
    store.close()
    store.close()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_ids_come_from_a_transaction_that_writes(store: Store) -> None:
    """Two processes that record at once must not hand out the same id."""
    from triage_bot.store.tables import items

    store.record([mail(1)], cursor(), acknowledged)
    with store._write() as connection:
        assert next(Ids(connection, items)) == 2
