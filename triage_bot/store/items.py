"""The items as they lie in the database: what waits, its history, its texts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from triage_bot.core.items import Event, Item, ItemState
from triage_bot.core.reasons import Reason
from triage_bot.store.drafts import Entry, StoredMessage
from triage_bot.store.outbox import ENTRIES
from triage_bot.store.rows import entry_of, event_of, event_row, item_of, item_row, message_of
from triage_bot.store.tables import events, items, messages, outbox
from triage_bot.store.types import Moment


def by_states(connection: Connection, states: Collection[ItemState]) -> list[Item]:
    rows = connection.execute(_BY_STATES, {"states": [state.value for state in states]})
    return [item_of(row) for row in rows]


def by_id(connection: Connection, item_id: int) -> Item | None:
    row = connection.execute(_BY_ID, {"of_item": item_id}).one_or_none()
    return item_of(row) if row is not None else None


def history(connection: Connection, item_id: int) -> list[Event]:
    return [event_of(row) for row in connection.execute(_HISTORY, {"of_item": item_id})]


def messages_of(connection: Connection, item_id: int) -> list[StoredMessage]:
    return [message_of(row) for row in connection.execute(_MESSAGES, {"of_item": item_id})]


def entries_of(connection: Connection, item_id: int) -> list[Entry]:
    return [entry_of(row) for row in connection.execute(_ENTRIES, {"of_item": item_id})]


def next_wake_at(connection: Connection) -> datetime | None:
    found: datetime | None = connection.execute(_NEXT_WAKE).scalar_one()
    return found


def to_wake(connection: Connection, now: datetime) -> list[Item]:
    return [item_of(row) for row in connection.execute(_TO_WAKE, {"now": now})]


def save(connection: Connection, item: Item) -> None:
    """Write what the assistant can change about an item."""
    row = item_row(item)
    connection.execute(_CHANGE, {"of_item": item.id, **{name: row[name] for name in CHANGEABLE}})


def tell(connection: Connection, item_id: int, at: datetime, kind: str, **detail: str) -> None:
    """One more line of the history. What is empty is left out."""
    said = {name.rstrip("_"): value for name, value in detail.items() if value}
    connection.execute(insert(events), event_row(item_id, Event(at, kind, said)))


def reasons(rows: Iterable[Sequence[Any]]) -> tuple[Reason, ...]:
    """Reasons as JSON keeps them."""
    return tuple(Reason(code, values) for code, values in rows)


def mark_alerted(connection: Connection, item_id: int, at: datetime) -> None:
    connection.execute(_CHANGE, {"of_item": item_id, "alerted_at": at})


CHANGEABLE = ("state", "urgency", "because", "snoozed_until", "touched_at", "answered_at", "reminders")

_BY_STATES = select(items).where(items.c.state.in_(bindparam("states", expanding=True))).order_by(items.c.id)
_BY_ID = select(items).where(items.c.id == bindparam("of_item"))
_HISTORY = select(events).where(events.c.item_id == bindparam("of_item")).order_by(events.c.id)
_MESSAGES = select(messages).where(messages.c.item_id == bindparam("of_item")).order_by(messages.c.id)
_ENTRIES = ENTRIES.where(outbox.c.item_id == bindparam("of_item")).order_by(outbox.c.id)
_is_snoozed = items.c.state == ItemState.SNOOZED.value
_NEXT_WAKE = select(func.min(items.c.snoozed_until, type_=Moment)).where(_is_snoozed)
_TO_WAKE = (
    select(items).where(_is_snoozed, items.c.snoozed_until <= bindparam("now", type_=Moment)).order_by(items.c.id)
)
_CHANGE = update(items).where(items.c.id == bindparam("of_item"))
