"""The Zenki account: reads orders with their dispute and refund, and writes what it may."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from complaints.model import Change, Observation
from complaints.ports import Delivery, Intent, Reading, Receipt, Rejected, able
from complaints.vocabulary import NEEDS, AccountName, Capability, ExternalId, PushKind, Result
from providers.http import Fate, settle
from providers.zenki import svix
from providers.zenki.abilities import BY_HAND, abilities, requests_of
from providers.zenki.calls import Calls, Line
from providers.zenki.drafts import RefusedDraftError
from providers.zenki.listing import Listed, list_disputed
from providers.zenki.looking import order_of, refund_id
from providers.zenki.looking import refused as refusal
from providers.zenki.orders import create_order, deliver, edit_order, ship, track
from providers.zenki.reading import MISSING, ORDER, ORDER_REFUND, REFUSED, WEBHOOK, both, read
from providers.zenki.sealed import private_key
from providers.zenki.wire import Merchant
from providers.zenki.writes import open_dispute, refund

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from providers.shelf import Shelf
    from providers.zenki.settings import ZenkiSettings
    from providers.zenki.wire import Order

_NOT_FOUND: Final = 404
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_WORD: Final = re.compile(r"[A-Z_]{1,32}")


class Zenki:
    """One merchant account.  Its mirrors are keyed on Zenki's order id.

    Tokens come from the ``shelf`` and are kept there, so that all who share it mint one
    between them.
    """

    name: Final = "zenki"

    def __init__(
        self, account: AccountName, settings: ZenkiSettings, client: httpx.Client, shelf: Shelf
    ) -> None:
        self.account: Final = account
        self.abilities: Final = abilities(settings)
        self.capabilities: Final = able(self.abilities)
        self._settings = settings
        self._client = client
        self._line = Line(settings, client, shelf)
        self._keys = tuple(secret.key for secret in settings.webhook_secrets)
        pem = settings.webhook_rsa_key
        self._private_key = None if pem is None else private_key(pem.get_secret_value())

    def cost(self, kind: PushKind | None = None) -> int:
        """The most requests of one act, token calls and the replay after a 401 included."""
        return requests_of(self._settings, kind)

    def check(self) -> str:
        """Get tokens and read who we are: GET /v1/pay/me.  Names no person and no company."""
        calls = self._line.calls()
        calls.sign_in()
        judged = calls.merchant().judged
        if judged.status in {_UNAUTHORIZED, _FORBIDDEN} and self._by_password:
            return "the credentials are good for disputes; orders can't be read with them"
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        if judged.fate is Fate.REFUSED:
            return f"the credentials are good; the merchant can't be read ({judged.reason})"
        info = Merchant.model_validate(judged.document).merchant_info
        integration = _shown(info.integration_status if info else None)
        kyc = _shown(info.kyc_status if info else None)
        return f"the credentials are good; integration {integration}, KYC {kyc}"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def verify(
        self,
        path: str,  # noqa: ARG002 - the Protocol's; Svix signs no path
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> Delivery:
        """Check a Svix signature.  The delivery's id is Svix's, the same on every attempt."""
        if not self._keys:
            raise Rejected("no webhook secret is configured")
        return Delivery(delivery_id=svix.verify(self._keys, headers, body, now), form=WEBHOOK)

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate the forms order, order+refund, webhook, missing, refused and import:order."""
        return read(observation, self._private_key)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Read one order by Zenki's id, and its refund where the order links to one.

        GET /v1/pay/orders/{zenkiOrderId}, and .../refunds/{zenkiRefundId} on the same host.
        """
        calls = self._line.calls()
        answered = calls.order(external_id)
        judged = answered.judged
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        if judged.fate is Fate.REFUSED:
            form = MISSING if judged.status == _NOT_FOUND else REFUSED
            return Reading(form=form, external_id=external_id, body=answered.body)
        order = _readable(judged.document)
        if order is None or order.links is None or order.links.refund is None:
            return Reading(form=ORDER, external_id=external_id, body=answered.body)
        body = both(answered.body, _refund_of(calls, external_id, order))
        return Reading(form=ORDER_REFUND, external_id=external_id, body=body)

    def list_disputed(self, page: int = 0) -> Listed:
        """Zenki's ids of the orders with status DISPUTED, page by page until one has ended.

        GET /v1/pay/orders, whose path and names are inferred.  Raises Transient, NeedsHuman,
        and Rejected when this account can't list or the answer holds no list.
        """
        if Capability.LIST not in self.capabilities:
            raise Rejected("list_orders isn't switched on for this account")
        return list_disputed(self._line.calls(), self._settings.list_query, page)

    def push(self, intent: Intent) -> Receipt:
        """Make the one write, where the account permits it."""
        capability = NEEDS.get(intent.kind)
        if intent.kind in BY_HAND or capability is None:
            detail = BY_HAND.get(intent.kind, BY_HAND[PushKind.PORTAL])
            return Receipt(result=Result.UNSUPPORTED, detail=detail)
        if capability not in self.capabilities:
            switch = self.abilities[capability].switch
            detail = f"{intent.kind} isn't switched on for this account ({switch})"
            return Receipt(result=Result.UNSUPPORTED, detail=detail)
        try:
            return self._push(self._line.calls(), intent)
        except RefusedDraftError as fault:
            return refusal(intent.external_id, str(fault))

    def _push(self, calls: Calls, intent: Intent) -> Receipt:
        settings, order_id = self._settings, intent.external_id
        if intent.kind is PushKind.CREATE_ORDER:
            return create_order(calls, settings, intent)
        if order_id is None:
            return refusal(None, "no Zenki order id")
        match intent.kind:
            case PushKind.REFUND:
                return refund(calls, intent, order_id)
            case PushKind.EDIT_ORDER:
                return edit_order(calls, intent, order_id)
            case PushKind.SHIP:
                return ship(calls, settings, intent, order_id)
            case PushKind.TRACK:
                return track(calls, intent, order_id)
            case PushKind.DELIVER:
                return deliver(calls, order_id)
            case _:
                return open_dispute(calls, settings, intent, order_id)

    @property
    def _by_password(self) -> bool:
        return self._settings.auth_mode == "legacy_password"


def _readable(document: Mapping[str, object]) -> Order | None:
    try:
        return order_of(document)
    except ValidationError:
        return None


def _refund_of(calls: Calls, order_id: ExternalId, order: Order) -> bytes | None:
    """The refund, raw; None when Zenki won't show it.  Raises Transient and NeedsHuman."""
    found = refund_id(order)
    if found is None:
        return None
    answered = calls.read_refund(order_id, found)
    judged = answered.judged
    if judged.fate is Fate.REFUSED or judged.status == _FORBIDDEN:
        # Orders can be read, as one just was: credentials that may not see refunds stop nothing.
        return None
    settle(judged.fate, judged.reason, judged.wait, repeatable=True)
    return answered.body


def _shown(word: str | None) -> str:
    return word if word is not None and _WORD.fullmatch(word) else "unknown"
