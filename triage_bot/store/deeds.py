"""What the assistants did, one row each: so that one press does it once, and the last of it can be taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from triage_bot.core.items import Step
from triage_bot.core.standing import Deed
from triage_bot.store.desk_tables import actions
from triage_bot.store.rows import Values

UNDO = "undo"
"""The kind of the row that says that a command to take back was obeyed."""


def was_done(connection: Connection, once: str) -> bool:
    return done(connection, once) is not None


def done(connection: Connection, once: str) -> Row[Any] | None:
    """What was done under this `once`."""
    return connection.execute(_ONCE, {"of_once": once}).first() if once else None


def note(
    connection: Connection,
    kind: Step | Deed,
    assistant: str,
    at: datetime,
    once: str,
    before: Values,
    *,
    item_id: int | None = None,
    entries: Sequence[int] = (),
) -> None:
    """`before` is what taking it back restores, `entries` what it withdraws."""
    row = {"once": once or uuid4().hex, "assistant": assistant, "at": at, "kind": kind.value, "item_id": item_id}
    connection.execute(insert(actions), {**row, "before": before, "entries": list(entries), "undone_at": None})


def note_undone(connection: Connection, action: Row[Any], at: datetime, once: str) -> None:
    connection.execute(_UNDONE, {"of_action": action.id, "undone_at": at})
    if once:
        row = {"once": once, "assistant": action.assistant, "at": at, "kind": UNDO, "item_id": action.item_id}
        connection.execute(insert(actions), {**row, "before": {}, "entries": [], "undone_at": at})


def last(
    connection: Connection, assistant: str, *, about_an_item: bool = False, drafts: bool = True
) -> Row[Any] | None:
    """What she did last and did not take back; without `drafts` nothing that concerns only those of her chat."""
    statement = _LAST.where(actions.c.item_id.is_not(None)) if about_an_item else _LAST
    if not drafts:
        statement = statement.where(actions.c.kind != Deed.DISCARD.value)
    return connection.execute(statement, {"of_assistant": assistant}).first()


def bound(connection: Connection, channel: str, contact: str) -> list[Row[Any]]:
    """When this contact was bound to a client, as far as that was not taken back."""
    found = connection.execute(_BINDS)
    return [row for row in found if (row.before["channel"], row.before["contact"]) == (channel, contact)]


_ONCE = select(actions).where(actions.c.once == bindparam("of_once"))
_UNDONE = update(actions).where(actions.c.id == bindparam("of_action"))
_LAST = (
    select(actions)
    .where(actions.c.assistant == bindparam("of_assistant"), actions.c.undone_at.is_(None))
    .order_by(actions.c.id.desc())
    .limit(1)
)
_BINDS = select(actions).where(actions.c.kind == Deed.BIND.value, actions.c.undone_at.is_(None))
