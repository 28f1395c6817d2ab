"""python -m providers.sandbox: serve until a signal comes; the first line out is the URL."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from providers.sandbox.app import CUT, create
from providers.sandbox.config import SandboxConfig

_KEEP_ALIVE_S = 120
_GRACE_S = 2


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 that lets the application end the connection without an answer."""

    def connection_made(  # type: ignore[override]  # as uvicorn itself narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Hand the application a way to cut this connection."""
        super().connection_made(transport)
        serve = self.app

        async def cuttable(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[CUT] = transport.abort
            await serve(scope, receive, send)

        self.app = cuttable


class AnnouncedServer(uvicorn.Server):
    """Says on stdout where it listens as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then print the one line."""
        await super().startup(sockets)
        if sockets:
            host, port = sockets[0].getsockname()[:2]
            line = {"event": "sandbox ready", "url": f"http://{host}:{port}"}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve."""
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
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((given.host, given.port))
    settings = uvicorn.Config(
        create(config, given.wire, given.state),
        http=CuttableProtocol,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    AnnouncedServer(settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
