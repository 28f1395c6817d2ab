"""Since when a complaint's clock stands still, and when each statement was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaint", sa.Column("paused_at", sa.DateTime(timezone=True)))
    # As the store writes times: without a fraction where there is none.
    op.execute("""
UPDATE mirror m SET history = (
  SELECT jsonb_agg(CASE WHEN r.seq IS NULL THEN said ELSE said || jsonb_build_object('heard',
      to_char(r.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
      || CASE WHEN date_trunc('second', r.received_at) = r.received_at THEN ''
         ELSE to_char(r.received_at AT TIME ZONE 'UTC', '.US') END || 'Z') END ORDER BY place)
  FROM jsonb_array_elements(m.history) WITH ORDINALITY AS h(said, place)
  LEFT JOIN receipt r ON r.seq = CAST(said ->> 'seq' AS bigint))
WHERE m.history <> '[]'
""")


def downgrade() -> None:
    op.execute("""
UPDATE mirror m SET history = (
  SELECT jsonb_agg(said - 'heard' ORDER BY place)
  FROM jsonb_array_elements(m.history) WITH ORDINALITY AS h(said, place))
WHERE m.history <> '[]'
""")
    op.drop_column("complaint", "paused_at")
