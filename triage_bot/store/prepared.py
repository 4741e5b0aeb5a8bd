"""Statements that run for every message that comes or leaves, each for many rows, on the driver's own cursor.

SQLAlchemy's work per execution is left out, which costs more than SQLite's. So the values are the driver's:
microseconds for moments, text for JSON.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from triage_bot.store.rows import to_json
from triage_bot.store.types import CleanText, Moment, cleaned, to_microseconds

T = TypeVar("T")

Conversion = Callable[[list[Any]], list[Any]]
"""Of the values of a column."""

AT_ONCE = (32, 8, 2)
"""Rows that one statement takes. Each statement gives other threads their turn once, and is a journey to the database
where that is a server; so few sizes, that the driver has all of them prepared."""


class Changes:
    """Changes many rows of a table, each in its way. The values are the driver's."""

    def __init__(self, update: str, types: Sequence[str], where: str, returning: str) -> None:
        """What `update` and `where` call given.column1, given.column2 ... are the values of a row, of these types."""
        self._update = update
        self._row = f"({', '.join(f'CAST({{}} AS {each})' for each in types)})"
        self._end = f"WHERE {where} {returning}"
        self._written = lru_cache(maxsize=4 * (len(AT_ONCE) + 1))(self._write)

    def run(self, connection: Connection, values: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """What is returned of the rows that were changed, in any order."""
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        cursor = connection.connection.cursor()
        found: list[tuple[Any, ...]] = []
        for some in _portions(values):
            cursor.execute(self._written(mark, len(some)), list(chain.from_iterable(some)))
            found += cursor.fetchall()
        return found

    def _write(self, mark: str, count: int) -> str:
        row = self._row.format(*[mark] * self._row.count("{}"))
        return f"{self._update} FROM (VALUES {', '.join([row] * count)}) AS given {self._end}"


class Insertion:
    """Inserts many rows into a table. The values are the program's, and made the driver's here, column by column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._compiled = lru_cache(maxsize=8)(self._compile)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """All rows name the columns that the first one does."""
        written = self._compiled(connection.dialect, tuple(rows[0]))
        columns = [
            convert([row[name] for row in rows])
            for name, convert in zip(written.names, written.conversions, strict=True)
        ]
        cursor = connection.connection.cursor()
        for some in _portions(list(zip(*columns, strict=True))):
            cursor.execute(written.of(len(some)), list(chain.from_iterable(some)))

    def _compile(self, dialect: Dialect, names: tuple[str, ...]) -> "_Written":
        compiled = insert(self._table).inline().compile(dialect=dialect, column_keys=list(names))
        order = compiled.positiontup
        if order is None:
            raise NotImplementedError(f"{dialect.name} names its parameters")
        head, keyword, row = str(compiled).rpartition(" VALUES ")
        return _Written(head + keyword, row, order, [_conversion(self._table.c[name].type) for name in order])


@dataclass(frozen=True, slots=True)
class _Written:
    """An INSERT as the driver takes it."""

    head: str
    row: str
    names: list[str]
    conversions: list[Conversion]

    def of(self, count: int) -> str:
        return self.head + ", ".join([self.row] * count)


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many rows as one statement takes, until all were given."""
    start = 0
    for count in (*AT_ONCE, 1):
        while len(rows) - start >= count:
            yield rows[start : start + count]
            start += count


def _conversion(kind: TypeEngine[Any]) -> Conversion:
    if isinstance(kind, JSON):
        return _documents
    if isinstance(kind, Moment):
        return _moments
    return _texts if isinstance(kind, CleanText) else _as_they_are


def _as_they_are(values: list[Any]) -> list[Any]:
    return values


def _documents(values: list[Any]) -> list[str]:
    return [to_json(value) for value in values]


def _moments(values: list[datetime | None]) -> list[int | None]:
    return [None if value is None else to_microseconds(value) for value in values]


def _texts(values: list[str | None]) -> list[str | None]:
    together = "".join(filter(None, values))
    if cleaned(together) is together:  # nearly always, and seen at once
        return values
    return [None if value is None else cleaned(value) for value in values]
