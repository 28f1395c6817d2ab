"""What audits of drift came to, and which records weren't visible to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("drifted", sa.Integer(), nullable=False),
        sa.Column("found", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "sighting",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "external_id", name=op.f("pk_sighting")),
    )
    op.add_column("mirror", sa.Column("audited_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_mirror_audited", "mirror", ["account", sa.text("audited_at NULLS FIRST"), "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_mirror_audited", "mirror")
    op.drop_column("mirror", "audited_at")
    op.drop_table("sighting")
    op.drop_table("audit")
