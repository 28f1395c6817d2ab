"""Both grounds of the sandbox for the suite."""

from __future__ import annotations

from tests.providers.conformance.ground import ground, sandbox_here, sandbox_there

__all__ = ["ground", "sandbox_here", "sandbox_there"]
