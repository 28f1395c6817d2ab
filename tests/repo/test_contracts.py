"""The contracts of import-linter: each is broken on purpose once, and each notices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.tree import ROOT

PACKAGES = (
    "complaints",
    "complaints/store",
    "providers",
    "providers/bizkithub",
    "providers/chat",
    "providers/sandbox",
    "providers/zenki",
    "tasks",
    "worker",
)


def _lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
            "--no-logo",
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house of the same floors, under the project's own contracts."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(config, encoding="utf-8")
    return tmp_path


def test_the_floors_as_designed_are_kept(house: Path) -> None:
    """What the design allows passes: upper floors import lower ones, the store imports SQL."""
    (house / "complaints/store/tables.py").write_text("import sqlalchemy\nimport psycopg\n")
    (house / "complaints/flow.py").write_text("import complaints.store.tables\n")
    (house / "providers/http.py").write_text("import httpx\n")
    (house / "providers/zenki/adapter.py").write_text("import providers.http\nimport complaints\n")
    (house / "tasks/steps.py").write_text("import celery\nimport complaints.flow\n")
    (house / "worker/wiring.py").write_text("import tasks.steps\nimport providers.zenki.adapter\n")

    result = _lint(house)

    assert "Contracts: 5 kept, 0 broken." in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("file", "imported", "contract"),
    [
        ("complaints/flow.py", "tasks", "A file imports only"),
        ("complaints/flow.py", "providers.zenki", "A file imports only"),
        ("tasks/steps.py", "worker", "A file imports only"),
        ("tasks/steps.py", "providers.zenki", "A file imports only"),
        ("providers/http.py", "tasks", "A file imports only"),
        ("providers/zenki/adapter.py", "providers.bizkithub", "Adapters and the sandbox"),
        ("providers/chat/adapter.py", "providers.sandbox", "Adapters and the sandbox"),
        ("providers/sandbox/app.py", "providers.bizkithub", "Adapters and the sandbox"),
        ("complaints/flow.py", "sqlalchemy", "All the SQL"),
        ("worker/wiring.py", "sqlalchemy", "All the SQL"),
        ("tasks/steps.py", "psycopg", "All the SQL"),
        ("complaints/model.py", "celery", "The domain knows"),
        ("complaints/store/queries.py", "httpx", "The domain knows"),
        ("complaints/ports.py", "redis", "The domain knows"),
        ("complaints/ports.py", "starlette", "The domain knows"),
        ("tasks/steps.py", "httpx", "Tasks name use cases"),
    ],
)
def test_a_forbidden_import_is_noticed(
    house: Path, file: str, imported: str, contract: str
) -> None:
    """One wrong import breaks the contract that forbids it."""
    (house / file).write_text(f"import {imported}\n")

    result = _lint(house)

    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(line.startswith(contract) for line in broken)
