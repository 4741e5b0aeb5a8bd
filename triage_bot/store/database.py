"""What differs from one kind of database to the other, as the rest of the store sees it."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine


class Database(Protocol):
    """An open database. Failures in its transactions arrive as StoreError, with a text that says what to do."""

    @property
    def engine(self) -> Engine: ...

    @property
    def worker(self) -> str:
        """By what name other workers know this one; "" for a command, and where there are no others."""

    @property
    def is_shared(self) -> bool:
        """Whether several workers may be at work on it."""

    @property
    def where(self) -> str:
        """How texts name it: never with a password."""

    @property
    def failures(self) -> Mapping[str, int]:
        """How many of its transactions failed since it was opened, by the name of the error."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the database throughout and delays nobody."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is committed at the end. No other such transaction runs at the same time, in whatever
        process: what it has read is still so when it writes."""

    def handing(self, *, turn: str = "") -> AbstractContextManager[Connection]:
        """A writing transaction that decides by nothing but the rows that it changes: it needs not wait for `writing`
        ones, where the database can tell. Those of the same `turn` come one after the other."""

    def alone(self, connection: Connection) -> None:
        """From here on a `handing` transaction is a `writing` one."""

    def rings(self, connection: Connection, couriers: Collection[str]) -> None:
        """Whose entries a `writing` transaction has recorded. Other workers then wake only these; all, if unsaid."""

    def is_ours(self, connection: Connection) -> bool:
        """Whether the lease under which the running task works is still this worker's, and stays so until the end of
        the transaction. `writing` asks by itself."""

    def changed_elsewhere(self) -> bool:
        """Whether another program may have written since this was asked last. Cheap, writes nothing.
        True where only a look at what was written could tell."""

    def is_untouched(self) -> bool:
        """Whether certainly nobody has written since this was asked last. Does not block; False where only the database
        itself can tell."""

    def close(self) -> None: ...
