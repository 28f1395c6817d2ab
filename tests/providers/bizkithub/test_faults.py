"""What BizKitHub's answers mean: the code decides before the status."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from providers.bizkithub.faults import judge
from providers.http import Answer, Fate, fate_of_status


def _answer(status: int, body: object, **more: object) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(fate_of_status(status), f"HTTP {status}", status, content, **more)  # type: ignore[arg-type]


def _code(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": "text", "description": "text"}}


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        # A bad key answers 404, and that must never look like a complaint that is gone.
        (404, _code("PUBLIC_API_KEY_DOES_NOT_EXIST"), Fate.HUMAN),
        (404, _code("PUBLIC_API_KEY_HAS_BEEN_EXPIRED"), Fate.HUMAN),
        (404, _code("PUBLIC_API_KEY_IS_NOT_ACTIVE"), Fate.HUMAN),
        (404, _code("PUBLIC_API_KEY_SAMPLE_VALUE"), Fate.HUMAN),
        (404, _code("PUBLIC_API_KEY_SOMETHING_NEW"), Fate.HUMAN),
        (200, _code("PUBLIC_API_KEY_IS_EMPTY"), Fate.HUMAN),
        (500, _code("PUBLIC_API_KEY_IS_EMPTY"), Fate.HUMAN),
        (404, _code("PUBLIC_API_KEY_TOO_MANY_REQUEST"), Fate.NOT_DONE),
        (429, _code("INTERNAL_TOO_MANY_REQUESTS"), Fate.NOT_DONE),
        (429, {"error": {"code": "RATE_LIMIT_EXCEEDED", "retry_after": 7}}, Fate.NOT_DONE),
        (429, b"slow down", Fate.NOT_DONE),
        (401, _code("INTERNAL_USER_MUST_BE_AUTHORIZED"), Fate.HUMAN),
        (401, _code("PERMISSION_MEMBER_HAS_NO_PERMISSION"), Fate.HUMAN),
        (404, _code("INTERNAL_ORGANISATION_NOT_FOUND_OR_USER_NOT_MEMBER"), Fate.HUMAN),
        (200, {"error": "SESSION_EXPIRED"}, Fate.HUMAN),
        (500, _code("INTERNAL_VALIDATION_FAILED"), Fate.REFUSED),
        (422, _code("internal_validation_failed"), Fate.REFUSED),
        (404, _code("INTERNAL_RESOURCE_NOT_FOUND"), Fate.REFUSED),
        (500, _code("INTERNAL_ORDER_INSERT_FAILED"), Fate.LOST),
        (500, _code("SOMETHING_ELSE"), Fate.LOST),
        (400, _code("SOMETHING_ELSE"), Fate.REFUSED),
        (404, _code("SOMETHING_ELSE"), Fate.REFUSED),
        (200, _code("SOMETHING_ELSE"), Fate.REFUSED),
        (200, {"success": False, "errorCode": "E003", "message": "x"}, Fate.REFUSED),
        (422, {"type": "validation", "on": "body", "property": "/email"}, Fate.REFUSED),
        (422, b"Invalid body", Fate.REFUSED),
        (200, {"exist": False}, Fate.OK),
        (200, {"success": True}, Fate.OK),
        (200, {"error": None, "success": True}, Fate.OK),
        (200, b"<html>welcome</html>", Fate.LOST),
        (200, b"", Fate.LOST),
        (200, b'{"success": tr', Fate.LOST),
        (200, b"[]", Fate.LOST),
        (404, b"<html>no such page</html>", Fate.NOT_DONE),
        (404, {}, Fate.NOT_DONE),
        (502, b"<html>bad gateway</html>", Fate.LOST),
        (302, b"", Fate.HUMAN),
    ],
)
def test_c16_an_answer_is_judged_by_code_then_status(status: int, body: object, fate: Fate) -> None:
    """Seven envelopes, HTML and nothing at all each have one meaning."""
    assert judge(_answer(status, body)).fate is fate


@pytest.mark.parametrize(
    ("status", "body", "fate", "reason"),
    [
        (404, _code("PUBLIC_API_KEY_IS_NOT_ACTIVE"), Fate.HUMAN, "PUBLIC_API_KEY_IS_NOT_ACTIVE"),
        (
            400,
            {"error": {"code": "validation_failed", "message": "x", "details": {}}},
            Fate.REFUSED,
            "VALIDATION_FAILED",
        ),
        (
            429,
            {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "x", "retry_after": 9}},
            Fate.NOT_DONE,
            "RATE_LIMIT_EXCEEDED",
        ),
        (200, {"success": False, "errorCode": "E005", "message": "x"}, Fate.REFUSED, "E005"),
        (200, {"exist": False}, Fate.OK, ""),
        (401, {"error": "SESSION_EXPIRED"}, Fate.HUMAN, "SESSION_EXPIRED"),
        (
            422,
            {"type": "validation", "on": "body", "property": "/x", "message": "y", "errors": []},
            Fate.REFUSED,
            "/x",
        ),
    ],
)
def test_c16_each_of_the_seven_envelopes_is_understood(
    status: int, body: object, fate: Fate, reason: str
) -> None:
    """In the order of the list: each tells its code or field, and none its prose."""
    judged = judge(_answer(status, body))

    assert judged.fate is fate
    assert judged.reason == f"BizKitHub: HTTP {status} {reason}".rstrip()


def test_a_lost_connection_stays_what_it_was() -> None:
    """Without an answer there is no code to look at."""
    assert judge(Answer(Fate.LOST, "ReadTimeout")).fate is Fate.LOST
    assert judge(Answer(Fate.NOT_DONE, "ConnectError")).fate is Fate.NOT_DONE


def test_the_reason_names_codes_and_fields_only() -> None:
    """The vendor's prose may quote the customer, so it is left out."""
    body = {"type": "validation", "property": "/email", "message": "eva@example.org is bad"}

    assert judge(_answer(422, body)).reason == "BizKitHub: HTTP 422 /email"
    assert judge(_answer(400, _code("X Y <b>"))).reason == "BizKitHub: HTTP 400 UNNAMED"
    assert judge(_answer(400, _code("X_Y"))).reason == "BizKitHub: HTTP 400 X_Y"


