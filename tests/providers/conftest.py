"""The sandbox as a real process, for the adapters' end-to-end tests."""

from __future__ import annotations

from tests.sandbox import sandbox, sandbox_process, wire_log

__all__ = ["sandbox", "sandbox_process", "wire_log"]
