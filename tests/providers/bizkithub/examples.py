"""Every field that BizKitHub's documents show for their calls, with values of our own.

``000`` is POST /bff/complaint/create, ``001`` POST /api/v1/shop/complaint/set-status, ``002``
POST /api/v1/shop/order/create.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.providers.bizkithub.samples import HASH, LINE

ADMIN_COMPLAINT: dict[str, Any] = {
    "variantCode": "vraceni",
    "orderId": 5120,
    "orderNumber": "26000412",
    "description": "Returned unopened within 14 days.",
    "customerName": "Eva Horáková",
    "email": "eva@example.org",
    "phone": "+420 602118334",
    "price": Decimal("1290.5"),
    "currencyId": 1,
    "refundCountry": "CZ",
    "refundBankAccount": "2900112233/2010",
    "refundVariableSymbol": "26000412",
    "branchId": 2,
    "serviceId": 7,
    "resolutionMethodCode": "repair",
    "dueDate": "2026-10-20T00:00:00.000Z",
    "items": [
        {
            "orderItemId": 7731,
            "label": "Desk lamp, oak",
            "quantity": 1,
            "price": Decimal("1290.5"),
            "currencyId": 1,
        }
    ],
}
"""000, all 17 fields and the 5 of an item."""

COMPLAINT: dict[str, Any] = {
    "variantCode": "vraceni",
    "orderHash": HASH,
    "orderNumber": "26000412",
    "description": "Returned unopened within 14 days.",
    "customerName": "Eva Horáková",
    "email": "eva@example.org",
    "phone": "+420 602118334",
    "price": Decimal("1290.5"),
    "currency": "CZK",
    "refundCountry": "CZ",
    "refundBankAccount": "2900112233/2010",
    "refundVariableSymbol": "26000412",
    "branch": "brno-stred",
    "resolutionMethodCode": "oprava",
    "dueDate": "2026-10-20T08:00:00.000Z",
    "items": [
        {"label": "Desk lamp, oak", "quantity": 1, "price": Decimal("1290.5"), "currency": "CZK"}
    ],
}
"""The public counterpart: six fields of its page and ten that are inferred."""

SET_STATUS: dict[str, Any] = {"complaintId": "a1b2c3d4e5f6g7h8", "status": "open"}
"""001."""

STORNO: dict[str, Any] = {"orderId": HASH, "orderItemId": LINE}
"""Of the page of order/storno."""

CUSTOMER: dict[str, Any] = {
    "email": "eva@example.org",
    "name": "Eva Horáková",
    "firstName": "Eva",
    "lastName": "Horáková",
    "phone": "+420 602118334",
    "companyName": "Lampy Horák s.r.o.",
    "companyRegistrationNumber": "04418822",
    "taxIdentificationNumber": "CZ04418822",
    "streetAddress": "Dlouhá 12",
    "city": "Brno",
    "cityPart": "Židenice",
    "stateRegion": "Jihomoravský kraj",
    "postalCode": "615 00",
    "country": "CZ",
    "newsletter": False,
    "primaryLocale": "cs",
    "groups": ["wholesale"],
    "customerRealIp": "192.0.2.17",
    "referralId": "7bQxWfN2kLpTzR4d",
}
"""002, a party of an order: 19 fields."""

ITEM: dict[str, Any] = {
    "label": "Desk lamp, oak",
    "price": Decimal("1290.5"),
    "vat": 21,
    "count": 2,
    "sale": 40,
    "unit": "ks",
    "productCode": "lamp-oak",
    "variantCode": "lamp-oak-e27",
    "eventCode": "kUIEvcE9h73Odvc35Fg6TrbMbKnX0HWG",
    "creditAmount": 0,
    "specialActions": "create-voucher:fixed:100;add-credit:15",
    "branch": "brno-stred",
}
"""002, a line of an order: 12 fields."""

ORDER: dict[str, Any] = {
    "customer": CUSTOMER,
    "issuerCustomer": {**CUSTOMER, "email": "buying@example.org", "newsletter": True},
    "copyCustomers": ["accounts@example.org"],
    "cartId": "iw56NsgIFTCh0O608Wqtb2WdLZE8dEuG",
    "items": [ITEM],
    "orderGroupId": "eshop-brno",
    "kind": "commerce",
    "locale": "cs",
    "currency": "CZK",
    "sale": 50,
    "voucherList": ["LAMP-5"],
    "paymentMethod": "money",
    "deliveryPrice": 89,
    "paymentPrice": Decimal("12.5"),
    "expirationDate": "2026-10-05T10:00:00.000Z",
    "dueDate": "2026-10-12T10:00:00.000Z",
    "internalNotice": "call before dispatch",
    "publicNotice": "leave at the gate",
    "tags": {"ourOrderKey": "shop-88121", "sizes": [1, "M", None, True], "gift": None},
    "returnUrl": "https://shop.example.org/thanks",
    "notificationUrl": "https://hooks.example.org/b/9f1c6b",
    "formData": {"code": "gift", "data": {"note": "x", "choices": [{"wrap": True}]}},
    "forceIgnoreNegativeCreditBalance": False,
    "forceIssueInvoice": False,
    "parentId": HASH,
}
"""002, an order whole: 25 fields."""
