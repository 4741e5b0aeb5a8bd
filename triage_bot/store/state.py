"""The state of the database in a few numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from triage_bot.core.items import ACTIVE, ItemState
from triage_bot.core.ledger import PromiseState
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import EntryKind, EntryState
from triage_bot.store.tables import is_trouble, is_unfinished, items, outbox, promises


@dataclass(frozen=True, slots=True)
class State:
    """Every state and kind is counted, 0 too: who watches a figure finds nothing wrong with one that is not there.

    `waiting` are the entries that have not left, by kind; `oldest_due_at` is when the longest overdue of them was
    to leave, None if none is due."""

    items: Mapping[str, int]  # by state
    urgent: int  # of the active items
    promises: Mapping[str, int]  # by state
    waiting: Mapping[str, int]
    troubled: Mapping[str, int]  # failed and in doubt
    oldest_due_at: datetime | None


def read(connection: Connection, now: datetime) -> State:
    return State(
        items=_counts(connection, select(items.c.state, func.count()).group_by(items.c.state), ItemState),
        urgent=connection.execute(_URGENT).scalar_one(),
        promises=_counts(connection, select(promises.c.state, func.count()).group_by(promises.c.state), PromiseState),
        waiting=_counts(
            connection, select(outbox.c.kind, func.count()).where(is_unfinished).group_by(outbox.c.kind), EntryKind
        ),
        troubled=_counts(
            connection,
            select(outbox.c.state, func.count()).where(is_trouble).group_by(outbox.c.state),
            (EntryState.FAILED, EntryState.IN_DOUBT),
        ),
        oldest_due_at=connection.execute(
            select(func.min(outbox.c.due_at)).where(is_unfinished, outbox.c.due_at <= now)
        ).scalar_one(),
    )


def _counts(connection: Connection, question: Select[Any], known: Iterable[str]) -> dict[str, int]:
    found = {row[0]: row[1] for row in connection.execute(question)}
    return {str(key): 0 for key in known} | found


_URGENT = select(func.count()).where(
    items.c.state.in_([state.value for state in ACTIVE]), items.c.urgency == Urgency.URGENT.value
)
