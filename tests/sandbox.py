"""The sandbox as a real process, for tests: import the fixtures that you ask for.

`sandbox` gives an empty world with the start's settings; `wire_log` what was said to it since.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from providers.sandbox import codec
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import SandboxConfig

__all__ = ["RunningSandbox", "running_sandbox", "sandbox", "sandbox_process", "wire_log"]

_ROOT = Path(__file__).resolve().parents[1]
_END_S = 10


class RunningSandbox(NamedTuple):
    """Where the sandbox listens, and the client that plays its people."""

    url: str
    control: SandboxControl


@contextmanager
def running_sandbox(
    folder: Path, config: SandboxConfig | None = None, *, state: Path | None = None
) -> Iterator[RunningSandbox]:
    """Start a sandbox on a free port and end it; its wire log is `folder`/wire.jsonl."""
    settings = folder / "sandbox.json"
    settings.write_text((config or SandboxConfig()).model_dump_json(), encoding="utf-8")
    command = [sys.executable, "-m", "providers.sandbox", "--config", str(settings)]
    command += ["--wire", str(folder / "wire.jsonl")]
    if state is not None:
        command += ["--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            with SandboxControl(ready["url"]) as control:
                yield RunningSandbox(ready["url"], control)
        finally:
            process.terminate()
            process.wait(_END_S)


class _Process(NamedTuple):
    running: RunningSandbox
    wire: Path


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Process]:
    """One sandbox for the whole run; ask for `sandbox` instead."""
    folder = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder) as running:
        yield _Process(running, folder / "wire.jsonl")


@pytest.fixture
def sandbox(sandbox_process: _Process) -> RunningSandbox:
    """An empty world at (url, control client), with default settings and no faults."""
    sandbox_process.running.control.reset()
    return sandbox_process.running


@pytest.fixture
def wire_log(
    sandbox: RunningSandbox, sandbox_process: _Process
) -> Callable[[], list[dict[str, object]]]:
    """Returns the lines that the test has caused so far, as parsed JSON."""
    sandbox.control.world()
    before = sandbox_process.wire.stat().st_size if sandbox_process.wire.exists() else 0

    def lines() -> list[dict[str, object]]:
        sandbox.control.world()
        if not sandbox_process.wire.exists():
            return []
        written = sandbox_process.wire.read_bytes()[before:]
        return [cast("dict[str, object]", codec.loads(line)) for line in written.splitlines()]

    return lines
