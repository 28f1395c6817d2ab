"""The BizKitHub account as a whole: reads, ping, the key, what it can do and what it costs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from itertools import product

import httpx
import pytest

from complaints.ports import Intent, NeedsHuman, Transient
from complaints.vocabulary import Capability, ExternalId, PushKind, Result, Status, Subject
from providers.bizkithub import BizKitHub
from providers.bizkithub.phones import canonical_phone
from tests.providers.bizkithub.samples import (
    CLAIM,
    CLOSED,
    COMPLAINT,
    DETAIL,
    HASH,
    HOOK_SECRET,
    HOOKS,
    KEY,
    KEYS,
    LOST,
    ORDER,
    ORDER_DETAIL,
    SURELY_NOT_DONE,
    complaint,
    copy,
    created,
    desk,
    line,
    order,
    refusal,
)
from tests.providers.wire import Script, answer, intend, observe

PING = "/bizkithub/ping/v1"
ON: dict[str, object] = {
    "storno": True,
    "notification_url": HOOKS,
    "notification_secret": HOOK_SECRET,
}
CANCEL = intend(PushKind.CANCEL_ORDER, draft={"order_hash": HASH})
REPLACE = intend(PushKind.CREATE_ORDER, order_keys=KEYS)
FILE = intend(PushKind.CREATE, claim=CLAIM, order_keys=KEYS)
MOVE = intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)

ACTS: list[Callable[[BizKitHub], object]] = [
    lambda adapter: adapter.fetch(ExternalId(COMPLAINT)),
    lambda adapter: adapter.fetch(ORDER),
    lambda adapter: adapter.push(FILE),
    lambda adapter: adapter.push(MOVE),
    lambda adapter: adapter.push(REPLACE),
    lambda adapter: adapter.push(CANCEL),
    lambda adapter: adapter.check(),
]


# -- reads -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "form"),
    [
        (answer(**complaint()), "complaint"),
        (answer(exist=False), "complaint"),
        (refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"), "missing"),
        (refusal(400, "WHO_KNOWS"), "refused"),
        (httpx.Response(422, text="Invalid query"), "refused"),
    ],
)
def test_p6_a_read_returns_what_the_desk_said(step: httpx.Response, form: str) -> None:
    """Raw; the form tells how to read it."""
    script = Script([copy(step)])
    reading = desk(script).fetch(ExternalId(COMPLAINT))

    assert script.calls == [("GET", DETAIL)]
    assert (reading.form, reading.external_id, reading.body) == (form, COMPLAINT, step.content)


@pytest.mark.parametrize(
    ("step", "form", "subject"),
    [
        (answer(**order()), "order", Subject.ORDER),
        (answer(exist=False), "order", Subject.GONE),
        (refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"), "missing", Subject.GONE),
        (refusal(400, "WHO_KNOWS"), "refused", Subject.UNREADABLE),
    ],
)
def test_p2_a_record_that_is_an_order_is_read_by_its_hash(
    step: httpx.Response, form: str, subject: Subject
) -> None:
    """The prefix tells it from a complaint, and the change has the record's name."""
    script = Script([copy(step)])
    adapter = desk(script)
    reading = adapter.fetch(ORDER)
    (change,) = adapter.parse(observe(reading.form, reading.body, ORDER))

    assert script.calls == [("GET", ORDER_DETAIL)]
    assert (reading.form, reading.external_id) == (form, ORDER)
    assert (change.subject, change.external_id) == (subject, ORDER)


@pytest.mark.parametrize("record", [COMPLAINT, ORDER])
@pytest.mark.parametrize(
    "step", [*LOST, *SURELY_NOT_DONE, httpx.Response(200, text='{"exist": tr')]
)
def test_p6_a_read_that_says_nothing_is_transient(
    record: str, step: httpx.Response | Exception
) -> None:
    """A proxy's page is no news of a complaint, nor of an order."""
    with pytest.raises(Transient):
        desk(Script([copy(step)])).fetch(ExternalId(record))


@pytest.mark.parametrize("mode", ["query", "bearer", "both"])
def test_c20_an_order_is_read_with_the_key(mode: str) -> None:
    """Although its page lists none: without one nothing is shown."""
    script = Script([answer(**order())])
    desk(script, auth_mode=mode).fetch(ORDER)
    (asked,) = script.requests

    assert asked.url.params["hash"] == HASH
    assert KEY in {asked.url.params.get("apiKey"), asked.headers.get("authorization", "")[7:]}


