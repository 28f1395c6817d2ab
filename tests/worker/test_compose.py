"""The services of docker-compose.yml, really started: only host, port and password replaced."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from complaints import store
from tasks.step import QUEUES
from tests.complaints.records import NOW
from worker.cli import run as redress
from worker.up import free_port

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "receiver", "worker", "beat", "drain", "sandbox")
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::?([-?])([^}]*))?\}")

pytestmark = pytest.mark.timeout(120)


def _filled(text: str) -> str:
    """Compose's own substitution, with a password chosen."""
    return _VARIABLE.sub(lambda m: m[3] if m[2] == "-" else "chosen", text)


def _image_user() -> int:
    """The user id that the image runs as."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (name,) = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    found = re.search(rf"useradd --uid (\d+) .*{name}", dockerfile)
    assert found is not None
    return int(found[1])


class Host:
    """Stands in for an engine: the same command and environment, as the image's user."""

    def __init__(self, folder: Path, database_url: str, broker_url: str, port: int) -> None:
        self.folder = folder
        self._place = {
            "REDRESS_DATABASE_URL": database_url,
            "REDRESS_BROKER_URL": broker_url,
            "REDRESS_CONFIG": str(folder / "redress.toml"),
            "REDRESS_DATA_DIR": str(folder / "data"),
        }
        self._port = port

    def command(self, service: str) -> list[str]:
        """The service's command with this machine's addresses in it."""
        command = [_filled(word) for word in SERVICES[service]["command"]]
        swaps = {"0.0.0.0": "127.0.0.1", "8080": str(self._port), "8090": str(self._port + 0)}  # noqa: S104 - replaced
        command = [swaps.get(word, word) for word in command]
        command = [
            str(self.folder / Path(word).name) if word.startswith("/tmp/") else word
            for word in command
        ]
        programs = {"redress": ["-m", "worker"], "celery": ["-m", "celery"], "python": []}
        return [sys.executable, *programs[command[0]], *command[1:]]

    def environment(self, service: str) -> dict[str, str]:
        """What the file sets, with this machine's addresses, and nothing of ours."""
        named = SERVICES[service]["environment"]
        assert set(named) <= set(self._place), "the file sets a variable that this test ignores"
        env = {name: self._place[name] for name in named}
        return env | {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}

    def user(self) -> dict[str, int]:
        """The image's user, where this machine lets us be it."""
        uid = _image_user()
        reachable = all(p.stat().st_mode & 0o001 for p in Path(sys.executable).resolve().parents)
        if os.geteuid() != 0 or not reachable:
            return {}
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, uid, uid)
        return {"user": uid, "group": uid}

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[str]]:
        """The service, ended with TERM as Compose does."""
        log = (self.folder / f"{service}.log").open("w")
        with (
            log,
            subprocess.Popen(
                self.command(service),
                env=self.environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                **self.user(),  # type: ignore[call-overload]
            ) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()

    def log(self, service: str) -> str:
        """What a service has said."""
        return (self.folder / f"{service}.log").read_text(encoding="utf-8")


@pytest.fixture
def host(empty_database_url: str, empty_broker_url: str) -> Iterator[Host]:
    """A folder that any user can reach, with settings in it."""
    folder = Path(f"/var/tmp/redress-compose-{os.getpid()}")
    folder.mkdir(mode=0o755)
    (folder / "data").mkdir()
    try:
        assert redress(["--config", str(folder / "redress.toml"), "init"]) == 0
        yield Host(folder, empty_database_url, empty_broker_url, free_port("127.0.0.1", 0))
    finally:
        shutil.rmtree(folder)


def _until(true: Callable[[], bool], host: Host, *services: str) -> None:
    end = time.monotonic() + 60
    while not true():
        if time.monotonic() > end:
            pytest.fail("\n".join(f"{name}: {host.log(name)[-1500:]}" for name in services))
        time.sleep(0.1)


def _answers(url: str) -> int:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def test_every_service_of_ours_is_started_here() -> None:
    """A service that the file gains must be started by these tests too."""
    assert set(SERVICES) == {"postgres", "redis", *OURS}


def test_services_start_and_work_together(host: Host, empty_database_url: str) -> None:
    """After migrate, receiver, worker and beat come up, every queue is served, all is ready."""
    with host.running("migrate") as migrate:
        assert migrate.wait(60) == 0, host.log("migrate")
    opened = store.open(empty_database_url)
    try:
        with ExitStack() as stack:
            for name in ("receiver", "worker", "beat", "drain"):
                stack.enter_context(host.running(name))
            url = f"http://127.0.0.1:{host.command('receiver')[-1]}/health/ready"
            _until(lambda: _answers(url) == 200, host, "receiver", "worker", "beat")
            _until(lambda: "Watching the broker" in host.log("drain"), host, "drain")
            _until(
                lambda: set(opened.overview(NOW).workers) == set(QUEUES),
                host,
                "worker",
                "beat",
            )
    finally:
        opened.close()


def test_the_sandbox_starts(host: Host) -> None:
    """The profile's sandbox listens where the file says."""
    words = host.command("sandbox")
    with host.running("sandbox"):
        url = f"http://127.0.0.1:{words[words.index('--port') + 1]}/_sim/world"
        _until(lambda: _answers(url) == 200, host, "sandbox")


def test_the_health_check_asks_the_receiver(host: Host) -> None:
    """The check that the file gives the receiver fails while nothing listens."""
    test = SERVICES["receiver"]["healthcheck"]["test"]
    assert test[0] == "CMD"
    program = [sys.executable if word == "python" else word for word in test[1:]]
    asked = [word.replace("8080", host.command("receiver")[-1]) for word in program]
    done = subprocess.run(asked, check=False, capture_output=True, timeout=30)
    assert done.returncode != 0, shlex.join(asked)
