"""By what a complaint's terms are chosen, and when it is due where an account tells that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WORDS = ("claimed_in", "category", "channel")


def upgrade() -> None:
    op.add_column("complaint", sa.Column("claimed", sa.Numeric()))
    for name in _WORDS:
        op.add_column(
            "complaint",
            sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False),
        )
    op.execute("""
UPDATE complaint c SET claimed = CAST(l.body ->> 'amount' AS numeric),
  claimed_in = coalesce(l.body ->> 'currency', ''), category = coalesce(l.body ->> 'category', ''),
  channel = coalesce(l.body ->> 'channel', '')
FROM claim l WHERE l.complaint_id = c.id
""")
    op.add_column("mirror", sa.Column("due_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("mirror", "due_at")
    for name in ("claimed", *_WORDS):
        op.drop_column("complaint", name)
