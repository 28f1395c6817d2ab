"""The BizKitHub account: reads one complaint by id, files one, sets its status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from complaints.model import (
    AccountName,
    Change,
    ExternalId,
    Observation,
    OrderKey,
    OrderSpace,
    PushKind,
    Result,
)
from complaints.ports import Delivery, Intent, NeedsHuman, Reading, Receipt, Rejected, able
from providers.bizkithub.abilities import abilities
from providers.bizkithub.faults import MISSING as MISSING_CODE
from providers.bizkithub.faults import Judged, judge
from providers.bizkithub.orders import CreatedOrder, OrderDraft, timestamp
from providers.bizkithub.reading import COMPLAINT, MISSING, ORDER, REFUSED, footer, kept_word, read
from providers.bizkithub.wire import ComplaintCreate, OrderHash, SetStatus
from providers.bizkithub.words import WORD_OF_STATUS
from providers.codec import dumps, identifier
from providers.http import Answer, Fate, compose, exchange, settle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from providers.bizkithub.settings import BizKitHubSettings

_NO_LINK: Final = "not linked to an order: its hash isn't known"


class BizKitHub:
    """One organisation's desk.  It follows what it filed and what was imported by id."""

    name: Final = "bizkithub"

    def __init__(
        self, account: AccountName, settings: BizKitHubSettings, client: httpx.Client
    ) -> None:
        self.account: Final = account
        self.abilities: Final = abilities(settings)
        self.capabilities: Final = able(self.abilities)
        self._settings = settings
        self._client = client

    def cost(self, kind: PushKind | None = None) -> int:
        """Setting a status looks first, and so does cancelling an order."""
        return _COST.get(kind, 1)

    def check(self) -> str:
        """Ask BizKitHub's ping whether the key is good."""
        self.ping()
        return "the key is good"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def verify(
        self,
        path: str,  # noqa: ARG002 - the Protocol's
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> Delivery:
        """Refuse: BizKitHub documents no complaint webhook and no signature."""
        raise Rejected("BizKitHub sends no webhook that can be verified")

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate the forms complaint, order, missing, refused and the two import forms."""
        return read(observation, self._settings)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Read one complaint: GET /api/v1/shop/complaint/detail."""
        return self._fetch(self._settings.paths.complaint_detail, "id", external_id, COMPLAINT)

    def fetch_order(self, order_hash: OrderHash) -> Reading:
        """Read one order: GET /api/v1/shop/order/detail.  Raises like `fetch`."""
        return self._fetch(self._settings.paths.order_detail, "hash", order_hash, ORDER)

    def ping(self) -> None:
        """Ask whether the key is good.  Raises Transient and NeedsHuman."""
        answer = self._send("GET", self._settings.paths.ping)
        judged = judge(answer)
        if answer.fate is Fate.OK and not judged.code:
            return
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        raise NeedsHuman(judged.reason)

    def push(self, intent: Intent) -> Receipt:
        """File a complaint or set its status; anything else is unsupported."""
        if intent.kind is PushKind.CREATE:
            return self._create(intent)
        if intent.kind is PushKind.SET_STATUS:
            return self._set_status(intent)
        return Receipt(result=Result.UNSUPPORTED, detail=f"BizKitHub has no {intent.kind} call")

    def create_order(self, draft: OrderDraft) -> CreatedOrder:
        """Create an order once.

        Raises Transient (surely not done), NeedsHuman, and ValueError before anything is
        sent when an amount has more digits than JSON carries exactly.
        """
        judged = self._post(self._settings.paths.order_create, dumps(draft.document()))
        settle(judged.fate, judged.reason, judged.wait, repeatable=False)
        document = judged.document
        order_hash = identifier(document.get("hash"))
        number = identifier(document.get("orderNumber"))
        if judged.fate is Fate.REFUSED or document.get("success") is False:
            return CreatedOrder(result=Result.REFUSED, detail=judged.reason)
        if judged.fate is not Fate.OK or order_hash is None:
            return CreatedOrder(result=Result.UNKNOWN, detail=judged.reason)
        pairs = ((OrderSpace.HASH, order_hash), (OrderSpace.NUMBER, number))
        links = document.get("links")
        links = links if isinstance(links, dict) else {}
        return CreatedOrder(
            result=Result.DONE,
            order_keys=tuple(OrderKey(space=space, value=value) for space, value in pairs if value),
            order_page_link=str(links.get("orderPageLink", "")),
            pay_link=str(links.get("payLink", "")),
        )

    def _fetch(self, path: str, parameter: str, value: str, form: str) -> Reading:
        answer = self._send("GET", path, parameters={parameter: value})
        judged = judge(answer)
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        if judged.fate is Fate.REFUSED:
            form = MISSING if judged.code == MISSING_CODE else REFUSED
        return Reading(form=form, external_id=ExternalId(value), body=answer.body)

    def _create(self, intent: Intent) -> Receipt:
        document = self._complaint_create(intent).document()
        try:
            content = dumps(document)
        except ValueError as error:
            return Receipt(result=Result.REFUSED, detail=str(error))
        judged = self._post(self._settings.paths.complaint_create, content)
        settle(judged.fate, judged.reason, judged.wait, repeatable=False)
        if judged.fate is Fate.REFUSED:
            return Receipt(result=Result.REFUSED, detail=judged.reason)
        found = identifier(judged.document.get("id"))
        success = judged.document.get("success")
        if judged.fate is Fate.OK and success is True and found is not None:
            detail = "" if "orderHash" in document else _NO_LINK
            return Receipt(result=Result.DONE, external_id=ExternalId(found), detail=detail)
        if success is False and found is None:
            return Receipt(result=Result.REFUSED, detail=f"{judged.reason} success is false")
        # It may be there, and BizKitHub offers no way to look for it.
        return Receipt(result=Result.UNKNOWN, detail=judged.reason)

    def _set_status(self, intent: Intent) -> Receipt:
        word = WORD_OF_STATUS.get(intent.target) if intent.target else None
        if intent.external_id is None or word is None:
            return Receipt(result=Result.UNSUPPORTED, detail="no complaint id or no such status")
        detail = self._detail(intent.external_id)
        if detail.fate is Fate.REFUSED or detail.document.get("exist") is not True:
            return Receipt(result=Result.REFUSED, detail=f"{detail.reason} complaint not shown")
        # Each set-status adds an event, the same word twice as well.
        if detail.document.get("status") == word:
            return Receipt(result=Result.ALREADY, external_id=intent.external_id)
        if intent.seen and kept_word(detail.document.get("status")) != intent.seen:
            # Staff were quicker: what they did must be weighed before anything is written.
            return Receipt(result=Result.OVERTAKEN, external_id=intent.external_id)
        body = SetStatus(complaint_id=intent.external_id, status=word).document()
        judged = self._post(self._settings.paths.complaint_set_status, dumps(body))
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        if judged.fate is Fate.OK and judged.document.get("success") is True:
            return Receipt(result=Result.DONE, external_id=intent.external_id)
        return Receipt(result=Result.REFUSED, detail=f"{judged.reason} success isn't true")

    def _detail(self, external_id: ExternalId) -> Judged:
        path = self._settings.paths.complaint_detail
        judged = judge(self._send("GET", path, parameters={"id": external_id}))
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        return judged

    def _complaint_create(self, intent: Intent) -> ComplaintCreate:
        settings, claim = self._settings, intent.claim
        text = claim.text or claim.title or settings.textless
        fields: dict[str, object] = {
            "variant_code": settings.variants.get(claim.category, settings.variant_code),
            "description": text + (footer(intent.number) if settings.reference_footer else ""),
            "customer_name": claim.name or settings.nameless,
        }
        fields |= {
            _FIELD_OF_SPACE[key.space]: key.value
            for key in intent.order_keys
            if key.space in _FIELD_OF_SPACE
        }
        if claim.email:
            fields["email"] = claim.email
        if settings.send_phone and claim.phone:
            fields["phone"] = canonical_phone(claim.phone)
        if settings.send_amount and claim.amount is not None and claim.currency:
            fields |= {"price": claim.amount, "currency": claim.currency}
        if settings.send_due_date and intent.due_at is not None:
            fields["due_date"] = timestamp(intent.due_at)
        return ComplaintCreate.model_validate(fields)

    def _post(self, path: str, content: bytes) -> Judged:
        return judge(self._send("POST", path, content=content))

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        key = self._settings.api_key.get_secret_value()
        query = dict(parameters or {})
        headers = {}
        if self._settings.auth_mode != "bearer":
            query["apiKey"] = key
        if self._settings.auth_mode != "query":
            headers["Authorization"] = f"Bearer {key}"
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = compose(
            self._client, method, path, parameters=query, headers=headers, content=content
        )
        return exchange(self._client, request)


_COST: Final[Mapping[PushKind | None, int]] = {
    PushKind.SET_STATUS: 2,
    PushKind.CREATE_ORDER: 2,
    PushKind.CANCEL_ORDER: 3,
}
"""The most requests of each call; one where nothing is said."""

_FIELD_OF_SPACE: Final[Mapping[OrderSpace, str]] = {
    OrderSpace.HASH: "order_hash",
    OrderSpace.NUMBER: "order_number",
}


def canonical_phone(phone: str) -> str:
    """BizKitHub's form, ``+420 602118334``, when the country code stands apart; else as given."""
    found = re.fullmatch(r"\s*(\+\d{1,3})[ -]([\d ()-]{4,20})\s*", phone)
    if found is None:
        return phone.strip()
    return f"{found.group(1)} {re.sub(r'[^0-9]', '', found.group(2))}"
