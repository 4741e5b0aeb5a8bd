"""Ids that a writing transaction hands out itself, because rows name each other before they are inserted."""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import Connection, Table, text


class Ids(Iterator[int]):
    """Ids for new rows of `table`, none of them used before. For the running transaction, which must be a writing
    one; `settle` is called before the rows are inserted."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection = connection
        self._table = table
        self._first = _newest(connection, table) + 1
        self._ids = count(self._first)
        self._next = self._first

    def __next__(self) -> int:
        taken = next(self._ids)
        self._next = taken + 1
        return taken

    def settle(self) -> None:
        """SQLite counts on from the rows themselves; a sequence of PostgreSQL must be told. It remembers that whatever
        becomes of the transaction: then there is a gap, and no id is given out twice."""
        if self._next > self._first and self._connection.dialect.name == "postgresql":
            self._connection.execute(_TELL, {"sequence": sequence_of(self._table), "newest": self._next - 1})


def sequence_of(table: Table) -> str:
    """Of the ids of a table, as PostgreSQL names it by itself."""
    return f"{table.name}_id_seq"


def _newest(connection: Connection, table: Table) -> int:
    if connection.dialect.name == "postgresql":
        statement = text(f"SELECT last_value, is_called FROM {sequence_of(table)}")  # noqa: S608  the name of a table
        newest, used = connection.execute(statement).one()
        return int(newest) if used else int(newest) - 1
    return connection.execute(_NEWEST, {"name": table.name}).scalar_one_or_none() or 0


_NEWEST = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_TELL = text("SELECT setval(CAST(:sequence AS regclass), :newest)")
