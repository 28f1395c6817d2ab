"""Clients for the two hosts of the sandbox, and orders to work on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from providers.sandbox.config import DEMO_KEY
from tests.providers.sandbox.people import HASH, NOW, ORDER, booking, order, token
from tests.sandbox import RunningSandbox, sandbox, sandbox_process, wire_log

__all__ = ["desk", "portal", "sandbox", "sandbox_process", "wire_log"]


@pytest.fixture
def desk(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of the BizKitHub host with a good key; the order HASH is there."""
    sandbox.control.clock(NOW)
    sandbox.control.place_order(order(HASH))
    with httpx.Client(
        base_url=f"{sandbox.url}/bizkithub/api/v1/shop", params={"apiKey": DEMO_KEY}
    ) as client:
        yield client


@pytest.fixture
def portal(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of the Zenki host with a token; the paid order ORDER is there."""
    sandbox.control.clock(NOW)
    sandbox.control.book_order(booking(ORDER))
    with httpx.Client(base_url=f"{sandbox.url}/zenki") as client:
        client.headers["Authorization"] = f"Bearer {token(client)}"
        yield client
