"""What a person has to do at a rung."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("todo", "owner", "done_by"):
        op.add_column("escalation", sa.Column(name, sa.Text()))
    op.add_column("escalation", sa.Column("done_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_escalation_todo",
        "escalation",
        ["id"],
        postgresql_where=sa.text("todo IS NOT NULL AND done_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_escalation_todo", table_name="escalation")
    for name in ("done_at", "done_by", "owner", "todo"):
        op.drop_column("escalation", name)
