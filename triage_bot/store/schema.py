"""Which version of the tables a database has, and how it comes to the newest.

Alembic is imported only where something is to be migrated: a start finds that out from one row.
"""

import time
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from triage_bot.errors import DatabaseInUse, DatabaseUnusable
from triage_bot.store.run_lock import RunLock
from triage_bot.store.sqlite import reading, writing

HEAD = "0002"
"""The newest version that this program knows. Versions are numbered; a test compares it with the migrations."""

PATIENCE = 5.0
"""Seconds that a command waits for a `run` that has just started and is migrating."""


def version_of(connection: Connection, path: Path) -> str:
    """ "" for a database that is still empty. Raises DatabaseUnusable for somebody else's."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    if "alembic_version" not in tables or "outbox" not in tables:
        raise DatabaseUnusable(f"{path} is the database of another program: name another file under `database:`.")
    version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    if version > HEAD:
        raise DatabaseUnusable(
            f"{path} was written by a newer triage-bot (tables of version {version}, this program knows {HEAD}): "
            "upgrade the program. It does not work on tables that it does not know."
        )
    return version


def is_current(engine: Engine, path: Path) -> bool:
    with reading(engine) as connection:
        return version_of(connection, path) == HEAD


def migrate(engine: Engine, path: Path) -> None:
    """Bring the tables to HEAD, in one transaction. The caller holds the run lock."""
    # Imported here: only the very first start and upgrades pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrate_unless_running(engine: Engine, path: Path) -> None:
    """For commands that work beside a `run`. An older `run` must not find its tables changed under it; a new one
    changes them itself, and is waited for."""
    give_up_at = time.monotonic() + PATIENCE
    while not is_current(engine, path):
        try:
            lock = RunLock.take(path)
        except DatabaseInUse as error:
            if time.monotonic() < give_up_at:
                time.sleep(0.05)
                continue
            raise DatabaseInUse(f"the tables are of an older version and cannot be changed now: {error}") from None
        try:
            if not is_current(engine, path):
                migrate(engine, path)
        finally:
            lock.release()
