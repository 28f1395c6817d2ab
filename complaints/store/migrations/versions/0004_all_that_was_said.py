"""Mirrors remember all that was said; pushes, when they were sent and for which record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


# What is known of a mirror becomes the first statement that it remembers.
_REMEMBER = """
UPDATE mirror SET stands = status, "by" = since, home = complaint_id,
  history = jsonb_build_array(jsonb_build_object(
  'seq', since, 'as_of', as_of, 'word', word, 'status', status, 'covers', covers,
  'outcome', outcome, 'money_moved', money_moved, 'settled', settled))
WHERE status IS NOT NULL
"""

_HANG = """
UPDATE mirror m SET order_id = c.order_id FROM complaint c
WHERE c.id = m.complaint_id AND m.order_id IS NULL
"""
_NAME_RECORDS = """
UPDATE push p SET external_id = m.external_id FROM mirror m
WHERE m.complaint_id = p.complaint_id AND m.account = p.account AND p.external_id IS NULL
  AND p.kind IN ('set_status', 'refund', 'portal')
"""


def upgrade() -> None:
    op.add_column("complaint", _number("born"))
    op.add_column("complaint", _flag("quiet"))
    for table, name in (("mirror", "opened"), ("mirror", "home"), ("complaint", "merged_into")):
        op.add_column(table, sa.Column(name, sa.BigInteger()))
        op.create_foreign_key(
            op.f(f"fk_{table}_{name}_complaint"), table, "complaint", [name], ["id"]
        )
    op.create_index(
        "ix_complaint_merged_into",
        "complaint",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column("complaint", sa.Column("ruling", sa.Text()))
    op.add_column("complaint", _number("ruled"))
    op.create_table(
        "conflict",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("sides", postgresql.JSONB(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.BigInteger()),
        sa.Column("how", sa.Text()),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_conflict_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    op.create_index(
        "uq_conflict_open",
        "conflict",
        ["complaint_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for name, empty in (("history", "'[]'"), ("order_said", "'{}'")):
        op.add_column(
            "mirror",
            sa.Column(name, postgresql.JSONB(), server_default=sa.text(empty), nullable=False),
        )
    op.add_column("mirror", sa.Column("stands", sa.Text()))
    op.add_column("mirror", _number("by"))
    op.add_column("mirror", _flag("quiet"))
    op.add_column("mirror", _flag("refund_failed"))
    op.add_column("push", _flag("freed"))
    op.add_column("push", _number("sent"))
    op.execute(_REMEMBER)
    op.execute(_HANG)
    op.execute(_NAME_RECORDS)


def downgrade() -> None:
    op.drop_table("conflict")
    op.drop_column("push", "sent")
    op.drop_column("push", "freed")
    for name in (
        "refund_failed",
        "quiet",
        "by",
        "stands",
        "order_said",
        "history",
        "home",
        "opened",
    ):
        op.drop_column("mirror", name)
    for name in ("ruled", "ruling", "merged_into"):
        op.drop_column("complaint", name)
    op.drop_column("complaint", "quiet")
    op.drop_column("complaint", "born")
