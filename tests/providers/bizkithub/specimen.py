"""BizKitHub for the conformance suite."""

from __future__ import annotations

import httpx

from complaints.model import PushKind, Status
from providers.bizkithub.notifications import hook_for
from providers.imports import IMPORT_COMPLAINT, IMPORT_ORDER, import_body
from tests.providers.bizkithub.samples import (
    ADDRESS,
    COMPLAINT,
    CREATE,
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
from tests.providers.specimen import Arrival, Specimen, Write
from tests.providers.wire import answer, intend, observe


def _healthy(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path.endswith("/complaint/detail"):
        return answer(**complaint(id=request.url.params["id"]))
    if path.endswith("/order/detail"):
        return answer(**order(hash=request.url.params["hash"]))
    return created() if path == ORDER_CREATE else answer(success=True, id=COMPLAINT)


_CLAIM = {"text": "Broken.", "name": "Eva Horáková", "email": "eva@example.org"}
_DRAFT = {"customer": {"email": "eva@example.org"}, "items": [{"label": "Lamp", "price": 12.5}]}
_SWITCHED = {"storno": True, "notification_url": HOOKS, "notification_secret": HOOK_SECRET}
_HOOK = hook_for(settings(**_SWITCHED), "create_order:40817")
assert _HOOK is not None

SPECIMEN = Specimen(
    settings={"base_url": ADDRESS, "api_key": KEY, "environment": "sandbox", **_SWITCHED},
    observations=(
        observe("complaint", complaint(), COMPLAINT),
        observe("complaint", {"exist": False}, COMPLAINT),
        observe("order", order(), ORDER),
        observe("notification", {"hash": HASH}, _HOOK.alias),
        observe("missing", {"error": {"code": "INTERNAL_RESOURCE_NOT_FOUND"}}, COMPLAINT),
        observe("refused", {"error": {"code": "INTERNAL_VALIDATION_FAILED"}}, COMPLAINT),
        observe(IMPORT_COMPLAINT, import_body({"complaint_id": COMPLAINT})),
        observe(IMPORT_ORDER, import_body({"order_hash": HASH, "order_number": "26000412"})),
    ),
    secrets=(KEY, HOOK_SECRET),
    healthy=_healthy,
    arrival=Arrival(_HOOK.url.removeprefix(f"{HOOKS}/"), {}, b"whatever"),
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
)
