"""What a batch brings besides messages: connections to an account of hers, who may be written to, what is said to who
opens a chat."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from triage_bot.core.causes import Cause
from triage_bot.core.history import Undeliverable
from triage_bot.core.items import ACTIVE
from triage_bot.core.messages import BusinessConnection
from triage_bot.store import contacts
from triage_bot.store import outbox as entries
from triage_bot.store.desk_tables import bindings, business_connections
from triage_bot.store.drafts import Beside, EntryDraft, EntryKind, EntryState, Moved
from triage_bot.store.tables import (
    constant,
    is_greeting,
    is_waiting,
    items,
    outbox,
    threads,
)
from triage_bot.store.types import Moment

GREETED_AGAIN_AFTER = timedelta(hours=1)


def greet(connection: Connection, beside: Beside, at: datetime) -> None:
    for draft in beside.greetings:
        _greet(connection, draft, at)


def record(connection: Connection, beside: Beside, at: datetime) -> None:
    for business in beside.connections:
        _connect(connection, business, at)
    for lost, alerts in beside.blocked:
        _block(connection, lost, alerts, at)
    for address in beside.unblocked:
        contacts.clear(connection, address)
    for moved in beside.moves:
        _move(connection, moved, at)


def connections(connection: Connection) -> list[BusinessConnection]:
    return [BusinessConnection(**row._mapping) for row in connection.execute(select(business_connections))]


def _connect(connection: Connection, business: BusinessConnection, at: datetime) -> None:
    values = {name: getattr(business, name) for name in BusinessConnection.__dataclass_fields__ if name != "id"}
    if connection.execute(_CHANGE, {"of_id": business.id, **values}).rowcount == 0:
        connection.execute(insert(business_connections), {"id": business.id, **values})
    if business.enabled and business.can_reply:
        return
    # What was to be said for her can no longer be sent; the items stay. Her own answers are tried all the same, so that
    # Telegram's refusal opens the item again and is told to her.
    for entry_id in list(connection.execute(_WAITING, {"business": business.id}).scalars()):
        entries.close(connection, entry_id, EntryState.DROPPED, at, Cause.NO_SECRETARY)


def _greet(connection: Connection, draft: EntryDraft, at: datetime) -> None:
    """At most one greeting an hour and chat, however often somebody presses Start."""
    of = {"to": draft.message.to, "channel": draft.courier}
    greeted_at = connection.execute(_GREETED, of).scalar_one()
    if greeted_at is None or at - greeted_at >= GREETED_AGAIN_AFTER:
        entries.add(connection, [draft], None, at)


def _block(connection: Connection, lost: Undeliverable, alerts: tuple[EntryDraft, ...], at: datetime) -> None:
    """Told to the assistant when it is news."""
    if contacts.among(connection, [lost.address]):
        return
    contacts.mark(connection, lost, at)
    entries.add(connection, alerts, None, at)


def _move(connection: Connection, moved: Moved, at: datetime) -> None:
    """What is open goes on in the new chat, and the new chat is the same client's."""
    places = {"of_channel": moved.channel, "of_old": moved.old}
    if connection.execute(_THREAD, {"of_channel": moved.channel, "of_new": moved.new}).one_or_none() is None:
        connection.execute(_MOVE_THREAD, {**places, "chat": moved.new, "contact": moved.new})
    connection.execute(_MOVE_ITEMS, {**places, "contact": moved.new})
    place = {"channel": moved.channel, "contact": moved.new}
    if moved.client and connection.execute(_BINDING, place).one_or_none() is None:
        connection.execute(insert(bindings), {**place, "client": moved.client, "bound_at": at})


_THREAD = select(threads.c.id).where(
    threads.c.channel == bindparam("of_channel"), threads.c.chat == bindparam("of_new")
)
_MOVE_THREAD = update(threads).where(
    threads.c.channel == bindparam("of_channel"), threads.c.chat == bindparam("of_old")
)
_MOVE_ITEMS = update(items).where(
    items.c.channel == bindparam("of_channel"),
    items.c.contact == bindparam("of_old"),
    items.c.state.in_(sorted(state.value for state in ACTIVE)),
)
_BINDING = select(bindings).where(
    bindings.c.channel == bindparam("channel"), bindings.c.contact == bindparam("contact")
)
_CHANGE = update(business_connections).where(business_connections.c.id == bindparam("of_id"))
_GREETED = select(func.max(outbox.c.created_at, type_=Moment)).where(
    is_greeting, outbox.c.recipient == bindparam("to"), outbox.c.courier == bindparam("channel")
)
_WAITING = select(outbox.c.id).where(
    is_waiting,
    outbox.c.leased_by == "",
    outbox.c.message["business"].as_string() == bindparam("business"),
    outbox.c.kind.in_([constant(EntryKind.ACK), constant(EntryKind.CORRECTION)]),
)
