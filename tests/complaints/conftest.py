"""A store of one test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from complaints import store
from complaints.store import Store
from tests.complaints.fakes import House


@pytest.fixture
def opened(database_url: str) -> Iterator[Store]:
    """The store of a migrated database that is this test's alone."""
    found = store.open(database_url)
    yield found
    found.close()


@pytest.fixture
def house(opened: Store) -> House:
    """That store with fake accounts around it."""
    return House(opened)
