"""Field tables of the Zenki bodies, as its OpenAPI document 1.0.0 lists them."""

from __future__ import annotations

from providers.sandbox.schema import Member, Shape

GOODS = frozenset({"WITH_CARRIER", "WITHOUT_CARRIER", "MIXED"})
TRACKING_STATUSES = frozenset({"TRANSIT", "DELIVERY", "AVAILABLE_FOR_PICKUP", "CANCELED", "FAILED"})

_ID = Member("string", longest=128)
_NULLABLE_ID = Member("string", longest=128, nullable=True)
_AMOUNT = Member("number", required=True)

TOKEN: Shape = {
    "clientId": Member("string", required=True, longest=128),
    "clientSecret": Member("string", required=True, longest=128),
    "grantType": Member("string", required=True, longest=30),
}

SHOPPER: Shape = {
    "email": Member("string", required=True, longest=128),
    "id": _NULLABLE_ID,
    "name": _NULLABLE_ID,
    "phone": _NULLABLE_ID,
}

BREAKDOWN: Shape = {
    "currencyCodeIso3": Member("string", required=True, size=3),
    "totalItemsAmount": _AMOUNT,
    "shipmentAmount": _AMOUNT,
    "subtotalAmount": _AMOUNT,
    "taxesAmount": _AMOUNT,
    "localTaxesAmount": Member("number"),
    "localTaxes_amount": Member("number"),
    "importCosts": Member("number"),
    "discountAmount": Member("number"),
    "additionalCharges": Member("object"),
    "grandTotalAmount": _AMOUNT,
}

ITEM: Shape = {
    "externalId": _ID,
    "quantity": Member("integer", required=True),
    "unitPrice": _AMOUNT,
    "name": Member("string", required=True, longest=128),
    "description": Member("string", longest=255),
    "type": Member("string", values=frozenset({"WITH_CARRIER", "WITHOUT_CARRIER"})),
    "thumbnailUrl": Member("string", longest=255),
    "metadata": Member("object"),
}

CREATE_ORDER: Shape = {
    "version": Member("string", required=True, longest=9),
    "orderId": _NULLABLE_ID,
    "cartId": _NULLABLE_ID,
    "type": Member("string", required=True, values=GOODS),
    "countryCodeIso2": Member("string", required=True, size=2),
    "shopper": Member("object", members=SHOPPER),
    "breakdown": Member("object", required=True, members=BREAKDOWN),
    "items": Member("array", required=True, members=ITEM),
    "metadata": Member("object"),
}

PATCH_ORDER: Shape = {
    "orderId": _ID,
    "cartId": _ID,
    "shopper": Member("object", members={"id": Member("string", required=True, longest=128)}),
    "metadata": Member("object"),
}

REFUND: Shape = {"reason": Member("string", required=True, longest=128)}

TRACKING: Shape = {
    "courierType": Member("string", required=True, values=frozenset({"EXTERNAL", "INTERNAL"})),
    "trackingId": _ID,
    "courierName": _ID,
}

TRACKING_EVENT: Shape = {
    "status": Member("string", required=True, values=TRACKING_STATUSES),
    "location": Member("string", required=True, longest=255),
    "description": Member("string", required=True, longest=255),
}

DISPUTE: Shape = {
    "orderId": Member("string", required=True, longest=128),
    "title": Member("string", required=True),
    "description": Member("string", required=True),
}
