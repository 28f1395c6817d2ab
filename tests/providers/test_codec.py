"""Strict JSON and its tolerant fields."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from providers.codec import Loose, UnreadableError, dumps, identifier, loads, loads_object, money


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": 1',
        b'{"a": 1,}',
        b'\xff\xfe{"a": 1}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": "x"}'.encode("utf-16"),
        b'{"a": "\\ud800"}',
        b'{"\\u0000": 1}',
        b'[["\\u0000"]]',
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"1" * 10_000, id="long"),
        b"1e99999999999999999999",
    ],
)
def test_what_no_store_could_keep_is_unreadable(body: bytes) -> None:
    """Not JSON, not UTF-8, ambiguous, endless, or text that PostgreSQL can't hold."""
    with pytest.raises(UnreadableError):
        loads(body)


def test_a_fraction_is_exact() -> None:
    """Money never passes through a float."""
    assert loads(b'{"a": 0.1, "b": 1290.10}') == {"a": Decimal("0.1"), "b": Decimal("1290.10")}


def test_an_escaped_backslash_is_no_nul() -> None:
    """The six characters of an escape may stand in a text."""
    assert loads(rb'"\\u0000 \ud83d\ude00"') == "\\u0000 \U0001f600"


def test_only_an_object_is_a_document() -> None:
    """A list or a bare word is no answer of any provider."""
    for body in (b"[]", b'"x"', b"1", b"null"):
        with pytest.raises(UnreadableError):
            loads_object(body)


@given(st.binary(max_size=200))
def test_loads_raises_one_error(body: bytes) -> None:
    """Whatever arrives is JSON or UnreadableError."""
    try:
        value = loads(body)
    except UnreadableError:
        return
    json.dumps(value, default=str).encode()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**12))
def test_an_amount_survives_the_wire(amount: Decimal) -> None:
    """What is written is read again as the same amount, or it isn't written."""
    try:
        body = dumps({"a": amount})
    except ValueError:
        return
    read = loads_object(body)["a"]

    assert isinstance(read, (int, Decimal))
    assert Decimal(read) == amount


def test_an_inexact_amount_is_not_written() -> None:
    """Better no request than another amount."""
    for amount in (Decimal("0.1234567890123456789"), Decimal("1E+20"), Decimal("NaN")):
        with pytest.raises(ValueError, match="exactly"):
            dumps({"a": amount})


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (1290, Decimal(1290)),
        (Decimal("1290.50"), Decimal("1290.50")),
        ("12.5", Decimal("12.5")),
        (Decimal("1.2E+3"), Decimal(1200)),
        ("1 379 Kč", None),
        ("NaN", None),
        (True, None),
        (None, None),
        ([], None),
        (10**15, None),
        (Decimal("1E+999999"), None),
        (Decimal("1E-19"), None),
    ],
)
def test_money_is_what_books_can_hold(value: object, amount: Decimal | None) -> None:
    """No display strings, nothing endless, nothing in exponents."""
    assert money(value) == amount
    assert "E" not in str(money(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00591837", "00591837"),
        (591837, "591837"),
        (" a1 ", "a1"),
        ("", None),
        ("   ", None),
        (True, None),
        (None, None),
        (Decimal("1.5"), None),
        (["1"], None),
        ("a\nb", None),
        ("x" * 129, None),
    ],
)
def test_an_identifier_is_opaque_text(value: object, text: str | None) -> None:
    """Leading zeros stay, whole numbers become text, anything else is none."""
    assert identifier(value) == text


def test_an_endless_number_is_no_identifier() -> None:
    """Python refuses to write out an int of thousands of digits."""
    assert identifier(10**5000) is None


def test_a_loose_field_of_the_wrong_type_is_absent() -> None:
    """One odd field must not make a whole answer unreadable."""

    class Row(BaseModel):
        label: Loose[str] = None
        rows: Loose[list[Loose[int]]] = None

    row = Row.model_validate({"label": {"x": 1}, "rows": [1, "x", 3]})

    assert (row.label, row.rows) == (None, [1, None, 3])