def test_c07_an_id_is_encoded() -> None:
    """Ids are opaque: whatever an operator imports stays one parameter."""
    script = Script([answer(exist=False), answer(exist=False)])
    adapter = desk(script)
    adapter.fetch(ExternalId("a&b=c/d e"))
    adapter.fetch(ExternalId("order:a&b=c/d e"))

    assert script.requests[0].url.params["id"] == "a&b=c/d e"
    assert script.requests[1].url.params["hash"] == "a&b=c/d e"


# -- ping --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [answer(), httpx.Response(200, text="pong"), httpx.Response(204)])
def test_p14_a_ping_that_is_answered_is_good(step: httpx.Response) -> None:
    """Its answer isn't documented, so any success will do; one line says what works."""
    script = Script([copy(step)])
    told = desk(script).check()

    assert script.calls == [("GET", PING)]
    assert told == (
        "the key is good: files complaints, reads complaints and orders, sets their status,"
        " creates orders"
    )


def test_p14_what_is_switched_on_is_told() -> None:
    """Cancelling, notifications and the admin's call."""
    own = {**ON, "bff": {"enabled": True, "auth": "bearer"}}
    told = desk(Script([answer()]), **own).check()

    assert "files complaints by the admin's call" in told
    assert told.endswith("cancels orders, hears of the orders it created")


def test_p14_its_path_is_configured() -> None:
    """One article prints two; a 404 that isn't the vendor's says where to look."""
    script = Script([answer()])
    desk(script, paths={"ping": "/api/v1/ping/v1"}).check()
    assert script.calls == [("GET", "/bizkithub/api/v1/ping/v1")]

    with pytest.raises(Transient, match=r"paths\.ping"):
        desk(Script([httpx.Response(404, text="NOT_FOUND")])).check()
    with pytest.raises(Transient, match=r"paths\.ping"):
        desk(Script([httpx.Response(200, text="<html>Welcome</html>")])).check()


@pytest.mark.parametrize("step", [refusal(400, "WHO_KNOWS"), answer(200, error={"code": "X_Y"})])
def test_p14_a_ping_that_is_refused_needs_a_person(step: httpx.Response) -> None:
    """Asking again changes nothing."""
    with pytest.raises(NeedsHuman):
        desk(Script([copy(step)])).check()


def test_c18_the_check_is_a_ping_and_nothing_else() -> None:
    """A known detail would be a read of a customer's case."""
    script = Script([answer()])
    desk(script).check()

    assert script.calls == [("GET", PING)]


# -- the key -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "query", "header"),
    [("query", True, False), ("bearer", False, True), ("both", True, True)],
)
def test_c04_the_key_goes_where_the_settings_say(mode: str, query: bool, header: bool) -> None:  # noqa: FBT001 - a table
    """Never into the body, on reads as well as on writes."""
    steps = [answer(success=True, id="a"), answer(**complaint()), answer(success=True)]
    steps += [answer(**order()), created(), answer(**order()), answer(success=True), answer()]
    script = Script([*steps])
    adapter = desk(script, auth_mode=mode, **ON)
    for act in (FILE, MOVE, REPLACE, CANCEL):
        assert adapter.push(act).result is Result.DONE
    adapter.check()

    assert len(script.requests) == 8
    for request in script.requests:
        assert ("apiKey" in request.url.params) is query
        assert (request.headers.get("authorization") == f"Bearer {KEY}") is header
        assert KEY.encode() not in request.content


