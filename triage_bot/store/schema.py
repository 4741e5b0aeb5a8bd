"""Which version of the tables a database has, and how it comes to the newest.

An empty database gets the tables as they stand in `tables.py` and `desk_tables.py`; tests hold them against those to
which the migrations lead. Alembic, 12 MB and a quarter of a start, is imported only where older tables are to be
migrated.

Workers of two versions may share a PostgreSQL database while they are upgraded one by one. So a migration should only
add: tables, columns that may be NULL or have a default, indexes. One that does more sets COMPATIBLE_FROM to its own
number; then workers of older versions are refused, and it waits until none of them runs.
"""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text

import triage_bot.store.desk_tables  # noqa: F401  its tables are in `metadata` too
from triage_bot.errors import DatabaseUnusable
from triage_bot.store.database import Database
from triage_bot.store.tables import metadata

HEAD = "0004"
"""The newest version that this program knows. Versions are numbered; a test compares it with the migrations."""
COMPATIBLE_FROM = "0003"
"""The oldest version whose programs can work on the tables of HEAD."""
COMPATIBLE = "compatible_from"
"""The row of `meta` in which whoever migrates says so to older programs."""
VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic reads and writes the version."""


def version_of(connection: Connection, where: str) -> str:
    """ "" for a database that is still empty. Raises DatabaseUnusable for somebody else's, and for tables that this
    program cannot work on."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    if "alembic_version" not in tables or "outbox" not in tables:
        raise DatabaseUnusable(f"{where} is the database of another program: name another one under `database:`.")
    version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    if version > HEAD and not _is_for_us(connection):
        raise DatabaseUnusable(
            f"{where} was written by a newer triage-bot (tables of version {version}, this program knows {HEAD}): "
            "upgrade the program. It does not work on tables that it does not know."
        )
    return version


def _is_for_us(connection: Connection) -> bool:
    statement = text("SELECT value FROM meta WHERE name = :name")
    oldest = connection.execute(statement, {"name": COMPATIBLE}).scalar_one_or_none()
    return oldest is not None and str(oldest) <= HEAD


def is_current(database: Database) -> bool:
    """Whether the tables are those of this program, or newer ones on which it can work."""
    with database.reading() as connection:
        return version_of(connection, database.where) >= HEAD


def upgrade(connection: Connection) -> None:
    """Bring the tables to HEAD. The caller has seen to it that nobody else does, and commits."""
    if inspect(connection).get_table_names():
        migrate(connection)
    else:
        metadata.create_all(connection, checkfirst=False)
        VERSION.create(connection)
        connection.execute(insert(VERSION), {"version_num": HEAD})


def migrate(connection: Connection, to: str = HEAD) -> None:
    """One migration after the other, from whatever version the tables have; also from nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
