"""A real mail server on this machine, that keeps what it takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from worker.blocks import Channel


class Post:
    """What arrived.  ``answer``: what the server says to a message, None: nothing, ever."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str | None] = []
        self.refused: set[str] = set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take an address, unless it is refused."""
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message, unless it is refused; its answer may be lost."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer is None or answer.startswith("250"):
            made = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(made, EmailMessage)
            self.mails.append(made)
        if answer is None:
            server.transport.abort()
            return "421 gone"
        return answer

    @property
    def ids(self) -> list[str]:
        """Message-IDs, in the order of arrival."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    def block(self, **more: Any) -> Channel:
        """The settings of a channel to here."""
        said = {
            "mail_to": ["ops@shop.example"], "sender": "redress@shop.example",
            "host": "127.0.0.1", "port": self.port, "security": "none", "timeout_seconds": 2,
        }  # fmt: skip
        return Channel.model_validate(said | more)


@contextmanager
def post_office() -> Iterator[Post]:
    """A mail server for as long as somebody writes."""
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        post.port = free.getsockname()[1]
    served = Controller(post, hostname="127.0.0.1", port=post.port, ready_timeout=10)
    served.start()
    try:
        yield post
    finally:
        served.stop()
