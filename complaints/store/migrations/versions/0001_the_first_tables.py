"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("complaint_number_seq", start=1001)))
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    # Each store has its own: what it hashed can't be recognised with another one's.
    op.execute(
        "INSERT INTO secret (name, value)"
        " VALUES ('pepper', CAST(gen_random_uuid() AS text) || CAST(gen_random_uuid() AS text))"
    )
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure", sa.Text(), nullable=True),
        sa.Column("not_before_tech", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "counter",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_counter")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("at_tech", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", "worker", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "observation",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "received_at", name=op.f("pk_observation")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_table(
        "payload",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_payload")),
    )
    op.create_table(
        "receipt",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(collation="C"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliveries", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("verdict", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("complaint_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until_tech", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('pending','applied','superseded','quarantined')",
            name=op.f("ck_receipt_verdict"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_receipt")),
        sa.UniqueConstraint("account", "dedupe_key", name=op.f("uq_receipt_account_dedupe_key")),
    )
    op.create_index("ix_receipt_complaint_id", "receipt", ["complaint_id"], unique=False)
    op.create_index(
        "ix_receipt_pending",
        "receipt",
        ["seq"],
        unique=False,
        postgresql_where=sa.text("verdict = 'pending'"),
    )
    op.create_table(
        "tick",
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("at_tech", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry", "slot", name=op.f("pk_tick")),
    )
    op.create_table(
        "tracked_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_order")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("conflict", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["tracked_order.id"], name=op.f("fk_complaint_order_id_tracked_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
    )
    op.create_index(
        "ix_complaint_due",
        "complaint",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("NOT overdue AND status IN ('new','open','waiting')"),
    )
    op.create_index(op.f("ix_complaint_order_id"), "complaint", ["order_id"], unique=False)
    op.create_table(
        "order_key",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["tracked_order.id"], name=op.f("fk_order_key_order_id_tracked_order")
        ),
        sa.PrimaryKeyConstraint("shop", "space", "value", name=op.f("pk_order_key")),
    )
    op.create_index(op.f("ix_order_key_order_id"), "order_key", ["order_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("raiser", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_claim_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_claim")),
    )
    op.create_table(
        "deadline",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_deadline_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "clock", "version", name=op.f("pk_deadline")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_decision_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_complaint_id"), "decision", ["complaint_id"], unique=False)
    op.create_table(
        "escalation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline_version", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until_tech", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_escalation_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint(
            "complaint_id",
            "deadline_version",
            "rung",
            name=op.f("uq_escalation_complaint_id_deadline_version_rung"),
        ),
    )
    op.create_index(
        "ix_escalation_untold",
        "escalation",
        ["id"],
        unique=False,
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    op.create_table(
        "mirror",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("complaint_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("word", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column(
            "covers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("money_moved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("as_of", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("since", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reopened", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_event", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("read_number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_for", sa.Text(), server_default=sa.text("'poll'"), nullable=False),
        sa.Column("retry_tech", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until_tech", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_mirror_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["tracked_order.id"], name=op.f("fk_mirror_order_id_tracked_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror")),
        sa.UniqueConstraint("account", "external_id", name=op.f("uq_mirror_account_external_id")),
    )
    op.create_index(op.f("ix_mirror_complaint_id"), "mirror", ["complaint_id"], unique=False)
    op.create_index(
        "ix_mirror_due",
        "mirror",
        ["next_read_at"],
        unique=False,
        postgresql_where=sa.text("next_read_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_mirror_order_id"), "mirror", ["order_id"], unique=False)
    op.create_table(
        "push",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deaths", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("retry_tech", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until_tech", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_push_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
        sa.UniqueConstraint("key", name=op.f("uq_push_key")),
    )
    op.create_index(
        "ix_push_complaint_id_account", "push", ["complaint_id", "account"], unique=False
    )
    op.create_index(
        "ix_push_open",
        "push",
        ["account", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('due','sending')"),
    )
    op.create_index(
        "ix_push_state",
        "push",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('done')"),
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("jump", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_transition_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(
        op.f("ix_transition_complaint_id"), "transition", ["complaint_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_transition_complaint_id"), table_name="transition")
    op.drop_table("transition")
    op.drop_index(
        "ix_push_state", table_name="push", postgresql_where=sa.text("state NOT IN ('done')")
    )
    op.drop_index(
        "ix_push_open", table_name="push", postgresql_where=sa.text("state IN ('due','sending')")
    )
    op.drop_index("ix_push_complaint_id_account", table_name="push")
    op.drop_table("push")
    op.drop_index(op.f("ix_mirror_order_id"), table_name="mirror")
    op.drop_index(
        "ix_mirror_due", table_name="mirror", postgresql_where=sa.text("next_read_at IS NOT NULL")
    )
    op.drop_index(op.f("ix_mirror_complaint_id"), table_name="mirror")
    op.drop_table("mirror")
    op.drop_index(
        "ix_escalation_untold",
        table_name="escalation",
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    op.drop_table("escalation")
    op.drop_index(op.f("ix_decision_complaint_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_table("deadline")
    op.drop_table("claim")
    op.drop_index(op.f("ix_order_key_order_id"), table_name="order_key")
    op.drop_table("order_key")
    op.drop_index(op.f("ix_complaint_order_id"), table_name="complaint")
    op.drop_index(
        "ix_complaint_due",
        table_name="complaint",
        postgresql_where=sa.text("NOT overdue AND status IN ('new','open','waiting')"),
    )
    op.drop_table("complaint")
    op.drop_table("tracked_order")
    op.drop_table("tick")
    op.drop_index(
        "ix_receipt_pending", table_name="receipt", postgresql_where=sa.text("verdict = 'pending'")
    )
    op.drop_index("ix_receipt_complaint_id", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("payload")
    op.drop_table("observation")
    op.drop_table("heartbeat")
    op.drop_table("counter")
    op.drop_table("account")
    op.drop_table("secret")
    op.execute(sa.schema.DropSequence(sa.Sequence("complaint_number_seq")))
