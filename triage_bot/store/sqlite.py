"""SQLite: how its file is opened, what a transaction is, and what its failures mean.

All that is not said by the tables and would be different on PostgreSQL stands here.
"""

import errno
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from triage_bot.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, StoreError
from triage_bot.store.rows import to_json
from triage_bot.store.run_lock import RunLock

BUSY_TIMEOUT = timedelta(seconds=5)
"""How long a transaction waits for another program's before it fails."""
LOG_TICK_NS = 1_000_000_000
"""More than any file system's clock takes from one tick to the next."""


def path_of(url: str) -> Path:
    """The file that a `database:` line names, with symbolic links resolved: one file, one lock."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable(f"{url!r} is no database URL: write sqlite:////path/of/the/file.db") from None
    if parsed.get_backend_name() != "sqlite":
        shown = parsed.render_as_string(hide_password=True)
        raise DatabaseUnusable(f"{shown} cannot be used: write sqlite:////path/of/the/file.db or postgresql://...")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseUnusable(f"{url} names no file: write sqlite:////path/of/the/file.db")
    return Path(parsed.database).expanduser().resolve()


def engine_of(path: Path) -> Engine:
    """An engine on the file. A file that is not there is made, for the owner only: it will hold clients' mail."""
    with opening(path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    engine = create_engine(
        f"sqlite:///{path}",
        json_serializer=to_json,
        connect_args={"timeout": BUSY_TIMEOUT.total_seconds(), "cached_statements": 256},
        query_cache_size=200,
    )
    event.listen(engine, "connect", _connected)
    return engine


def _connected(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    # The driver's own idea of transactions lets DDL and SELECT run outside of them; `reading` and `writing` say BEGIN.
    connection.isolation_level = None
    try:
        _set_up(connection)
    except BaseException:
        connection.close()
        raise


def _set_up(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise DatabaseUnusable(f"SQLite cannot keep a write-ahead log on this file system (it offers {mode!r})")
    # FULL: with NORMAL the last commits can be lost at power loss, after the mailbox or Telegram were told.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout and delays nobody."""
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end. It says at its start that it will write, and waits for its turn
    there: one that reads first and writes later fails at once when another wrote in between."""
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


class SqliteDatabase:
    """A file, with the lock of `run` if this is one."""

    worker = ""
    is_shared = False

    def __init__(self, path: Path, engine: Engine, lock: RunLock | None) -> None:
        self.path = path
        self.failures: Counter[str] = Counter()
        self.where = str(path)
        self.engine = engine
        self.lock = lock
        self._version = (0, 0)
        self._log = f"{path}-wal"
        self._log_then = (0, 0, 0)
        self._log_was_old = False
        # Connections of their own: who looks while somebody writes must not get the one that `changed_elsewhere` asks.
        self._looking: Engine | None = None
        self._first_look = Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._translated(), reading(self._readers()) as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with translated(self.path):
                yield
        except StoreError as error:
            self.failures[type(error).__name__] += 1
            raise

    def _readers(self) -> Engine:
        with self._first_look:
            if self._looking is None:
                self._looking = engine_of(self.path)
            return self._looking

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._translated(), writing(self.engine) as connection:
            yield connection

    @contextmanager
    def handing(self, *, turn: str = "") -> Iterator[Connection]:
        with self.writing() as connection:
            yield connection

    def alone(self, connection: Connection) -> None:
        """It is."""

    def rings(self, connection: Connection, couriers: Collection[str]) -> None:
        """There is nobody else."""

    def is_ours(self, connection: Connection) -> bool:
        return True

    def changed_elsewhere(self) -> bool:
        """Reads one page."""
        with self._translated(), self.engine.connect() as connection:
            # The number means something only to the connection that it was asked of.
            asked_of = id(connection.connection.dbapi_connection)
            version = (asked_of, int(connection.exec_driver_sql("PRAGMA data_version").scalar_one()))
        changed, self._version = self._version != version, version
        return changed

    def is_untouched(self) -> bool:
        """Looks at the write-ahead log, to which every commit adds."""
        try:
            found = os.stat(self._log)
        except OSError:
            return False
        before, self._log_then = self._log_then, (found.st_ino, found.st_size, found.st_mtime_ns)
        # Two writes in one tick of the file system's clock look like one, so that of a moment ago says nothing.
        was_old, self._log_was_old = self._log_was_old, time.time_ns() - found.st_mtime_ns > LOG_TICK_NS
        return before == self._log_then and was_old

    def close(self) -> None:
        if self._looking is not None:
            self._looking.dispose()
        self.engine.dispose()
        if self.lock is not None:
            self.lock.release()
            self.lock = None


# Failures


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Failures of the database and of the files it is made of, said so that the reader knows what to do."""
    try:
        with translated(path):
            yield
    except OSError as error:
        raise _explained_file(error, path) from error


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Failures of the database alone: what else may fail in a transaction is not the database's."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, path) or error from error
    except sqlite3.Error as error:
        raise _explained(error, path) or error from error


def _explained(error: Any, path: Path) -> Exception | None:
    """The failure in words, None for what can only be a mistake in this program."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension in the upper bits
    waited = int(BUSY_TIMEOUT.total_seconds())
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseBusy(
                f"{path} is locked: another program has been writing to it for {waited} s. Nothing was lost; if it "
                f"stays so, find the program (fuser {path}) and end it."
            )
        case sqlite3.SQLITE_FULL:
            return DatabaseFull(f"{path} cannot grow: the disk is full. Make room; nothing was lost.")
        case sqlite3.SQLITE_CANTOPEN:
            return DatabaseUnusable(f"{path} cannot be opened: the folder must exist and this user must own it.")
        case sqlite3.SQLITE_READONLY:
            return DatabaseUnusable(f"{path} is read-only: let this user write to the file and to its folder.")
        case sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return DatabaseUnusable(f"{path} may not be used by this user: change its owner or its permissions.")
        case sqlite3.SQLITE_NOTADB:
            return DatabaseUnusable(
                f"{path} is not a database. Name another file under `database:`, or move this away."
            )
        case sqlite3.SQLITE_CORRUPT:
            return DatabaseUnusable(
                f"{path} is damaged ({error}). Stop the program and restore the file from a backup."
            )
        case sqlite3.SQLITE_IOERR:
            return DatabaseFull(
                f"{path} cannot be read or written ({error}): the disk or a quota is full, or the disk is failing. "
                "Nothing was lost."
            )
    return None


def _explained_file(error: OSError, path: Path) -> DatabaseUnusable:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return DatabaseFull(f"{path} cannot grow: the disk is full. Make room; nothing was lost.")
        case errno.ENOENT | errno.ENOTDIR:
            return DatabaseUnusable(f"{path} cannot be opened: the folder {path.parent} does not exist. Make it first.")
        case errno.EROFS:
            return DatabaseUnusable(f"{path} cannot be opened: it lies on a read-only file system.")
        case errno.EISDIR:
            return DatabaseUnusable(f"{path} is a folder: name a file in it under `database:`.")
    return DatabaseUnusable(f"{path} cannot be opened: {error.strerror}. This user must be able to write there.")
