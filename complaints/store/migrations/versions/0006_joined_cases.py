"""With which complaint another one is one, and whether a person said so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# So far only people have made complaints one; and what they had brought without its case stays.
_JOIN = """
UPDATE complaint c SET joined = m.complaint_id, by_hand = true
FROM mirror m WHERE m.opened = c.id AND m.complaint_id <> c.id
"""
_BRING = """
UPDATE mirror SET home = complaint_id
WHERE opened IS NULL AND home IS DISTINCT FROM complaint_id AND complaint_id IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("complaint", sa.Column("joined", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_complaint_joined_complaint"), "complaint", "complaint", ["joined"], ["id"]
    )
    op.add_column(
        "complaint",
        sa.Column("by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(_JOIN)
    op.execute(_BRING)


def downgrade() -> None:
    op.drop_column("complaint", "by_hand")
    op.drop_column("complaint", "joined")
