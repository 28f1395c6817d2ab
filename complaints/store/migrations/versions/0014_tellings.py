"""What each channel was told, and a name of each notice that no other store's has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "notice",
        sa.Column("uid", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
    )
    op.create_table(
        "telling",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("doubts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("state IN ('calling', 'told', 'again')", name="state"),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_telling_notice_id_notice"),
        sa.PrimaryKeyConstraint("notice_id", "channel", name="pk_telling"),
    )


def downgrade() -> None:
    op.drop_table("telling")
    op.drop_column("notice", "uid")
