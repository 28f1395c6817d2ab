"""Why a row is set aside: who had it last, what it raised, and how its workers died."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipt", sa.Column("claimed_by", sa.Text()))
    op.add_column("receipt", sa.Column("fault", sa.Text()))
    op.create_table(
        "death",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at_tech", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_death")),
    )


def downgrade() -> None:
    op.drop_table("death")
    op.drop_column("receipt", "fault")
    op.drop_column("receipt", "claimed_by")
