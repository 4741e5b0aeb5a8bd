"""Which digests were issued, and what the installation remembers of itself."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from triage_bot.core.causes import Cause
from triage_bot.core.items import Event, ItemState
from triage_bot.store import acts, outbox
from triage_bot.store import items as queue
from triage_bot.store.drafts import EntryDraft
from triage_bot.store.rows import event_row
from triage_bot.store.tables import digests, events, items, meta
from triage_bot.store.types import Moment

FIRST_START = "first_start"


@dataclass(frozen=True, slots=True)
class Issue:
    """What tells one digest from another, and whether it came after its window."""

    window_at: datetime
    part: int
    late: bool
    assistant: str


def record(
    connection: Connection,
    issue: Issue,
    entries: Sequence[EntryDraft],
    item_ids: Sequence[int],
    at: datetime,
    nothing_to_do: Collection[int],
) -> bool:
    row = {**asdict(issue), "recorded_at": at}
    try:
        with connection.begin_nested():
            connection.execute(insert(digests), row)
    except IntegrityError:
        return False  # unique in the database: another run, or this one before a restart, has issued it
    outbox.add(connection, entries, None, at)
    listed = list(connection.execute(select(items.c.id).where(items.c.id.in_(item_ids))).scalars()) if item_ids else []
    if listed:
        event = Event(at, "digested", {"window_at": issue.window_at.isoformat()})
        connection.execute(_DIGESTED, [{"of_item": item_id, "digested_at": at} for item_id in listed])
        connection.execute(insert(events), [event_row(item_id, event) for item_id in listed])
    for item_id in sorted(set(nothing_to_do) & set(listed)):
        item = queue.by_id(connection, item_id)
        if item is not None and item.state is ItemState.OPEN:
            acts.transition(connection, item_id, ItemState.DONE, at, Cause.SHOWN)
    return True


def last_at(connection: Connection, until: datetime | None, assistant: str) -> datetime | None:
    statement = select(func.max(digests.c.window_at, type_=Moment)).where(digests.c.assistant == assistant)
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
