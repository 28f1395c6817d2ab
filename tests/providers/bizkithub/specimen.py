"""BizKitHub for the conformance suite."""

from __future__ import annotations

from decimal import Decimal

import httpx

from complaints.vocabulary import PushKind, Status
from providers.bizkithub.faults import judge
from providers.bizkithub.notifications import hook_for
from providers.http import Answer, Fate
from providers.imports import IMPORT_COMPLAINT, IMPORT_ORDER, import_body
from tests.providers.bizkithub.samples import (
    ADDRESS,
    COMPLAINT,
    CREATE,
    DETAIL,
    HASH,
    HOOK_SECRET,
    HOOKS,
    KEY,
    KEYS,
    ORDER,
    ORDER_CREATE,
    SET_STATUS,
    STORNO,
    complaint,
    created,
    order,
    settings,
)
from tests.providers.bizkithub.scene import SCENE
from tests.providers.bizkithub.vocabulary import VOCABULARIES
from tests.providers.specimen import CUSTOMER, Arrival, Proof, Said, Specimen, Write
from tests.providers.wire import answer, intend, observe


def _healthy(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path.endswith("/complaint/detail"):
        return answer(**complaint(id=request.url.params["id"]))
    if path.endswith("/order/detail"):
        return answer(**order(hash=request.url.params["hash"]))
    return created() if path == ORDER_CREATE else answer(success=True, id=COMPLAINT)


def _code(code: str, status: int, fate: Fate) -> Said:
    """The registry's envelope; its prose quotes the customer."""
    error = {"code": code, "message": CUSTOMER.sentence, "description": CUSTOMER.text}
    return Said(f"{status} {code}", answer(status, error=error), fate)


def _said(name: str, status: int, fate: Fate, **document: object) -> Said:
    return Said(f"{status} {name}", answer(status, **document), fate)


_CLAIM = {
    "text": CUSTOMER.text,
    "name": CUSTOMER.name,
    "email": CUSTOMER.email,
    "phone": CUSTOMER.phone,
    "amount": Decimal("1290.50"),
    "currency": "CZK",
    "bank": {"country": "CZ", "number": CUSTOMER.account, "symbol": "26000412"},
}
_CUSTOMER = {
    "email": CUSTOMER.email,
    "firstName": CUSTOMER.first_name,
    "lastName": CUSTOMER.last_name,
    "phone": CUSTOMER.phone,
}
_DRAFT = {"customer": _CUSTOMER, "items": [{"label": "Lamp", "price": 12.5}]}
_SWITCHED = {
    "storno": True,
    "notification_url": HOOKS,
    "notification_secret": HOOK_SECRET,
    "send_phone": True,
    "send_amount": True,
    "send_refund_fields": True,
}
_HOOK = hook_for(settings(**_SWITCHED), "create_order:40817")
assert _HOOK is not None
_OTHER_SECRET = {"notification_secret": "another-one-for-tests-only"}
_COMPLAINT = complaint(
    description=f"{CUSTOMER.text}\n\n[ref 40817]",
    customerName=CUSTOMER.name,
    email=CUSTOMER.email,
    phone=CUSTOMER.phone,
    refund={"country": "CZ", "bankAccount": CUSTOMER.account, "variableSymbol": "26000412"},
)
_FAILED = "INTERNAL_VALIDATION_FAILED"

SPECIMEN = Specimen(
    settings={"base_url": ADDRESS, "api_key": KEY, "environment": "sandbox", **_SWITCHED},
    observations=(
        observe("complaint", _COMPLAINT, COMPLAINT),
        observe("complaint", {"exist": False}, COMPLAINT),
        observe("order", order(customer=_CUSTOMER), ORDER),
        observe("notification", {"hash": HASH}, _HOOK.alias),
        observe("missing", {"error": {"code": "INTERNAL_RESOURCE_NOT_FOUND"}}, COMPLAINT),
        observe("refused", {"error": {"code": _FAILED}}, COMPLAINT),
        observe(IMPORT_COMPLAINT, import_body({"complaint_id": COMPLAINT})),
        observe(IMPORT_ORDER, import_body({"order_hash": HASH, "order_number": "26000412"})),
    ),
    secrets=(KEY, HOOK_SECRET),
    healthy=_healthy,
    arrival=Arrival(_HOOK.url.removeprefix(f"{HOOKS}/"), {}, b"whatever"),
    # Notifications carry no signature and no time: the address is the secret, and what
    # arrives there is a hint to read.
    proof=Proof(frozenset(), foreign=_OTHER_SECRET, rotated=_OTHER_SECRET),
    writes={
        PushKind.CREATE: Write(intend(PushKind.CREATE, claim=_CLAIM, order_keys=KEYS), CREATE),
        PushKind.SET_STATUS: Write(
            intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED),
            SET_STATUS,
            repeatable=True,
        ),
        PushKind.CREATE_ORDER: Write(intend(PushKind.CREATE_ORDER, draft=_DRAFT), ORDER_CREATE),
        PushKind.CANCEL_ORDER: Write(
            intend(PushKind.CANCEL_ORDER, draft={"order_hash": HASH}), STORNO, repeatable=True
        ),
    },
    read=DETAIL,
    said=(
        # Errors registry and API keys: a bad key answers 404.
        _code("PUBLIC_API_KEY_DOES_NOT_EXIST", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_IS_NOT_IN_VALID_FORMAT", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_SAMPLE_VALUE", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_HAS_BEEN_DELETED", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_HAS_BEEN_EXPIRED", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_IS_NOT_ACTIVE", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_IS_EMPTY", 404, Fate.HUMAN),
        _code("PUBLIC_API_KEY_TOO_MANY_REQUEST", 404, Fate.NOT_DONE),
        _code("INTERNAL_TOO_MANY_REQUESTS", 429, Fate.NOT_DONE),
        _code("INTERNAL_USER_MUST_BE_AUTHORIZED", 401, Fate.HUMAN),
        _code("INTERNAL_ORGANISATION_IS_REQUIRED", 401, Fate.HUMAN),
        _code("PERMISSION_MEMBER_HAS_NO_PERMISSION", 401, Fate.HUMAN),
        _code("PERMISSION_MEMBER_IS_BLOCKED_IN_ORGANISATION", 401, Fate.HUMAN),
        _code("INTERNAL_ORGANISATION_NOT_FOUND_OR_USER_NOT_MEMBER", 404, Fate.HUMAN),
        _code("PUBLIC_CUSTOMER_DETAIL_NOT_PERMITTED", 404, Fate.HUMAN),
        _code("INTERNAL_ORDER_INSERT_FAILED", 500, Fate.LOST),
        _code(_FAILED, 422, Fate.REFUSED),
        _code(_FAILED, 500, Fate.REFUSED),
        _code("INTERNAL_RESOURCE_NOT_FOUND", 404, Fate.REFUSED),
        _code("PUBLIC_PRODUCT_DOES_NOT_EXIST", 404, Fate.REFUSED),
        _code("PUBLIC_CALENDAR_DOES_NOT_EXIST", 404, Fate.REFUSED),
        _code("NOBODY_HAS_HEARD_OF_IT", 500, Fate.LOST),
        # The other envelopes, in the order in which the documents show them.
        _said(
            "details",
            400,
            Fate.REFUSED,
            error={"code": "validation_failed", "message": CUSTOMER.sentence, "details": {}},
        ),
        _said(
            "retry_after",
            429,
            Fate.NOT_DONE,
            error={"code": "RATE_LIMIT_EXCEEDED", "message": CUSTOMER.text, "retry_after": 7},
        ),
        _said(
            "errorCode",
            200,
            Fate.REFUSED,
            success=False,
            errorCode="E005",
            message=CUSTOMER.sentence,
        ),
        _said("bare text", 401, Fate.HUMAN, error="SESSION_EXPIRED"),
        _said(
            "framework",
            422,
            Fate.REFUSED,
            type="validation",
            on="body",
            property="/email",
            message=CUSTOMER.sentence,
            errors=[],
        ),
        Said("422 framework's text", httpx.Response(422, text=CUSTOMER.sentence), Fate.REFUSED),
        Said("200 empty", httpx.Response(200), Fate.LOST),
        Said("200 cut", httpx.Response(200, text='{"success":true,"id":"4SB'), Fate.LOST),
    ),
    # The paths are fixed: a page with 404 says nothing of the record that was asked for.
    statuses={404: Fate.NOT_DONE},
    vocabularies=VOCABULARIES,
    parsers={"answer": lambda body: judge(Answer(Fate.OK, "HTTP 200", 200, body))},
    documents=(created().content, answer(success=True, id=COMPLAINT).content),
    # The endpoints' pages want the key in the query.
    secret_parameters=frozenset({"apiKey"}),
    scene=SCENE,
)
