"""What the repository may hold: the project alone, and no address of anybody's machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, text_of, tracked

# Put together from pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    "py" + "pi.org",
    "files.python" + "hosted",
    "deb.debian" + ".org",
    "security.debian" + ".org",
    "registry.npm" + "js",
    "proxy.golang" + ".org",
    "static.crates" + ".io",
]
INDEX_OPTIONS = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links"]
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "root", "farm")]

ADDRESS = re.compile(
    "|".join(
        [
            *map(re.escape, REGISTRIES),
            r"https?://[^\s\"'<>]*" + "py" + "pi",
        ]
    ),
    re.IGNORECASE,
)
# A path of the machine stands at the start of a word, a path of the web does not.
MACHINE_PATH = re.compile(r"(?<![\w.}~-])(?:" + "|".join(map(re.escape, MACHINE_PATHS)) + ")")
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE "
    "KEY-----|\\bAKIA[0-9A-Z]{16}\\b|\\bgh[pousr]_[A-Za-z0-9]{36}\\b"
)


def _found(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in tracked():
        for number, line in enumerate(text_of(path).splitlines(), start=1):
            if match := pattern.search(line):
                yield f"{path}:{number}: {match.group()}"


def test_git_holds_the_four_packages() -> None:
    """The list of files is really read: every package of the house is in it."""
    tops = {path.parts[0] for path in tracked()}

    assert {"complaints", "providers", "tasks", "worker", "tests"} <= tops


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's business, never the repository's."""
    assert list(_found(ADDRESS)) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    """A checkout works wherever it lies."""
    assert list(_found(MACHINE_PATH)) == []


def test_no_file_holds_a_key() -> None:
    """Private keys and tokens with a known look never enter git."""
    assert list(_found(SECRET)) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index" + "-url https://mirror.example/simple",
        "# from https://py" + "pi.example/simple",
        "see https://files.python" + "hosted.org/packages/x.whl",
    ],
)
def test_an_address_would_be_noticed(line: str) -> None:
    """The patterns above see what they are there to see."""
    assert ADDRESS.search(line) or any(option in line for option in INDEX_OPTIONS)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("cd " + "/work" + "/x", True),
        ("'" + "/root" + "/.cache'", True),
        ("GET /api" + "/work" + "/x", False),
        ("paper" + "work/", False),
    ],
)
def test_a_machine_path_would_be_noticed(line: str, *, seen: bool) -> None:
    """A path is told from a route by what stands before it."""
    assert bool(MACHINE_PATH.search(line)) is seen


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda p: p.name)
def test_a_lock_holds_no_option(lock: Path) -> None:
    """A lock is names, versions, markers and hashes."""
    text = lock.read_text(encoding="utf-8")

    assert [option for option in INDEX_OPTIONS if option in text] == []
    assert "://" not in text