@pytest.mark.parametrize("step", [*LOST, *SURELY_NOT_DONE, *CLOSED])
def test_c04_the_key_is_in_no_text(
    step: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the address, and clients like to write addresses down."""
    caplog.set_level(logging.DEBUG)
    told = []
    for act in ACTS:
        try:
            told.append(repr(act(desk(Script([copy(step)]), **ON))))
        except (Transient, NeedsHuman) as verdict:
            told.append(f"{verdict!r} {verdict.__cause__!r}")

    assert KEY not in "\n".join([*told, caplog.text])


@pytest.mark.parametrize("step", CLOSED)
def test_c16_a_bad_key_stops_every_call(step: httpx.Response) -> None:
    """It answers 404 as what is missing does, and yet no case changes."""
    for act in ACTS:
        with pytest.raises(NeedsHuman):
            act(desk(Script([copy(step)]), **ON))


@pytest.mark.parametrize("act", ACTS)
def test_c16_a_404_without_a_code_is_no_news(act: Callable[[BizKitHub], object]) -> None:
    """It may be a proxy's: nothing is gone for it, and it is asked again later."""
    with pytest.raises(Transient):
        act(desk(Script([httpx.Response(404)]), **ON))


def test_c15_a_limit_without_a_time_ends_with_its_block() -> None:
    """Ten minutes by the vendor's clock, and some seconds so that not all come at once."""
    headers = {"date": "Mon, 21 Sep 2026 08:04:00 GMT"}
    with pytest.raises(Transient) as verdict:
        desk(Script([httpx.Response(429, headers=headers)])).fetch(ExternalId(COMPLAINT))

    assert verdict.value.retry_after is not None
    assert 360 <= verdict.value.retry_after <= 375


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("+420 602 118 334", "+420 602118334"),
        (" +420 602-118-334 ", "+420 602118334"),
        ("+420602118334", "+420 602118334"),
        ("00420 602118334", "+420 602118334"),
        ("+421 905 123 456", "+421 905123456"),
        ("+49 (0)30 901820", "+49 30901820"),
        ("+1 (212) 555-0100", "+1 2125550100"),
        ("+44 20 7946 0958", "+44 2079460958"),
        ("+351 210 000 000", "+351 210000000"),
        ("602 118 334", "602 118 334"),
        ("+999 123 456 789", "+999 123456789"),
        ("+420 602 118 334 / 12", "+420 602 118 334 / 12"),
        ("call +420 602 118 334", "call +420 602 118 334"),
        ("+420", "+420"),
        ("", ""),
    ],
)
def test_c19_a_phone_is_sent_in_the_vendors_form(given: str, sent: str) -> None:
    """One blank behind the country's code, when the number names one."""
    assert canonical_phone(given) == sent
    assert canonical_phone(sent) == sent


# -- what it can do, and what that costs -------------------------------------------------


def test_each_capability_is_explained() -> None:
    """Able, switched off by a key that there is, or not offered by the API, and why."""
    for own in ({}, ON):
        adapter = desk(Script([]), **own)
        assert set(adapter.abilities) == set(Capability)
        for ability in adapter.abilities.values():
            assert ability.able == (not ability.why)
            assert not ability.switch or ability.switch in {"storno", "notification_url"}
    switched = desk(Script([]), **ON).capabilities - desk(Script([])).capabilities
    assert switched == {Capability.CANCEL_ORDER, Capability.WEBHOOK}


@pytest.mark.parametrize("kind", [PushKind.OPEN_DISPUTE, PushKind.REFUND, PushKind.PORTAL])
def test_what_the_desk_has_no_call_for_is_unsupported(kind: PushKind) -> None:
    """No silent no-op, nothing on the wire, and no cost."""
    script = Script([])
    adapter = desk(script, **ON)

    assert adapter.push(intend(kind, COMPLAINT)).result is Result.UNSUPPORTED
    assert script.requests == []
    assert adapter.cost(kind) == 0


ANSWERS: tuple[httpx.Response | Exception, ...] = (
    answer(**complaint(status="new")),
    answer(**complaint(status="open")),
    answer(**order()),
    answer(**order(items=[line(1, "Lamp", gone=True)])),
    answer(exist=False),
    answer(success=True, id="a"),
    created(),
    answer(),
    refusal(422, "INTERNAL_VALIDATION_FAILED"),
    refusal(404, "PUBLIC_API_KEY_IS_NOT_ACTIVE"),
    httpx.Response(404),
    httpx.Response(429),
    httpx.Response(500),
    httpx.ReadTimeout("x"),
    httpx.ConnectError("x"),
)


@pytest.mark.parametrize(
    ("intent", "most"),
    [(FILE, 1), (MOVE, 2), (REPLACE, 2), (CANCEL, 3)],
    ids=["file", "move", "replace", "cancel"],
)
def test_a_push_costs_what_it_says_at_most(intent: Intent, most: int) -> None:
    """Counted over every row of answers: none makes more requests, and some make as many."""
    counts = set()
    for steps in product(ANSWERS, repeat=most):
        script = Script([copy(step) for step in (*steps, *ANSWERS[:1])])
        adapter = desk(script, **ON)
        with suppress(Transient, NeedsHuman):
            adapter.push(intent)
        counts.add(len(script.requests))

    assert max(counts) == most == adapter.cost(intent.kind)


@pytest.mark.parametrize("record", [COMPLAINT, ORDER])
def test_a_read_costs_one_request(record: str) -> None:
    """Whatever comes back."""
    for step in ANSWERS:
        script = Script([copy(step)])
        adapter = desk(script)
        with suppress(Transient, NeedsHuman):
            adapter.fetch(ExternalId(record))
        assert len(script.requests) == 1 == adapter.cost()
