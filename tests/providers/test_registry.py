"""The table of providers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

import providers
from complaints.vocabulary import Capability, OrderSpace
from providers.registry import BIZKITHUB, CHAT, PROVIDERS, ZENKI
from tests.providers.wire import ACCOUNT


def test_each_folder_is_a_provider() -> None:
    """Nobody forgets the line; the sandbox is none of them."""
    home = Path(providers.__path__[0])
    folders = {path.parent.name for path in home.glob("*/__init__.py")} - {"sandbox"}

    assert folders == set(PROVIDERS)


def test_the_settings_make_the_account() -> None:
    """From raw keys to an account that says what it can do."""
    raw = {"client_id": "x", "client_secret": "y", "dispute_create": True}
    account = ZENKI.build(ACCOUNT, raw)
    account.close()

    assert account.account == ACCOUNT
    assert account.capabilities == {
        Capability.POLL,
        Capability.FETCH,
        Capability.OPEN_DISPUTE,
        Capability.ATTACH,
    }


def test_an_account_without_its_keys_is_not_made() -> None:
    """Secrets have no default."""
    for kind in PROVIDERS.values():
        with pytest.raises(ValidationError):
            kind.load({})


def test_orders_are_read_by_the_ids_of_their_own_provider() -> None:
    """What an order's record is called there; a desk's complaints are records too."""
    assert (ZENKI.order_space, ZENKI.order_prefix) == (OrderSpace.PAYMENT, "")
    assert (BIZKITHUB.order_space, BIZKITHUB.order_prefix) == (OrderSpace.HASH, "order:")
    assert CHAT.order_space is None
