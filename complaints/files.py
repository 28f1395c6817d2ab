"""Which files may be attached: known by their first bytes, never by a name or a header."""

from __future__ import annotations

import re
from typing import Final

LARGEST: Final = 5_000_000
"""Bytes of one file."""
MOST: Final = 20
"""Files of one complaint."""

_MAGIC: Final = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"%PDF-", "application/pdf", "pdf"),
)


class FileRefused(ValueError):
    """A file that isn't taken.  The text is one sentence for a person."""


def media_type(content: bytes) -> str:
    """What a file is.  Raises FileRefused when it is nothing that we take, or too large."""
    if not content:
        raise FileRefused("the file is empty")
    if len(content) > LARGEST:
        raise FileRefused(f"the file has more than {LARGEST} bytes")
    found = next((kind for magic, kind, _ in _MAGIC if content.startswith(magic)), None)
    if found is not None:
        return found
    if _is_text(content):
        return "text/plain"
    raise FileRefused("the file is no JPEG, PNG, GIF, PDF or plain text")


def safe_name(name: str, kind: str) -> str:
    """A name that no file system, header or terminal takes for anything else."""
    ending = next((end for _, known, end in _MAGIC if known == kind), "txt")
    base = name.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    clean = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")
    return f"{clean[:60] or 'file'}.{ending}"


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\t\n\r" for char in text)
