"""The embedded Valkey: append-only, never evicting, behind a password."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from worker.embedded.binaries import Owner
from worker.parts import LineSeen, Part
from worker.processes import end_all, inside

NAME = "valkey"
PROGRAM = "valkey-server"
_SETTINGS = "valkey.conf"


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server in the folder `home`; `durable` off keeps nothing, for tests."""

    home: Path
    server: Path
    owner: Owner | None
    port: int
    password: str = field(repr=False)
    durable: bool = True

    @property
    def url(self) -> str:
        """Where Celery and redis-py find it; neither knows a valkey:// scheme."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def create(self) -> None:
        """Make the folder and write the settings, which hold the password, into it."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        settings = self.home / _SETTINGS
        settings.unlink(missing_ok=True)
        file = os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        if self.owner is not None:
            os.fchown(file, *self.owner)
            os.chown(self.home, *self.owner)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(
                "bind 127.0.0.1\n"
                f"port {self.port}\n"
                "protected-mode yes\n"
                f"requirepass {self.password}\n"
                "dir .\n"
                f"appendonly {'yes' if self.durable else 'no'}\n"
                "appendfsync everysec\n"
                'save ""\n'
                "maxmemory-policy noeviction\n"
            )

    def part(self) -> Part:
        """How to run it."""
        return Part(
            name=NAME,
            # Valkey makes a relative name absolute, and the folders above may be closed to it.
            argv=[str(self.server), f"/proc/self/cwd/{_SETTINGS}"],
            address=f"127.0.0.1:{self.port}",
            env={"LANG": "C", "TZ": "UTC"},
            inherit_env=False,
            cwd=self.home,
            owner=self.owner,
            before=lambda: end_orphans(self.home),
            ready=LineSeen("Ready to accept connections"),
            stall_seconds=300.0,
            grace_seconds=30.0,
        )


def end_orphans(home: Path) -> None:
    """End a server that a killed run left in `home`."""
    end_all(inside(home, PROGRAM), stop_signal=signal.SIGTERM, grace_seconds=30.0)
