"""The files that git holds, read once for the tests about the repository."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Paths of the files in git's index, relative to the root; a deleted one is left out."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    """The file's text; empty for a binary one, which has no words to look at."""
    content = (ROOT / path).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")