def test_c15_a_rate_limit_tells_how_long() -> None:
    """The header, else the body, else the end of the fixed ten minutes by their own clock."""
    body = {"error": {"code": "RATE_LIMIT_EXCEEDED", "retry_after": 7}}
    date = datetime(2026, 9, 21, 8, 4, tzinfo=UTC)

    assert judge(_answer(429, body, wait=30.0)).wait == 30.0
    assert judge(_answer(429, body)).wait == 7.0
    assert judge(_answer(429, b"", date=date)).wait == 360.0
    assert judge(_answer(429, b"")).wait == 600.0
    assert judge(_answer(404, b"")).wait is None
    assert judge(_answer(503, b"", wait=30.0)).wait == 30.0
    assert judge(_answer(200, {"success": True})).wait is None


@pytest.mark.parametrize("spread", [0.0, 3.5, 15.0])
def test_c15_not_all_come_back_in_the_same_moment(spread: float) -> None:
    """Jitter goes behind the end of a block; a time that the vendor names is kept to."""
    date = datetime(2026, 9, 21, 8, 4, tzinfo=UTC)
    body = {"error": {"code": "RATE_LIMIT_EXCEEDED", "retry_after": 7}}

    assert judge(_answer(429, b"", date=date), spread).wait == 360.0 + spread
    assert judge(_answer(429, b""), spread).wait == 600.0 + spread
    assert judge(_answer(429, b"", wait=30.0), spread).wait == 30.0
    assert judge(_answer(429, body), spread).wait == 7.0
