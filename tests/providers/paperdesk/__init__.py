"""Paperdesk: a small provider that nobody has, made by the list of `docs/providers/README.md`.

Its API, invented as well: ``POST /cases``, ``GET /cases/{case}``, ``PUT /cases/{case}/state``,
``GET /desk``; a bearer token; six words for a state; no list, no webhook, no idempotency.
"""

from __future__ import annotations

from tests.providers.paperdesk.kind import PAPERDESK

__all__ = ["PAPERDESK"]
