"""For whom a rung is, and what is done at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "complaint",
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("complaint", sa.Column("assignee", sa.Text()))
    op.add_column(
        "escalation",
        sa.Column("skipped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("escalation", "skipped")
    op.drop_column("complaint", "assignee")
    op.drop_column("complaint", "priority")
