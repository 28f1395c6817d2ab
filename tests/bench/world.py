"""A world to measure in: complaints that two accounts hold, and what the accounts say next.

Bodies have the fields that the providers document (BizKitHub, GET /api/v1/shop/complaint/detail;
Zenki, GET /v1/pay/orders/{zenkiOrderId}), and are parsed by the real adapters.  Everything
follows from a complaint's index, so that two runs meet the same world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from complaints.store.receipts import Arrival
from complaints.vocabulary import AccountName, ExternalId, Outcome, Source, Status
from providers.bizkithub.reading import COMPLAINT as DESK_FORM
from providers.codec import dumps
from providers.zenki.reading import ORDER as PAY_FORM

DESK: Final = AccountName("bench-desk")
PAY: Final = AccountName("bench-pay")

_FILED_AT: Final = 1_772_400_000_000
_TEXTS: Final = (
    "Konvice po týdnu protéká u dna, voda stéká na linku. Prosím o výměnu nebo vrácení peněz.",
    "The lamp flickers and its base arrived cracked; the box was intact, so it left you so.",
    "Objednal jsem dvě židle, přišla jedna a ta má poškrábané opěradlo. Fotky pošlu.",
    "El paquete llegó abierto y falta el cargador. Quiero que me envíen otro o un reembolso.",
    "Bestellt war Größe 42, gekommen ist 44. Umtausch oder Geld zurück, bitte.",
)
_PRODUCTS: Final = (
    "Rychlovarná konvice",
    "Desk lamp, oak",
    "Židle Brno",
    "Cargador USB-C",
    "Boots",
)
_WORDS: Final = {
    "open": "We are looking into it",
    "wait": "Please send the goods",
    "resolve": "Your claim was accepted",
    "reject": "Your claim was not accepted",
    "closed": "The case is closed",
}


class Step(NamedTuple):
    """One piece of news: the desk's next word, or what the payment account shows now."""

    account: Literal["desk", "pay"]
    word: str
    dispute: str = "OPEN"
    request: str = ""


class Story(NamedTuple):
    """Five pieces of news about a complaint and how it stands after them."""

    steps: tuple[Step, Step, Step, Step, Step]
    status: Status
    outcome: Outcome


def _desk(word: str) -> Step:
    return Step("desk", word)


def _pay(order: str, dispute: str = "OPEN", request: str = "") -> Step:
    return Step("pay", order, dispute, request)


_UPHELD = Story(
    (
        _desk("open"),
        _pay("DISPUTED", request="REQUEST_REFUND"),
        _desk("wait"),
        _desk("resolve"),
        _pay("REFUNDED", "REFUND"),
    ),
    Status.RESOLVED,
    Outcome.UPHELD,
)
_REFUSED = Story(
    (
        _desk("open"),
        _pay("DISPUTED", request="REQUEST_CONCILIATED"),
        _desk("wait"),
        _pay("COMPLETED", "RESOLVED"),
        _desk("reject"),
    ),
    Status.REJECTED,
    Outcome.REFUSED,
)
_RETURNED = Story(
    (
        _pay("PENDING_SHOPPER_RETURN"),
        _desk("wait"),
        _desk("open"),
        _pay("REFUNDED", "REFUND"),
        _desk("resolve"),
    ),
    Status.RESOLVED,
    Outcome.UPHELD,
)
_CLOSED = Story(
    (
        _desk("wait"),
        _desk("resolve"),
        _pay("REFUNDED", "REFUND"),
        _desk("closed"),
        _desk("closed"),
    ),
    Status.CLOSED,
    Outcome.UPHELD,
)
_CONTRADICTED = Story(
    (
        _desk("open"),
        _pay("DISPUTED", request="REQUEST_REFUND"),
        _desk("wait"),
        _desk("reject"),
        _pay("REFUNDED", "REFUND"),
    ),
    Status.RESOLVED,
    Outcome.UPHELD,
)
_RUNNING = Story(
    (
        _desk("open"),
        _desk("wait"),
        _pay("DISPUTED", request="REQUEST_CONCILIATED"),
        _desk("open"),
        _desk("wait"),
    ),
    Status.WAITING,
    Outcome.NONE,
)

_STORIES: Final = (
    *(_UPHELD,) * 7,
    *(_REFUSED,) * 5,
    *(_RETURNED,) * 4,
    *(_CLOSED,) * 2,
    _CONTRADICTED,
    _RUNNING,
)
"""In twentieths."""
STEPS: Final = 5


