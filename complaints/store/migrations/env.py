"""Alembic's entry: the connection is handed over by the store, never read from a file."""

from __future__ import annotations

from alembic import context

from complaints.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
