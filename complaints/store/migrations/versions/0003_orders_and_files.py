"""Errands about orders, files, other names of records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("tracked_order", sa.Column("state", sa.Text()))
    op.add_column("tracked_order", sa.Column("owner", sa.Text()))
    op.add_column("complaint", sa.Column("remedy", sa.Text()))
    op.add_column("mirror", sa.Column("alias", sa.Text()))
    op.create_index(
        "uq_mirror_account_alias",
        "mirror",
        ["account", "alias"],
        unique=True,
        postgresql_where=sa.text("alias IS NOT NULL"),
    )
    op.alter_column("push", "complaint_id", nullable=True)
    op.add_column("push", sa.Column("file", sa.Text()))
    op.add_column("push", sa.Column("external_id", sa.Text()))
    op.create_table(
        "attachment",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_attachment")),
    )
    op.create_table(
        "attached",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sent_with", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_attached_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["attachment.digest"], name=op.f("fk_attached_digest_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["sent_with"], ["push.id"], name=op.f("fk_attached_sent_with_push")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "digest", name=op.f("pk_attached")),
    )


def downgrade() -> None:
    op.drop_table("attached")
    op.drop_table("attachment")
    op.execute("DELETE FROM push WHERE complaint_id IS NULL")
    op.drop_column("push", "external_id")
    op.drop_column("push", "file")
    op.alter_column("push", "complaint_id", nullable=False)
    op.drop_index(
        "uq_mirror_account_alias",
        table_name="mirror",
        postgresql_where=sa.text("alias IS NOT NULL"),
    )
    op.drop_column("mirror", "alias")
    op.drop_column("complaint", "remedy")
    op.drop_column("tracked_order", "owner")
    op.drop_column("tracked_order", "state")
    op.drop_column("account", "failures")
