"""The bodies of imported rows."""

from __future__ import annotations

import pytest

from complaints.model import OrderKey
from complaints.vocabulary import OrderSpace
from providers.codec import UnreadableError
from providers.imports import import_body, read_import_complaint, read_import_order


def test_an_order_row_comes_back() -> None:
    """What is written is read; what is empty or unknown is left out."""
    body = import_body(
        {"order_hash": " h ", "order_number": "007", "zenki_order_id": "", "note": "x"}
    )

    assert body == b'{"order_hash":"h","order_number":"007"}'
    assert read_import_order(body).order_keys == (
        OrderKey(space=OrderSpace.HASH, value="h"),
        OrderKey(space=OrderSpace.NUMBER, value="007"),
    )


def test_a_complaint_row_comes_back() -> None:
    """By its id at the desk."""
    assert read_import_complaint(import_body({"complaint_id": "4SBL"})).external_id == "4SBL"


def test_a_row_acts_only_where_it_says_so() -> None:
    """And only by the word true: nothing else lets a push go."""
    assert read_import_order(import_body({"order_hash": "h"}, acts=True)).acts
    assert not read_import_order(import_body({"order_hash": "h"})).acts
    assert not read_import_complaint(b'{"complaint_id": "4SBL", "acts": "true"}').acts


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"order_hash": ""}', b'{"order_hash": ["x"]}', b'{"complaint_id": 1.5}'],
)
def test_a_row_without_an_id_is_unreadable(body: bytes) -> None:
    """It is refused alone, and the others go on."""
    with pytest.raises(UnreadableError):
        read_import_order(body)
    with pytest.raises(UnreadableError):
        read_import_complaint(body)
