"""Who has a manual action and says that it is done; cases and accounts that people have frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("push", sa.Column("owner", sa.Text()))
    op.add_column("push", sa.Column("said_done_at", sa.DateTime(timezone=True)))
    op.create_table(
        "standstill",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger()),
        sa.Column("account", sa.Text()),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("lifted_by", sa.Text()),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_standstill_direction")),
        sa.CheckConstraint(
            "(complaint_id IS NULL) <> (account IS NULL)", name=op.f("ck_standstill_subject")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_standstill_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standstill")),
    )
    op.create_index(
        "ix_standstill_until",
        "standstill",
        ["until"],
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("standstill")
    op.drop_column("push", "said_done_at")
    op.drop_column("push", "owner")
