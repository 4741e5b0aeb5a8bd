"""Where the conversation with an assistant stands: one row a desk chat, and what her chat was shown of which item."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from triage_bot.store.desk_tables import dialogs
from triage_bot.store.tables import is_of_desk, is_unfinished, outbox


def load(connection: Connection, chat_id: int) -> tuple[datetime, Mapping[str, Any]] | None:
    row = connection.execute(_ONE, {"of_chat": chat_id}).one_or_none()
    return (row.changed_at, row.state) if row is not None else None


def save(connection: Connection, chat_id: int, state: Mapping[str, Any], at: datetime) -> None:
    values = {"changed_at": at, "state": dict(state)}
    if connection.execute(_CHANGE, {"of_chat": chat_id, **values}).rowcount == 0:
        connection.execute(insert(dialogs), {"chat_id": chat_id, **values})


def everything(connection: Connection) -> list[tuple[datetime, Mapping[str, Any]]]:
    return [(row.changed_at, row.state) for row in connection.execute(select(dialogs.c.changed_at, dialogs.c.state))]


def files_to_send(connection: Connection) -> set[str]:
    """The paths of the files that entries are still to take along."""
    rows = connection.execute(_UNFINISHED).scalars()
    return {file["path"] for message in rows for file in message.get("files", ())}


def item_of(connection: Connection, chat_id: int, message_id: int) -> int | None:
    """The item that a message of ours in her chat is about."""
    values = {"of_chat": str(chat_id), "of_message": str(message_id)}
    found: int | None = connection.execute(_ABOUT, values).scalars().first()
    return found


_ONE = select(dialogs.c.changed_at, dialogs.c.state).where(dialogs.c.chat_id == bindparam("of_chat"))
_CHANGE = update(dialogs).where(dialogs.c.chat_id == bindparam("of_chat"))
_ABOUT = (
    select(outbox.c.item_id)
    .where(is_of_desk, outbox.c.recipient == bindparam("of_chat"), outbox.c.receipt == bindparam("of_message"))
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_UNFINISHED = select(outbox.c.message).where(is_unfinished)
