"""Which files are taken, by their first bytes alone, and under which names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.files import LARGEST, FileRefused, media_type, safe_name

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1.7\n", "application/pdf"),
        ("Č. j. 7\r\n\tpodpis".encode(), "text/plain"),
    ],
)
def test_what_a_file_is(content: bytes, kind: str) -> None:
    """Five signatures, or text that people can read."""
    assert media_type(content) == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (PNG + b"\0" * LARGEST, "more than"),
        (b"PK\x03\x04", "no JPEG"),
        (b"<html>\x00", "no JPEG"),
        (b"\xff\xfe", "no JPEG"),
        (b"MZ\x90", "no JPEG"),
    ],
)
def test_what_isnt_taken(content: bytes, why: str) -> None:
    """With a sentence for the person who brought it."""
    with pytest.raises(FileRefused, match=why):
        media_type(content)


@pytest.mark.parametrize(
    ("given_name", "kind", "name"),
    [
        ("proof.png", "image/png", "proof.png"),
        ("proof.exe", "image/png", "proof.png"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\photos\\my lamp.JPG", "image/jpeg", "my-lamp.jpg"),
        (".png", "image/png", "png.png"),
        ("фото", "image/gif", "file.gif"),
        ("a" * 200, "application/pdf", "a" * 60 + ".pdf"),
    ],
)
def test_the_name_says_what_the_file_is(given_name: str, kind: str, name: str) -> None:
    """And leads nowhere."""
    assert safe_name(given_name, kind) == name


@given(st.text(max_size=80))
def test_no_name_is_dangerous(given_name: str) -> None:
    """No path, no control character, no leading dash or dot, never empty."""
    name = safe_name(given_name, "image/png")
    assert name.removesuffix(".png").replace("-", "").replace("_", "").isalnum() or "_" in name
    assert name.isascii()
    assert name[0] not in "-."
