"""Files: each content once, under its digest; a person attaches it to complaints."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from complaints.vocabulary import ComplaintNumber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine


class Stored(NamedTuple):
    """A file of a complaint."""

    digest: str
    name: str
    media_type: str
    size: int
    content: bytes


class Attachments:
    """Files of all complaints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, content: bytes, media_type: str, now: datetime) -> str:
        """Store a content, or find that it is there already.  Returns its digest."""
        digest = sha256(content).hexdigest()
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO attachment (digest, media_type, size, content, kept_at)"
                    " VALUES (:digest, :media_type, :size, :content, :now) ON CONFLICT DO NOTHING"
                ),
                {
                    "digest": digest,
                    "media_type": media_type,
                    "size": len(content),
                    "content": content,
                    "now": now,
                },
            )
        return digest

    def of(self, number: ComplaintNumber) -> list[Stored]:
        """The files of a complaint, in the order in which they were attached."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                text("""
SELECT a.digest, a.name, a.media_type, f.size, f.content
FROM complaint c JOIN attached a ON a.complaint_id = c.id JOIN attachment f USING (digest)
WHERE c.number = :number ORDER BY a.seq, a.name
"""),
                {"number": number},
            )
            return [Stored(*row) for row in rows]
