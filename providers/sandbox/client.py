"""A typed client of the control API, for tests and for whoever plays the people in a demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Self, cast
from urllib.parse import quote

import httpx

from providers.sandbox import codec

Document = dict[str, object]


class ControlRefused(Exception):
    """The sandbox answered a control request with an error; the text is its sentence."""


def _wire(value: object) -> object:
    """Times become ISO text; everything else stays."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _wire(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(member) for member in value]
    return value


def _given(**members: object) -> Document:
    return {name: value for name, value in members.items() if value is not None}


class SandboxControl:
    """Plays staff, shoppers, people in the chat, time and the network; `url` is the sandbox's.

    Every `at` and `now` is an aware time that the caller chooses. Amounts are Decimal both ways.
    Raises ControlRefused when the sandbox refuses, httpx errors when it can't be reached.
    """

    def __init__(self, url: str, *, timeout_s: float = 60) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=f"{self.url}/_sim", timeout=timeout_s, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def bizkithub_url(self) -> str:
        """Base URL for a BizKitHub adapter."""
        return f"{self.url}/bizkithub"

    @property
    def zenki_url(self) -> str:
        """Base URL for a Zenki adapter."""
        return f"{self.url}/zenki"

    def _call(self, method: str, path: str, body: object = None) -> object:
        content = None if body is None else codec.dump_bytes(_wire(body))
        answer = self._http.request(
            method, path, content=content, headers={"Content-Type": "application/json"}
        )
        document = codec.loads(answer.content)
        if answer.status_code != httpx.codes.OK:
            detail = document.get("error") if isinstance(document, dict) else document
            raise ControlRefused(str(detail))
        return document

    def _post(self, path: str, body: object) -> Document:
        return cast("Document", self._call("POST", path, body))

    # Time, network, settings, the whole

    def clock(self, now: datetime) -> None:
        """Set the providers' time."""
        self._post("/clock", {"now": now})

    def reset(self) -> None:
        """Begin anew with an empty world and the settings of the start."""
        self._call("POST", "/reset")

    def knobs(self, **values: object) -> Document:
        """Turn knobs, or change settings such as zenki_webhook_url and chat_url."""
        return self._post("/knobs", values)

    def fault(
        self,
        account: str,
        kind: str,
        *,
        path: str = "",
        method: str | None = None,
        times: int = 1,
        seconds: float | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Spoil the next `times` requests whose path holds `path`."""
        body = _given(
            account=account,
            kind=kind,
            path=path,
            method=method,
            times=times,
            seconds=None if seconds is None else Decimal(str(seconds)),
            retry_after=retry_after,
        )
        self._post("/faults", body)

    def faults(self) -> list[Document]:
        """The faults not yet spent."""
        return cast("list[Document]", self._call("GET", "/faults"))

    def hanging(self) -> list[Document]:
        """Requests that a slow fault holds back: path, and milliseconds_left."""
        return cast("list[Document]", self._call("GET", "/hanging"))

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._call("DELETE", "/faults")

    def world(self) -> Document:
        """Everything the providers hold; the wire log is on disk when this returns."""
        return cast("Document", self._call("GET", "/world"))

    def duplicates(self) -> dict[str, int]:
        """What real providers would have created twice, for each of them."""
        return cast("dict[str, int]", self._call("GET", "/duplicates"))

    # BizKitHub

    def place_order(self, order: Mapping[str, object]) -> Document:
        """Put a BizKitHub order there; returns its hash and number."""
        return self._post("/bizkithub/orders", order)

    def place_orders(self, orders: Sequence[Mapping[str, object]]) -> list[Document]:
        """Put many BizKitHub orders there."""
        return cast("list[Document]", self._call("POST", "/bizkithub/orders", list(orders)))

    def file_complaint(
        self, *, variant: str, description: str, customer_name: str, at: datetime, **rest: object
    ) -> str:
        """Staff file a complaint; returns its id. `rest` holds order_hash, email and so on."""
        body = _given(
            variant=variant,
            description=description,
            customer_name=customer_name,
            filed_at=at,
            **rest,
        )
        return str(self._post("/bizkithub/complaints", body)["id"])

    def set_complaint_status(
        self, complaint_id: str, status: str, at: datetime, message: str = ""
    ) -> Document:
        """Staff set a status."""
        path = f"/bizkithub/complaints/{quote(complaint_id, safe='')}/status"
        return self._post(path, {"status": status, "message": message, "at": at})

    def edit_complaint(self, complaint_id: str, at: datetime, **changes: object) -> Document:
        """Staff correct a complaint, note bank data or the customer's satisfaction."""
        path = f"/bizkithub/complaints/{quote(complaint_id, safe='')}/edit"
        return self._post(path, _given(at=at, **changes))

    def complaints(
        self, order_hash: str | None = None, *, only_open: bool = False
    ) -> list[Document]:
        """The desk's complaints as staff see them."""
        query = httpx.QueryParams(_query(order_hash, only_open=only_open))
        path = f"/bizkithub/complaints?{query}"
        return cast("list[Document]", self._call("GET", path))

    # Zenki

    def book_order(self, order: Mapping[str, object]) -> Document:
        """Put a Zenki order there; with webhook true the receiver is told that it is paid."""
        return self._post("/zenki/orders", order)

    def book_orders(self, orders: Sequence[Mapping[str, object]]) -> list[Document]:
        """Put many Zenki orders there."""
        return cast("list[Document]", self._call("POST", "/zenki/orders", list(orders)))

    def zenki_order(self, order_id: str) -> Document:
        """An order as the portal shows it."""
        return cast("Document", self._call("GET", f"/zenki/orders/{quote(order_id, safe='')}"))

    def move_zenki_order(
        self, order_id: str, status: str, at: datetime, *, webhook: bool = False
    ) -> Document:
        """Set an order's status."""
        body = {"status": status, "at": at, "webhook": webhook}
        return self._post(f"/zenki/orders/{quote(order_id, safe='')}/status", body)

    def open_dispute(self, order_id: str, title: str, description: str, at: datetime) -> Document:
        """A shopper opens a dispute in the portal."""
        body = {"title": title, "description": description, "at": at}
        return self._post(f"/zenki/orders/{quote(order_id, safe='')}/dispute", body)

    def resolve(self, order_id: str, decision: str, at: datetime) -> Document:
        """Zenki's staff decide, or the merchant presses a portal button."""
        body = {"decision": decision, "at": at}
        return self._post(f"/zenki/orders/{quote(order_id, safe='')}/resolve", body)

    def send_webhook(self, order_id: str, *, copies: int = 1, bad_signature: bool = False) -> str:
        """Send order.pay for an order; returns the message's id."""
        body = {"copies": copies, "bad_signature": bad_signature}
        return str(self._post(f"/zenki/orders/{quote(order_id, safe='')}/webhook", body)["id"])

    def expire_tokens(self) -> None:
        """End every Zenki token now."""
        self._call("POST", "/zenki/tokens/expire")

    # Chat

    def raise_in_chat(self, uid: str, text: str | None, **rest: object) -> Document:
        """A person complains in the chat; returns status, complaint_id and body of the reply."""
        return self._post("/chat/raise", {"uid": uid, "text": text, **rest})

    def track_in_chat(self, uid: str, complaint_id: str, **rest: object) -> Document:
        """A person asks in the chat how a complaint stands; returns status and text."""
        return self._post("/chat/track", {"uid": uid, "complaint_id": complaint_id, **rest})


def _query(order_hash: str | None, *, only_open: bool) -> dict[str, str]:
    query = {} if order_hash is None else {"order_hash": order_hash}
    return query | {"open": "1"} if only_open else query
