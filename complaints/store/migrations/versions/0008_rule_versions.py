"""The versions of each shop's rules, and under which one a complaint was weighed last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ruleset",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "version", name=op.f("pk_ruleset")),
    )
    op.add_column(
        "complaint",
        sa.Column("rules", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
    )
    op.create_index("ix_complaint_shop_rules", "complaint", ["shop", "rules"])


def downgrade() -> None:
    op.drop_index("ix_complaint_shop_rules", "complaint")
    op.drop_column("complaint", "rules")
    op.drop_table("ruleset")
