"""Notices are rows of their own; a held push says why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until_tech", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(
        "ix_notice_untold",
        "notice",
        ["id"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.execute("""
INSERT INTO notice (key, kind, facts, at, told_at, attempts)
SELECT 'escalation-' || e.id, 'complaint late',
  jsonb_build_object('number', c.number, 'shop', c.shop, 'rung', e.rung, 'due_at', c.due_at),
  e.fired_at, e.notified_at, e.attempts
FROM escalation e JOIN complaint c ON c.id = e.complaint_id ORDER BY e.id
""")
    op.drop_index(
        "ix_escalation_untold",
        table_name="escalation",
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    for column in ("notified_at", "attempts", "lease", "lease_until_tech"):
        op.drop_column("escalation", column)
    op.add_column("push", sa.Column("held_for", sa.Text(), nullable=True))
    op.execute("UPDATE push SET held_for = 'release' WHERE state = 'held'")
    op.create_check_constraint("held", "push", "(state = 'held') = (held_for IS NOT NULL)")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_push_held"), "push", type_="check")
    op.drop_column("push", "held_for")
    op.add_column("escalation", sa.Column("notified_at", sa.DateTime(timezone=True)))
    op.add_column(
        "escalation",
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("escalation", sa.Column("lease", sa.Uuid()))
    op.add_column("escalation", sa.Column("lease_until_tech", sa.DateTime(timezone=True)))
    op.execute("""
UPDATE escalation e SET notified_at = n.told_at, attempts = n.attempts
FROM notice n WHERE n.key = 'escalation-' || e.id
""")
    op.create_index(
        "ix_escalation_untold",
        "escalation",
        ["id"],
        unique=False,
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    op.drop_table("notice")
