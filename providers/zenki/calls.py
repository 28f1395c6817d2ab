"""Zenki's calls with a bearer token: 401 means a new token and one replay, never more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from providers.codec import dumps
from providers.http import Fate, Part, compose, exchange
from providers.zenki.faults import Judged, judge
from providers.zenki.token import TokenSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from complaints.vocabulary import ExternalId
    from providers.shelf import Shelf
    from providers.zenki.evidence import File
    from providers.zenki.settings import ZenkiSettings
    from providers.zenki.token import Token
    from providers.zenki.wire import RefundId

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_JSON: Final = "application/json"


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
class Call:
    """One request, as often as it is sent."""

    method: str
    path: str
    body: bytes | Form = b""
    query: Mapping[str, str] | None = None
    legacy: bool = False
    """A call of /v1/api, the generation before /v1/pay."""
    listed: bool = False
    """A good answer may be a list."""


@dataclass(frozen=True)
class Answered:
    """An answer and what it means."""

    judged: Judged
    body: bytes


class Line:
    """One account's way to Zenki; threads share it.  An act takes its `calls` from here."""

    def __init__(self, settings: ZenkiSettings, client: httpx.Client, shelf: Shelf) -> None:
        self.settings = settings
        self.client = client
        self.pay = TokenSource(settings, settings.auth_mode, client, shelf)
        mode = settings.dispute_auth_mode or settings.auth_mode
        same = mode == settings.auth_mode
        self.legacy = self.pay if same else TokenSource(settings, mode, client, shelf)

    def calls(self) -> Calls:
        """The calls of one act: in one read or push a refused token is replaced once."""
        return Calls(self)


class Calls:
    """The calls of one act."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._paths = line.settings.paths
        self._replayed = False
        self._minted: set[str] = set()

    def sign_in(self) -> None:
        """See that tokens can be had.  Raises NeedsHuman and Transient."""
        for tokens in {self._line.pay, self._line.legacy}:
            tokens.bearer()

    def merchant(self) -> Answered:
        """GET /v1/pay/me."""
        return self._send(Call("GET", self._paths.me))

    def order(self, order: ExternalId) -> Answered:
        """GET /v1/pay/orders/{zenkiOrderId}."""
        return self._send(Call("GET", _fill(self._paths.order, order=order)))

    def orders(self, query: Mapping[str, str]) -> Answered:
        """GET /v1/pay/orders: known by name only, its path is a guess."""
        return self._send(Call("GET", self._paths.orders, query=query, listed=True))

    def open_dispute(self, form: Form) -> Answered:
        """POST /v1/api/disputes, multipart unless the settings say otherwise."""
        json = self._line.settings.dispute_body == "json"
        body = dumps(dict(form.fields)) if json else form
        return self._send(Call("POST", self._paths.disputes, body, legacy=True))

    def refund(self, order: ExternalId, reason: str) -> Answered:
        """POST /v1/pay/orders/{zenkiOrderId}/refunds: the whole order."""
        path = _fill(self._paths.refunds, order=order)
        return self._send(Call("POST", path, dumps({"reason": reason})))

    def read_refund(self, order: ExternalId, refund: RefundId) -> Answered:
        """GET /v1/pay/orders/{zenkiOrderId}/refunds/{zenkiRefundId}."""
        return self._send(Call("GET", _fill(self._paths.refund, order=order, refund=refund)))

    def create_order(self, body: bytes) -> Answered:
        """POST /v1/pay/orders."""
        return self._send(Call("POST", self._paths.orders, body))

    def edit_order(self, order: ExternalId, body: bytes) -> Answered:
        """PATCH /v1/pay/orders/{zenkiOrderId}."""
        return self._send(Call("PATCH", _fill(self._paths.order, order=order), body))

    def fulfil(self, order: ExternalId) -> Answered:
        """PATCH /v1/pay/escrow/{zenkiOrderId}/fulfillments, without a body."""
        return self._send(Call("PATCH", _fill(self._paths.fulfilment, order=order)))

    def ship(self, order: ExternalId, body: bytes) -> Answered:
        """POST /v1/pay/orders/{zenkiOrderId}/tracking."""
        path = _fill(self._paths.tracking, order=order)
        return self._send(Call("POST", path, body, listed=True))

    def track(self, order: ExternalId, tracking: str, body: bytes) -> Answered:
        """PATCH /v1/pay/orders/{zenkiOrderId}/tracking/{zenkiTrackingId}: answers with a list."""
        path = _fill(self._paths.tracking_event, order=order, tracking=tracking)
        return self._send(Call("PATCH", path, body, listed=True))

    def _send(self, call: Call) -> Answered:
        """Send once; replay once when the token was the fault, as then nothing was done.

        Raises NeedsHuman and Transient for the token call alone.
        """
        tokens = self._line.legacy if call.legacy else self._line.pay
        token = self._known(tokens.bearer())
        answered = self._exchange(call, token)
        if not self._replayed and _token_is_the_fault(answered.judged, token):
            self._replayed = True
            token = self._known(tokens.bearer(instead_of=token))
            answered = self._exchange(call, token)
        judged = answered.judged
        if judged.status == _UNAUTHORIZED and token.value not in self._minted:
            # Another process's token, that may have died since: the next act gets a new one.
            tokens.refuse(token)
            return replace(answered, judged=replace(judged, fate=Fate.NOT_DONE))
        return answered

    def _known(self, token: Token) -> Token:
        if token.fresh:
            self._minted.add(token.value)
        return token

    def _exchange(self, call: Call, token: Token) -> Answered:
        answer = exchange(self._line.client, self._request(call, token.value))
        return Answered(judge(answer, listed=call.listed), answer.body)

    def _request(self, call: Call, token: str) -> httpx.Request:
        settings, client = self._line.settings, self._line.client
        headers = {"Authorization": f"Bearer {token}", "Accept": _JSON}
        if not call.legacy:
            headers["Accept"] = settings.accept
            if settings.accept_language:
                headers["Accept-Language"] = settings.accept_language
            if settings.plugin_id:
                headers["X-ZENKI-PLUGIN-ID"] = settings.plugin_id
        if isinstance(call.body, Form):
            # httpx writes the Content-Type itself: only it knows the boundary.
            parts = call.body.parts()
            return compose(client, call.method, call.path, headers=headers, files=parts)
        headers["Content-Type"] = _JSON
        return compose(
            client,
            call.method,
            call.path,
            headers=headers,
            parameters=call.query,
            content=call.body or None,
        )


def _token_is_the_fault(judged: Judged, token: Token) -> bool:
    return judged.status == _UNAUTHORIZED or (
        judged.status == _FORBIDDEN and token.older_than_half()
    )


def _fill(template: str, **ids: str) -> str:
    """A path in which each id stays one segment, whatever it is made of."""
    path = template
    for name, value in ids.items():
        segment = quote(value, safe="")
        # A segment of dots alone would lead to another resource.
        segment = segment.replace(".", "%2E") if not segment.strip(".") else segment
        path = path.replace("{" + name + "}", segment)
    return path
