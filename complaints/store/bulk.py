"""Many rows in one statement and one value, whatever their number.

Driver and ORM handle values one by one; for a batch that costs more than deciding about it.
So rows travel as one JSON text, which PostgreSQL and pydantic each write and read in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import TextClause, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import TypeAdapter
    from sqlalchemy import Connection

R = TypeVar("R")


def whole(select: str) -> TextClause:
    """Make a SELECT one that `records` can run.

    A Decimal must be selected as text, for a JSON number is read as a float.
    """
    return text(f"SELECT CAST(coalesce(json_agg(r), '[]') AS text) FROM ({select}) AS r")  # noqa: S608 - SQL of this package


def records(
    connection: Connection,
    select: TextClause,
    values: Mapping[str, object],
    reader: TypeAdapter[list[R]],
) -> list[R]:
    """Run a SELECT made by `whole` and read its rows as records."""
    return reader.validate_json(connection.execute(select, values).scalar_one())


def numbers(ids: Iterable[int]) -> str:
    """Ascending array literal of numbers, to be cast to ``bigint[]``."""
    return "{" + ",".join(map(str, sorted(ids))) + "}"


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
        {"rows": to_json(rows).decode()},
    )


def keeping(columns: Iterable[str]) -> str:
    """``SET`` list that takes the proposed values of `columns`."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns)
