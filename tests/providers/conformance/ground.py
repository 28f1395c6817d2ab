"""The two grounds of the sandbox: in this process, and as a process of its own over HTTP.

Ask for `ground` and a test runs on both; `Ground.played` gives a provider's account there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import httpx
import pytest

from complaints.vocabulary import LOOKED_UP, PushKind
from providers.registry import Account
from providers.sandbox import codec
from providers.sandbox.app import create
from providers.sandbox.client import SandboxControl
from tests.inprocess import InProcess
from tests.providers.conformance.suite import PLAYED, SPECIMENS
from tests.providers.kinds import KINDS
from tests.providers.specimen import Deed, Scene
from tests.providers.wire import ACCOUNT, NOW
from tests.sandbox import RunningSandbox

__all__ = ["DEEDS", "LOOKING", "Ground", "ground", "sandbox_here", "sandbox_there", "scene_of"]

_NOWHERE = "http://sandbox.invalid"
"""Where no socket could lead: names under .invalid belong to nobody."""

_SLOW_S = 0.02

IN_PROCESS, OVER_HTTP = "in process", "over HTTP"


class _Kept(httpx.BaseTransport):
    """Many clients come and go on one transport; what they asked is remembered."""

    def __init__(self, inner: httpx.BaseTransport, asked: list[httpx.Request]) -> None:
        self._inner = inner
        self._asked = asked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        self._asked.append(request)
        return self._inner.handle_request(request)


class _Process(Protocol):
    """What `tests.sandbox` knows of its process."""

    @property
    def running(self) -> RunningSandbox: ...

    @property
    def wire(self) -> Path: ...


@dataclass
class Ground:
    """A sandbox, empty at the beginning of each test."""

    control: SandboxControl
    wire: Path
    inner: httpx.BaseTransport
    read: int = 0
    """Bytes of the wire log that were there before."""
    asked: list[httpx.Request] = field(default_factory=list)
    """What the accounts have sent."""

    def clear(self) -> None:
        """An empty world at the tests' own time; what was said before is forgotten."""
        self.control.reset()
        self.control.clock(NOW)
        self.control.world()
        self.read = self.wire.stat().st_size if self.wire.exists() else 0
        self.asked.clear()

    def lines(self) -> list[dict[str, object]]:
        """The wire log since then: what reached a provider, as it noted it itself."""
        self.control.world()
        if not self.wire.exists():
            return []
        written = self.wire.read_bytes()[self.read :]
        return [cast("dict[str, object]", codec.loads(line)) for line in written.splitlines()]

    def kept(self) -> httpx.BaseTransport:
        """A way to the sandbox that outlives the clients which use it."""
        return _Kept(self.inner, self.asked)

    def calls(self, deed: Deed) -> int:
        """How often that write came, by the wire log."""
        return sum(
            line["method"] == deed.method and deed.path in str(line["path"])
            for line in self.lines()
        )

    def spoil(self, name: str, deed: Deed, kind: str, times: int = 1) -> None:
        """Let the next of these writes meet a fault."""
        account = scene_of(name).account
        self.control.fault(
            account, kind, path=deed.path, method=deed.method, times=times, seconds=_SLOW_S
        )

    @contextmanager
    def played(
        self, name: str, *, hooks: str = "", settings: Mapping[str, object] | None = None
    ) -> Iterator[Account]:
        """The provider's account in an empty world where its scene is laid."""
        scene = scene_of(name)
        self.clear()
        scene.lay(self.control, hooks)
        own = {**scene.settings(self.control, hooks), **(settings or {})}
        account = KINDS[name].build(ACCOUNT, own, self.kept())
        try:
            yield account
        finally:
            account.close()


def scene_of(name: str) -> Scene:
    """How the sandbox plays a provider."""
    scene = SPECIMENS[name].scene
    assert scene is not None
    return scene


DEEDS = [(name, kind) for name in PLAYED for kind in scene_of(name).deeds]
"""Every write of every account."""

LOOKING = [(name, kind) for name, kind in DEEDS if kind in LOOKED_UP | {PushKind.REFUND}]
"""Those before which the adapter looks; a refund it does not repeat after a lost answer."""


@pytest.fixture(scope="session")
def sandbox_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The sandbox's application on a loop of this process; nothing opens a socket to it."""
    wire = tmp_path_factory.mktemp("sandbox-in-process") / "wire.jsonl"
    with (
        InProcess(create(wire=wire)) as transport,
        SandboxControl(_NOWHERE, transport=transport) as control,
    ):
        yield Ground(control, wire, transport)


@pytest.fixture(scope="session")
def sandbox_there(sandbox_process: _Process) -> Iterator[Ground]:
    """The sandbox's process, over HTTP on loopback."""
    with httpx.HTTPTransport() as transport:
        yield Ground(sandbox_process.running.control, sandbox_process.wire, transport)


@pytest.fixture(params=[IN_PROCESS, OVER_HTTP])
def ground(request: pytest.FixtureRequest) -> Ground:
    """Both of them, one after the other."""
    here = request.param == IN_PROCESS
    found: Ground = request.getfixturevalue("sandbox_here" if here else "sandbox_there")
    found.clear()
    return found
