"""Taking back what the assistant did last, as long as nothing of it has left the house.

The item, its promises and its acknowledgements are as they were before the act; what it sent is withdrawn. Not taken
back is an act whose item has become something else since: a client who wrote, a colleague who acted.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from triage_bot.core.items import Item, ItemState, Step
from triage_bot.store import items as queue
from triage_bot.store import ledger, outbox, standing
from triage_bot.store.acts import remembered, was_done
from triage_bot.store.drafts import Act, Acted, EntryState, Outcome
from triage_bot.store.rows import Values
from triage_bot.store.tables import actions, items
from triage_bot.store.tables import outbox as entries
from triage_bot.store.types import Moment

UNDO = "undo"
"""The kind of the row that says that a command to take back was obeyed."""
TAKEN_BACK = "taken back"


def undo(connection: Connection, assistant: str, at: datetime, once: str, item_id: int | None = None) -> Acted:
    if was_done(connection, once):
        return Acted(Outcome.AGAIN)
    last = connection.execute(_LAST, {"of_assistant": assistant}).first()
    item = queue.by_id(connection, last.item_id) if last is not None else None
    if last is None or item is None:
        return Acted(Outcome.UNKNOWN)
    step, before = Step(last.kind), last.before
    if item_id is not None and item_id != item.id:
        return Acted(Outcome.CHANGED, queue.by_id(connection, item_id), step)
    if not _can_be_withdrawn(connection, last.entries):
        return Acted(Outcome.TOO_LATE, item, step)
    if _judged(remembered(item)) != _judged(before["after"]):
        return Acted(Outcome.CHANGED, item, step)
    for entry_id in last.entries:
        outbox.close(connection, entry_id, EntryState.DROPPED, at, TAKEN_BACK)
    _restore(connection, item, before, at)
    if step is Step.DISMISS:
        standing.speak_to_again(connection, item.channel, item.contact)
    _write_down(connection, item, ItemState(before["item"]["state"]), step, at)
    connection.execute(_UNDONE, {"of_action": last.id, "undone_at": at})
    if once:
        row = {"once": once, "assistant": assistant, "at": at, "kind": UNDO, "item_id": item.id}
        connection.execute(insert(actions), {**row, "before": {}, "entries": [], "undone_at": at})
    return Acted(Outcome.DONE, queue.by_id(connection, item.id), step, tuple(last.entries))


def last(connection: Connection, assistant: str) -> Act | None:
    row = connection.execute(_LAST, {"of_assistant": assistant}).first()
    return Act(Step(row.kind), row.item_id, "") if row is not None else None


def _can_be_withdrawn(connection: Connection, entry_ids: Sequence[int]) -> bool:
    """Whether none has begun to leave. What was dropped meanwhile has not left either."""
    if not entry_ids:
        return True
    states = set(connection.execute(_STATES, {"ids": list(entry_ids)}).scalars())
    return states <= {EntryState.WAITING.value, EntryState.DROPPED.value}


def _judged(fields: Values) -> tuple[object, ...]:
    """What must still be as the act left it. How often the client asked, and why, may have grown."""
    return tuple(fields[name] for name in ("state", "urgency", "snoozed_until", "touched_at"))


def _restore(connection: Connection, item: Item, before: Values, at: datetime) -> None:
    fields = dict(before["item"])
    for name in ("snoozed_until", "touched_at", "answered_at"):
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    if item.because != queue.reasons(before["after"]["because"]):
        del fields["because"]  # a message that joined since has reasons of its own
    fields["reminders"] += item.reminders - before["after"]["reminders"]
    connection.execute(_CHANGE, {"of_item": item.id, **fields})
    if before["given"] is not None:
        ledger.forget(connection, item.id, before["given"])
    ledger.reopen_promises(connection, item.id, before["promises"])
    if before["acks"]:
        connection.execute(_SAY_AFTER_ALL, {"ids": before["acks"], "now": at})


def _write_down(connection: Connection, item: Item, back: ItemState, step: Step, at: datetime) -> None:
    if back is not item.state:
        queue.tell(connection, item.id, at, back.name.lower(), by=TAKEN_BACK, from_=item.state.value)
    queue.tell(connection, item.id, at, TAKEN_BACK, what=step.value)


_LAST = (
    select(actions)
    .where(actions.c.assistant == bindparam("of_assistant"), actions.c.undone_at.is_(None))
    .order_by(actions.c.id.desc())
    .limit(1)
)
_UNDONE = update(actions).where(actions.c.id == bindparam("of_action"))
_CHANGE = update(items).where(items.c.id == bindparam("of_item"))
_STATES = select(entries.c.state).where(entries.c.id.in_(bindparam("ids", expanding=True)))
_SAY_AFTER_ALL = (
    update(entries)
    .where(
        entries.c.id.in_(bindparam("ids", expanding=True)),
        entries.c.state == EntryState.DROPPED.value,
        entries.c.drop_at.is_(None) | (entries.c.drop_at > bindparam("now", type_=Moment)),
    )
    .values(state=EntryState.WAITING.value, next_at=entries.c.due_at, closed_at=None, error="", leased_by="")
)
