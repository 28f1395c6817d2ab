"""The BizKitHub account: complaints and orders, read by id and written one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from complaints.model import Change, Observation
from complaints.ports import Delivery, Intent, Reading, Receipt, able
from complaints.vocabulary import NEEDS, AccountName, ExternalId, PushKind, Result
from providers.bizkithub.abilities import COST, abilities, in_words
from providers.bizkithub.calls import Calls
from providers.bizkithub.faults import MISSING as MISSING_CODE
from providers.bizkithub.filing import file_complaint, set_status
from providers.bizkithub.notifications import admit
from providers.bizkithub.ordering import cancel_order, create_order
from providers.bizkithub.reading import COMPLAINT, MISSING, ORDER, REFUSED, read
from providers.bizkithub.wire import order_hash_of
from providers.http import Fate, settle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx

    from providers.bizkithub.settings import BizKitHubSettings


class BizKitHub:
    """One organisation's desk.  It follows what it made and what was imported by id.

    A record is a complaint's id, or an order's hash behind ``order:``.
    """

    name: Final = "bizkithub"

    def __init__(
        self, account: AccountName, settings: BizKitHubSettings, client: httpx.Client
    ) -> None:
        self.account: Final = account
        self.abilities: Final = abilities(settings)
        self.capabilities: Final = able(self.abilities)
        self._settings = settings
        self._client = client
        self._calls = Calls(settings, client)

    def cost(self, kind: PushKind | None = None) -> int:
        """The most requests of one push of this kind; None: of one read."""
        return COST.get(kind, 0)

    def check(self) -> str:
        """Ask BizKitHub's ping whether the key is good; nothing else is read."""
        self._calls.ping()
        return f"the key is good: {in_words(self._settings)}"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def verify(
        self,
        path: str,
        headers: Mapping[str, str],  # noqa: ARG002 - the Protocol's; no signature is documented
        body: bytes,
        now: datetime,
    ) -> Delivery:
        """Let in a notification of an order: ``path`` is the token that we gave it."""
        return admit(self._settings, path, body, now)

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate the forms complaint, order, notification, missing, refused and imports."""
        return read(observation, self._settings)

    def fetch(self, external_id: ExternalId) -> Reading:
        """Read one record: complaint/detail by its id, order/detail behind ``order:``."""
        order_hash = order_hash_of(external_id)
        if order_hash is not None:
            form, answered = ORDER, self._calls.order(order_hash)
        else:
            form, answered = COMPLAINT, self._calls.complaint(external_id)
        judged = answered.judged
        settle(judged.fate, judged.reason, judged.wait, repeatable=True)
        if judged.fate is Fate.REFUSED:
            form = MISSING if judged.code == MISSING_CODE else REFUSED
        return Reading(form=form, external_id=external_id, body=answered.answer.body)

    def push(self, intent: Intent) -> Receipt:
        """File a complaint, set its status, create an order, or cancel one where permitted."""
        if NEEDS.get(intent.kind) not in self.capabilities:
            detail = f"this account has no {intent.kind} call"
            return Receipt(result=Result.UNSUPPORTED, detail=detail)
        match intent.kind:
            case PushKind.SET_STATUS:
                return set_status(self._calls, intent)
            case PushKind.CREATE_ORDER:
                return create_order(self._calls, self._settings, intent)
            case PushKind.CANCEL_ORDER:
                return cancel_order(self._calls, self._settings, intent)
            case _:
                return file_complaint(self._calls, self._settings, intent)
