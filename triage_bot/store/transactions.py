"""What every side of the store stands on: the database, and a transaction on it."""

from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

from triage_bot.store.database import Database


class Transactions:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _engine(self) -> Engine:
        return self._database.engine

    def _read(self) -> AbstractContextManager[Connection]:
        return self._database.reading()

    def _write(self) -> AbstractContextManager[Connection]:
        return self._database.writing()
