"""Requests to one BizKitHub account: the key goes along, the answer comes back understood."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from complaints.ports import NeedsHuman
from providers.bizkithub.faults import Judged, judge
from providers.http import Answer, Fate, compose, exchange, settle

if TYPE_CHECKING:
    import httpx

    from providers.bizkithub.settings import BizKitHubSettings

_JSON: Final[Mapping[str, str]] = {"Content-Type": "application/json"}
_JITTER_SECONDS: Final = 15.0
"""All who were refused in one rate block would come back in the same moment."""
_NOT_FOUND: Final = 404


@dataclass(frozen=True)
class Answered:
    """An answer, understood and raw."""

    judged: Judged
    answer: Answer


class Calls:
    """What can be asked of one account.  Nothing here raises but where it says so."""

    def __init__(self, settings: BizKitHubSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client

    def complaint(self, complaint_id: str) -> Answered:
        """GET /api/v1/shop/complaint/detail."""
        return self._public("GET", self._settings.paths.complaint_detail, {"id": complaint_id})

    def order(self, order_hash: str) -> Answered:
        """GET /api/v1/shop/order/detail.  Its page lists no key, and it needs one."""
        return self._public("GET", self._settings.paths.order_detail, {"hash": order_hash})

    def create_complaint(self, content: bytes) -> Judged:
        """POST /api/v1/shop/complaint/create.  Sent twice it makes two complaints."""
        return self._write(self._settings.paths.complaint_create, content)

    def set_status(self, content: bytes) -> Judged:
        """POST /api/v1/shop/complaint/set-status."""
        return self._write(self._settings.paths.complaint_set_status, content)

    def create_order(self, content: bytes) -> Judged:
        """POST /api/v1/shop/order/create.  Sent twice it makes two orders."""
        return self._write(self._settings.paths.order_create, content)

    def storno(self, content: bytes) -> Judged:
        """POST /api/v1/shop/order/storno."""
        return self._write(self._settings.paths.order_storno, content)

    def create_complaint_as_admin(self, content: bytes) -> Answered:
        """POST /bff/complaint/create, with the credentials of the block ``bff`` alone."""
        bff = self._settings.bff
        if bff.auth == "bearer":
            credentials = {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}
        else:
            credentials = {"Cookie": bff.cookie.get_secret_value() if bff.cookie else ""}
        return self._send("POST", bff.path, {**_JSON, **credentials}, content=content)

    def ping(self) -> None:
        """Ask whether the key is good.  Raises Transient and NeedsHuman.

        What ping answers isn't documented, so any success is one, but for a web page.
        """
        path = self._settings.paths.ping
        answered = self._public("GET", path, {})
        judged, answer = answered.judged, answered.answer
        page = answer.body.lstrip().startswith(b"<")
        if answer.fate is Fate.OK and not judged.code and not page:
            return
        reason = judged.reason
        if page or (answer.status == _NOT_FOUND and not judged.code):
            reason = f"{reason}; {path} is no ping, see paths.ping"
        settle(judged.fate, reason, judged.wait, repeatable=True)
        raise NeedsHuman(reason)

    def _write(self, path: str, content: bytes) -> Judged:
        return self._public("POST", path, {}, content).judged

    def _public(
        self, method: str, path: str, query: Mapping[str, str], content: bytes | None = None
    ) -> Answered:
        """One call of the public API: the key goes where ``auth_mode`` says."""
        key = self._settings.api_key.get_secret_value()
        mode = self._settings.auth_mode
        headers = dict(_JSON) if content is not None else {}
        if mode != "query":
            headers["Authorization"] = f"Bearer {key}"
        if mode != "bearer":
            query = {**query, "apiKey": key}
        return self._send(method, path, headers, query, content)

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answered:
        request = compose(
            self._client, method, path, parameters=query, headers=headers, content=content
        )
        answer = exchange(self._client, request)
        spread = random.uniform(0, _JITTER_SECONDS)  # noqa: S311 - no secret
        return Answered(judge(answer, spread), answer)
