"""What may happen to a database file: another program holds it, the disk is full."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kills.programs import Hatchling
from tests.patience import PATIENCE


class Lock:
    """Another program that writes to the database and takes its time."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    def take(self) -> None:
        self._connection = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        assert self._connection is not None
        self._connection.execute("ROLLBACK")
        self._connection.close()


@contextmanager
def locked(database: Path) -> Iterator[None]:
    lock = Lock(database)
    lock.take()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def full_disk(program: Hatchling) -> Iterator[None]:
    """The program can write two pages, which is less than any message takes, and its log."""
    before = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        yield
    finally:
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, before)
