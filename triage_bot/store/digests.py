"""Which digests were issued, and what the installation remembers of itself."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from triage_bot.core.items import Event
from triage_bot.store import outbox
from triage_bot.store.drafts import EntryDraft
from triage_bot.store.rows import event_row
from triage_bot.store.tables import digests, events, items, meta
from triage_bot.store.types import Moment

FIRST_START = "first_start"


def record(
    connection: Connection,
    window_at: datetime,
    part: int,
    late: bool,
    entries: Sequence[EntryDraft],
    item_ids: Sequence[int],
    at: datetime,
) -> bool:
    row = {"window_at": window_at, "part": part, "late": late, "recorded_at": at}
    try:
        with connection.begin_nested():
            connection.execute(insert(digests), row)
    except IntegrityError:
        return False  # unique in the database: another run, or this one before a restart, has issued it
    outbox.add(connection, entries, None, at)
    listed = list(connection.execute(select(items.c.id).where(items.c.id.in_(item_ids))).scalars()) if item_ids else []
    if listed:
        event = Event(at, "digested", {"window_at": window_at.isoformat()})
        connection.execute(_DIGESTED, [{"of_item": item_id, "digested_at": at} for item_id in listed])
        connection.execute(insert(events), [event_row(item_id, event) for item_id in listed])
    return True


def last_at(connection: Connection, until: datetime | None) -> datetime | None:
    statement = select(func.max(digests.c.window_at, type_=Moment))
    if until is not None:
        statement = statement.where(digests.c.window_at <= until)
    newest: datetime | None = connection.execute(statement).scalar_one()
    return newest


def first_start_at(connection: Connection) -> datetime | None:
    value = connection.execute(select(meta.c.value).where(meta.c.name == FIRST_START)).scalar_one_or_none()
    return datetime.fromisoformat(value) if value is not None else None


def remember_first_start(connection: Connection, now: datetime) -> datetime:
    known = first_start_at(connection)
    if known is None:
        connection.execute(insert(meta), {"name": FIRST_START, "value": now.isoformat()})
    return known or now


_DIGESTED = update(items).where(items.c.id == bindparam("of_item"))
