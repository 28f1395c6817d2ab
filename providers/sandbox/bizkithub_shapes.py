"""Field tables of the BizKitHub bodies, as the pages of its public API list them."""

from __future__ import annotations

from providers.sandbox.schema import Member, Shape

STATUSES = ("new", "open", "wait", "resolve", "reject", "closed")
LOCALES = frozenset(
    ["cs", "en", "fr", "it", "pl", "de", "sk", "sv", "es", "zh", "ja", "uk", "da"],
)

_TEXT = Member("string")
_NUMBER = Member("number")
_FLAG = Member("boolean")

CUSTOMER: Shape = {
    "email": Member("string", required=True),
    "phone": _TEXT,
    "name": _TEXT,
    "firstName": _TEXT,
    "lastName": _TEXT,
    "companyName": _TEXT,
    "companyRegistrationNumber": _TEXT,
    "taxIdentificationNumber": _TEXT,
    "streetAddress": _TEXT,
    "city": _TEXT,
    "cityPart": _TEXT,
    "stateRegion": _TEXT,
    "postalCode": _TEXT,
    "country": Member("string", size=2),
    "newsletter": _FLAG,
    "primaryLocale": _TEXT,
    "groups": Member("array", of="string"),
    "customerRealIp": _TEXT,
    "referralId": Member("string", size=16),
}

ORDER_ITEM: Shape = {
    "label": Member("string", required=True),
    "price": Member("number", required=True),
    "vat": _NUMBER,
    "count": _NUMBER,
    "sale": _NUMBER,
    "unit": _TEXT,
    "productCode": _TEXT,
    "variantCode": _TEXT,
    "eventCode": _TEXT,
    "creditAmount": _NUMBER,
    "specialActions": _TEXT,
    "branch": _TEXT,
}

ORDER_CREATE: Shape = {
    "customer": Member("object", required=True, members=CUSTOMER),
    "issuerCustomer": Member("object", members=CUSTOMER),
    "copyCustomers": Member("array", of="string"),
    "cartId": _TEXT,
    "items": Member("array", required=True, members=ORDER_ITEM),
    "orderGroupId": _TEXT,
    "kind": Member("string", values=frozenset({"commerce", "registration"})),
    "locale": Member("string", values=LOCALES),
    "currency": Member("string", values=frozenset({"CZK", "EUR", "USD"})),
    "sale": _NUMBER,
    "voucherList": Member("array", of="string"),
    "paymentMethod": Member("string", values=frozenset({"credits", "money"})),
    "deliveryPrice": _NUMBER,
    "paymentPrice": _NUMBER,
    "expirationDate": Member("date-time"),
    "dueDate": Member("date-time"),
    "internalNotice": _TEXT,
    "publicNotice": _TEXT,
    "tags": Member("tags"),
    "returnUrl": _TEXT,
    "notificationUrl": _TEXT,
    "formData": Member("object", members={"code": _TEXT, "data": Member("object")}),
    "forceIgnoreNegativeCreditBalance": _FLAG,
    "forceIssueInvoice": _FLAG,
    "parentId": Member("string", size=32),
}

COMPLAINT_ITEM: Shape = {
    "orderItemId": Member("id"),
    "label": _TEXT,
    "quantity": _NUMBER,
    "price": _NUMBER,
    "currency": Member("string", size=3),
    "currencyId": Member("integer"),
}

# The page lists 16 fields; the ten after email are inferred from the admin's own create call.
# Two of them may be spelled by name or by number, so that eighteen names are known here.
COMPLAINT_CREATE: Shape = {
    "variantCode": Member("string", required=True),
    "orderHash": Member("string", size=32),
    "orderNumber": _TEXT,
    "description": Member("string", required=True),
    "customerName": Member("string", required=True),
    "email": _TEXT,
    "phone": _TEXT,
    "price": _NUMBER,
    "currency": Member("string", size=3),
    "currencyId": Member("integer"),
    "refundCountry": Member("string", size=2),
    "refundBankAccount": _TEXT,
    "refundVariableSymbol": _TEXT,
    "branch": _TEXT,
    "branchId": Member("integer"),
    "resolutionMethodCode": _TEXT,
    "dueDate": Member("date-time"),
    "items": Member("array", members=COMPLAINT_ITEM),
}

ADMIN_COMPLAINT_ITEM: Shape = {
    "orderItemId": Member("integer"),
    "label": _TEXT,
    "quantity": _NUMBER,
    "price": _NUMBER,
    "currencyId": Member("integer"),
}

# POST /bff/complaint/create: all 17 fields.
ADMIN_COMPLAINT_CREATE: Shape = {
    "variantCode": Member("string", required=True),
    "orderId": Member("integer"),
    "orderNumber": _TEXT,
    "description": Member("string", required=True),
    "customerName": Member("string", required=True),
    "email": _TEXT,
    "phone": _TEXT,
    "price": _NUMBER,
    "currencyId": Member("integer"),
    "refundCountry": Member("string", size=2),
    "refundBankAccount": _TEXT,
    "refundVariableSymbol": _TEXT,
    "branchId": Member("integer"),
    "serviceId": Member("integer"),
    "resolutionMethodCode": _TEXT,
    "dueDate": Member("date-time"),
    "items": Member("array", members=ADMIN_COMPLAINT_ITEM),
}

SET_STATUS: Shape = {
    "complaintId": Member("string", required=True),
    "status": Member("string", required=True, values=frozenset(STATUSES)),
}

STORNO: Shape = {
    "orderId": Member("string", required=True, size=32),
    "orderItemId": _TEXT,
}
