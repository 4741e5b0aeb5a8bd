"""Opening a database: whichever it is, its tables are those of this program afterwards."""

import time

from triage_bot.errors import DatabaseInUse, DatabaseUnusable
from triage_bot.store import schema
from triage_bot.store.database import Database
from triage_bot.store.run_lock import RunLock
from triage_bot.store.sqlite import SqliteDatabase, engine_of, opening, path_of

PATIENCE = 5.0
"""Seconds that a command waits for a `run` that has just started and is migrating."""
POSTGRESQL = "postgresql"


def open_database(url: str, *, exclusive: bool, create: bool, worker: str = "") -> Database:
    """`exclusive`, `create` and `worker` as `store.store.Store.open` says."""
    if url.startswith(POSTGRESQL):
        # Imported here: who has SQLite does without the driver, and its memory.
        from triage_bot.store.postgresql import open_postgresql

        return open_postgresql(url, worker)
    return _open_sqlite(url, exclusive, create)


def _open_sqlite(url: str, exclusive: bool, create: bool) -> SqliteDatabase:
    path = path_of(url)
    with opening(path):
        if not create and not path.exists():
            raise DatabaseUnusable(f"{path} does not exist yet: `triage-bot run` makes it.")
        lock = RunLock.take(path) if exclusive else None
    try:
        database = SqliteDatabase(path, engine_of(path), lock)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    try:
        with opening(path):
            if not exclusive:
                _migrate_unless_running(database)
            elif not schema.is_current(database):
                _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: SqliteDatabase) -> None:
    """The caller holds the run lock."""
    with database.writing() as connection:
        schema.upgrade(connection)


def _migrate_unless_running(database: SqliteDatabase) -> None:
    """For commands that work beside a `run`. An older `run` must not find its tables changed under it; a new one
    changes them itself, and is waited for."""
    give_up_at = time.monotonic() + PATIENCE
    while not schema.is_current(database):
        try:
            lock = RunLock.take(database.path)
        except DatabaseInUse as error:
            if time.monotonic() < give_up_at:
                time.sleep(0.05)
                continue
            raise DatabaseInUse(f"the tables are of an older version and cannot be changed now: {error}") from None
        try:
            if not schema.is_current(database):
                _migrate(database)
        finally:
            lock.release()
