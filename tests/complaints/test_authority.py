"""Whom a shop trusts, field by field: the table of (field, provider) as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from complaints import flow
from complaints.model import Change
from complaints.rules import AuthorityField, ShopRules
from complaints.store import Store
from complaints.vocabulary import AccountName, Status
from tests.complaints.fakes import House
from tests.complaints.records import DESK, RULES, ZENKI, change
from tests.complaints.test_matching import ORDER, QUIET_SHOP, rows

DESK_FIRST = ("bizkithub", "zenki", "chat")
ZENKI_FIRST = ("zenki", "bizkithub", "chat")
STATUS, TOTAL, OWNER = AuthorityField

ROWS: dict[str, tuple[dict[AuthorityField, tuple[str, ...]] | None, str, object]] = {
    "status, by default -> the desk's": (None, "status", "open"),
    "status, zenki trusted first -> zenki's": ({STATUS: ZENKI_FIRST}, "status", "waiting"),
    "total, by default -> zenki's, where it was paid": (None, "total", 90),
    "total, the desk trusted first -> the desk's": ({TOTAL: DESK_FIRST}, "total", 100),
    "total, nothing said of it -> as the rest": ({}, "total", 100),
    "currency comes from the same mouth as the total": (None, "currency", "EUR"),
    "currency, the desk trusted first -> the desk's": ({TOTAL: DESK_FIRST}, "currency", "CZK"),
    "owner, by default -> the desk's": (None, "owner", "desk@example.org"),
    "owner, zenki trusted first -> zenki's": (
        {OWNER: ZENKI_FIRST}, "owner", "zenki@example.org",
    ),
}  # fmt: skip


def told(house: House, account: AccountName, status: Status, **facts: Any) -> None:
    """An account tells of the order and of the case."""
    order = Change.model_validate(
        {"subject": "order", "external_id": f"{account}-o", "order_keys": ORDER, **facts}
    )
    house.hear(account, f"{account}", order, change(status, account, order_keys=ORDER))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize("first", [DESK, ZENKI])
def test_who_is_believed(
    row: tuple[Mapping[AuthorityField, tuple[str, ...]] | None, str, object],
    first: AccountName,
    opened: Store,
) -> None:
    """Whoever spoke first."""
    chosen, field, value = row
    rules: ShopRules = RULES
    if chosen is not None:
        rules = RULES.model_copy(update={"authority_of": chosen})
    house = House(opened, accounts=QUIET_SHOP, rules=rules)
    said = {
        DESK: (Status.OPEN, {"total": "100", "currency": "CZK", "owner": "desk@example.org"}),
        ZENKI: (Status.WAITING, {"total": "90", "currency": "EUR", "owner": "zenki@example.org"}),
    }
    for account in sorted(said, key=lambda name: name != first):
        status, facts = said[account]
        told(house, account, status, **facts)
    while flow.reconcile(house.deps):
        pass
    if field == "status":
        query = "SELECT status FROM complaint WHERE merged_into IS NULL"
    else:
        query = f"SELECT {field} FROM tracked_order"  # noqa: S608 - a column from above
    ((found,),) = rows(house, query)
    if field == "owner":
        value = house.store.receipts.owner(str(value))
    assert found == value


def test_every_field_has_a_row() -> None:
    """One that is added is thought of."""
    named = {field for chosen, _, _ in ROWS.values() for field in chosen or ()}
    assert named == set(AuthorityField)
