"""The one HTTP client with which the sandbox calls the product: webhooks and chat requests."""

from __future__ import annotations

import httpx


class Outbound:
    """Makes its client on first use, inside the running loop."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        """The client; it trusts no proxy settings, for all targets are given by address."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False)
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
