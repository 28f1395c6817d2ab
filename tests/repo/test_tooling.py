"""Makefile, CI script and container files keep what CONTRIBUTING.md promises."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, text_of, tracked

TARGETS = [
    "setup",
    "run",
    "test",
    "test-long",
    "bench",
    "lint",
    "types",
    "contracts",
    "lock",
    "check",
]


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    """Every promised target exists; a dry run shows commands and runs none of them."""
    shown = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target],
        cwd=ROOT,
        # A make that runs these tests must not hand its own flags down.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        check=False,
        text=True,
    )

    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.strip()


@pytest.mark.parametrize("script", [".ci/run", ".ci/setup", ".ci/lock"])
def test_a_script_can_be_run_and_parsed(script: str) -> None:
    """Each script is executable in git and free of syntax errors."""
    staged = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--stage", script],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    shell = "bash" if "bash" in text_of(Path(script)).splitlines()[0] else "sh"
    parsed = subprocess.run([shell, "-n", script], cwd=ROOT, capture_output=True, check=False)

    assert staged.startswith("100755 ")
    assert parsed.returncode == 0, parsed.stderr


def test_ci_runs_what_people_run() -> None:
    """CI uses the Makefile's own targets, so that a green run means the same to everybody."""
    script = text_of(Path(".ci/run"))

    assert re.search(r"^make setup$", script, re.MULTILINE)
    assert re.search(r"^make lint types contracts$", script, re.MULTILINE)
    assert re.search(r"^make test$", script, re.MULTILINE)


def test_the_image_is_made_from_the_runtime_lock() -> None:
    """No embedded server and no root in production."""
    dockerfile = text_of(Path("Dockerfile"))

    assert "--require-hashes -r requirements.lock" in dockerfile
    assert "requirements-embedded" not in dockerfile
    assert re.search(r"^USER redress$", dockerfile, re.MULTILINE)


def test_every_lint_exception_says_why() -> None:
    """An ignored rule carries its reason on the same line."""
    lines = text_of(Path("pyproject.toml")).splitlines()
    rules = [line for line in lines if re.match(r'\s+"[A-Z]+[0-9]*",', line)]

    assert rules
    assert [line for line in rules if not re.search(r"# \S+", line)] == []


def test_the_markers_are_declared() -> None:
    """The markers that make and CI select by are known to pytest."""
    options = tomllib.loads(text_of(Path("pyproject.toml")))["tool"]["pytest"]["ini_options"]
    markers = {marker.split(":")[0] for marker in options["markers"]}

    assert {"database", "broker", "story", "kill", "long"} <= markers


def test_decisions_are_numbered_without_gaps() -> None:
    """Each decision record has a number of its own and all four parts."""
    records = sorted(path for path in tracked() if path.parent == Path("docs/decisions"))
    numbers = [int(path.name[:4]) for path in records]
    lacking = [
        f"{path.name}: {part}"
        for path in records
        for part in ("## Context", "## Decision", "## Consequences", "## Alternatives")
        if part not in text_of(path)
    ]

    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers
    assert lacking == []
