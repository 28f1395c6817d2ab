"""What the documents tell people to type exists: commands, their options, and make's targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from typer.core import TyperGroup

from tests.repo.tree import text_of, tracked
from worker.cli import app

_TYPED: Final = re.compile(r"(?:^|[`$ ])(?:\.venv/bin/)?redress ([a-z-][^`#\n]*)")
_PAGES: Final = [path for path in tracked() if path.suffix == ".md" or path.name == "starter.toml"]


def typed(text: str) -> list[list[str]]:
    """The words behind each ``redress`` in code: spans between backticks, lines behind a $."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    found = (_TYPED.match(span) for span in [*spans, *lines])
    return [one.group(1).replace("[", " ").replace("]", " ").split() for one in found if one]


def faults(words: list[str], command: Any) -> list[str]:
    """Words that are no command where one must stand, and options that nobody knows."""
    known = {name for parameter in command.params for name in parameter.opts}
    for place, word in enumerate(words):
        if word.startswith("-"):
            if word not in {*known, "--help", "-h"}:
                return [f"{command.name} has no {word}"]
        elif isinstance(command, TyperGroup):
            if word in command.commands:
                # `orders|complaints` is one of them, and stands for both.
                return faults(words[place + 1 :], command.commands[word])
            if words[place - 1] not in known and not set(word.split("|")) <= set(command.commands):
                return [f"{command.name} has no {word}"]
            if "|" in word:
                return []
    return []


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_each_command_that_is_named_exists(page: Path) -> None:
    """With each option that is named beside it."""
    whole = typer.main.get_command(app)
    assert [fault for words in typed(text_of(page)) for fault in faults(words, whole)] == []


def test_commands_are_really_looked_for() -> None:
    """The README names most of them, and a wrong one is told."""
    whole = typer.main.get_command(app)
    assert isinstance(whole, TyperGroup)
    named = {words[0] for words in typed(text_of(Path("README.md")))}
    assert {"accounts", "attach", "check", "demo", "import", "init", "order", "up"} <= named
    assert named - {"--config", "--help"} <= set(whole.commands)
    for text, fault in (
        ("`redress staus`", ["redress has no staus"]),
        ("`redress accounts chek`", ["accounts has no chek"]),
        ("`redress order create F.json --acount A`", ["create has no --acount"]),
        ("`redress import orders|complaint`", ["import has no orders|complaint"]),
        ("`redress import orders|complaints`", []),
        ("$ redress --config x.toml status", []),
    ):
        assert [one for words in typed(text) for one in faults(words, whole)] == fault, text


def test_each_make_target_that_is_named_exists() -> None:
    """Of README and CONTRIBUTING, in code."""
    there = set(re.findall(r"^([a-z-]+):", text_of(Path("Makefile")), re.MULTILINE))
    pages = "\n".join(text_of(Path(page)) for page in ("README.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"(?:^ {4}|`|^\$ )make ([a-z-]+)", pages, re.MULTILINE))
    assert {"setup", "run", "test", "test-long", "bench", "check", "lock", "contracts"} <= named
    assert named <= there
