"""What an adapter doubted in an observation; and the odd ones are found by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ODD = "verdict IN ('superseded', 'quarantined') OR warnings IS NOT NULL"


def upgrade() -> None:
    op.add_column("receipt", sa.Column("warnings", JSONB()))
    op.create_index("ix_receipt_odd", "receipt", ["seq"], postgresql_where=sa.text(_ODD))
    op.create_index("ix_transition_jump", "transition", ["id"], postgresql_where=sa.text("jump"))


def downgrade() -> None:
    op.drop_index("ix_transition_jump", "transition")
    op.drop_index("ix_receipt_odd", "receipt")
    op.drop_column("receipt", "warnings")
