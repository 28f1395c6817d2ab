"""Neither a secret nor a customer is seen in what is shown: logs, reprs, URLs, verdicts."""

from __future__ import annotations

import logging

import httpx
import pytest
from pydantic import ValidationError

from complaints.ports import NeedsHuman, Provider, Rejected, Transient
from complaints.vocabulary import ExternalId
from tests.providers.conformance.suite import (
    NAMES,
    SPECIMENS,
    STEPS,
    Step,
    Wire,
    account,
    bare_url,
    outcome,
    record_of,
    shown,
)
from tests.providers.kinds import KINDS
from tests.providers.specimen import CUSTOMER, traces_of_customer
from tests.providers.wire import NOW

pytestmark = pytest.mark.parametrize("name", NAMES)

_QUOTING: list[Step] = [
    httpx.Response(status, text=text)
    for status in (200, 400, 404, 500)
    for text in (
        CUSTOMER.sentence,
        f'{{"error":"{CUSTOMER.sentence}","message":"{CUSTOMER.text}"}}',
        f'{{"error":{{"code":"{CUSTOMER.email}","message":"{CUSTOMER.sentence}"}}}}',
        f'{{"errorCode":400,"category":"{CUSTOMER.email}","humanMessage":"{CUSTOMER.name}"}}',
        f'{{"errorCode":400,"validationErrors":[{{"field":"{CUSTOMER.email}"}}]}}',
        f'{{"type":"validation","property":"/{CUSTOMER.email}","message":"{CUSTOMER.text}"}}',
        f'{{"response":{{"responseMessages":[]}},"error":{{"code":"{CUSTOMER.email}"}}}}',
    )
]
"""Answers that quote the customer wherever a provider might."""


def _secrets_in(name: str, told: str) -> list[str]:
    return [secret for secret in SPECIMENS[name].secrets if secret in told]


def test_the_customer_is_in_what_goes_out_and_comes_in(name: str) -> None:
    """Else the tests below would find nothing because nothing is there."""
    specimen = SPECIMENS[name]
    wire = Wire(specimen)
    with account(name, wire) as made:
        for write in specimen.writes.values():
            made.push(write.intent)
    sent = "".join(request.content.decode("utf-8", "replace") for request in wire.asked)
    seen = "".join(o.body.decode("utf-8", "replace") for o in specimen.observations)

    assert specimen.secrets
    assert traces_of_customer(sent)
    assert traces_of_customer(seen)


def test_no_secret_is_shown_by_settings_and_account(name: str) -> None:
    """Neither as text nor in the message about a wrong value, nor with its traceback."""
    kind, specimen = KINDS[name], SPECIMENS[name]
    with pytest.raises(ValidationError) as fault:
        kind.load({**specimen.settings, "environment": "neither"})
    loaded = kind.load(specimen.settings)
    with account(name) as made:
        told = f"{loaded!r} {loaded} {made!r} {made.abilities!r} {shown(fault.value)}"

    assert _secrets_in(name, told) == []
    assert traces_of_customer(told) == []


def test_a_wrong_secret_isn_t_repeated(name: str) -> None:
    """Whoever mistypes a credential isn't shown it again in the log."""
    kind, specimen = KINDS[name], SPECIMENS[name]
    given = [key for key, value in specimen.settings.items() if value in specimen.secrets]
    for key in given:
        value = str(specimen.settings[key])
        with pytest.raises(ValidationError) as fault:
            kind.load({**specimen.settings, key: [value]})
        assert value not in shown(fault.value)

    assert given


def test_nothing_that_is_shown_holds_a_secret_or_a_customer(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Receipts, verdicts, causes and logs, when everything goes wrong and quotes what it knows."""
    specimen = SPECIMENS[name]
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    for step in (None, *STEPS[::5], *_QUOTING, *(said.answer for said in specimen.said)):
        for write in specimen.writes.values():
            with account(name, Wire(specimen, write.path, step)) as made:
                told.append(shown(outcome(made, write.intent)))
        with account(name, Wire(specimen, step=step)) as made:
            told += [_check(made), _fetch(made, record_of(name))]
    everything = "\n".join([*told, caplog.text])

    assert _secrets_in(name, everything) == []
    assert traces_of_customer(everything) == []
    assert CUSTOMER.email.partition("@")[2] not in everything


def _check(made: Provider) -> str:
    try:
        return shown(made.check())
    except (Transient, NeedsHuman) as verdict:
        return shown(verdict)


def _fetch(made: Provider, record: ExternalId) -> str:
    """A reading is raw and is kept apart: only a verdict about it is shown."""
    try:
        made.fetch(record)
    except (Transient, NeedsHuman) as verdict:
        return shown(verdict)
    return ""


def test_a_rejection_tells_no_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of a good arrival under other keys, and of one that quotes the customer."""
    specimen = SPECIMENS[name]
    arrival, proof = specimen.arrival, specimen.proof
    caplog.set_level(logging.DEBUG)
    if arrival is None or proof is None:
        with account(name) as made, pytest.raises(Rejected) as rejected:
            made.verify("", {}, CUSTOMER.sentence.encode(), NOW)
        told = shown(rejected.value)
    else:
        headers = {key: f"{value} {CUSTOMER.email}" for key, value in arrival.headers.items()}
        path = arrival.path if headers else f"{arrival.path}{CUSTOMER.email}"
        with account(name) as made, pytest.raises(Rejected) as rejected:
            made.verify(path, headers, CUSTOMER.sentence.encode(), NOW)
        with account(name, settings=proof.foreign) as made, pytest.raises(Rejected) as foreign:
            made.verify(arrival.path, arrival.headers, arrival.body, NOW)
        told = shown(rejected.value) + shown(foreign.value)

    assert _secrets_in(name, told + caplog.text) == []
    assert traces_of_customer(told + caplog.text) == []


def test_remarks_about_a_document_name_no_customer(name: str) -> None:
    """Reasons and warnings are shown to everybody; they name fields and the provider's words."""
    told: list[str] = []
    with account(name) as made:
        for observation in SPECIMENS[name].observations:
            halved = observation.body[: len(observation.body) // 2]
            quoted = b'"' + CUSTOMER.sentence.encode() + b'"'
            for body in (observation.body, halved, quoted, b'{"error":%s}' % quoted):
                changes = made.parse(observation.model_copy(update={"body": body}))
                told += [text for c in changes for text in (c.reason, *c.warnings)]

    assert any(told)
    assert traces_of_customer("\n".join(told)) == []


def test_no_url_holds_a_secret_or_a_customer(name: str) -> None:
    """But for a key in the parameter that the provider's own document wants it in."""
    specimen = SPECIMENS[name]
    wire = Wire(specimen)
    with account(name, wire) as made:
        made.check()
        for write in specimen.writes.values():
            made.push(write.intent)
        if specimen.read is not None:
            made.fetch(record_of(name))
    bare = [bare_url(request, specimen) for request in wire.asked]

    assert bare
    assert _secrets_in(name, "\n".join(bare)) == []
    assert traces_of_customer("\n".join(bare)) == []
