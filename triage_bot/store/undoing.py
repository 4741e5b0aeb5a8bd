"""Taking back what the assistant did last, as long as nothing of it has left the house.

The item, its promises and its acknowledgements are as they were before the act; what it sent is withdrawn. Not taken
back is an act whose item has become something else since: a client who wrote, a colleague who acted. The same holds of
what is no step of an item: absences, pauses, bound contacts, facts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from triage_bot.core.causes import Cause
from triage_bot.core.items import Item, ItemState, Step
from triage_bot.core.standing import Deed
from triage_bot.store import deeds, ledger, outbox, standing
from triage_bot.store import items as queue
from triage_bot.store.acts import remembered
from triage_bot.store.drafts import Acted, EntryState, Outcome
from triage_bot.store.rows import Values
from triage_bot.store.tables import items
from triage_bot.store.tables import outbox as entries
from triage_bot.store.types import Moment

TakeBackFact = Callable[[Values], bool]
"""Whether a note about a client could be taken out of the file again; its values are those of the deed."""


def is_gone(_: Values) -> bool:
    return True


def undo(
    connection: Connection,
    assistant: str,
    at: datetime,
    once: str,
    item_id: int | None = None,
    *,
    of: str = "",
    drafts: bool = True,
    fact: TakeBackFact = is_gone,
) -> Acted:
    if deeds.was_done(connection, once):
        return Acted(Outcome.AGAIN)
    last = deeds.last(connection, assistant, about_an_item=item_id is not None, drafts=drafts)
    if of and (last is None or last.once != of):
        meant = deeds.done(connection, of)
        was_undone = meant is not None and meant.undone_at is not None
        item = queue.by_id(connection, item_id) if item_id is not None else None
        return Acted(Outcome.AGAIN if was_undone else Outcome.CHANGED, item)
    if last is None:
        return Acted(Outcome.UNKNOWN)
    if last.kind in _DEEDS:
        return _deed(connection, last, at, once, item_id, fact)
    item = queue.by_id(connection, last.item_id)
    if item is None:
        return Acted(Outcome.UNKNOWN)
    step, before = Step(last.kind), last.before
    if item_id is not None and item_id != item.id:
        return Acted(Outcome.CHANGED, queue.by_id(connection, item_id), step)
    if not _can_be_withdrawn(connection, last.entries):
        return Acted(Outcome.TOO_LATE, item, step)
    if _judged(remembered(item)) != _judged(before["after"]):
        return Acted(Outcome.CHANGED, item, step)
    for entry_id in last.entries:
        outbox.close(connection, entry_id, EntryState.DROPPED, at, Cause.TAKEN_BACK)
    _restore(connection, item, before, at)
    if step is Step.DISMISS:
        standing.speak_to_again(connection, item.channel, item.contact)
    _write_down(connection, item, ItemState(before["item"]["state"]), step, at)
    deeds.note_undone(connection, last, at, once)
    return Acted(Outcome.DONE, queue.by_id(connection, item.id), step, tuple(last.entries))


def _deed(
    connection: Connection, last: Row[Any], at: datetime, once: str, item_id: int | None, fact: TakeBackFact
) -> Acted:
    """Take back what is no step of an item. What cannot be restored is told of once, and is in nobody's way then."""
    deed = Deed(last.kind)
    item = queue.by_id(connection, last.item_id) if last.item_id is not None else None
    if item_id is not None and item_id != last.item_id:
        return Acted(Outcome.CHANGED, queue.by_id(connection, item_id))
    outcome = Outcome.TOO_LATE if deed is Deed.SEEN else Outcome.DONE
    if outcome is Outcome.DONE and not standing.take_back(connection, deed, last.assistant, last.before, at):
        outcome = Outcome.CHANGED
    deeds.note_undone(connection, last, at, once)
    if deed is Deed.FACT and not fact(last.before):
        outcome = Outcome.CHANGED
    if item is not None:
        item = queue.by_id(connection, item.id)
    return Acted(outcome, item, deed=deed, values=last.before)


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
        queue.tell(connection, item.id, at, back.name.lower(), by=Cause.TAKEN_BACK, from_=item.state.value)
    queue.tell(connection, item.id, at, "taken back", what=step.value)


_DEEDS = frozenset(deed.value for deed in Deed)
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
