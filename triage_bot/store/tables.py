"""The tables. Every other file of the store takes them from here; `migrations/` says how they came to be."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from triage_bot.store.drafts import EntryKind, EntryState
from triage_bot.store.types import BigId, CleanText, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def constant(value: str) -> ColumnElement[str]:
    """`value` written into the statement: only then do both databases see that a partial index serves it."""
    return literal_column(f"'{value}'", String)


@compiles(CreateIndex, "postgresql")
def _partial_there_too(create: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """`postgresql_where` beside each `sqlite_where` would load that dialect, 3 MB, into every program."""
    index: Index = create.element
    index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    written: str = compiler.visit_create_index(create, **options)  # type: ignore[no-untyped-call]
    return written


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("source", String, primary_key=True),
    Column("epoch", BigId, nullable=False),
    Column("position", BigId, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
)

threads = Table(
    "threads",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String, nullable=False),
    Column("client", String, nullable=False),
    Column("contact", CleanText, nullable=False),
    Column("chat", String),  # of a chat, NULL for mail
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),  # when the newest acknowledgement was recorded
    UniqueConstraint("channel", "chat"),
    sqlite_autoincrement=True,
)

items = Table(
    "items",
    metadata,
    Column("id", BigId, primary_key=True),  # never given out twice: a button of an old digest must not hit another item
    Column("thread_id", BigId, ForeignKey("threads.id"), nullable=False),
    Column("client", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("medium", String, nullable=False),
    Column("contact", CleanText, nullable=False),
    Column("contact_name", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("excerpt", CleanText, nullable=False),
    Column("state", String, nullable=False),
    Column("urgency", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("last_message_at", Moment, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("check_at", Moment),
    Column("promise_at", Moment),
    Column("promise_sentence", CleanText, nullable=False),
    Column("deadline", String, nullable=False),
    Column("because", JSON, nullable=False),
    Column("silence", String, nullable=False),
    Column("alerted_at", Moment),
    Column("digested_at", Moment),
    Column("snoozed_until", Moment),
    Column("touched_at", Moment),  # when she last did something about it
    Column("answered_at", Moment),
    Column("reminders", Integer, nullable=False, server_default="0"),  # follow-ups since her last answer
    Index(None, "thread_id", "state"),
    Index(None, "state", "id"),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String, nullable=False),
    Column("key", String, nullable=False),
    Column("medium", String, nullable=False),
    Column("thread_id", BigId, ForeignKey("threads.id")),
    Column("item_id", BigId, ForeignKey("items.id")),
    Column("contact", CleanText, nullable=False),
    Column("contact_name", CleanText, nullable=False),
    Column("message_id", CleanText, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("same_text", String, nullable=False),  # equal for equal texts of one contact, "" for no text
    Column("received_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("recorded_at", Moment, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("refs", JSON, nullable=False, server_default=text("'[]'")),  # what a reply of hers names as its thread
    Column("business", String, nullable=False, server_default=text("''")),  # the connection by which it came
    Column("album", JSON, nullable=False, server_default=text("'[]'")),  # Message-IDs of its parts
    Column("written_to", JSON, nullable=False, server_default=text("'[]'")),  # To and Cc: which address of hers
    Column("deleted_at", Moment),  # when the client took it back
    Column("text", CleanText, nullable=False),  # last: the columns before it are read without it
    UniqueConstraint("channel", "key"),
    Index(None, "fingerprint"),
    Index(None, "same_text", "received_at"),
    Index(None, "item_id"),
)
_has_id = messages.c.message_id != constant("")
Index("ix_messages_message_id", messages.c.message_id, messages.c.thread_id, sqlite_where=_has_id)

promises = Table(
    "promises",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("item_id", BigId, ForeignKey("items.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("check_at", Moment, nullable=False),
    Column("promise_at", Moment, nullable=False),
    Column("zone", String, nullable=False),
    Column("sentence", CleanText, nullable=False),
    Column("computed_from", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("warned_at", Moment),  # when she was told that it is about to break
    Column("closed_at", Moment),  # kept, broken or replaced
    Column("kept_by", String, nullable=False, server_default=text("''")),  # by what the client was answered
    Column("clock_seconds", BigInteger),  # from the message to the answer, by the clock
    Column("working_seconds", BigInteger),  # and in working time of the agreement
    Index(None, "item_id"),
    Index(None, "state", "promise_at"),
)

events = Table(
    "events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("item_id", BigId, ForeignKey("items.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(None, "item_id", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String, nullable=False),
    Column("courier", String, nullable=False),
    Column("recipient", CleanText, nullable=False),
    Column("item_id", BigId, ForeignKey("items.id")),
    Column("contact", CleanText, nullable=False),  # who is acknowledged, as the limits count; "" without an item
    Column("domain", CleanText, nullable=False),
    Column("message_id", CleanText, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),  # as asked for: the order in which one recipient gets her messages
    Column("next_at", Moment, nullable=False),  # when it may be claimed: the next attempt, or the end of the lease
    Column("drop_at", Moment),
    Column("leased_by", String, nullable=False),  # "" for nobody
    Column("attempts", Integer, nullable=False),
    Column("handed_over_at", Moment),
    Column("closed_at", Moment),
    Column("receipt", CleanText, nullable=False),
    Column("error", CleanText, nullable=False),
    Column("message", JSON, nullable=False),
    Index(None, "item_id"),
    sqlite_autoincrement=True,
)

# What entries say, beside them: their rows change with every step. Before version 0003, it was in `outbox.message`.
letters = Table(
    "letters",
    metadata,
    Column("id", BigId, ForeignKey("outbox.id"), primary_key=True),  # that of the entry
    Column("text", CleanText, nullable=False),
    Column("html", CleanText, nullable=False),
)

is_waiting = outbox.c.state == constant(EntryState.WAITING)
is_unfinished = outbox.c.state.in_([constant(EntryState.WAITING), constant(EntryState.HANDING_OVER)])
is_trouble = outbox.c.state.in_([constant(EntryState.FAILED), constant(EntryState.IN_DOUBT)])
is_ack = outbox.c.kind == constant(EntryKind.ACK)
is_ack_of_domain = is_ack & (outbox.c.domain != constant(""))
is_greeting = outbox.c.kind == constant(EntryKind.GREETING)
has_message_id = outbox.c.message_id != constant("")
is_of_desk = outbox.c.kind.in_([constant(EntryKind.ALERT), constant(EntryKind.DESK)])

Index("ix_outbox_waiting", outbox.c.next_at, outbox.c.due_at, outbox.c.id, sqlite_where=is_waiting)
Index(
    "ix_outbox_unfinished",
    outbox.c.courier,
    outbox.c.recipient,
    outbox.c.due_at,
    outbox.c.id,
    sqlite_where=is_unfinished,
)
Index("ix_outbox_trouble", outbox.c.state, outbox.c.id, sqlite_where=is_trouble)
Index("ix_outbox_ack_contact", outbox.c.contact, outbox.c.created_at, sqlite_where=is_ack)
Index("ix_outbox_ack_domain", outbox.c.domain, outbox.c.created_at, sqlite_where=is_ack_of_domain)
Index("ix_outbox_greeting", outbox.c.recipient, outbox.c.created_at, sqlite_where=is_greeting)
Index("ix_outbox_ack_at", outbox.c.created_at, sqlite_where=is_ack)
Index("ix_outbox_message_id", outbox.c.message_id, sqlite_where=has_message_id)
# Which item a message in her chat is about.
Index("ix_outbox_desk", outbox.c.recipient, outbox.c.receipt, sqlite_where=is_of_desk)

absences = Table(
    "absences",
    metadata,
    Column("contact", CleanText, primary_key=True),
    Column("until_on", String, nullable=False),  # the last day of the absence that the contact was told of
    Column("told_at", Moment, nullable=False),
)

undeliverable = Table(
    "undeliverable",
    metadata,
    Column("address", CleanText, primary_key=True),
    Column("since_at", Moment, nullable=False),
    Column("permanent", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("diagnostic", CleanText, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("window_at", Moment, nullable=False),
    Column("part", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("assistant", String, nullable=False, server_default=text("''")),  # her name in the configuration
    UniqueConstraint("window_at", "part", "assistant"),
)

# Her answers that did not go through the outbox: mail in a Sent folder, her own messages in a chat.
answers = Table(
    "answers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("channel", String, nullable=False),
    Column("key", String, nullable=False),
    Column("thread_id", BigId, ForeignKey("threads.id")),
    Column("item_id", BigId, ForeignKey("items.id")),
    Column("message_id", CleanText, nullable=False),
    Column("recipient", CleanText, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("matched_by", String, nullable=False),  # as core.answering says
    Column("awaits", CleanText, nullable=False, server_default=text("''")),  # a Message-ID that was not read yet
    UniqueConstraint("channel", "key"),
    Index(None, "message_id"),
    Index(None, "awaits"),
)

# The workers that share this database, and who of them reads and sends what.
workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("place", String, nullable=False),  # for people: machine and process
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # all three by the clock of the database
    Column("until_at", Moment, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("resource", String, primary_key=True),
    Column("worker", String, nullable=False),  # "" for nobody
    Column("token", BigInteger, nullable=False),  # grows whenever it goes to somebody
)
