"""The same quick database as the domain's tests have."""

from __future__ import annotations

from tests.complaints.conftest import _shared_url, database_url

__all__ = ["_shared_url", "database_url"]
