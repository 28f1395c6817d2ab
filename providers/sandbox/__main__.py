"""python -m providers.sandbox: serve until a signal comes; the first line out is the URL."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from providers.sandbox.app import create
from providers.sandbox.config import SandboxConfig
from providers.sandbox.serving import AnnouncedServer, SandboxProtocol

_KEEP_ALIVE_S = 120
_GRACE_S = 2


def main(arguments: list[str] | None = None, *, then: Callable[[str], None] | None = None) -> None:
    """Read the command line and serve; `then` is told the page's address when it listens."""
    parser = argparse.ArgumentParser(prog="python -m providers.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--wire", type=Path, help="file that the wire log is appended to")
    parser.add_argument("--state", type=Path, help="file that keeps the world over a restart")
    parser.add_argument("--config", type=Path, help="JSON file with a SandboxConfig")
    given = parser.parse_args(arguments)
    config = SandboxConfig()
    if given.config is not None:
        config = SandboxConfig.model_validate_json(given.config.read_bytes())
    # With the protocol named, asyncio turns Nagle's algorithm off; unnamed, an answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((given.host, given.port))
    settings = uvicorn.Config(
        create(config, given.wire, given.state),
        http=SandboxProtocol,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    AnnouncedServer(settings, then).run(sockets=[listener])


if __name__ == "__main__":
    main()
