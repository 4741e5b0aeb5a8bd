"""What a client took back: the item stays and says so; an acknowledgement of nothing else is not sent any more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from triage_bot.core.causes import Cause
from triage_bot.core.kept import CalendarOf, KeptBy
from triage_bot.store import acts, ledger, outbox
from triage_bot.store import items as queue
from triage_bot.store.drafts import Elsewhere, EntryState
from triage_bot.store.tables import items, messages, threads
from triage_bot.store.types import cleaned

MOST_ALBUMS = 200
"""Albums of one chat that are looked through for a part that was taken back, the newest ones."""


def record(connection: Connection, elsewhere: Elsewhere, at: datetime, calendar_of: CalendarOf | None) -> None:
    item_ids: dict[int, None] = {}
    for channel, message_id in elsewhere.deleted:
        for row_id, item_id in _rows_of(connection, channel, cleaned(message_id)):
            connection.execute(_DELETE, {"of_message": row_id, "deleted_at": at})
            if item_id is not None:
                item_ids[item_id] = None
    for item_id in item_ids:
        _say(connection, item_id, elsewhere, at)
        _hold_back(connection, item_id, at, calendar_of)
        elsewhere.noted(item_id, "a message was taken back")


def _rows_of(connection: Connection, channel: str, message_id: str) -> list[tuple[int, int | None]]:
    """The rows of a message that are not marked yet: itself, its edits, the album that it is a part of."""
    rows = connection.execute(_BY_MESSAGE_ID, {"of_channel": channel, "of_id": message_id}).all()
    if not rows:
        chat = message_id.rpartition("/")[0]
        albums = connection.execute(_ALBUMS, {"of_channel": channel, "of_chat": chat})
        rows = [row for row in albums if message_id in row.album]
    return [(row.id, row.item_id) for row in rows if row.deleted_at is None]


def _say(connection: Connection, item_id: int, elsewhere: Elsewhere, at: datetime) -> None:
    item = queue.by_id(connection, item_id)
    if item is None:
        return
    queue.tell(connection, item_id, at, "deleted")
    newest = _states(connection, item_id)[-1:]
    if newest == [True]:
        excerpt = elsewhere.says_deleted(item.client, item.excerpt)
        connection.execute(_CHANGE_ITEM, {"of_item": item_id, "excerpt": excerpt})


def _hold_back(connection: Connection, item_id: int, at: datetime, calendar_of: CalendarOf | None) -> None:
    unsaid = acts.unsaid(connection, item_id)
    if not unsaid or not all(_states(connection, item_id)):
        return
    for entry_id in unsaid:
        outbox.close(connection, entry_id, EntryState.DROPPED, at, Cause.CLIENT_TOOK_BACK)
    untold = set(unsaid.values())
    ledger.close_promises(connection, item_id, at, KeptBy.NOT_WANTED, calendar_of, untold=untold)


def _states(connection: Connection, item_id: int) -> Sequence[bool]:
    """Whether each message of an item was taken back, in the order of their recording."""
    return [row.deleted_at is not None for row in connection.execute(_OF_ITEM, {"of_item": item_id})]


_COLUMNS = (messages.c.id, messages.c.item_id, messages.c.album, messages.c.deleted_at)
_BY_MESSAGE_ID = select(*_COLUMNS).where(
    messages.c.message_id == bindparam("of_id"),
    messages.c.channel == bindparam("of_channel"),
    messages.c.message_id != "",
)
_ALBUMS = (
    select(*_COLUMNS)
    .join_from(threads, items, items.c.thread_id == threads.c.id)
    .join(messages, messages.c.item_id == items.c.id)
    .where(threads.c.channel == bindparam("of_channel"), threads.c.chat == bindparam("of_chat"))
    .order_by(messages.c.id.desc())
    .limit(MOST_ALBUMS)
)
_OF_ITEM = select(messages.c.deleted_at).where(messages.c.item_id == bindparam("of_item")).order_by(messages.c.id)
_DELETE = update(messages).where(messages.c.id == bindparam("of_message"))
_CHANGE_ITEM = update(items).where(items.c.id == bindparam("of_item"))
