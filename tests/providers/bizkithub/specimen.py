"""BizKitHub for the conformance suite."""

from __future__ import annotations

import httpx

from complaints.model import OrderKey, OrderSpace, PushKind, Status
from providers.imports import IMPORT_COMPLAINT, IMPORT_ORDER, import_body
from tests.providers.bizkithub.samples import (
    ADDRESS,
    COMPLAINT,
    CREATE,
    HASH,
    KEY,
    SET_STATUS,
    complaint,
    order,
)
from tests.providers.specimen import Specimen, Write
from tests.providers.wire import answer, intend, observe


def _healthy(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/complaint/detail"):
        return answer(**complaint(id=request.url.params["id"]))
    return answer(success=True, id=COMPLAINT)


_CLAIM = {"text": "Broken.", "name": "Eva Horáková", "email": "eva@example.org"}
_KEYS = (OrderKey(space=OrderSpace.HASH, value=HASH),)

SPECIMEN = Specimen(
    settings={"base_url": ADDRESS, "api_key": KEY, "environment": "sandbox"},
    observations=(
        observe("complaint", complaint(), COMPLAINT),
        observe("complaint", {"exist": False}, COMPLAINT),
        observe("order", order(), HASH),
        observe("missing", {"error": {"code": "INTERNAL_RESOURCE_NOT_FOUND"}}, COMPLAINT),
        observe("refused", {"error": {"code": "INTERNAL_VALIDATION_FAILED"}}, COMPLAINT),
        observe(IMPORT_COMPLAINT, import_body({"complaint_id": COMPLAINT})),
        observe(IMPORT_ORDER, import_body({"order_hash": HASH, "order_number": "26000412"})),
    ),
    secrets=(KEY,),
    healthy=_healthy,
    writes={
        PushKind.CREATE: Write(intend(PushKind.CREATE, claim=_CLAIM, order_keys=_KEYS), CREATE),
        PushKind.SET_STATUS: Write(
            intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED),
            SET_STATUS,
            repeatable=True,
        ),
    },
)
