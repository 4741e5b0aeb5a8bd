"""The state of the database in a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from triage_bot.core.items import ACTIVE
from triage_bot.core.urgency import Urgency
from triage_bot.store.tables import is_trouble, is_unfinished, items, outbox, promises


@dataclass(frozen=True, slots=True)
class State:
    """`waiting` are the entries that have not left, by kind; `oldest_due_at` is when the longest overdue of them was
    to leave, None if none is due."""

    items: Mapping[str, int]  # by state
    urgent: int  # of the active items
    promises: Mapping[str, int]  # by state
    waiting: Mapping[str, int]
    troubled: Mapping[str, int]  # failed and in doubt
    oldest_due_at: datetime | None


def read(connection: Connection, now: datetime) -> State:
    return State(
        items=_counts(connection, select(items.c.state, func.count()).group_by(items.c.state)),
        urgent=connection.execute(_URGENT).scalar_one(),
        promises=_counts(connection, select(promises.c.state, func.count()).group_by(promises.c.state)),
        waiting=_counts(connection, select(outbox.c.kind, func.count()).where(is_unfinished).group_by(outbox.c.kind)),
        troubled=_counts(connection, select(outbox.c.state, func.count()).where(is_trouble).group_by(outbox.c.state)),
        oldest_due_at=connection.execute(
            select(func.min(outbox.c.due_at)).where(is_unfinished, outbox.c.due_at <= now)
        ).scalar_one(),
    )


def _counts(connection: Connection, question: Select[tuple[str, int]]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(question)}


_URGENT = select(func.count()).where(
    items.c.state.in_([state.value for state in ACTIVE]), items.c.urgency == Urgency.URGENT.value
)
