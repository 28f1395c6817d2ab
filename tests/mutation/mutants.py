"""Mutants of a module: made by cosmic-ray, tried in a copy of the project, and named for good.

Mutants are named by what they change, not by the line's number, so that a list of them outlives
edits elsewhere in the file.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
MODULES = ("complaints/lifecycle.py", "complaints/reconcile.py")
TESTS = tuple(
    f"tests/complaints/test_{name}.py"
    for name in (
        "lifecycle",
        "settle",
        "settle_ends",
        "settle_pushes",
        "fold",
        "explaining",
        "docket",
        "order_facts",
    )
)
"""The tests of pure code: they need no database, and take seconds."""
SECONDS = 60.0
"""A mutant whose tests take longer never ends: it is killed."""
NO_BEHAVIOUR = (
    # Annotations, which nobody evaluates, and the stars in signatures and calls.
    "core/ReplaceBinaryOperator_(BitOr|Mul|Pow)_.*",
    # Members of enumerations and None exist once: `is` and `==` are the same, and order is none.
    "core/ReplaceComparisonOperator_Is_(Eq|NotEq|Lt|LtE|Gt|GtE)",
    "core/ReplaceComparisonOperator_IsNot_(Eq|NotEq|Lt|LtE|Gt|GtE)",
    # Whether equal numbers and texts are one object is the interpreter's choice.
    "core/ReplaceComparisonOperator_(Eq|NotEq|Lt|LtE|Gt|GtE)_(Is|IsNot)",
)
"""Operators that find nothing here that behaves."""

_COPIED = ("complaints", "providers", "tasks", "tests", "worker", "pyproject.toml")
_PYTEST = ("-m", "pytest", "-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider")
_FOUND = """
SELECT s.module_path, s.operator_name, s.definition_name, s.start_pos_row, s.start_pos_col,
  r.test_outcome
FROM mutation_specs s LEFT JOIN work_results r USING (job_id)
WHERE r.worker_outcome IS NULL OR r.worker_outcome <> 'SKIPPED'
ORDER BY s.module_path, s.start_pos_row, s.start_pos_col, s.operator_name, s.occurrence
"""


class Mutant(NamedTuple):
    """One change of one place."""

    module: str
    definition: str
    """The function or class it lies in; empty on the outermost level."""
    line: str
    """The source line, without its indentation."""
    operator: str
    nth: int = 1
    """Which of several that are named the same: the first is 1."""

    def __str__(self) -> str:
        """For people."""
        again = f" (no. {self.nth})" if self.nth > 1 else ""
        return f"{self.module}: {self.operator}{again} in {self.definition or '-'}: {self.line}"


class Outcome(NamedTuple):
    """What became of all mutants of a module."""

    killed: list[Mutant]
    survived: list[Mutant]


def lay_out(module: str, place: Path) -> None:
    """Copy what the tests need, so that an interrupted run leaves the project as it was."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, place / name, ignore=ignored)
        else:
            shutil.copy2(source, place / name)
    filters = ", ".join(json.dumps(one) for one in NO_BEHAVIOUR)
    (place / "mutation.toml").write_text(
        f"""[cosmic-ray]
module-path = {json.dumps(module)}
timeout = {SECONDS}
excluded-modules = []
test-command = {json.dumps(" ".join([sys.executable, *_PYTEST, *TESTS]))}
distributor.name = "local"
filters.operators-filter.exclude-operators = [{filters}]
""",
        encoding="utf-8",
    )
    _call(place, "cosmic-ray", "init", "mutation.toml", "session.sqlite")
    _call(place, "cr-filter-operators", "session.sqlite", "mutation.toml")


def try_all(place: Path) -> Outcome:
    """Run the tests against each mutant; the first test that fails kills it."""
    _call(place, "cosmic-ray", "baseline", "mutation.toml")
    _call(place, "cosmic-ray", "exec", "mutation.toml", "session.sqlite")
    tried = found(place)
    return Outcome(
        [mutant for mutant, outcome in tried if outcome != "SURVIVED"],
        [mutant for mutant, outcome in tried if outcome == "SURVIVED"],
    )


def found(place: Path) -> list[tuple[Mutant, str | None]]:
    """All mutants of a session in the order of the source, with their outcome if there is one."""
    with closing(sqlite3.connect(place / "session.sqlite")) as session:
        rows = session.execute(_FOUND).fetchall()
    lines = {path: (place / path).read_text(encoding="utf-8").splitlines() for path, *_ in rows}
    seen: Counter[tuple[str, ...]] = Counter()
    tried = []
    for path, operator, definition, row, _, outcome in rows:
        name = (path, definition or "", lines[path][row - 1].strip(), operator)
        seen[name] += 1
        tried.append((Mutant(*name, seen[name]), outcome))
    return tried


def _call(place: Path, program: str, *arguments: str) -> None:
    """Run a program of cosmic-ray's in the copy.  Raises CalledProcessError."""
    beside = Path(sys.executable).with_name(program)
    subprocess.run([beside, *arguments], cwd=place, check=True, stdout=subprocess.DEVNULL)
