"""What the assistant is told of trouble gets a table: how much of it within an hour, and what waits.

Written out, not taken from `desk_tables.py`: a migration does what it did on the day it was written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("assistant", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
