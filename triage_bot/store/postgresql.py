"""PostgreSQL: how it is reached, what a transaction is, and what its failures mean.

All that is not said by the tables and would be different on SQLite stands here and in `leases` and `listening`.

SQLite has one writer at a time, and the program counts on it: what a transaction has read (limits, threads, the state
of an item) is still so when it writes. `writing` keeps that among any number of workers by an advisory lock that it
takes first and that goes with the transaction. Judging, fetching and sending, which take the time, happen outside of
it; a transaction holds it for a millisecond or two. Taking and handing over entries of the outbox needs no more than
locks on the rows (`handing`), so it waits for nobody.
"""

import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from triage_bot.errors import DatabaseBusy, DatabaseFull, DatabaseInUse, DatabaseUnusable, LeaseLost
from triage_bot.store import schema
from triage_bot.store.fencing import WORKING_UNDER
from triage_bot.store.rows import to_json

BUSY_TIMEOUT = timedelta(seconds=5)
"""How long a transaction waits for another one before it fails."""
CONNECT_TIMEOUT = timedelta(seconds=5)
IDLE_TIMEOUT = timedelta(seconds=10)
"""A program that was stopped in the middle of a transaction is cut off after this, so that the others can go on."""
CHANNEL = "triage_bot"
"""The channel of NOTIFY by which writers wake the others; the payload is the writer's name, in the next lines those of
the couriers that have something to do, none if it may be any."""
LONGEST_NEWS = 7_000
"""Bytes; PostgreSQL takes 8,000."""
NAME = "triage-bot"

_RINGS = "rings"
_ALONE = zlib.crc32(f"{NAME}: one writer".encode())


def open_postgresql(url: str, worker: str = "") -> "PostgresDatabase":
    """`worker` is the name by which other workers know this one, "" for a command."""
    database = PostgresDatabase(_parsed(url), worker)
    try:
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def probe_postgresql(url: str) -> str:
    """What `check` says of a database that can be used; nothing is changed there. Raises StoreError."""
    database = PostgresDatabase(_parsed(url), "")
    try:
        with database.reading() as connection:
            server = connection.execute(text("SHOW server_version")).scalar_one()
            version = schema.version_of(connection, database.where)
            writes = connection.execute(text("SHOW transaction_read_only")).scalar_one() == "off"
    finally:
        database.close()
    if not writes:
        raise DatabaseUnusable(f"{database.where} is read-only: a standby? Name the primary server.")
    tables = f"tables of version {version}" if version else "no tables yet, `run` makes them"
    return f"PostgreSQL {server}, {tables}"


class PostgresDatabase:
    is_shared = True

    def __init__(self, url: URL, worker: str) -> None:
        self.failures: Counter[str] = Counter()
        self.where = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self.worker = worker
        self.url = url.update_query_dict({"application_name": f"{NAME} {worker}".strip()})
        settings = {
            "lock_timeout": BUSY_TIMEOUT,
            "idle_in_transaction_session_timeout": IDLE_TIMEOUT,
        }
        options = [f"-c {name}={int(span.total_seconds() * 1000)}" for name, span in settings.items()]
        self.engine: Engine = create_engine(
            self.url,
            json_serializer=to_json,
            paramstyle="format",  # by position, as SQLite's: `prepared` passes plain sequences
            isolation_level="READ COMMITTED",
            pool_size=3,
            max_overflow=5,
            query_cache_size=400,
            connect_args={
                "options": " ".join([*options, "-c timezone=UTC", "-c synchronous_commit=on"]),
                "connect_timeout": int(CONNECT_TIMEOUT.total_seconds()),
            },
        )
        self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.translated(), self.engine.begin() as connection:
            self.alone(connection)
            if not self.is_ours(connection):
                raise LeaseLost(_resource())
            connection.info.pop(_RINGS, None)  # of a transaction on the same connection that failed
            yield connection
            couriers: Collection[str] | None = connection.info.pop(_RINGS, None)
            if couriers is None or couriers:
                connection.execute(_NOTIFY, {"channel": CHANNEL, "by": news(self.worker, couriers or ())})

    @contextmanager
    def handing(self, *, turn: str = "") -> Iterator[Connection]:
        with self.translated(), self.engine.begin() as connection:
            if turn:
                connection.execute(_LOCK, {"key": zlib.crc32(f"{NAME}: {turn}".encode())})
            yield connection

    def rings(self, connection: Connection, couriers: Collection[str]) -> None:
        connection.info[_RINGS] = couriers

    def alone(self, connection: Connection) -> None:
        connection.execute(_LOCK, {"key": _ALONE})

    def is_ours(self, connection: Connection) -> bool:
        lease = WORKING_UNDER.get()
        if lease is None:
            return True
        of_lease = {"resource": lease.resource, "worker": lease.worker, "token": lease.token}
        return connection.execute(_STILL_OURS, of_lease).first() is not None

    def changed_elsewhere(self) -> bool:
        """Only what is asked about could tell: the statistics of the server come late, and count what we write too."""
        return True

    def is_untouched(self) -> bool:
        return False

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._noted(explained(error.orig, self.where) or error) from error
        except psycopg.Error as error:
            raise self._noted(explained(error, self.where) or error) from error

    def _noted(self, error: Exception) -> Exception:
        self.failures[type(error).__name__] += 1
        return error

    def close(self) -> None:
        self.engine.dispose()


