"""The first tables.

Written out, not taken from `tables.py`: a migration does what it did on the day it was written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    _cursors()
    _digests()
    _meta()
    _threads()
    _items()
    _events()
    _messages()
    _outbox()
    _promises()
    _undeliverable()
    _absences()


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("epoch", BIG_ID, nullable=False),
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_cursors"),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("window_at", MOMENT, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sa.UniqueConstraint("window_at", "part", name="uq_digests_window_at_part"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("chat", sa.String(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_threads"),
        sa.UniqueConstraint("channel", "chat", name="uq_threads_channel_chat"),
        sqlite_autoincrement=True,
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("thread_id", BIG_ID, nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_message_at", MOMENT, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("check_at", MOMENT, nullable=True),
        sa.Column("promise_at", MOMENT, nullable=True),
        sa.Column("promise_sentence", sa.Text(), nullable=False),
        sa.Column("deadline", sa.String(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("silence", sa.String(), nullable=False),
        sa.Column("alerted_at", MOMENT, nullable=True),
        sa.Column("digested_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_items_thread_id"),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_items_state_id", "items", ["state", "id"])
    op.create_index("ix_items_thread_id_state", "items", ["thread_id", "state"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("item_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_events_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_item_id_id", "events", ["item_id", "id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("thread_id", BIG_ID, nullable=True),
        sa.Column("item_id", BIG_ID, nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("same_text", sa.String(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_messages_item_id"),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_messages_thread_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("channel", "key", name="uq_messages_channel_key"),
    )
    op.create_index("ix_messages_fingerprint", "messages", ["fingerprint"])
    op.create_index("ix_messages_item_id", "messages", ["item_id"])
    op.create_index(
        "ix_messages_message_id",
        "messages",
        ["message_id", "thread_id"],
        sqlite_where=sa.text("message_id != ''"),
        postgresql_where=sa.text("message_id != ''"),
    )
    op.create_index("ix_messages_same_text_received_at", "messages", ["same_text", "received_at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("courier", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("item_id", BIG_ID, nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("drop_at", MOMENT, nullable=True),
        sa.Column("leased_by", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_outbox_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_ack_at",
        "outbox",
        ["created_at"],
        sqlite_where=sa.text("kind = 'ack'"),
        postgresql_where=sa.text("kind = 'ack'"),
    )
    op.create_index(
        "ix_outbox_ack_contact",
        "outbox",
        ["contact", "created_at"],
        sqlite_where=sa.text("kind = 'ack'"),
        postgresql_where=sa.text("kind = 'ack'"),
    )
    op.create_index(
        "ix_outbox_ack_domain",
        "outbox",
        ["domain", "created_at"],
        sqlite_where=sa.text("kind = 'ack' AND domain != ''"),
        postgresql_where=sa.text("kind = 'ack' AND domain != ''"),
    )
    op.create_index("ix_outbox_item_id", "outbox", ["item_id"])
    op.create_index(
        "ix_outbox_message_id",
        "outbox",
        ["message_id"],
        sqlite_where=sa.text("message_id != ''"),
        postgresql_where=sa.text("message_id != ''"),
    )
    op.create_index(
        "ix_outbox_trouble",
        "outbox",
        ["state", "id"],
        sqlite_where=sa.text("state IN ('failed', 'in_doubt')"),
        postgresql_where=sa.text("state IN ('failed', 'in_doubt')"),
    )
    op.create_index(
        "ix_outbox_unfinished",
        "outbox",
        ["courier", "recipient", "due_at", "id"],
        sqlite_where=sa.text("state IN ('waiting', 'handing_over')"),
        postgresql_where=sa.text("state IN ('waiting', 'handing_over')"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["next_at", "due_at", "id"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("item_id", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("check_at", MOMENT, nullable=False),
        sa.Column("promise_at", MOMENT, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("computed_from", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_promises_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
    )
    op.create_index("ix_promises_item_id", "promises", ["item_id"])
    op.create_index("ix_promises_state_promise_at", "promises", ["state", "promise_at"])


def _undeliverable() -> None:
    op.create_table(
        "undeliverable",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_undeliverable"),
    )


def _absences() -> None:
    op.create_table(
        "absences",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("until_on", sa.String(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("contact", name="pk_absences"),
    )
