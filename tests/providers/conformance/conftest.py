"""Both grounds of the sandbox for the suite."""

from __future__ import annotations

from tests.providers.conformance.ground import ground, here, there

__all__ = ["ground", "here", "there"]
