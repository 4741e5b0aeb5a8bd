"""What is asked for a batch of messages; see `past`."""

from sqlalchemy import BindParameter, Integer, Select, bindparam, case, func, select, union_all

from triage_bot.core.items import ACTIVE, CLOSED, ItemState
from triage_bot.store.drafts import EntryKind
from triage_bot.store.prepared import Changes
from triage_bot.store.tables import (
    is_ack,
    is_ack_of_domain,
    is_greeting,
    is_waiting,
    items,
    messages,
    outbox,
    threads,
)
from triage_bot.store.types import Moment

FINGERPRINTS = select(messages.c.fingerprint).where(
    messages.c.fingerprint.in_(bindparam("fingerprints", expanding=True))
)

SAME_TEXTS = (
    select(messages.c.same_text, func.max(messages.c.received_at, type_=Moment).label("newest_at"))
    .where(messages.c.same_text.in_(bindparam("texts", expanding=True)))
    .group_by(messages.c.same_text)
)

_THREADS: BindParameter[int] = bindparam("threads", expanding=True)
_THREAD = (threads.c.id, threads.c.client, threads.c.contact, threads.c.acknowledged_at)

THREADS_BY_CHAT = select(threads.c.chat, *_THREAD).where(
    threads.c.channel == bindparam("channel"), threads.c.chat.in_(bindparam("chats", expanding=True))
)

ACTIVE_ITEMS = (
    select(items)
    .where(
        items.c.thread_id.in_(_THREADS),
        items.c.state.in_(sorted(state.value for state in ACTIVE)),
    )
    .order_by(items.c.id)
)


def _newest(state: ItemState) -> Select[tuple[int | None]]:
    """Of each thread the newest item in this state."""
    of_thread = select(func.max(items.c.id)).where(items.c.thread_id == threads.c.id, items.c.state == state.value)
    return select(of_thread.correlate(threads).scalar_subquery()).where(threads.c.id.in_(_THREADS))


# A chat is one thread for ever: of all that it ever asked only the newest is read.
CLOSED_ITEMS = select(items).where(items.c.id.in_(union_all(*map(_newest, sorted(CLOSED))))).order_by(items.c.id)

# Found among what waits, which is little: a join would go through all that the threads ever asked, and asked to sort by
# id, SQLite goes through the whole outbox.
_thread_id = select(items.c.thread_id).where(items.c.id == outbox.c.item_id).correlate(outbox).scalar_subquery()
PENDING = (
    select(outbox.c.id, outbox.c.due_at, outbox.c.recipient, _thread_id.label("thread_id"))
    .where(
        is_waiting,
        outbox.c.next_at > bindparam("now", type_=Moment),  # as `due_at` of what nobody tried yet
        outbox.c.due_at > bindparam("now", type_=Moment),
        outbox.c.kind == EntryKind.ACK.value,
        outbox.c.leased_by == "",
        outbox.c.attempts == 0,
        _thread_id.in_(_THREADS),
    )
    .with_for_update(of=outbox)  # until what takes its place is written, no other worker claims it
)

_HOUR_AT = bindparam("hour", type_=Moment)
_DAY_AT = bindparam("day", type_=Moment)

ACKS_OF_CONTACTS = (
    select(
        outbox.c.contact,
        func.sum(case((outbox.c.created_at > _HOUR_AT, 1), else_=0), type_=Integer).label("in_hour"),
        func.count().label("in_day"),
    )
    .where(is_ack, outbox.c.contact.in_(bindparam("contacts", expanding=True)), outbox.c.created_at > _DAY_AT)
    .group_by(outbox.c.contact)
)

# Of each contact one row is looked at, however many there are; DISTINCT would go through all of them.
ACKED_EVER = Changes(
    "SELECT given.column1",
    ("TEXT",),
    "EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'ack' AND outbox.contact = given.column1)",
    "",
)

ACKS_OF_DOMAINS = (
    select(outbox.c.domain, func.count().label("in_hour"))
    .where(is_ack_of_domain, outbox.c.domain.in_(bindparam("domains", expanding=True)), outbox.c.created_at > _HOUR_AT)
    .group_by(outbox.c.domain)
)

GREETED = (
    select(outbox.c.recipient, func.max(outbox.c.created_at, type_=Moment).label("newest_at"))
    .where(is_greeting, outbox.c.recipient.in_(bindparam("chats", expanding=True)))
    .group_by(outbox.c.recipient)
)

ALL_ACKS = select(func.count()).select_from(outbox).where(is_ack, outbox.c.created_at > _HOUR_AT)
