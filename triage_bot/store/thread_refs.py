"""Which threads a Message-ID belongs to: of a client's message, of what we sent, of what she wrote past the bot."""

from sqlalchemy import BindParameter, bindparam, func, select, union_all

from triage_bot.store.tables import answers, has_message_id, items, messages, outbox, threads
from triage_bot.store.types import Moment

ROWS = 5000
"""A Message-ID that somebody used for thousands of threads costs no more than this."""

_refs: BindParameter[str] = bindparam("refs", expanding=True)
_THREAD = (threads.c.id, threads.c.client, threads.c.contact, threads.c.acknowledged_at)

# A client answers to our acknowledgement too, and to a mail of hers.
THREADS_BY_REF = union_all(
    select(messages.c.message_id, func.max(messages.c.received_at, type_=Moment).label("at"), *_THREAD)
    .join_from(messages, threads)
    .where(messages.c.message_id.in_(_refs), messages.c.message_id != "")
    .group_by(messages.c.message_id, *_THREAD),
    select(outbox.c.message_id, outbox.c.created_at.label("at"), *_THREAD)
    .select_from(outbox.join(items, outbox.c.item_id == items.c.id).join(threads, items.c.thread_id == threads.c.id))
    .where(outbox.c.message_id.in_(_refs), has_message_id),
    select(answers.c.message_id, answers.c.sent_at.label("at"), *_THREAD)
    .join_from(answers, threads)
    .where(answers.c.message_id.in_(_refs), answers.c.message_id != ""),
).limit(ROWS)
"""Of `refs`: Message-ID, when that message came or was made (`at`), the thread."""
