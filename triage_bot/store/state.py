"""The state of the database in a few numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from triage_bot.core.items import ACTIVE, CLOSED
from triage_bot.core.ledger import PromiseState
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import EntryKind, EntryState
from triage_bot.store.tables import is_trouble, is_unfinished, items, outbox, promises


@dataclass(frozen=True, slots=True)
class State:
    """What waits. To ask for it costs by what waits, whatever lies in the history.

    Every state and kind is counted, 0 too: who watches a figure finds nothing wrong with one that is not there.
    `waiting` are the entries that have not left, by kind."""

    items: Mapping[str, int]  # the active ones, by state
    urgent: int  # of these
    promises: Mapping[str, int]  # the open ones, by state
    waiting: Mapping[str, int]
    troubled: Mapping[str, int]  # failed and in doubt


@dataclass(frozen=True, slots=True)
class Ended:
    """What is over, by state. To count it costs more with every year."""

    items: Mapping[str, int]
    promises: Mapping[str, int]


def read(connection: Connection) -> State:
    return State(
        items=_counts(connection, _by_state(items, ACTIVE), ACTIVE),
        urgent=connection.execute(_URGENT).scalar_one(),
        promises=_counts(connection, _by_state(promises, _OPEN), _OPEN),
        waiting=_counts(
            connection, select(outbox.c.kind, func.count()).where(is_unfinished).group_by(outbox.c.kind), EntryKind
        ),
        troubled=_counts(
            connection,
            select(outbox.c.state, func.count()).where(is_trouble).group_by(outbox.c.state),
            (EntryState.FAILED, EntryState.IN_DOUBT),
        ),
    )


def count_ended(connection: Connection) -> Ended:
    over = frozenset(PromiseState) - frozenset(_OPEN)
    return Ended(
        items=_counts(connection, _by_state(items, CLOSED), CLOSED),
        promises=_counts(connection, _by_state(promises, over), over),
    )


def overdue_since(connection: Connection, now: datetime) -> datetime | None:
    """When the longest overdue entry was to leave, None if none is due."""
    question = select(func.min(outbox.c.due_at)).where(is_unfinished, outbox.c.due_at <= now)
    found: datetime | None = connection.execute(question).scalar_one()
    return found


def _by_state(table: Table, states: Iterable[str]) -> Select[Any]:
    wanted = [str(state) for state in states]
    return select(table.c.state, func.count()).where(table.c.state.in_(wanted)).group_by(table.c.state)


def _counts(connection: Connection, question: Select[Any], known: Iterable[str]) -> dict[str, int]:
    found = {row[0]: row[1] for row in connection.execute(question)}
    return {str(key): 0 for key in known} | found


_OPEN = (PromiseState.OPEN, PromiseState.TOLD)
_URGENT = select(func.count()).where(
    items.c.state.in_([state.value for state in ACTIVE]), items.c.urgency == Urgency.URGENT.value
)