@dataclass(frozen=True)
class Case:
    """One complaint, by its index."""

    index: int

    @property
    def story(self) -> Story:
        """What happens to it."""
        return _STORIES[self.index % len(_STORIES)]

    @property
    def desk_id(self) -> ExternalId:
        """Its id at BizKitHub."""
        return ExternalId(self._id("desk")[:16])

    @property
    def pay_id(self) -> ExternalId:
        """The id of its order at Zenki."""
        return ExternalId(self._id("pay")[:32])

    @property
    def order_number(self) -> str:
        """The shop's own number of the order, which both accounts show."""
        return f"26{self.index:06d}"

    def _id(self, what: str) -> str:
        return hashlib.sha256(f"{what}/{self.index}".encode()).hexdigest()

    @property
    def _price(self) -> Decimal:
        return Decimal(19_90 + self.index % 480 * 50) / 100

    @property
    def _name(self) -> str:
        return f"Eva Horáková {self.index}"

    @property
    def _email(self) -> str:
        return f"eva.{self.index}@example.org"

    @property
    def _phone(self) -> str:
        return f"+420 {600_000_000 + self.index}"

    @property
    def _product(self) -> str:
        return _PRODUCTS[self.index % len(_PRODUCTS)]

    def desk_body(self, number: str, words: tuple[str, ...]) -> bytes:
        """The desk's detail after these words, with our `number` at the description's end."""
        status = words[-1]
        ended = status in {"resolve", "reject", "closed"}
        events = [
            {
                "id": self.index * 10 + position,
                "status": word,
                "shareWithCustomer": position > 1,
                "subject": _WORDS.get(word, "Created"),
                "message": "" if position == 1 else f"{_WORDS[word]}. {_TEXTS[position % 5]}",
            }
            for position, word in enumerate(words, start=1)
        ]
        return dumps(
            {
                "exist": True,
                "id": self.desk_id,
                "orderNumber": self.order_number,
                "variant": {"id": 3, "code": "reklamace", "label": "Vada zboží"},
                "status": status,
                "isResolved": ended,
                "description": f"{_TEXTS[self.index % len(_TEXTS)]}\n\n[ref {number}]",
                "customerName": self._name,
                "email": self._email,
                "phone": self._phone,
                "refund": {"country": None, "bankAccount": None, "variableSymbol": None},
                "satisfaction": {"score": None, "message": None},
                "items": [
                    {
                        "id": 9000 + self.index,
                        "label": self._product,
                        "quantity": 1,
                        "price": self._price,
                    }
                ],
                "events": events,
            }
        )

    def pay_body(self, step: Step) -> bytes:
        """Zenki's order with its dispute."""
        created = _FILED_AT + self.index * 1000
        dispute: dict[str, object] = {"status": step.dispute, "createdAt": created + 86_400_000}
        if step.request:
            dispute["resolutionRequestType"] = step.request
            dispute["resolutionRequestAt"] = created + 172_800_000
        return dumps(
            {
                "version": "v1.0.0",
                "zenkiOrderId": self.pay_id,
                "orderId": self.order_number,
                "type": "WITH_CARRIER",
                "countryCodeIso2": "CZ",
                "status": step.word,
                "createdAt": created,
                "shopper": {
                    "id": f"u-{self.index}",
                    "name": self._name,
                    "phone": self._phone,
                    "email": self._email,
                },
                "breakdown": {
                    "currencyCodeIso3": "EUR",
                    "totalItemsAmount": self._price,
                    "shipmentAmount": 0,
                    "subtotalAmount": self._price,
                    "taxesAmount": 0,
                    "grandTotalAmount": self._price,
                },
                "items": [
                    {
                        "externalId": f"sku-{self.index % 400}",
                        "quantity": 1,
                        "unitPrice": self._price,
                        "name": self._product,
                        "type": "WITH_CARRIER",
                    }
                ],
                "metadata": {"cart": f"c-{self.index}"},
                "paymentInfo": {
                    "cryptoPayment": {
                        "amount": "0.012000000000000000",
                        "currency": "ETH",
                        "blockchain": "Ethereum",
                        "transactionStatus": "COMPLETED",
                    }
                },
                "dispute": dispute,
                "_links": {},
            }
        )


def first_reads(cases: range) -> Iterator[Arrival]:
    """The reads that open each complaint: its buyer has opened a dispute at Zenki."""
    for case in map(Case, cases):
        body = case.pay_body(Step("pay", "DISPUTED"))
        yield _read(PAY, case.pay_id, PAY_FORM, body, 1)


def first_details(cases: range, numbers: dict[str, str]) -> Iterator[Arrival]:
    """The desk's first answer about each, by our `numbers` (by order number) that it shows."""
    for case in map(Case, cases):
        body = case.desk_body(numbers[case.order_number], ("new",))
        yield _read(DESK, case.desk_id, DESK_FORM, body, 1)


def news(cases: range, numbers: dict[str, str]) -> Iterator[Arrival]:
    """What is new, as polls bring it: first the first news of every complaint, and so on.

    Neighbours are of different complaints: a batch gains nothing by meeting one twice.
    """
    for turn in range(STEPS):
        for case in map(Case, cases):
            steps = case.story.steps[: turn + 1]
            step = steps[-1]
            earlier = sum(other.account == step.account for other in steps)
            if step.account == "pay":
                body = case.pay_body(step)
                yield _read(PAY, case.pay_id, PAY_FORM, body, 1 + earlier)
            else:
                words = ("new", *(other.word for other in steps if other.account == "desk"))
                body = case.desk_body(numbers[case.order_number], words)
                yield _read(DESK, case.desk_id, DESK_FORM, body, 1 + earlier)


def _read(
    account: AccountName, external_id: ExternalId, form: str, body: bytes, read_number: int
) -> Arrival:
    """One read, keyed as a poll keys it."""
    return Arrival(
        account=account,
        source=Source.POLL,
        form=form,
        external_id=external_id,
        body=body,
        dedupe_key=f"{external_id}#{read_number}",
    )
