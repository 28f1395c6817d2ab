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
UPDATE mirror SET stands = status, "by" = since, history = jsonb_build_array(jsonb_build_object(
  'seq', since, 'as_of', as_of, 'word', word, 'status', status, 'covers', covers,
  'outcome', outcome, 'money_moved', money_moved, 'settled', settled))
WHERE status IS NOT NULL
"""

_NAME_RECORDS = """
UPDATE push p SET external_id = m.external_id FROM mirror m
WHERE m.complaint_id = p.complaint_id AND m.account = p.account AND p.external_id IS NULL
  AND p.kind IN ('set_status', 'refund', 'portal')
"""


def upgrade() -> None:
    op.add_column("complaint", _number("born"))
    op.add_column("complaint", _flag("quiet"))
    op.add_column("mirror", sa.Column("opened", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_mirror_opened_complaint"), "mirror", "complaint", ["opened"], ["id"]
    )
    for name, empty in (("history", "'[]'"), ("order_said", "'{}'")):
        op.add_column(
            "mirror",
            sa.Column(name, postgresql.JSONB(), server_default=sa.text(empty), nullable=False),
        )
    op.add_column("mirror", sa.Column("stands", sa.Text()))
    op.add_column("mirror", _number("by"))
    op.add_column("mirror", _flag("quiet"))
    op.add_column("push", _flag("freed"))
    op.add_column("push", _number("sent"))
    op.execute(_REMEMBER)
    op.execute(_NAME_RECORDS)


def downgrade() -> None:
    op.drop_column("push", "sent")
    op.drop_column("push", "freed")
    for name in ("quiet", "by", "stands", "order_said", "history", "opened"):
        op.drop_column("mirror", name)
    op.drop_column("complaint", "quiet")
    op.drop_column("complaint", "born")
