"""What the desk, the pairing of assistants and the watch over her own answers keep.

Written out, not taken from `tables.py`: a migration does what it did on the day it was written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    _items()
    _messages()
    _outbox()
    _promises()
    _digests()
    _answers()
    _desks()
    _bindings()
    _dialogs()
    _actions()
    _business_connections()
    _away()
    _workers()


def _items() -> None:
    op.add_column("items", sa.Column("snoozed_until", MOMENT))
    op.add_column("items", sa.Column("touched_at", MOMENT))
    op.add_column("items", sa.Column("answered_at", MOMENT))
    op.add_column("items", sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"))


def _messages() -> None:
    for name in ("refs", "written_to"):
        op.add_column("messages", sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("business", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("messages", sa.Column("album", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("deleted_at", MOMENT))
    _hashes()


def _hashes() -> None:
    """A fingerprint begins with the second of sending now, a text with the day on which it came."""
    names = ("fingerprint", "same_text", "sent_at", "received_at")
    messages = sa.table("messages", *(sa.column(name) for name in names))
    sent_at = sa.func.coalesce(messages.c.sent_at, messages.c.received_at, type_=MOMENT)
    second, day = _digits(sent_at, 1_000_000, 10), _digits(messages.c.received_at, 86_400_000_000, 5)
    op.execute(messages.update().values(fingerprint=second.concat(messages.c.fingerprint)))
    has_text = messages.c.same_text != ""
    op.execute(messages.update().where(has_text).values(same_text=day.concat(messages.c.same_text)))


def _digits(moment: sa.ColumnElement[int], span: int, count: int) -> sa.ColumnElement[str]:
    """How many whole spans of so many microseconds there were since 1970, as digits of sixteen."""
    if op.get_bind().dialect.name == "postgresql":
        return sa.func.lpad(sa.func.to_hex(sa.func.greatest(0, moment, type_=MOMENT) // span), count, "0")
    return sa.func.printf(f"%0{count}x", sa.func.max(0, moment, type_=MOMENT) // span)


def _outbox() -> None:
    is_greeting = sa.text("kind = 'greeting'")
    op.create_index(
        "ix_outbox_greeting",
        "outbox",
        ["recipient", "created_at"],
        sqlite_where=is_greeting,
        postgresql_where=is_greeting,
    )
    is_of_desk = sa.text("kind IN ('alert', 'desk')")
    op.create_index(
        "ix_outbox_desk",
        "outbox",
        ["recipient", "receipt"],
        sqlite_where=is_of_desk,
        postgresql_where=is_of_desk,
    )


def _promises() -> None:
    op.add_column("promises", sa.Column("warned_at", MOMENT))
    op.add_column("promises", sa.Column("closed_at", MOMENT))
    op.add_column("promises", sa.Column("kept_by", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("promises", sa.Column("clock_seconds", sa.BigInteger()))
    op.add_column("promises", sa.Column("working_seconds", sa.BigInteger()))
    # Nobody noted when these were answered: they are neither kept nor broken.
    op.execute(
        "UPDATE promises SET state = 'withdrawn', kept_by = 'nothing to answer' WHERE state IN ('open', 'told')"
        " AND item_id IN (SELECT id FROM items WHERE state NOT IN ('open', 'snoozed'))"
    )


def _digests() -> None:
    # A constraint cannot be changed in place on SQLite: the small table is copied.
    with op.batch_alter_table("digests") as batch:
        batch.add_column(sa.Column("assistant", sa.String(), nullable=False, server_default=sa.text("''")))
        batch.drop_constraint("uq_digests_window_at_part", type_="unique")
        batch.create_unique_constraint("uq_digests_window_at_part_assistant", ["window_at", "part", "assistant"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("thread_id", BIG_ID),
        sa.Column("item_id", BIG_ID),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name="fk_answers_thread_id"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_answers_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("channel", "key", name="uq_answers_channel_key"),
    )
    op.create_index("ix_answers_message_id", "answers", ["message_id"])
    op.create_index("ix_answers_awaits", "answers", ["awaits"])


def _desks() -> None:
    op.create_table(
        "desks",
        sa.Column("assistant", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("paired_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("assistant", name="pk_desks"),
    )
    op.create_table(
        "pairing_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("assistant", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_pairing_codes"),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "contact", name="pk_bindings"),
    )


def _dialogs() -> None:
    op.create_table(
        "dialogs",
        sa.Column("chat_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_dialogs"),
    )


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("assistant", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item_id", BIG_ID),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("undone_at", MOMENT),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_actions_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.UniqueConstraint("once", name="uq_actions_once"),
    )
    op.create_index("ix_actions_assistant_id", "actions", ["assistant", "id"])
    op.create_index("ix_actions_item_id", "actions", ["item_id"])


def _business_connections() -> None:
    op.create_table(
        "business_connections",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("can_reply", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_business_connections"),
    )


def _away() -> None:
    op.create_table(
        "away",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("assistant", sa.String(), nullable=False),
        sa.Column("first_on", sa.String(), nullable=False),
        sa.Column("last_on", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_away"),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("until_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "leases",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name="pk_leases"),
    )
