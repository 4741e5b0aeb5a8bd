"""The assistant's queue: what waits, its history, and what becomes of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from triage_bot.core.items import TRANSITIONS, Event, Item, ItemState
from triage_bot.errors import UsageError
from triage_bot.store import outbox
from triage_bot.store.drafts import EntryKind, EntryState, StoredMessage
from triage_bot.store.rows import event_of, event_row, item_of, message_of
from triage_bot.store.tables import events, items, messages
from triage_bot.store.tables import outbox as entries


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


def transition(connection: Connection, item_id: int, to: ItemState, at: datetime, by: str) -> Item:
    item = by_id(connection, item_id)
    if item is None:
        raise UsageError(f"there is no item {item_id}")
    allowed = TRANSITIONS[item.state]
    if to not in allowed:
        ways = ", ".join(state.value for state in ItemState if state in allowed)
        raise UsageError(f"item {item_id} is {item.state.value} and cannot become {to.value}; it can become: {ways}")
    connection.execute(_CHANGE, {"of_item": item_id, "state": to.value})
    if to in _SETTLED:
        for entry_id in list(connection.execute(_UNSAID, {"of_item": item_id}).scalars()):
            outbox.close(connection, entry_id, EntryState.DROPPED, at, "she has answered before it left")
    event = Event(at, to.name.lower(), {"by": by, "from": item.state.value})
    connection.execute(insert(events), event_row(item_id, event))
    changed = by_id(connection, item_id)
    assert changed is not None  # read and written in one transaction
    return changed


def mark_alerted(connection: Connection, item_id: int, at: datetime) -> None:
    connection.execute(_CHANGE, {"of_item": item_id, "alerted_at": at})


_BY_STATES = select(items).where(items.c.state.in_(bindparam("states", expanding=True))).order_by(items.c.id)
_BY_ID = select(items).where(items.c.id == bindparam("of_item"))
_HISTORY = select(events).where(events.c.item_id == bindparam("of_item")).order_by(events.c.id)
_MESSAGES = select(messages).where(messages.c.item_id == bindparam("of_item")).order_by(messages.c.id)
# Whoever was answered by her needs no acknowledgement any more.
_SETTLED = frozenset({ItemState.ANSWERED, ItemState.WAITING, ItemState.DONE, ItemState.DISMISSED})
_UNSAID = select(entries.c.id).where(
    entries.c.item_id == bindparam("of_item"),
    entries.c.kind == EntryKind.ACK.value,
    entries.c.state == EntryState.WAITING.value,
    entries.c.leased_by == "",
)
_CHANGE = update(items).where(items.c.id == bindparam("of_item"))
