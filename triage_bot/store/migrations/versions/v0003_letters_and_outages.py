"""What entries say gets a table of its own, and so do mailboxes that cannot be read.

Written out, not taken from `tables.py`: a migration does what it did on the day it was written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["outbox.id"], name="fk_letters_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    op.create_table(
        "outages",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("source", name="pk_outages"),
    )
