"""The tables of the assistant's side: where she commands, what she did and said, what she is told of trouble."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint

from triage_bot.store.tables import metadata
from triage_bot.store.types import BigId, CleanText, Moment

# The chats in which assistants command, by a pairing; those of the configuration stand there.
desks = Table(
    "desks",
    metadata,
    Column("assistant", String, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("paired_at", Moment, nullable=False),
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_hash", String, primary_key=True),
    Column("assistant", String, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# Contacts that she bound to a client by a button; "" for somebody who is no client and is to be left alone.
bindings = Table(
    "bindings",
    metadata,
    Column("channel", String, primary_key=True),
    Column("contact", CleanText, primary_key=True),
    Column("client", String, nullable=False),
    Column("bound_at", Moment, nullable=False),
)

# Mailboxes that cannot be read, accounts that cannot send, and whether the assistant knows: it is told once, whichever
# worker has them.
outages = Table(
    "outages",
    metadata,
    Column("source", String, primary_key=True),
    Column("since_at", Moment, nullable=False),
    Column("told_at", Moment),
)

# What she is told of trouble. Rows with `told_at` count for an hour; those without wait to be told together.
alerts = Table(
    "alerts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("assistant", String, nullable=False),
    Column("code", String, nullable=False),  # as in `trouble.html`
    Column("details", JSON, nullable=False),  # what its line says
    Column("told_at", Moment),
)

# What the next message that she writes in a desk chat means, and the draft that she is at.
dialogs = Table(
    "dialogs",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("changed_at", Moment, nullable=False),
    Column("state", JSON, nullable=False),
)

# What she did, so that one press does it once and the last one can be taken back.
actions = Table(
    "actions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("once", String, nullable=False),  # the update or the command line that asked for it
    Column("assistant", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("item_id", BigId, ForeignKey("items.id")),
    Column("before", JSON, nullable=False),  # what undoing restores
    Column("entries", JSON, nullable=False),  # ids in the outbox that undoing withdraws
    Column("undone_at", Moment),
    UniqueConstraint("once"),
    Index(None, "assistant", "id"),
    Index(None, "item_id"),
)

business_connections = Table(
    "business_connections",
    metadata,
    Column("id", String, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("can_reply", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

# Absences that she announced herself, beside those of the configuration.
away = Table(
    "away",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("assistant", String, nullable=False),
    Column("first_on", String, nullable=False),  # ISO dates
    Column("last_on", String, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
