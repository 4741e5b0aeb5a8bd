"""The ledger of promises: which are open, how one is replaced by another, and how it ends.

    open --> told --> corrected | kept | broken | withdrawn
     ^--------|

`told` is open as well: the assistant knows that her calendar breaks it. An item shows the earliest of its promises that
are open, and none once they are closed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from triage_bot.core.items import Event, ItemState
from triage_bot.core.kept import CalendarOf, KeptBy, LedgerLine, answer_due_at
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.messages import OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.store import outbox as entries
from triage_bot.store.drafts import Correction, Entry, EntryKind
from triage_bot.store.rows import Values, entry_of, event_row, given_promise_of, promise_row
from triage_bot.store.tables import events, items, outbox, promises
from triage_bot.store.types import Moment

OPEN = (PromiseState.OPEN.value, PromiseState.TOLD.value)
WAITED_ON = (ItemState.OPEN.value, ItemState.SNOOZED.value)
"""Items whose client still waits for the answer."""


def given(connection: Connection) -> list[GivenPromise]:
    return [given_promise_of(row) for row in connection.execute(_GIVEN)]


def unwarned(connection: Connection) -> list[GivenPromise]:
    return [given_promise_of(row) for row in connection.execute(_UNWARNED)]


def lines(connection: Connection, client: str | None, since: datetime | None) -> list[LedgerLine]:
    """Reads the whole ledger: asked by a person, now and then."""
    statement = _LINES
    if client is not None:
        statement = statement.where(items.c.client == client)
    if since is not None:
        statement = statement.where(promises.c.made_at >= since)
    return [_line_of(row) for row in connection.execute(statement)]


def lines_of(connection: Connection, item_id: int) -> list[LedgerLine]:
    return [_line_of(row) for row in connection.execute(_LINES.where(promises.c.item_id == item_id))]


def _line_of(row: Row[Any]) -> LedgerLine:
    return LedgerLine(
        given_promise_of(row),
        ItemState(row.item_state),
        row.warned_at,
        row.closed_at,
        row.kept_by,
        row.clock_seconds,
        row.working_seconds,
    )


@dataclass(frozen=True, slots=True)
class Closing:
    """An answer to a client, or why there will be none. `until` is when what she answers to had come at the latest."""

    item_id: int
    at: datetime
    by: KeptBy
    until: datetime
    calendar_of: CalendarOf | None = None

    def of(self, row: Row[Any]) -> Values:
        """What becomes of a promise of the item."""
        computed = row.computed_from
        received_at = datetime.fromisoformat(computed["received_at"])
        waited = max(self.at - received_at, timedelta(0))
        due, worked = row.promise_at, None
        if self.calendar_of is not None:
            calendar = self.calendar_of(row.client)
            due = answer_due_at(row.promise_at, calendar, answered_by=computed["answered_by"])
            worked = max(calendar.working_time_between(received_at, self.at), timedelta(0)) // timedelta(seconds=1)
        state = PromiseState.KEPT if self.at <= due else PromiseState.BROKEN
        if self.by in (KeptBy.NOT_WANTED, KeptBy.UNTOLD):
            state = PromiseState.WITHDRAWN
        elif self.by is KeptBy.LATE:
            state = PromiseState.CORRECTED if self.at <= due else PromiseState.BROKEN
        answered = self.by not in (KeptBy.NOT_WANTED, KeptBy.LATE)
        return {
            "state": state.value,
            "closed_at": self.at,
            "kept_by": self.by.value,
            "clock_seconds": waited // timedelta(seconds=1) if answered else None,
            "working_seconds": worked if answered else None,
        }


def close_promises(
    connection: Connection,
    item_id: int,
    answered_at: datetime,
    by: KeptBy,
    calendar_of: CalendarOf | None = None,
    *,
    until: datetime | None = None,
    untold: Collection[datetime] = (),
) -> list[Values]:
    """Close the open promises of an item that were made for messages of `until` or before, by default the moment of the
    answer. Those that were made at a moment of `untold` never reached the client. Returns the rows as they were."""
    closing = Closing(item_id, answered_at, by, until or answered_at, calendar_of)
    before = []
    for row in connection.execute(_OPEN_OF, {"of_item": item_id}).all():
        if datetime.fromisoformat(row.computed_from["received_at"]) > closing.until:
            continue
        values = closing.of(row)
        if row.made_at in untold:
            values |= {"state": PromiseState.WITHDRAWN.value, "kept_by": KeptBy.UNTOLD.value}
        connection.execute(_CHANGE_ONE, {"of_promise": row.id, **values})
        before.append({"id": row.id, "state": row.state, "now": values["state"]})
    if before:
        _follow(connection, item_id)
    return before


def reopen_promises(connection: Connection, item_id: int, closed: Iterable[Values]) -> None:
    """Take back what `close_promises` did, as far as it still stands."""
    nothing = {"closed_at": None, "kept_by": "", "clock_seconds": None, "working_seconds": None}
    for each in closed:
        values = {"of_promise": each["id"], "as_it_is": each["now"], "state": each["state"], **nothing}
        connection.execute(_REOPEN_ONE, values)
    _follow(connection, item_id)


def give(connection: Connection, item_id: int, correction: Correction, at: datetime) -> int | None:
    """A further promise for an item; its id, None if nothing can be promised."""
    if correction.promise is None:
        return None
    values = promise_row(item_id, correction.promise, correction.sentence, correction.zone, at, correction.locale)
    given_id: int = connection.execute(insert(promises).returning(promises.c.id), values).scalar_one()
    _follow(connection, item_id)
    return given_id


def forget(connection: Connection, item_id: int, promise_id: int) -> None:
    connection.execute(delete(promises).where(promises.c.id == promise_id, promises.c.item_id == item_id))
    _follow(connection, item_id)


def mark_warned(connection: Connection, promise: GivenPromise, at: datetime) -> bool:
    if connection.execute(_OPEN_ONE, {"of_promise": promise.id}).one_or_none() is None:
        return False
    if connection.execute(_WARN_ONE, {"of_promise": promise.id, "warned_at": at}).rowcount == 0:
        return False
    detail = {"promise_at": promise.promise_at.isoformat()}
    connection.execute(insert(events), event_row(promise.item_id, Event(at, "promise due", detail)))
    return True


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
    }
    if first:
        values["check_at"] = first.check_at
    connection.execute(_CHANGE_ITEM, {"of_item": item_id, **values})


_is_open = promises.c.state.in_(OPEN)
_of_items = promises.c.item_id == items.c.id
_PROMISE = (
    promises,
    items.c.client,
    items.c.contact,
    items.c.contact_name,
    items.c.subject,
    items.c.excerpt,
    items.c.state.label("item_state"),
)
_GIVEN = select(*_PROMISE).join(items, _of_items).where(_is_open, items.c.state.in_(WAITED_ON)).order_by(promises.c.id)
_UNWARNED = _GIVEN.where(promises.c.warned_at.is_(None))
_LINES: Select[Any] = select(*_PROMISE).join(items, _of_items).order_by(promises.c.made_at, promises.c.id)
_OPEN_OF = (
    select(promises, items.c.client)
    .join(items, _of_items)
    .where(promises.c.item_id == bindparam("of_item"), _is_open)
    .order_by(promises.c.id)
)
_CHANGE_ONE = update(promises).where(promises.c.id == bindparam("of_promise"))
_REOPEN_ONE = _CHANGE_ONE.where(promises.c.state == bindparam("as_it_is"))
_WARN_ONE = _CHANGE_ONE.where(promises.c.warned_at.is_(None))
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
_TOLD_WITH = entries.ENTRIES.where(
    outbox.c.item_id == bindparam("of_item"),
    outbox.c.kind.in_([EntryKind.ACK.value, EntryKind.CORRECTION.value]),
    outbox.c.created_at == bindparam("at"),
).order_by(outbox.c.id)
