"""Files that go along with a dispute: checked before anything is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.ports import Attachment
    from providers.zenki.settings import ZenkiSettings

_MAGIC: Final = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
)
"""What the shopper portal takes, known by the first bytes; a name or a type proves nothing."""

File = tuple[str, bytes, str]


def evidence(attachments: Sequence[Attachment], settings: ZenkiSettings) -> tuple[File, ...] | str:
    """Name, content and type of each file, or the sentence why they can't be sent."""
    if attachments and settings.dispute_body == "json":
        return "files need a multipart dispute"
    if len(attachments) > settings.attachments_max:
        return f"more than {settings.attachments_max} files"
    if sum(len(file.content) for file in attachments) > settings.attachment_bytes:
        return f"files of more than {settings.attachment_bytes} bytes together"
    parts = []
    for position, file in enumerate(attachments, start=1):
        found = next((row for row in _MAGIC if file.content.startswith(row[0])), None)
        if found is None:
            return f"file {position} is no JPEG, PNG or GIF"
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", file.name.rpartition(".")[0]).strip("-")
        parts.append((f"{stem[:60] or f'file-{position}'}.{found[2]}", file.content, found[1]))
    return tuple(parts)
