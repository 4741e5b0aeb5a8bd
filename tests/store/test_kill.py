"""Killed at any moment, the database holds all of a transaction or nothing of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.builders import FRIDAY
from triage_bot.store.drafts import EntryState
from triage_bot.store.store import Store

ONLY = "sqlite"

REPOSITORY = Path(__file__).parents[2]

CHILD = """
import sqlite3, sys, threading
from datetime import timedelta
from sqlalchemy import event
from tests.store.builders import *
from triage_bot.errors import EntryTaken
from triage_bot.store.store import Store

store = Store.open(sys.argv[1], exclusive=True)
step, stop = sys.argv[2], int(sys.argv[3])
left = stop

def here(*arguments):
    global left
    left -= 1
    if left == 0:
        print("now", flush=True)
        threading.Event().wait()
    return 0

def watch():
    # Called by SQLite itself, every few instructions of its machine: in the middle of whatever runs.
    with store._write() as connection:
        connection.connection.dbapi_connection.set_progress_handler(here, 20)

if step == "record":
    store.record([mail(number) for number in range(1000, 1010)], cursor(1), acknowledged)
    watch()
    store.record([mail(number) for number in range(40)], cursor(2), acknowledged)
elif step == "advance":
    store.record([mail(number) for number in range(3)], cursor(1), acknowledged)
    store.claim(["mail"], FRIDAY, 3, timedelta(minutes=5), "w")
    store.advance([], [(1, FRIDAY)])
    watch()
    store.advance([(1, FRIDAY, "250 ok")], [(2, FRIDAY)])
elif step == "commit":
    # The last moment before the driver is told to commit.
    store.record([mail(number) for number in range(1000, 1010)], cursor(1), acknowledged)
    event.listen(store._engine, "commit", here)
    store.record([mail(number) for number in range(40)], cursor(2), acknowledged)
else:
    store.record([mail(number) for number in range(40)], cursor(2), acknowledged)
print("done", flush=True)
threading.Event().wait()
"""


def killed(url: str, step: str, stop: int) -> str:
    """Run the child until it says where it is, and kill it there."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, step, str(stop)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    with child:
        assert child.stdout is not None
        said = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    return said


def count(store: Store, table: str) -> int:
    with store._read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


@pytest.mark.parametrize("stop", [1, 40, 150, 400, 700])
def test_killed_while_recording_nothing_of_the_batch_is_there(url: str, stop: int) -> None:
    assert killed(url, "record", stop) == "now"
    store = Store.open(url, exclusive=True)
    assert [count(store, table) for table in ("messages", "items", "outbox", "promises")] == [10, 10, 10, 10]
    stored = store.cursor("mail/INBOX")
    assert stored is not None
    assert stored.position == 1
    store.close()


def test_killed_before_the_commit_nothing_is_there(url: str) -> None:
    assert killed(url, "commit", 1) == "now"
    store = Store.open(url, exclusive=True)
    assert count(store, "messages") == 10
    store.close()


def test_killed_after_the_commit_all_of_it_is_there(url: str) -> None:
    assert killed(url, "finish", 0) == "done"
    store = Store.open(url, exclusive=True)
    assert [count(store, table) for table in ("messages", "items", "outbox", "promises")] == [40, 40, 40, 40]
    store.close()


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_killed_while_advancing_the_entry_before_is_still_the_one_in_doubt(url: str, stop: int) -> None:
    assert killed(url, "advance", stop) == "now"
    store = Store.open(url, exclusive=True)
    [doubtful] = store.recover(FRIDAY)
    assert (doubtful.id, doubtful.state) == (1, EntryState.IN_DOUBT)
    store.close()


def test_killed_after_advancing_only_the_next_one_is_in_doubt(url: str) -> None:
    assert killed(url, "advance", 10**9) == "done"
    store = Store.open(url, exclusive=True)
    assert [entry.id for entry in store.recover(FRIDAY)] == [2]
    store.close()
