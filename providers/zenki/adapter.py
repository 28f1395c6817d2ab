"""The Zenki account: reads an order with its dispute, opens a dispute, refunds an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints.model import (
    AccountName,
    Capability,
    Change,
    ExternalId,
    Observation,
    PushKind,
    Result,
)
from complaints.ports import Delivery, Intent, Reading, Receipt, Rejected, able
from providers.http import Fate, settle
from providers.zenki import svix
from providers.zenki.abilities import abilities
from providers.zenki.calls import Calls
from providers.zenki.reading import MISSING, ORDER, REFUSED, WEBHOOK, read
from providers.zenki.writes import open_dispute, refund

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from providers.zenki.settings import ZenkiSettings

_NOT_FOUND: Final = 404


class Zenki:
    """One merchant account.  Its mirrors are keyed on Zenki's order id."""

    name: Final = "zenki"

    def __init__(self, account: AccountName, settings: ZenkiSettings, client: httpx.Client) -> None:
        self.account: Final = account
        self.abilities: Final = abilities(settings)
        self.capabilities: Final = able(self.abilities)
        self._settings = settings
        self._client = client
        self._calls = Calls(settings, client)
        self._keys = tuple(
            svix.signing_key(secret.get_secret_value()) for secret in settings.webhook_secrets
        )

    def cost(self, kind: PushKind | None = None) -> int:
        """A write looks before and, when in doubt, after."""
        return 1 if kind is None else 3

    def check(self) -> str:
        """Ask Zenki for a token: the credentials are good when it gives one."""
        self._calls.sign_in()
        return "the credentials are good"

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
        """Translate the forms order, webhook, missing, refused and import:order."""
        return read(observation)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Read one order by Zenki's id: GET /v1/pay/orders/{zenkiOrderId}."""
        answered = self._calls.order(external_id)
        judged = answered.judged
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        form = ORDER
        if judged.fate is Fate.REFUSED:
            form = MISSING if judged.status == _NOT_FOUND else REFUSED
        return Reading(form=form, external_id=external_id, body=answered.body)

    def push(self, intent: Intent) -> Receipt:
        """Open a dispute or refund an order, where the account permits it."""
        capability = _CAPABILITY.get(intent.kind)
        if capability is None:
            return Receipt(result=Result.UNSUPPORTED, detail=f"Zenki has no {intent.kind} call")
        if capability not in self.capabilities:
            detail = f"{intent.kind} isn't switched on for this account"
            return Receipt(result=Result.UNSUPPORTED, detail=detail)
        if intent.external_id is None:
            return Receipt(result=Result.REFUSED, detail="no Zenki order id")
        if intent.kind is PushKind.REFUND:
            return refund(self._calls, intent, intent.external_id)
        return open_dispute(self._calls, self._settings, intent, intent.external_id)


_CAPABILITY: Final[Mapping[PushKind, Capability]] = {
    PushKind.OPEN_DISPUTE: Capability.OPEN_DISPUTE,
    PushKind.REFUND: Capability.REFUND,
}
