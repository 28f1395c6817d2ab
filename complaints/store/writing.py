"""Writing many rows in one statement, whatever their number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection


def put(
    connection: Connection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    conflict: str = "",
) -> None:
    """Insert rows into `table`; all must have the same keys.  `conflict` is SQL."""
    if not rows:
        return
    columns = ", ".join(rows[0])
    connection.execute(
        text(
            f"INSERT INTO {table} ({columns})"  # noqa: S608 - names come from this package
            f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
            f" {conflict}"
        ),
        {"rows": json.dumps(rows, default=str)},
    )


def keeping(columns: Iterable[str]) -> str:
    """``SET`` list that takes the proposed values of `columns`."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns)
