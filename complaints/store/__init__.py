"""The store: everything that is true, in PostgreSQL.  All the SQL there is lives here."""

from __future__ import annotations

from complaints.store.opening import Store, open  # noqa: A004 - `store.open(url)` reads best

__all__ = ["Store", "open"]
