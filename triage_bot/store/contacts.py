"""What is remembered of contacts: from whom mail of ours came back, who was told of an absence."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from triage_bot.core.causes import Cause
from triage_bot.core.history import Returned, Undeliverable
from triage_bot.store import outbox as entries
from triage_bot.store.drafts import EntryKind, EntryState
from triage_bot.store.tables import (
    absences,
    constant,
    has_message_id,
    is_unfinished,
    is_waiting,
    items,
    outbox,
    undeliverable,
)


def mark(connection: Connection, found: Undeliverable, at: datetime) -> None:
    """From now on nothing automatic goes there; what waits is withdrawn."""
    clear(connection, found.address)
    values = {name: getattr(found, name) for name in Undeliverable.__dataclass_fields__}
    connection.execute(insert(undeliverable), values)
    for entry_id in list(connection.execute(_WAITING, {"to": found.address}).scalars()):
        entries.close(connection, entry_id, EntryState.DROPPED, at, Cause.ADDRESS_BOUNCES)


def clear(connection: Connection, address: str) -> bool:
    return connection.execute(_CLEAR, {"of_address": address}).rowcount > 0


def all_undeliverable(connection: Connection) -> list[Undeliverable]:
    return [Undeliverable(**row._mapping) for row in connection.execute(_ALL)]


def among(connection: Connection, addresses: Collection[str]) -> set[str]:
    """Those of `addresses` to which nothing goes."""
    return set(connection.execute(_AMONG, {"addresses": list(addresses)}).scalars())


def returned(connection: Connection, message_ids: Collection[str]) -> dict[str, Returned]:
    """The mails of ours that have these Message-IDs. Only a mail that was recorded here can have come back."""
    rows = connection.execute(_RETURNED, {"ids": list(message_ids)})
    return {row.message_id: Returned(row.recipient, row.item_id, row.client or "") for row in rows}


def told_of_absence(connection: Connection, people: Collection[str]) -> dict[str, str]:
    """The last day of the absence that each was told of, by contact."""
    rows = connection.execute(_TOLD, {"people": list(people)})
    return {row.contact: row.until_on for row in rows}


def tell_of_absence(connection: Connection, contact: str, until_on: str, at: datetime) -> None:
    values = {"until_on": until_on, "told_at": at}
    if connection.execute(_TELL_AGAIN, {"of_contact": contact, **values}).rowcount == 0:
        connection.execute(insert(absences), {"contact": contact, **values})


_TOLD = select(absences).where(absences.c.contact.in_(bindparam("people", expanding=True)))
_TELL_AGAIN = update(absences).where(absences.c.contact == bindparam("of_contact"))
_CLEAR = delete(undeliverable).where(undeliverable.c.address == bindparam("of_address"))
_ALL = select(undeliverable).order_by(undeliverable.c.since_at)
_AMONG = select(undeliverable.c.address).where(undeliverable.c.address.in_(bindparam("addresses", expanding=True)))
_RETURNED = (
    select(outbox.c.message_id, outbox.c.recipient, outbox.c.item_id, items.c.client)
    .select_from(outbox.outerjoin(items, outbox.c.item_id == items.c.id))
    .where(outbox.c.message_id.in_(bindparam("ids", expanding=True)), has_message_id)
)
_WAITING = select(outbox.c.id).where(
    is_unfinished,
    is_waiting,
    outbox.c.recipient == bindparam("to"),
    outbox.c.leased_by == "",
    outbox.c.kind.in_([constant(EntryKind.ACK), constant(EntryKind.CORRECTION)]),
)
