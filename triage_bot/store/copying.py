"""A whole database moved to another one, of either kind: table by table, counted, and compared by what lies there.

And whether a database is whole: what the database says of itself, references that lead nowhere, ids that would be given
out twice.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, delete, func, insert, select, text

from triage_bot.errors import DatabaseInUse, DatabaseUnusable
from triage_bot.store.database import Database
from triage_bot.store.ids import sequence_of
from triage_bot.store.schema import COMPATIBLE
from triage_bot.store.tables import leases, meta, metadata, workers

ALONE = "Stop the service first, then copy: what it records meanwhile would be missing."
BATCH = 1000
"""Rows that are in memory at once."""
_OF_WORKERS = (leases, workers)
"""Who is at work on a database does not move with it."""
TABLES = tuple(table for table in metadata.sorted_tables if table not in _OF_WORKERS)
"""In an order in which references find what they name."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows by table, and what is wrong."""

    counts: dict[str, int]
    problems: list[str] = field(default_factory=list)


def check(database: Database) -> Findings:
    with database.reading() as connection:
        findings = Findings({table.name: _count(connection, table) for table in metadata.sorted_tables})
        if connection.dialect.name == "sqlite":
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            findings.problems.extend(f"SQLite says: {line}" for line in said if line != "ok")
        for table in metadata.sorted_tables:
            findings.problems.extend(_dangling(connection, table))
            findings.problems.extend(_reused_ids(connection, table))
    return findings


def copy(source: Database, target: Database, told: Callable[[str, int], None]) -> int:
    """Copy everything into an empty database; returns the number of rows. `told` hears of each table that is copied
    and found the same there.

    Raises DatabaseInUse while somebody works on the source, and DatabaseUnusable for a target that is not empty, or in
    which something else lies afterwards; then it is left empty.
    """
    copied = 0
    with _undisturbed(source) as origin, target.writing() as there:
        _is_unused(target, there)
        for table in TABLES:
            wanted = _Checksum(table)
            for rows in _batches(origin, table):
                values = [dict(row._mapping) for row in rows]
                wanted.add(rows)
                there.execute(insert(table), values)
            found = _Checksum(table)
            for rows in _batches(there, table):
                found.add(rows)
            if found.digest != wanted.digest:
                raise DatabaseUnusable(
                    f"{table.name} is not the same in {target.where} ({found.rows} rows of {wanted.rows}): nothing was "
                    "copied. This is a mistake in the program."
                )
            _continue_ids(there, table)
            copied += wanted.rows
            told(table.name, wanted.rows)
    return copied


class _Checksum:
    """Of all rows of a table in the order of their keys, the same on either kind of database."""

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self._columns = [column.name for column in table.columns]
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, rows: list[Row[Any]]) -> None:
        for row in rows:
            values = [row._mapping[name] for name in self._columns]
            self._hash.update(json.dumps(values, default=str, sort_keys=True).encode())
        self.rows += len(rows)

    @property
    def digest(self) -> tuple[int, bytes]:
        return self.rows, self._hash.digest()


@contextmanager
def _undisturbed(source: Database) -> Iterator[Connection]:
    """The state of the source, while nobody writes there."""
    if source.is_shared:
        with source.writing() as connection:
            running = connection.execute(select(func.count()).select_from(workers).where(_IS_ALIVE)).scalar_one()
            if running:
                them = "1 worker" if running == 1 else f"{running} workers"
                raise DatabaseInUse(f"{source.where} is in use by {them}", ALONE)
            yield connection
    else:
        # The lock of `run` is the caller's.
        with source.reading() as connection:
            yield connection


def _is_unused(target: Database, connection: Connection) -> None:
    for table in TABLES:
        if table.name != "meta" and _count(connection, table):
            raise DatabaseUnusable(
                f"{target.where} is not empty, there are rows in {table.name}: name a new database. Nothing was "
                "changed."
            )
    connection.execute(delete(meta).where(meta.c.name != COMPATIBLE))


def _batches(connection: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    """By the keys, so that either database gives them in the same order; what a database says of itself stays there."""
    keys = list(table.primary_key.columns)
    if len(keys) > 1 or keys[0].name != "id":
        # Small ones; sorted here, as the two sort texts differently.
        rows = [row for row in connection.execute(select(table)) if table.name != "meta" or row.name != COMPATIBLE]
        if rows:
            yield sorted(rows, key=lambda row: tuple(map(str, (row._mapping[key.name] for key in keys))))
        return
    statement = _after(table)
    last: Any = None
    while rows := list(connection.execute(statement if last is None else statement.where(table.c.id > last))):
        yield rows
        last = rows[-1].id


def _after(table: Table) -> Select[Any]:
    return select(table).order_by(table.c.id).limit(BATCH)


def _continue_ids(connection: Connection, table: Table) -> None:
    """The next row of the copy gets the id that it would have got in the source, or a later one."""
    if connection.dialect.name != "postgresql" or not _is_numbered(table):
        return
    newest = connection.execute(select(func.max(table.c.id))).scalar_one()
    if newest is not None:
        connection.execute(
            text("SELECT setval(CAST(:sequence AS regclass), :newest)"),
            {"sequence": sequence_of(table), "newest": newest},
        )


def _is_numbered(table: Table) -> bool:
    return table.autoincrement_column is not None and table.autoincrement_column.name == "id"


def _reused_ids(connection: Connection, table: Table) -> Iterator[str]:
    if not _is_numbered(table):
        return
    newest = connection.execute(select(func.max(table.c.id))).scalar_one() or 0
    if connection.dialect.name == "postgresql":
        given_out = connection.execute(text(f"SELECT last_value FROM {sequence_of(table)}")).scalar_one()  # noqa: S608
    elif table.dialect_options["sqlite"]["autoincrement"]:
        statement = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        given_out = connection.execute(statement, {"name": table.name}).scalar_one_or_none() or 0
    else:
        return
    if newest > given_out:
        yield f"{table.name}: the next row would get an id that is taken (the newest is {newest}, after {given_out})"


def _dangling(connection: Connection, table: Table) -> Iterator[str]:
    for key in table.foreign_keys:
        column, other = key.parent, key.column.table.alias("other")
        missing = ~select(1).select_from(other).where(other.c[key.column.name] == column).exists()
        count = connection.execute(
            select(func.count()).select_from(table).where(and_(column.is_not(None), missing))
        ).scalar_one()
        if count:
            yield f"{table.name}.{column.name}: {count} rows name a row of {key.column.table.name} that is not there"


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


_IS_ALIVE = text("until_at > CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
