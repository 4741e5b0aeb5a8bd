"""Looking items up: by words, by client, by when they were closed."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, func, or_, select

from triage_bot.core.items import CLOSED, Item, ItemState
from triage_bot.reading.fold import fold
from triage_bot.store.rows import item_of
from triage_bot.store.tables import items, messages
from triage_bot.store.types import Moment

_AT_ONCE = 500


def items_of(connection: Connection, client: str, states: Collection[ItemState]) -> list[Item]:
    rows = connection.execute(_OF_CLIENT, {"of_client": client, "states": [state.value for state in states]})
    return [item_of(row) for row in rows]


def closed_since(connection: Connection, since: datetime, client: str | None) -> list[Item]:
    statement = _CLOSED_SINCE if client is None else _CLOSED_SINCE.where(items.c.client == client)
    return [item_of(row) for row in connection.execute(statement, {"since": since})]


def search(connection: Connection, text: str, limit: int, counts: Callable[[Item], bool]) -> list[Item]:
    words = fold(text).split()
    if not words:
        return []
    return list(islice(filter(counts, _holding(connection, words)), limit))


def _holding(connection: Connection, words: list[str]) -> Iterator[Item]:
    """A page of items at a time, so that no more is read than is asked for."""
    before = connection.execute(select(func.max(items.c.id))).scalar_one() or 0
    while True:
        page = [item_of(row) for row in connection.execute(_PAGE, {"last": before, "most": _AT_ONCE})]
        if not page:
            return
        texts: dict[int, list[str]] = {}
        for row in connection.execute(_TEXTS, {"first": page[-1].id, "last": before}):
            texts.setdefault(row.item_id, []).append(f"{row.subject}\n{row.text}")
        for item in page:
            about = (item.client, item.contact, item.contact_name, item.subject)
            folded = fold("\n".join((*about, *texts.get(item.id, ()))))
            if all(word in folded for word in words):
                yield item
        before = page[-1].id - 1


_OF_CLIENT = (
    select(items)
    .where(items.c.state.in_(bindparam("states", expanding=True)), items.c.client == bindparam("of_client"))
    .order_by(items.c.id)
)
_since = bindparam("since", type_=Moment)
_CLOSED_SINCE = (
    select(items)
    .where(
        items.c.state.in_(sorted(state.value for state in CLOSED)),
        or_(items.c.touched_at >= _since, items.c.answered_at >= _since, items.c.last_message_at >= _since),
    )
    .order_by(items.c.id.desc())
)
_PAGE = select(items).where(items.c.id <= bindparam("last")).order_by(items.c.id.desc()).limit(bindparam("most"))
_TEXTS = select(messages.c.item_id, messages.c.subject, messages.c.text).where(
    messages.c.item_id >= bindparam("first"), messages.c.item_id <= bindparam("last")
)
