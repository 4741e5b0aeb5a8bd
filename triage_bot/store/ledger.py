"""The ledger of promises: which are open, and how one is replaced by another.

    open --> told --> corrected
     ^--------|

`told` is open as well: the assistant knows that her calendar breaks it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from triage_bot.core.items import Event, ItemState
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.messages import OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.store import outbox as entries
from triage_bot.store.drafts import Correction, Entry, EntryKind
from triage_bot.store.rows import entry_of, event_row, given_promise_of, promise_row
from triage_bot.store.tables import events, items, outbox, promises
from triage_bot.store.types import Moment

OPEN = (PromiseState.OPEN.value, PromiseState.TOLD.value)
WAITED_ON = (ItemState.OPEN.value, ItemState.SNOOZED.value)
"""Items whose client still waits for the answer."""


def given(connection: Connection) -> list[GivenPromise]:
    return [given_promise_of(row) for row in connection.execute(_GIVEN)]


def state_of(connection: Connection, promise_id: int) -> PromiseState | None:
    state = connection.execute(_STATE, {"of_promise": promise_id}).scalar_one_or_none()
    return PromiseState(state) if state is not None else None


def told_with(connection: Connection, promise: GivenPromise) -> tuple[str, OutgoingMessage] | None:
    found = connection.execute(_TOLD_WITH, {"of_item": promise.item_id, "at": promise.made_at}).first()
    if found is None:
        return None
    entry = entry_of(found)
    return entry.courier, entry.message


def tell_broken(connection: Connection, told: Collection[int], relieved: Collection[int], at: datetime) -> None:
    for ids, state in ((relieved, PromiseState.OPEN), (told, PromiseState.TOLD)):
        if ids:
            connection.execute(_SET_STATE, {"ids": list(ids), "state": state.value})
    if told:
        broken = connection.execute(_ITEMS_OF, {"ids": list(told)}).all()
        rows = [
            event_row(row.item_id, Event(at, "promise at risk", {"promise_at": row.promise_at.isoformat()}))
            for row in broken
        ]
        connection.execute(insert(events), rows)


def correct(connection: Connection, correction: Correction, at: datetime, by: str) -> bool:
    row = connection.execute(_OPEN_ONE, {"of_promise": correction.promise_id}).one_or_none()
    if row is None:
        return False
    connection.execute(_SET_STATE, {"ids": [correction.promise_id], "state": PromiseState.CORRECTED.value})
    new = correction.promise
    detail = {"by": by, "from_at": row.promise_at.isoformat(), "sentence": correction.sentence}
    if new is not None:
        detail["to_at"] = new.promise_at.isoformat()
        values = promise_row(row.item_id, new, correction.sentence, correction.zone, at, correction.locale)
        connection.execute(insert(promises), values)
    connection.execute(insert(events), event_row(row.item_id, Event(at, "promise corrected", detail)))
    entries.add(connection, [correction.entry], row.item_id, at)
    _follow(connection, row.item_id)
    return True


def renew(connection: Connection, entry: Entry, promise: Promise | None, sentence: str) -> None:
    """The promise of an acknowledgement that never left becomes the one that it makes now."""
    of_entry = {"of_item": entry.item_id, "at": entry.created_at}
    row = connection.execute(_MADE_WITH, of_entry).first()
    if row is None or entry.item_id is None:
        return
    if promise is None:
        connection.execute(delete(promises).where(promises.c.id == row.id))
    else:
        locale = row.computed_from.get("locale", "")
        values = promise_row(entry.item_id, promise, sentence, row.zone, row.made_at, locale)
        connection.execute(update(promises).where(promises.c.id == row.id).values(values))
    _follow(connection, entry.item_id)


def _follow(connection: Connection, item_id: int) -> None:
    """An item shows the earliest promise that stands, as when several of its messages were promised an answer."""
    first = connection.execute(_FIRST_OPEN, {"of_item": item_id}).first()
    values = {
        "promise_at": first.promise_at if first else None,
        "promise_sentence": first.sentence if first else "",
        "check_at": first.check_at if first else None,
    }
    connection.execute(_CHANGE_ITEM, {"of_item": item_id, **values})


_is_open = promises.c.state.in_(OPEN)
_of_items = promises.c.item_id == items.c.id
_GIVEN = (
    select(promises, items.c.client, items.c.contact, items.c.contact_name, items.c.subject, items.c.excerpt)
    .join(items, _of_items)
    .where(_is_open, items.c.state.in_(WAITED_ON))
    .order_by(promises.c.id)
)
_STATE = select(promises.c.state).where(promises.c.id == bindparam("of_promise"))
_OPEN_ONE = (
    select(promises.c.item_id, promises.c.promise_at)
    .join(items, _of_items)
    .where(promises.c.id == bindparam("of_promise"), _is_open, items.c.state.in_(WAITED_ON))
)
_FIRST_OPEN = (
    select(promises)
    .where(promises.c.item_id == bindparam("of_item"), _is_open)
    .order_by(promises.c.promise_at, promises.c.id)
    .limit(1)
)
_MADE_WITH = (
    select(promises)
    .where(promises.c.item_id == bindparam("of_item"), promises.c.made_at == bindparam("at", type_=Moment), _is_open)
    .order_by(promises.c.id)
)
_ids = promises.c.id.in_(bindparam("ids", expanding=True))
_SET_STATE = update(promises).where(_ids)
_ITEMS_OF = select(promises.c.item_id, promises.c.promise_at).where(_ids)
_CHANGE_ITEM = update(items).where(items.c.id == bindparam("of_item"))
# Recorded in one transaction with the promise, and so at the same moment.
_TOLD_WITH = (
    select(outbox)
    .where(
        outbox.c.item_id == bindparam("of_item"),
        outbox.c.kind.in_([EntryKind.ACK.value, EntryKind.CORRECTION.value]),
        outbox.c.created_at == bindparam("at"),
    )
    .order_by(outbox.c.id)
)
