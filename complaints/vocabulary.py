"""The words of the domain: names, closed lists, and the tables that relate them.

Providers' own words stay beside the canonical ones; a word that no table lists becomes
``Status.UNKNOWN`` and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NewType

AccountName = NewType("AccountName", str)
ShopName = NewType("ShopName", str)
ComplaintNumber = NewType("ComplaintNumber", str)
ExternalId = NewType("ExternalId", str)

OPERATOR = AccountName("operator")
"""The built-in account whose observations are what people do through Redress."""


class Status(StrEnum):
    """Canonical status of a complaint, or of what one account says about it."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REJECTED = "rejected"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Who won.  ``UNKNOWN`` is an ended case of which nobody told us."""

    NONE = "none"
    UPHELD = "upheld"
    REFUSED = "refused"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """How an observation reached us."""

    WEBHOOK = "webhook"
    POLL = "poll"
    READ_BACK = "read_back"
    HINT = "hint"
    IMPORT_READ = "import_read"
    """The first read of what an import named."""
    CHAT = "chat"
    IMPORT = "import"
    OPERATOR = "operator"


READS = frozenset({Source.POLL, Source.READ_BACK, Source.HINT, Source.IMPORT_READ})
"""Sources where we asked: they carry the sequence drawn when the read began."""


class Purpose(StrEnum):
    """What a request to an account is for, in the order in which its budget is spent."""

    WRITE = "write"
    READ_BACK = "read_back"
    HINT = "hint"
    POLL = "poll"


PURPOSE_OF: Final[Mapping[Source, Purpose]] = {
    Source.READ_BACK: Purpose.READ_BACK,
    Source.HINT: Purpose.HINT,
    Source.IMPORT_READ: Purpose.HINT,
    Source.POLL: Purpose.POLL,
}
"""What each kind of read is for."""

QUIET = frozenset({Source.IMPORT, Source.IMPORT_READ})
"""What comes by these is taken note of; a push that it asks for waits for a person."""


class Verdict(StrEnum):
    """What became of an observation.  Repeats are counted on the first one's receipt."""

    PENDING = "pending"
    APPLIED = "applied"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"


class Subject(StrEnum):
    """What a change speaks about."""

    COMPLAINT = "complaint"
    ORDER = "order"
    HINT = "hint"
    """Something moved there: read it again."""
    GONE = "gone"
    """The account no longer shows it.  Never a deletion."""
    UNREADABLE = "unreadable"


class Capability(StrEnum):
    """What one account can do, as data."""

    WEBHOOK = "webhook"
    POLL = "poll"
    FETCH = "fetch"
    CREATE = "create"
    SET_STATUS = "set_status"
    OPEN_DISPUTE = "open_dispute"
    REFUND = "refund"
    ATTACH = "attach"
    """Takes files, with a dispute that it opens."""
    CREATE_ORDER = "create_order"
    EDIT_ORDER = "edit_order"
    CANCEL_ORDER = "cancel_order"
    SHIP = "ship"
    """Takes news of a shipment: sent, on its way, delivered."""
    LIST = "list"


class PushKind(StrEnum):
    """What a push asks an account to do."""

    CREATE = "create"
    SET_STATUS = "set_status"
    OPEN_DISPUTE = "open_dispute"
    REFUND = "refund"
    CREATE_ORDER = "create_order"
    EDIT_ORDER = "edit_order"
    CANCEL_ORDER = "cancel_order"
    SHIP = "ship"
    TRACK = "track"
    DELIVER = "deliver"
    ATTACH = "attach"
    PORTAL = "portal"
    """No API does it: a person carries it out in the provider's portal."""


NEEDS: Final[Mapping[PushKind, Capability]] = {
    PushKind.CREATE: Capability.CREATE,
    PushKind.SET_STATUS: Capability.SET_STATUS,
    PushKind.OPEN_DISPUTE: Capability.OPEN_DISPUTE,
    PushKind.REFUND: Capability.REFUND,
    PushKind.CREATE_ORDER: Capability.CREATE_ORDER,
    PushKind.EDIT_ORDER: Capability.EDIT_ORDER,
    PushKind.CANCEL_ORDER: Capability.CANCEL_ORDER,
    PushKind.SHIP: Capability.SHIP,
    PushKind.TRACK: Capability.SHIP,
    PushKind.DELIVER: Capability.SHIP,
}
"""What an account must be able to do for each push; the others are a person's."""

BY_HAND = frozenset({PushKind.ATTACH, PushKind.PORTAL})
"""Pushes that are manual actions from the beginning."""


LOOKED_UP = frozenset(
    {PushKind.SET_STATUS, PushKind.OPEN_DISPUTE, PushKind.EDIT_ORDER, PushKind.CANCEL_ORDER}
    | {PushKind.DELIVER}
)
"""Writes whose effect shows at once where the adapter looks before it sends: after a lost
answer they may be tried again.  Any other is ``unknown`` then; a refund is one of these, for
an order needn't show it yet, and money isn't sent twice on a guess."""


class PushState(StrEnum):
    """The life of a push.  ``UNKNOWN`` is between claim and record for good."""

    HELD = "held"
    SENDING = "sending"
    DUE = "due"
    DONE = "done"
    UNKNOWN = "unknown"
    PARKED = "parked"
    SUPERSEDED = "superseded"
    MANUAL = "manual"


OPEN_PUSHES = frozenset({PushState.HELD, PushState.DUE, PushState.SENDING})


class Hold(StrEnum):
    """Why a push is held."""

    RELEASE = "release"
    """Its account is read-only until a person releases it."""
    IMPORT = "import"
    """An import brought it to light, and importing sends nothing by itself."""
    AMOUNT = "amount"
    """It moves so much money that a person must let it go."""
    STORM = "storm"
    """So much was sent about this complaint in a short time that a person must look at it."""


class Result(StrEnum):
    """What a provider or the wire decided about one push."""

    DONE = "done"
    ALREADY = "already"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    OVERTAKEN = "overtaken"
    """The account has moved since we last looked: nothing was sent, read it again."""
    UNKNOWN = "unknown"


class Clock(StrEnum):
    """The due clocks of a complaint.  The first one counts."""

    PROVIDER = "provider"
    SHOP = "shop"
    """The shop's promise to resolve it."""
    RESPONSE = "response"
    """The shop's promise to answer at all."""
    UPDATE = "update"
    """The shop's promise to be heard of again."""
    LEGAL = "legal"


class Remedy(StrEnum):
    """What a customer wishes, or what was agreed to."""

    REPAIR = "repair"
    EXCHANGE = "exchange"
    REFUND = "refund"
    CREDIT = "credit"


class OrderState(StrEnum):
    """How far an order has come, as its accounts tell."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class OrderSpace(StrEnum):
    """Where an order's id is valid.  A number is the shop's own, said to every system."""

    HASH = "hash"
    NUMBER = "number"
    PAYMENT = "payment"
