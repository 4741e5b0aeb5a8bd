"""Which worker reads and sends what, where several share a PostgreSQL database.

A worker says every few seconds that it is alive; all by the clock of the database, so that the clocks of the workers
may differ. One that has not been heard of for the span of a lease, or has no connection to the database left, has lost
all that it had: its connections are ended, so that none of its transactions holds up the others, its entries in the
outbox wait again, and the others divide its resources among them. Each has as many as it has a right to; a worker that
joins gets its share by the others giving up theirs.

A worker that was only stopped finds out by the token of its lease (`fencing`), in the transaction in which it would
write.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from triage_bot.store import outbox
from triage_bot.store.database import Database
from triage_bot.store.postgresql import CHANNEL, NAME
from triage_bot.store.tables import leases, workers
from triage_bot.store.types import from_microseconds

CHANGED = "leases"
"""What is notified when somebody should look at the leases at once."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a worker has, each with its token; what of it others have a right to; the moment by the database's clock."""

    tokens: Mapping[str, int]
    surplus: frozenset[str]
    now: datetime


def fair_share(resources: int, alive: Sequence[str], worker: str) -> int:
    """How many of the resources one of the workers may have. The shares add up; the oldest have the odd ones."""
    each, odd = divmod(resources, len(alive))
    return each + (alive.index(worker) < odd)


class Leases:
    def __init__(self, database: Database, place: str) -> None:
        """`place` says to people where this worker is."""
        self._database = database
        self._worker = database.worker
        self._place = place

    def now(self) -> datetime:
        """By the clock of the database."""
        with self._database.handing() as connection:
            return _now(connection)

    def keep(self, wanted: Mapping[str, str], span: timedelta) -> Kept:
        """Say that this worker is alive for `span`, take what is free up to its share, and tell what it has.

        `wanted` are all resources that there are, each with the courier whose entries go with it, "" for none.
        Resources that are not wanted any more are given back.
        """
        with self._database.handing(turn=CHANGED) as connection:
            now = _now(connection)
            before = self._say_alive(connection, now, span)
            is_news = before is None
            is_news |= _bury(connection, self._worker, now, span, before)
            alive = list(connection.execute(_ALIVE).scalars())
            held = {row.resource: (row.worker, row.token) for row in connection.execute(select(leases))}
            mine = {name: token for name, (worker, token) in held.items() if worker == self._worker}
            if unwanted := mine.keys() - wanted.keys():
                _give_up(connection, self._worker, unwanted)
            mine = {name: token for name, token in mine.items() if name in wanted}
            share = fair_share(len(wanted), alive, self._worker)
            free = [name for name in wanted if name not in held or held[name][0] not in alive]
            for name in free[: max(0, share - len(mine))]:
                mine[name] = self._take(connection, name, held.get(name), wanted[name])
            if is_news:
                _tell(connection)
            in_order = [name for name in wanted if name in mine]
            return Kept(mine, frozenset(in_order[share:]), now)

    def give_up(self, resources: Collection[str]) -> None:
        """For others to take at once. The caller no longer works on them."""
        with self._database.handing(turn=CHANGED) as connection:
            _give_up(connection, self._worker, resources)
            _tell(connection)

    def leave(self) -> None:
        """This worker ends."""
        with self._database.handing(turn=CHANGED) as connection:
            connection.execute(update(leases).where(leases.c.worker == self._worker).values(worker=""))
            connection.execute(delete(workers).where(workers.c.id == self._worker))
            _tell(connection)

    def _say_alive(self, connection: Connection, now: datetime, span: timedelta) -> datetime | None:
        """When it said so last; None if the others do not know it."""
        before: datetime | None = connection.execute(_SEEN_AT, {"of_worker": self._worker}).scalar_one_or_none()
        values = {"seen_at": now, "until_at": now + span}
        if before is None:
            row = {"id": self._worker, "place": self._place, "started_at": now, **values}
            connection.execute(insert(workers), row)
        else:
            connection.execute(_SEEN, {"of_worker": self._worker, **values})
        return before

    def _take(self, connection: Connection, resource: str, before: tuple[str, int] | None, courier: str) -> int:
        if before is None:
            token = 1
            connection.execute(insert(leases), {"resource": resource, "worker": self._worker, "token": token})
        else:
            token = before[1] + 1
            # Waits for a transaction that its last holder is committing under it.
            connection.execute(_TAKE, {"of_resource": resource, "worker": self._worker, "token": token})
        if courier:
            outbox.free(connection, [courier])
        return token


def _now(connection: Connection) -> datetime:
    return from_microseconds(connection.execute(_NOW).scalar_one())


def _bury(connection: Connection, worker: str, now: datetime, span: timedelta, before: datetime | None) -> bool:
    """Forget the workers that are no more, and end what they have left behind.

    `before` is when this worker was heard of last, None for a new one. What kept it from its turn (a database that was
    away, a machine that stood still) may have kept all of them: whoever is back first gives the others until its next
    turn."""
    if before is not None and before <= now - span:
        return False
    silent_since = now - span / 3 * 1.2  # a worker that says nothing for so long has missed its turn
    if before is not None and before <= silent_since:
        silent_since = now - span
    values = {"me": worker, "at": now, "silent": silent_since, "name": f"{NAME} "}
    dead = list(connection.execute(_DEAD, values).scalars())
    for each in dead:
        connection.execute(_END_SESSIONS, {"name": f"{NAME} {each}"})
        connection.execute(delete(workers).where(workers.c.id == each))
    return bool(dead)


def _give_up(connection: Connection, worker: str, resources: Collection[str]) -> None:
    connection.execute(
        update(leases).where(leases.c.worker == worker, leases.c.resource.in_(resources)).values(worker="")
    )


def _tell(connection: Connection) -> None:
    connection.execute(_NOTIFY, {"channel": CHANNEL, "what": CHANGED})


_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_NOTIFY = text("SELECT pg_notify(:channel, :what)")
_ALIVE = select(workers.c.id).order_by(workers.c.started_at, workers.c.id)
_SEEN_AT = select(workers.c.seen_at).where(workers.c.id == bindparam("of_worker"))
_SEEN = update(workers).where(workers.c.id == bindparam("of_worker"))
_TAKE = update(leases).where(leases.c.resource == bindparam("of_resource"))
_SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = "
_DEAD = (
    select(workers.c.id)
    .where(
        workers.c.id != bindparam("me"),
        (workers.c.until_at <= bindparam("at"))
        | ((workers.c.seen_at <= bindparam("silent")) & text(f"NOT EXISTS (SELECT 1 {_SESSIONS} :name || workers.id)")),
    )
    .order_by(workers.c.id)
)
_END_SESSIONS = text(f"SELECT pg_terminate_backend(pid) {_SESSIONS} :name AND usename = current_user")
