"""The words that BizKitHub's documents list."""

from __future__ import annotations

from complaints.vocabulary import PushKind
from providers.bizkithub.orders import DraftError, read_draft
from providers.bizkithub.reading import read
from tests.providers.bizkithub.samples import COMPLAINT, ORDER, complaint, event, order, settings
from tests.providers.specimen import Vocabulary, canonical
from tests.providers.wire import intend, observe

_SETTINGS = settings()
_LOCALES = ("cs", "en", "fr", "it", "pl", "de", "sk", "sv", "es", "zh", "ja", "uk", "da")
_STATUSES = ("new", "open", "wait", "resolve", "reject", "closed")


def _complaint(word: str) -> object:
    detail = complaint(status=word, events=[])
    return canonical(read(observe("complaint", detail, COMPLAINT), _SETTINGS))


def _event(word: str) -> object:
    detail = complaint(status="wait", events=[event(1, word)])
    (change,) = read(observe("complaint", detail, COMPLAINT), _SETTINGS)
    return [entry.status for entry in change.events]


def _payment(word: str) -> object:
    detail = order(payDate=None, status={"label": "Nová", "onlinePaymentStatus": word})
    return canonical(read(observe("order", detail, ORDER), _SETTINGS))


def _drafted(field: str, word: str) -> object:
    """Whether an order may be created with this word."""
    draft = intend(
        PushKind.CREATE_ORDER,
        draft={
            "customer": {"email": "eva@example.org"},
            "items": [{"label": "Lamp", "price": 12.5}],
            field: word,
        },
    ).draft
    try:
        read_draft(draft)
    except DraftError:
        return False
    return True


VOCABULARIES = (
    # complaint/set-status, table of statuses
    Vocabulary("complaint status", _STATUSES, _complaint),
    Vocabulary("status of a complaint's event", _STATUSES, _event),
    # order/detail, status.onlinePaymentStatus; the article on online payment
    Vocabulary(
        "online payment of an order",
        ("CREATED", "PENDING", "PAID"),
        _payment,
        ignored=frozenset({"CREATED", "PENDING"}),
        why="an order that isn't paid is placed, whatever its payment waits for",
    ),
    # order/create, the fields with listed values
    Vocabulary(
        "kind of a new order", ("commerce", "registration"), lambda word: _drafted("kind", word)
    ),
    Vocabulary("locale of a new order", _LOCALES, lambda word: _drafted("locale", word)),
    Vocabulary(
        "currency of a new order",
        ("CZK", "EUR", "USD"),
        lambda word: _drafted("currency", word),
    ),
    Vocabulary(
        "payment method of a new order",
        ("credits", "money"),
        lambda word: _drafted("paymentMethod", word),
    ),
)
