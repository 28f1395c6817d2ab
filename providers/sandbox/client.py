"""A typed client of the control API, for tests and for whoever plays the people in a demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from providers.sandbox.client_chat import ChatPeople
from providers.sandbox.client_desk import DeskPeople
from providers.sandbox.client_line import ControlRefused, Document, given
from providers.sandbox.client_portal import PortalPeople

__all__ = ["ControlRefused", "Document", "SandboxControl"]


class SandboxControl(DeskPeople, PortalPeople, ChatPeople):
    """Plays staff, shoppers, people in the chat, time and the network; `url` is the sandbox's.

    Every `at` and `now` is an aware time that the caller chooses. Amounts are Decimal both ways.
    Raises ControlRefused when the sandbox refuses, httpx errors when it can't be reached.
    """

    @property
    def bizkithub_url(self) -> str:
        """Base URL for a BizKitHub adapter."""
        return f"{self.url}/bizkithub"

    @property
    def zenki_url(self) -> str:
        """Base URL for a Zenki adapter."""
        return f"{self.url}/zenki"

    @property
    def chat_url(self) -> str:
        """Base URL for a client of the hosting middleware, which the knob chat_hosts opens."""
        return f"{self.url}/chat"

    def clock(self, now: datetime) -> None:
        """Set the providers' time; what is due by then happens."""
        self.post("/clock", {"now": now})

    def reset(self) -> None:
        """Begin anew with an empty world and the settings of the start."""
        self.call("POST", "/reset")

    def knobs(self, **values: object) -> Document:
        """Turn knobs, or change settings such as zenki_webhook_url and chat_url.

        Returns the knobs now in force; without values it only looks.
        """
        if not values:
            return cast("Document", self.call("GET", "/knobs"))
        return self.post("/knobs", values)

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
        body = given(
            account=account,
            kind=kind,
            path=path,
            method=method,
            times=times,
            seconds=None if seconds is None else Decimal(str(seconds)),
            retry_after=retry_after,
        )
        self.post("/faults", body)

    def fault_rate(
        self,
        rate: float,
        *,
        seed: int = 0,
        kinds: Sequence[str] | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        accounts: Sequence[str] | None = None,
        spare: Mapping[str, Sequence[str]] | None = None,
    ) -> Document:
        """Spoil each request with that probability; 0 ends it.

        The same requests in the same order meet the same faults under the same seed. Without
        kinds all are used that a client must survive without a person; `spare` names those that an
        account doesn't show. Returns the rate in force.
        """
        body = given(
            rate=Decimal(str(rate)),
            seed=seed,
            kinds=kinds,
            seconds=None if seconds is None else Decimal(str(seconds)),
            retry_after=retry_after,
            accounts=accounts,
            spare=spare,
        )
        return self.post("/faults/rate", body)

    def seen_fault_rate(self) -> Document:
        """The rate in force, and how many requests it saw and spoiled."""
        return cast("Document", self.call("GET", "/faults/rate"))

    def faults(self) -> list[Document]:
        """The faults not yet spent."""
        return cast("list[Document]", self.call("GET", "/faults"))

    def hanging(self) -> list[Document]:
        """Requests that a slow fault holds back: path, and milliseconds_left."""
        return cast("list[Document]", self.call("GET", "/hanging"))

    def clear_faults(self) -> None:
        """Let everything work again: no planned fault, no rate."""
        self.call("DELETE", "/faults")

    def world(self) -> Document:
        """Everything the providers hold; the wire log is on disk when this returns."""
        return cast("Document", self.call("GET", "/world"))

    def duplicates(self) -> dict[str, int]:
        """What real providers would have created twice, for each of them."""
        return cast("dict[str, int]", self.call("GET", "/duplicates"))
