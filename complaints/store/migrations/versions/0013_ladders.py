"""When the ladder of each complaint is to be looked at next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_RUNNING = "merged_into IS NULL AND status IN ('new','open','waiting')"


def upgrade() -> None:
    op.add_column("complaint", sa.Column("rung_at", sa.DateTime(timezone=True)))
    # Until now there was one rung, and whoever is flagged has passed it.
    op.execute("UPDATE complaint SET rung_at = due_at WHERE NOT overdue")
    op.drop_index("ix_complaint_due", table_name="complaint")
    for name, column in (("ix_complaint_due", "due_at"), ("ix_complaint_rung", "rung_at")):
        op.create_index(name, "complaint", [column], postgresql_where=sa.text(_RUNNING))


def downgrade() -> None:
    op.drop_index("ix_complaint_rung", table_name="complaint")
    op.drop_index("ix_complaint_due", table_name="complaint")
    op.create_index(
        "ix_complaint_due",
        "complaint",
        ["due_at"],
        postgresql_where=sa.text("NOT overdue AND status IN ('new','open','waiting')"),
    )
    op.drop_column("complaint", "rung_at")
