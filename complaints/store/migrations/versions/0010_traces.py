"""By what a complaint may be recognised, and pairs that a person keeps apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trace",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_trace_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_trace")),
    )
    for column in ("email", "phone"):
        op.create_index(
            f"ix_trace_{column}",
            "trace",
            ["shop", column],
            postgresql_where=sa.text(f"{column} <> ''"),
        )
    op.create_table(
        "apart",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_apart_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["complaint.id"], name=op.f("fk_apart_other_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "other_id", name=op.f("pk_apart")),
    )


def downgrade() -> None:
    op.drop_table("apart")
    op.drop_table("trace")
