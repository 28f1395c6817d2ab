"""JSON with exact amounts."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.sandbox import codec

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | AMOUNTS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_what_is_written_reads_back_equal(document: object) -> None:
    """Every document survives the wire, amounts digit for digit."""
    assert codec.loads(codec.dump_bytes(document)) == document


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_what_is_written_is_json_for_others(document: object) -> None:
    """The standard library agrees that it is JSON."""
    json.loads(codec.dump_bytes(document))


@pytest.mark.parametrize(
    ("value", "text"),
    [("1290.00", "1290"), ("1290.50", "1290.5"), ("0.10", "0.1"), ("-0.00", "0"), ("1E+3", "1000")],
)
def test_amounts_are_written_as_a_javascript_host_does(value: str, text: str) -> None:
    """Trailing zeros and exponents don't show."""
    assert codec.dumps(Decimal(value)) == text


@pytest.mark.parametrize("text", [b"NaN", b"{,}", b'{"a":1}}', b"\xff", b"", b"[" * 100_000])
def test_nonsense_is_no_json(text: bytes) -> None:
    """Whatever a strict parser refuses is BadJson, never another error."""
    with pytest.raises(codec.BadJson):
        codec.loads(text)


def test_a_huge_exponent_stays_short() -> None:
    """A tiny text can't be made to fill the memory."""
    assert len(codec.dumps(codec.loads("1.5e9999999"))) < 20
