"""The sandbox's README and client: every knob, setting, fault and control call is there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import get_args

import providers.sandbox
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import SandboxConfig
from providers.sandbox.control import Control
from providers.sandbox.faults import Kind
from providers.sandbox.knobs import Knobs
from providers.sandbox.world import World
from tests.providers.sandbox.people import NOW

README = (Path(providers.sandbox.__file__).parent / "README.md").read_text(encoding="utf-8")
ROUTES = sorted(Control(World(SandboxConfig())).routes)
DUMMIES: dict[str, object] = {"str": "x", "datetime": NOW, "bool": True, "float": 0.5}


class Recorder(SandboxControl):
    """A control client that notes its calls in place of making them."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.calls: set[tuple[str, str]] = set()

    def call(self, method: str, path: str, body: object = None) -> object:
        """Note the call; every subject is "x"."""
        parts = path.partition("?")[0].split("/")
        if parts[3:4] == ["x"]:
            parts[3] = "*"
        self.calls.add((method, "/".join(parts)))
        return {"id": "x", "secret": "x"}


def table(heading: str, column: int) -> list[str]:
    """The cells of a column of the table whose first heading is that."""
    _, _, rest = README.partition(f"| {heading} |")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [row.split(" | ")[column].strip("| ") for row in rows]


def words(cells: list[str]) -> set[str]:
    """The names in code marks of some cells."""
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_knob_is_told_with_its_mark() -> None:
    """The README lists each knob once, and says of each default where it comes from."""
    names = [word for cell in table("knob", 0) for word in words([cell])]
    assert sorted(names) == sorted(Knobs.model_fields)
    marks = table("knob", 3)
    assert [mark for mark in marks if not re.match(r"(doc|inferred)\b", mark)] == []


def test_every_setting_is_told() -> None:
    """All but the knobs are in the table of settings."""
    assert words(table("setting", 0)) == SandboxConfig.model_fields.keys() - {"knobs"}


def test_every_fault_is_told() -> None:
    """Each kind has its line on what the client sees."""
    assert words(table("kind", 0)) == set(get_args(Kind))


def test_every_control_call_is_told() -> None:
    """The table of control calls has them all, a star's place in braces, and no other."""
    told = [word.partition("?")[0].split(" ") for word in words(table("call", 0))]
    assert sorted((method, re.sub(r"\{\w+\}", "*", path)) for method, path in told) == ROUTES


def test_the_client_has_a_method_for_each_control_call() -> None:
    """Calling every method of the client makes every call there is, and no other."""
    recorder = Recorder()
    for name, method in inspect.getmembers(recorder, inspect.ismethod):
        if name.startswith("_") or name in {"call", "post", "close"}:
            continue
        needed = [
            parameter
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
        ]
        positional = [parameter for parameter in needed if parameter.kind != parameter.KEYWORD_ONLY]
        named = [parameter for parameter in needed if parameter.kind == parameter.KEYWORD_ONLY]
        arguments = [DUMMIES.get(str(parameter.annotation), "x") for parameter in positional]
        keywords = {
            parameter.name: DUMMIES.get(str(parameter.annotation), "x") for parameter in named
        }
        method(*arguments, **keywords)
    recorder.knobs(seed=1)
    recorder.close()
    assert recorder.calls == set(ROUTES)
