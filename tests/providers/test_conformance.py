"""What every provider promises, asked of each one that the registry holds.

A provider brings `tests/providers/NAME/specimen.py`; nothing else is needed to be asked.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.model import (
    NEEDS,
    Capability,
    Change,
    ExternalId,
    Observation,
    PushKind,
    Result,
    Subject,
)
from complaints.ports import NeedsHuman, Reading, Receipt, Rejected, Transient
from providers.registry import PROVIDERS, Account
from tests.providers.specimen import Specimen
from tests.providers.wire import ACCOUNT, NOW, intend, observe

SPECIMENS: dict[str, Specimen] = {
    name: importlib.import_module(f"tests.providers.{name}.specimen").SPECIMEN for name in PROVIDERS
}

STEPS: list[httpx.Response | Exception] = [
    *(httpx.Response(status) for status in (200, 201, 204, 299, *range(300, 309))),
    *(httpx.Response(status) for status in (*range(400, 432), 451, 499, *range(500, 512), 599)),
    *(
        httpx.Response(status, text=text)
        for status in (200, 201, 400, 404, 500)
        for text in ("<html>", "{", "[]", "{}", "null", '{"success":true}', '{"status":[]}')
    ),
    *(
        kind("x")
        for kind in (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.ReadTimeout,
            httpx.ReadError,
            httpx.WriteError,
            httpx.RemoteProtocolError,
        )
    ),
]
"""Everything that can come back where a good answer was expected."""

UNAUTHORIZED = 401

LOST = (httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)

pytestmark = pytest.mark.parametrize("name", list(PROVIDERS))


@dataclass
class Wire:
    """A healthy provider that fails in one call, where it is told to."""

    specimen: Specimen
    path: str | None = None
    step: httpx.Response | Exception | None = None
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        request.read()
        self.asked.append(request)
        here = self.path is None or request.url.path == self.path
        if self.step is None or not here:
            return self.specimen.healthy(request)
        if isinstance(self.step, Exception):
            raise self.step
        return httpx.Response(self.step.status_code, content=self.step.content)

    def count(self, path: str) -> int:
        """How often a call was made."""
        return sum(request.url.path == path for request in self.asked)


@contextmanager
def _account(name: str, wire: Wire | None = None) -> Iterator[Account]:
    specimen = SPECIMENS[name]
    transport = httpx.MockTransport(wire or Wire(specimen))
    account = PROVIDERS[name].build(ACCOUNT, specimen.settings, transport)
    try:
        yield account
    finally:
        account.close()


def test_a_provider_introduces_itself(name: str) -> None:
    """By the name that the registry has, for the account that it was made for."""
    with _account(name) as account:
        assert (account.name, account.account) == (name, ACCOUNT)
        assert account.capabilities <= frozenset(Capability)
        assert account.capabilities
        assert (Capability.WEBHOOK in account.capabilities) == bool(SPECIMENS[name].arrival)


def test_the_settings_are_frozen_and_known(name: str) -> None:
    """A key that nobody knows is refused, and nothing is changed later."""
    kind = PROVIDERS[name]
    loaded = kind.load(SPECIMENS[name].settings)

    with pytest.raises(ValidationError):
        kind.load({**SPECIMENS[name].settings, "unheard_of": 1})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded, "environment", "live")  # noqa: B010 - mypy knows that it can't
    assert loaded.model_config.get("hide_input_in_errors")


def test_no_secret_is_shown_by_the_settings(name: str) -> None:
    """Neither as text nor in the message about a wrong value."""
    kind, specimen = PROVIDERS[name], SPECIMENS[name]
    with pytest.raises(ValidationError) as fault:
        kind.load({**specimen.settings, "environment": "neither"})
    shown = f"{kind.load(specimen.settings)!r} {fault.value}"

    assert specimen.secrets
    assert [secret for secret in specimen.secrets if secret in shown] == []


def test_each_setting_explains_itself(name: str) -> None:
    """A secret is a SecretStr, so that a path may stand in its place."""
    fields = PROVIDERS[name].settings.model_fields

    assert "environment" in fields
    assert [
        key
        for key in fields
        if key.endswith(("_key", "password", "_secret"))
        and "SecretStr" not in str(fields[key].annotation)
    ] == []


def test_each_sample_is_read(name: str) -> None:
    """The same observation gives the same changes, and they survive being stored."""
    with _account(name) as account:
        for observation in SPECIMENS[name].observations:
            changes = account.parse(observation)
            assert changes
            assert account.parse(observation) == changes
            for change in changes:
                assert Change.model_validate_json(change.model_dump_json()) == change


def test_an_unknown_form_is_unreadable(name: str) -> None:
    """Never an error, never nothing."""
    with _account(name) as account:
        (change,) = account.parse(observe("never heard", {}))

    assert change.subject is Subject.UNREADABLE
    assert change.reason


def _storable(account: Account, observation: Observation) -> None:
    changes = account.parse(observation)
    for change in changes:
        written = change.model_dump_json()
        assert "\\u0000" not in written
        assert Change.model_validate_json(written) == change


@run(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_parse_never_raises_on_bytes(name: str, data: st.DataObject) -> None:
    """Whatever bytes arrive under any of its forms."""
    forms = sorted({observation.form for observation in SPECIMENS[name].observations})
    body = data.draw(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
    with _account(name) as account:
        _storable(account, observe(data.draw(st.sampled_from(forms)), body, "x"))


@run(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_parse_never_raises_on_a_bent_document(name: str, data: st.DataObject) -> None:
    """Any part of a good document may be anything, or missing."""
    observation = data.draw(st.sampled_from(SPECIMENS[name].observations))
    document = json.loads(observation.body)
    for _ in range(data.draw(st.integers(1, 3))):
        _bend(document, data)
    body = json.dumps(document).encode()
    with _account(name) as account:
        _storable(account, observation.model_copy(update={"body": body}))


def _bend(document: object, data: st.DataObject) -> None:
    """Replace or remove one member somewhere inside, also inside JSON that is a string."""
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        item = waiting.pop()
        members = item.items() if isinstance(item, dict) else ()
        for key, value in [*members, *(enumerate(item) if isinstance(item, list) else ())]:
            places.append((item, key))
            waiting.append(value)
    if not places:
        return
    place, key = data.draw(st.sampled_from(places))
    inner = place[key]
    if isinstance(inner, str) and inner.startswith("{") and data.draw(st.booleans()):
        nested = json.loads(inner)
        _bend(nested, data)
        place[key] = json.dumps(nested)
    elif isinstance(place, dict) and data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(JSON)


def test_a_good_arrival_is_let_in_and_is_readable(name: str) -> None:
    """Verified, and its form is one that parse knows."""
    arrival = SPECIMENS[name].arrival
    if arrival is None:
        with _account(name) as account, pytest.raises(Rejected):
            account.verify("", {}, b"{}", NOW)
        return
    with _account(name) as account:
        delivery = account.verify(arrival.path, arrival.headers, arrival.body, NOW)
        again = account.verify(arrival.path, arrival.headers, arrival.body, NOW)
        changes = account.parse(observe(delivery.form, arrival.body))

    assert delivery == again
    assert delivery.delivery_id
    assert all(change.subject is not Subject.UNREADABLE for change in changes)


@run(max_examples=100)
@given(data=st.data())
def test_verify_raises_nothing_but_rejected(name: str, data: st.DataObject) -> None:
    """Random headers, and good headers with one of them bent."""
    arrival = SPECIMENS[name].arrival
    headers = dict(arrival.headers) if arrival else {}
    known = [*headers, "authorization", "svix-id", "svix-timestamp", "svix-signature"]
    headers[data.draw(st.sampled_from(known))] = data.draw(st.text(max_size=60))
    path = data.draw(st.text(max_size=20))
    body = data.draw(st.binary(max_size=40))
    with _account(name) as account, pytest.raises(Rejected):
        account.verify(path, headers, body, NOW)


def test_a_read_ends_in_a_reading_or_a_verdict(name: str) -> None:
    """Transient and NeedsHuman, nothing else; a reading can always be parsed."""
    specimen = SPECIMENS[name]
    asked = next((o.external_id for o in specimen.observations if o.external_id), ExternalId("x"))
    for step in STEPS:
        with _account(name, Wire(specimen, step=step)) as account:
            try:
                reading = account.fetch(asked)
            except (Transient, NeedsHuman):
                continue
            assert Capability.FETCH in account.capabilities
            _storable(account, observe(reading.form, reading.body, reading.external_id))


def test_a_healthy_read_is_read(name: str) -> None:
    """End to end over the wire, and raw."""
    specimen = SPECIMENS[name]
    with _account(name) as account:
        if Capability.FETCH not in account.capabilities:
            return
        asked = next(o.external_id for o in specimen.observations if o.external_id)
        reading = account.fetch(asked)
        changes = account.parse(observe(reading.form, reading.body, asked))

    assert isinstance(reading, Reading)
    assert {change.external_id for change in changes} == {asked}


def test_what_is_offered_is_done_and_the_rest_is_unsupported(name: str) -> None:
    """Capabilities are the truth about push."""
    specimen = SPECIMENS[name]
    for kind in PushKind:
        wire = Wire(specimen)
        with _account(name, wire) as account:
            offered = NEEDS.get(kind) in account.capabilities
            assert offered == (kind in specimen.writes)
            if offered:
                receipt = account.push(specimen.writes[kind].intent)
                assert (receipt.result, bool(receipt.external_id)) == (Result.DONE, True)
            else:
                assert account.push(intend(kind, "x")).result is Result.UNSUPPORTED
                assert wire.asked == []


def test_a_write_is_sent_at_most_once(name: str) -> None:
    """Whatever comes back: a receipt or a verdict, and never a second attempt by itself.

    The one exception is a refused token: then nothing was done, and the call is replayed.
    """
    for step, write in product(STEPS, SPECIMENS[name].writes.values()):
        wire = Wire(SPECIMENS[name], write.path, step)
        with _account(name, wire) as account:
            try:
                receipt = account.push(write.intent)
            except (Transient, NeedsHuman):
                receipt = None
        replayed = isinstance(step, httpx.Response) and step.status_code == UNAUTHORIZED
        most = 2 if replayed else 1
        assert 1 <= wire.count(write.path) <= most, step
        assert receipt is None or isinstance(receipt, Receipt)


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_write_is_never_called_done(name: str, lost: type[Exception]) -> None:
    """It is unknown or, when a look shows that it may be repeated, transient."""
    for write in SPECIMENS[name].writes.values():
        wire = Wire(SPECIMENS[name], write.path, lost("x"))
        with _account(name, wire) as account:
            try:
                receipt = account.push(write.intent)
            except Transient:
                looked = any(request.method == "GET" for request in wire.asked)
                assert write.repeatable or looked
            else:
                assert receipt.result is Result.UNKNOWN


def test_nothing_that_is_shown_holds_a_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Verdicts, receipts and logs, at the most talkative level, when everything goes wrong."""
    specimen = SPECIMENS[name]
    shown: list[str] = []
    caplog.set_level(logging.DEBUG)
    for step in (None, *(STEPS[position] for position in range(0, len(STEPS), 7))):
        wire = Wire(specimen, step=step)
        with _account(name, wire) as account:
            acts = [
                lambda write=write: account.push(write.intent)
                for write in SPECIMENS[name].writes.values()
            ]
            for act in [*acts, lambda: account.fetch(cast("Any", "x"))]:
                try:
                    shown.append(repr(act()) if act in acts else "")
                except (Transient, NeedsHuman) as verdict:
                    shown.append(f"{verdict!r} {verdict.__cause__!r}")
    told = "\n".join([*shown, caplog.text])

    assert [secret for secret in specimen.secrets if secret in told] == []
    assert "@" not in told