def news(worker: str, couriers: Collection[str]) -> str:
    """The payload that says who has written, and for which couriers; none are named if there are too many of them."""
    said = "\n".join([worker, *sorted(couriers)])
    return said if len(said.encode()) <= LONGEST_NEWS else worker


def _resource() -> str:
    lease = WORKING_UNDER.get()
    return lease.resource if lease is not None else ""


def _bring_up_to_date(database: PostgresDatabase) -> None:
    """Once, however many start at the same moment."""
    if schema.is_current(database):
        return
    with database.writing() as connection:
        version = schema.version_of(connection, database.where)
        if version >= schema.HEAD:
            return  # somebody else was quicker
        if version and version < schema.COMPATIBLE_FROM:
            running = list(connection.execute(_RUNNING, {"name": f"{NAME} %"}).scalars())
            if running:
                raise DatabaseInUse(
                    f"the tables of {database.where} are of an older version, and {len(running)} workers that need "
                    "them so are running. Stop all of them, then start again."
                )
        schema.upgrade(connection)
        of_name = {"name": schema.COMPATIBLE, "value": schema.COMPATIBLE_FROM}
        connection.execute(_SAY_COMPATIBLE, of_name)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or not parsed.database:
        raise DatabaseUnusable("the database URL names no database: write postgresql://user@host/name")
    return parsed.set(drivername="postgresql+psycopg")


_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_NOTIFY = text("SELECT pg_notify(:channel, :by)")
_STILL_OURS = text("SELECT 1 FROM leases WHERE resource = :resource AND worker = :worker AND token = :token FOR SHARE")
_RUNNING = text(
    "SELECT DISTINCT application_name FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE :name AND pid <> pg_backend_pid()"
)
_SAY_COMPATIBLE = text(
    "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


# Failures


def explained(error: Any, where: str) -> Exception | None:
    """The failure in words, None for what can only be a mistake in this program."""
    state = getattr(error, "sqlstate", None) or ""
    said = " ".join(str(error).split())
    if not state:
        return _explained_connecting(said, where) if _is_of_the_connection(error) else None
    waited = int(BUSY_TIMEOUT.total_seconds())
    match state:
        case "55P03" | "57014" | "40001" | "40P01":
            return DatabaseBusy(
                f"{where} is locked: another program has been writing to it for {waited} s. Nothing was lost; if it "
                "stays so, find it in pg_stat_activity and end it."
            )
        case "53100":
            return DatabaseFull(f"{where} cannot grow: the disk of the server is full. Make room; nothing was lost.")
        case "53300":
            return DatabaseBusy(
                f"{where} takes no further connection: raise max_connections, or run fewer workers (each holds up to "
                "9 connections)."
            )
        case "25006":
            return DatabaseUnusable(
                f"{where} is read-only: a standby, or default_transaction_read_only is on. Name the primary server."
            )
        case "42501":
            return DatabaseUnusable(
                f"{where}: this user may not do that ({said}). Make the user the owner of the database."
            )
        case "25P03":
            return DatabaseBusy(f"{where}: a transaction was given up, the program stood still in the middle of it.")
    match state[:2]:
        case "28" | "3D":
            return _explained_connecting(said, where)
        case "08" | "57":
            return _away(where, said)
        case "53":
            return DatabaseBusy(f"{where} has no resources left ({said}). Nothing was lost.")
        case "58":
            return DatabaseFull(f"{where} cannot be read or written ({said}): the disk is full or failing.")
        case "XX":
            return DatabaseUnusable(f"{where} is damaged ({said}). Stop the program and restore it from a backup.")
    return None


def _is_of_the_connection(error: Any) -> bool:
    """What the server did not say, but the library of what came over the wire: a connection that ended while it was
    idle may leave the end of one answer before the beginning of the next."""
    return isinstance(error, psycopg.OperationalError | psycopg.InternalError) or type(error) is psycopg.DatabaseError


def _explained_connecting(said: str, where: str) -> Exception:
    # libpq gives the words of the server, and no code.
    low = said.lower()
    if "password authentication failed" in low or "no password supplied" in low:
        return DatabaseUnusable(
            f"{where} refused the password: check the user's name, and `database_password_env` or "
            "`database_password_file`."
        )
    if "authentication failed" in low or "pg_hba.conf" in low:
        return DatabaseUnusable(f"{where} lets this user not in from here: its pg_hba.conf says who may. ({said})")
    if "database" in low and "does not exist" in low:
        return DatabaseUnusable(f"{where} does not exist: make it with `createdb`, owned by this user.")
    if "role" in low and "does not exist" in low:
        return DatabaseUnusable(f"{where}: the server knows no such user. Make it with `createuser`.")
    return _away(where, said)


def _away(where: str, said: str) -> DatabaseBusy:
    return DatabaseBusy(
        f"{where} cannot be reached ({said}). Nothing was lost; is the address right, and the server on?"
    )
