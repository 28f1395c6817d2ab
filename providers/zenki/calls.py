"""Zenki's calls with a bearer token: 401 means a new token and one replay, never more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from providers.codec import dumps
from providers.http import Part, compose, exchange
from providers.zenki.faults import Judged, judge
from providers.zenki.token import TokenSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from complaints.model import ExternalId
    from providers.zenki.evidence import File
    from providers.zenki.settings import ZenkiSettings

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


@dataclass(frozen=True)
class Form:
    """A multipart body, kept as bytes so that a replay sends the same."""

    fields: Mapping[str, str]
    files: Sequence[File] = ()

    def parts(self) -> list[Part]:
        """As httpx wants it; with ``data=`` alone it would send no multipart."""
        texts: list[Part] = [(name, (None, value.encode())) for name, value in self.fields.items()]
        return [*texts, *(("attachments", file) for file in self.files)]


@dataclass(frozen=True)
class Answered:
    """An answer and what it means."""

    judged: Judged
    body: bytes


class Calls:
    """One account's calls."""

    def __init__(self, settings: ZenkiSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        self._tokens = TokenSource(settings, client)

    def sign_in(self) -> None:
        """See that a token can be had.  Raises NeedsHuman and Transient."""
        self._tokens.bearer()

    def order(self, order: ExternalId) -> Answered:
        """GET /v1/pay/orders/{zenkiOrderId}."""
        return self._send("GET", _path(self._settings.paths.order, order), b"")

    def open_dispute(self, form: Form) -> Answered:
        """POST /v1/api/disputes, multipart unless the settings say otherwise."""
        path = self._settings.paths.disputes
        if self._settings.dispute_body == "json":
            return self._send("POST", path, dumps(dict(form.fields)))
        return self._send("POST", path, form)

    def refund(self, order: ExternalId, reason: str) -> Answered:
        """POST /v1/pay/orders/{zenkiOrderId}/refunds: the whole order."""
        path = _path(self._settings.paths.refunds, order)
        return self._send("POST", path, dumps({"reason": reason}))

    def _send(self, method: str, path: str, body: bytes | Form) -> Answered:
        """Send once; replay once when the token was the fault, as then nothing was done.

        Raises NeedsHuman and Transient for the token call alone.
        """
        token = self._tokens.bearer()
        answer = exchange(self._client, self._request(method, path, body, token.value))
        judged = judge(answer)
        stale = judged.status == _UNAUTHORIZED or (
            judged.status == _FORBIDDEN and token.older_than_half()
        )
        if stale:
            token = self._tokens.bearer(instead_of=token)
            answer = exchange(self._client, self._request(method, path, body, token.value))
            judged = judge(answer)
        return Answered(judged, answer.body)

    def _request(self, method: str, path: str, body: bytes | Form, token: str) -> httpx.Request:
        settings = self._settings
        headers = {"Authorization": f"Bearer {token}", "Accept": settings.accept}
        if settings.accept_language:
            headers["Accept-Language"] = settings.accept_language
        if settings.plugin_id:
            headers["X-ZENKI-PLUGIN-ID"] = settings.plugin_id
        if isinstance(body, Form):
            # httpx writes the Content-Type itself: only it knows the boundary.
            return compose(self._client, method, path, headers=headers, files=body.parts())
        headers["Content-Type"] = "application/json"
        return compose(self._client, method, path, headers=headers, content=body or None)


def _path(template: str, order: ExternalId) -> str:
    return template.replace("{order}", quote(order, safe=""))
