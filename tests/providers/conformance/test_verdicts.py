"""Each status code and each error envelope gives its verdict, for reads and for writes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from complaints.ports import NeedsHuman, Provider, Reading, Receipt, Transient
from complaints.vocabulary import Capability, Result, Subject
from providers.http import Fate
from tests.providers.conformance.payloads import bent
from tests.providers.conformance.suite import (
    NAMES,
    SPECIMENS,
    STEPS,
    Wire,
    account,
    outcome,
    record_of,
    served,
    storable,
)
from tests.providers.specimen import Said, Write
from tests.providers.wire import observe

_PAGE: Final = "<html><title>nothing of the provider's</title></html>"

_STATUSES: Final[Mapping[int, Fate]] = {
    # A page where JSON was expected: whatever it was, it may have been done.
    **dict.fromkeys((200, 201, 202, 204), Fate.LOST),
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308), Fate.HUMAN),
    **dict.fromkeys((400, 404, 405, 409, 410, 411, 412, 413, 414, 415), Fate.REFUSED),
    **dict.fromkeys((416, 417, 418, 421, 422, 423, 424, 426, 428, 431, 451), Fate.REFUSED),
    **dict.fromkeys((401, 402, 403, 406, 407), Fate.HUMAN),
    **dict.fromkeys((425, 429), Fate.NOT_DONE),
    **dict.fromkeys((408, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 599), Fate.LOST),
}
"""What a status means with a page around it that isn't the provider's own."""


def _said(name: str) -> Iterator[Said]:
    statuses = {**_STATUSES, **SPECIMENS[name].statuses}
    for status, fate in statuses.items():
        yield Said(f"bare {status}", httpx.Response(status, text=_PAGE), fate)
    yield from SPECIMENS[name].said


_SAID = [
    pytest.param(name, said, id=f"{name} {said.name}") for name in NAMES for said in _said(name)
]


@pytest.mark.parametrize(("name", "said"), _SAID)
def test_each_answer_to_a_write_gives_its_verdict(name: str, said: Said) -> None:
    """NeedsHuman, Transient, refused, done; a lost one is unknown, or looked up."""
    for write in SPECIMENS[name].writes.values():
        wire = Wire(SPECIMENS[name], write.path, said.answer)
        with account(name, wire) as made:
            became = outcome(made, write.intent)
        assert _is_due(became, said.fate, write, wire), (write.intent.kind, became)


def _is_due(became: Receipt | Transient | NeedsHuman, fate: Fate, write: Write, wire: Wire) -> bool:
    match fate:
        case Fate.HUMAN:
            return isinstance(became, NeedsHuman)
        case Fate.NOT_DONE:
            return isinstance(became, Transient)
        case Fate.REFUSED:
            return isinstance(became, Receipt) and became.result is Result.REFUSED
        case Fate.OK:
            return isinstance(became, Receipt) and became.result in {Result.DONE, Result.REFUSED}
    if isinstance(became, Transient):
        return write.repeatable or wire.looked(write.path)
    return isinstance(became, Receipt) and became.result is Result.UNKNOWN


@pytest.mark.parametrize(("name", "said"), _SAID)
def test_each_answer_to_a_read_gives_its_verdict(name: str, said: Said) -> None:
    """NeedsHuman or Transient; a refusal is kept and is no state of the record."""
    specimen = SPECIMENS[name]
    if specimen.read is None:
        with account(name) as made, pytest.raises(NeedsHuman):
            made.fetch(record_of(name))
        return
    with account(name, Wire(specimen, specimen.read, said.answer, reading=True)) as made:
        match said.fate:
            case Fate.HUMAN:
                with pytest.raises(NeedsHuman):
                    made.fetch(record_of(name))
            case Fate.NOT_DONE | Fate.LOST:
                with pytest.raises(Transient):
                    made.fetch(record_of(name))
            case Fate.REFUSED | Fate.OK:
                reading = made.fetch(record_of(name))
                changes = storable(made, observe(reading.form, reading.body, record_of(name)))
                assert {change.subject for change in changes} <= {Subject.GONE, Subject.UNREADABLE}


@pytest.mark.parametrize("name", NAMES)
def test_a_read_ends_in_a_reading_or_a_verdict(name: str) -> None:
    """Transient and NeedsHuman, nothing else; a reading can always be parsed."""
    specimen = SPECIMENS[name]
    for step in STEPS:
        with account(name, Wire(specimen, step=step)) as made:
            try:
                reading = made.fetch(record_of(name))
            except (Transient, NeedsHuman):
                continue
            assert Capability.FETCH in made.capabilities
            storable(made, observe(reading.form, reading.body, reading.external_id))


@pytest.mark.parametrize("name", NAMES)
def test_a_check_ends_in_a_line_or_a_verdict(name: str) -> None:
    """Transient and NeedsHuman, nothing else."""
    for step in (None, *STEPS):
        with account(name, Wire(SPECIMENS[name], step=step)) as made:
            try:
                line = made.check()
            except (Transient, NeedsHuman):
                continue
            assert line
            assert "\n" not in line


@pytest.mark.parametrize("name", NAMES)
def test_a_healthy_read_is_read(name: str) -> None:
    """End to end over the wire, and raw."""
    with account(name) as made:
        if Capability.FETCH not in made.capabilities:
            with pytest.raises(NeedsHuman):
                made.fetch(record_of(name))
            return
        asked = record_of(name)
        reading = made.fetch(asked)
        changes = made.parse(observe(reading.form, reading.body, asked))

    assert isinstance(reading, Reading)
    assert {change.external_id for change in changes} == {asked}


@cache
def _answers(name: str) -> dict[tuple[str, str], bytes]:
    """What the healthy provider answers, by method and path."""
    specimen = SPECIMENS[name]
    answers: dict[tuple[str, str], bytes] = {}

    def answered(request: httpx.Request) -> httpx.Response:
        response = specimen.healthy(request)
        answers[request.method, request.url.path] = response.content
        return response

    with served(name, answered) as made:
        _use(made, name)
    return answers


def _use(made: Provider, name: str) -> None:
    """Everything that an account can be asked for ends in a result or a verdict."""
    with contextlib.suppress(Transient, NeedsHuman):
        assert made.check()
    with contextlib.suppress(Transient, NeedsHuman):
        reading = made.fetch(record_of(name))
        storable(made, observe(reading.form, reading.body, reading.external_id))
    for write in SPECIMENS[name].writes.values():
        outcome(made, write.intent)


@pytest.mark.parametrize("name", NAMES)
@run(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_answer_ends_in_a_result_or_a_verdict(name: str, data: st.DataObject) -> None:
    """Any one call answers with anything, or with its good answer bent or cut."""
    answers = _answers(name)
    call = data.draw(st.sampled_from(sorted(answers)))
    status = data.draw(st.sampled_from([200, 201, 400, 404, 500]))
    body = data.draw(bent(answers[call]))

    def answered(request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == call:
            return httpx.Response(status, content=body)
        return SPECIMENS[name].healthy(request)

    with served(name, answered) as made:
        _use(made, name)
