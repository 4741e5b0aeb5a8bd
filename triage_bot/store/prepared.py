"""Statements that run for every message that comes or leaves, compiled once and run on the driver's own cursor.

SQLAlchemy writes them for whatever database it is; only its work per execution is left out, which costs more than
SQLite's. So the values are the driver's: microseconds for moments, text for JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Connection, Delete, Insert, Select, Table, Update, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.types import TypeEngine

from triage_bot.store.rows import to_json
from triage_bot.store.types import CleanText, Moment, cleaned, to_microseconds

Statement = Select[Any] | Insert | Update | Delete
Conversion = Callable[[Any], Any]


class Prepared:
    def __init__(self, statement: Statement, *names: str) -> None:
        """`names` are the values that every execution gives."""
        self._statement = statement
        self._names = names
        self._compiled = lru_cache(maxsize=4)(self._compile)

    def run(self, connection: Connection, **values: object) -> DBAPICursor:
        sql, order, constants = self._compiled(connection.dialect)
        cursor = connection.connection.cursor()
        everything = {**constants, **values}
        cursor.execute(sql, everything if order is None else [everything[name] for name in order])
        return cursor

    def _compile(self, dialect: Dialect) -> tuple[str, list[str] | None, dict[str, Any]]:
        compiled = self._statement.compile(dialect=dialect, column_keys=list(self._names))
        constants = {name: value for name, value in compiled.params.items() if name not in self._names}
        return str(compiled), compiled.positiontup, constants


class Insertion:
    """Inserts many rows into a table. The values are the program's, and made the driver's here, column by column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._compiled = lru_cache(maxsize=8)(self._compile)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """All rows name the columns that the first one does."""
        sql, names, conversions = self._compiled(connection.dialect, tuple(rows[0]))
        columns = [
            [row[name] for row in rows] if convert is None else [convert(row[name]) for row in rows]
            for name, convert in zip(names, conversions, strict=True)
        ]
        connection.connection.cursor().executemany(sql, list(zip(*columns, strict=True)))

    def _compile(self, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, list[str], list[Conversion | None]]:
        compiled = insert(self._table).compile(dialect=dialect, column_keys=list(names))
        order = compiled.positiontup
        if order is None:
            raise NotImplementedError(f"{dialect.name} names its parameters")
        return str(compiled), order, [_conversion(self._table.c[name].type) for name in order]


def _conversion(kind: TypeEngine[Any]) -> Conversion | None:
    if isinstance(kind, JSON):
        return to_json
    if isinstance(kind, Moment):
        return _moment
    return _text if isinstance(kind, CleanText) else None


def _moment(value: datetime | None) -> int | None:
    return None if value is None else to_microseconds(value)


def _text(value: str | None) -> str | None:
    return None if value is None else cleaned(value)
