"""The Paperdesk account: cases, read by id, filed once, moved after a look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from complaints.model import Change, Observation
from complaints.ports import Ability, Delivery, Intent, NeedsHuman, Reading, Receipt, Rejected, able
from complaints.vocabulary import (
    NEEDS,
    AccountName,
    Capability,
    ExternalId,
    OrderSpace,
    PushKind,
    Result,
)
from providers.codec import UnreadableError, dumps, identifier, loads_object
from providers.http import Fate, compose, exchange, settle
from tests.providers.paperdesk.reading import CASE, MISSING, REFUSED, read
from tests.providers.paperdesk.words import WORD_OF_STATUS

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from tests.providers.paperdesk.settings import PaperdeskSettings

_CAN: Final = frozenset(
    {Capability.POLL, Capability.FETCH, Capability.CREATE, Capability.SET_STATUS}
)
_COST: Final[Mapping[PushKind | None, int]] = {
    None: 1,
    PushKind.CREATE: 1,
    PushKind.SET_STATUS: 2,
}


class _Said(NamedTuple):
    """An answer, understood and raw.  ``reason`` is safe to show."""

    fate: Fate
    reason: str
    document: Mapping[str, Any]
    body: bytes
    wait: float | None


class Paperdesk:
    """One desk.  A record is a case's id."""

    name: Final = "paperdesk"

    def __init__(
        self, account: AccountName, settings: PaperdeskSettings, client: httpx.Client
    ) -> None:
        self.account: Final = account
        self.abilities: Final = {
            kind: Ability(able=True)
            if kind in _CAN
            else Ability(able=False, why="Paperdesk has no such call")
            for kind in Capability
        }
        self.capabilities: Final = able(self.abilities)
        self._client = client
        self._headers = {"Authorization": f"Bearer {settings.desk_key.get_secret_value()}"}

    def cost(self, kind: PushKind | None = None) -> int:
        """One request; a status is looked at first."""
        return _COST.get(kind, 0)

    def check(self) -> str:
        """Read the desk's own name, and don't repeat it.  Raises Transient and NeedsHuman."""
        said = self._ask("GET", "/desk", shows="name")
        settle(said.fate, said.reason, said.wait, repeatable=True)
        if said.fate is not Fate.OK:
            raise NeedsHuman(f"{said.reason}, not as Paperdesk answers")
        return "the token is good"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def verify(self, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
        """Refuse: Paperdesk calls nobody."""
        raise Rejected("Paperdesk calls nobody")

    def parse(self, observation: Observation) -> tuple[Change, ...]:
        """Translate the forms case, missing, refused and import:complaint."""
        return read(observation)

    def fetch(self, external_id: ExternalId) -> Reading:
        """GET /cases/{case}."""
        said = self._ask("GET", _address(external_id))
        settle(said.fate, said.reason, said.wait, repeatable=True)
        form = CASE
        if said.fate is Fate.REFUSED:
            form = MISSING if said.document.get("error") == "no such case" else REFUSED
        return Reading(form=form, external_id=external_id, body=said.body)

    def push(self, intent: Intent) -> Receipt:
        """File a case, or bring one to a state."""
        if NEEDS.get(intent.kind) not in self.capabilities:
            return Receipt(result=Result.UNSUPPORTED, detail=f"Paperdesk takes no {intent.kind}")
        return self._file(intent) if intent.kind is PushKind.CREATE else self._move(intent)

    def _file(self, intent: Intent) -> Receipt:
        """POST /cases.  Sent twice it files two cases, and nothing there can be looked up."""
        claim = intent.claim
        orders = [key.value for key in intent.order_keys if key.space is OrderSpace.NUMBER]
        case = {"text": claim.text, "name": claim.name, "reference": intent.number}
        body = dumps(case | ({"order": orders[0]} if orders else {}))
        said = self._ask("POST", "/cases", body)
        settle(said.fate, said.reason, said.wait, repeatable=False)
        found = identifier(said.document.get("case"))
        if said.fate is Fate.REFUSED:
            return Receipt(result=Result.REFUSED, detail=said.reason)
        if said.fate is Fate.OK and found:
            return Receipt(result=Result.DONE, external_id=ExternalId(found))
        return Receipt(result=Result.UNKNOWN, detail=said.reason)

    def _move(self, intent: Intent) -> Receipt:
        """PUT /cases/{case}/state, after a look."""
        case = intent.external_id
        word = WORD_OF_STATUS.get(intent.target) if intent.target else None
        if case is None or word is None:
            return Receipt(result=Result.UNSUPPORTED, detail="no case or no such state")
        seen = self._ask("GET", _address(case))
        settle(seen.fate, seen.reason, seen.wait, repeatable=True)
        state = seen.document.get("state")
        if seen.fate is Fate.REFUSED or not isinstance(state, str):
            return Receipt(result=Result.REFUSED, detail=f"{seen.reason}, the case isn't shown")
        if state == word:
            return Receipt(result=Result.ALREADY, external_id=case)
        if intent.seen and state != intent.seen:
            return Receipt(result=Result.OVERTAKEN, external_id=case)
        said = self._ask("PUT", f"{_address(case)}/state", dumps({"state": word}))
        settle(said.fate, said.reason, said.wait, repeatable=True)
        done = said.fate is Fate.OK and said.document.get("state") == word
        result = Result.DONE if done else Result.REFUSED
        return Receipt(result=result, external_id=case if done else None, detail=said.reason)

    def _ask(
        self, method: str, path: str, content: bytes | None = None, shows: str = "case"
    ) -> _Said:
        """One request.  Only a JSON object that ``shows`` what was asked for is a success."""
        json = {"Content-Type": "application/json"} if content is not None else {}
        request = compose(
            self._client, method, path, headers={**self._headers, **json}, content=content
        )
        answer = exchange(self._client, request)
        reason = f"Paperdesk: {answer.note}"
        try:
            document = loads_object(answer.body)
        except UnreadableError:
            document = {}
        silent = answer.fate is Fate.OK and identifier(document.get(shows)) is None
        fate = Fate.LOST if silent else answer.fate
        return _Said(fate, reason, document, answer.body, answer.wait)


def _address(case: str) -> str:
    return f"/cases/{quote(case, safe='')}"
