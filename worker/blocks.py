"""The blocks of ``redress.toml`` that are the same whatever the providers are."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from complaints.calendars import calendar, windows
from complaints.ladder import ladder, rung
from complaints.rules import AuthorityField, PauseKind, Priority, RungRule
from complaints.vocabulary import Remedy


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone that this machine knows") from None
    return value


def _open_hours(value: str) -> str:
    windows([value])
    return value


def _holidays(value: str) -> str:
    calendar("UTC", ("mon 00:00-23:59",), (), value)
    return value


def _rung(value: str) -> str:
    return rung(value).name


class Block(BaseModel):
    """Base of the blocks: frozen, and a key that no block knows is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Receiver(Block):
    """``[receiver]``: the one port that providers and the chat call."""

    host: str = Field(
        default="127.0.0.1", min_length=1, description="address to listen on, as 127.0.0.1"
    )
    port: int = Field(default=8085, ge=0, le=65535, description="port to listen on, 0 to 65535")
    threads: int = Field(
        default=8, ge=1, le=64, description="requests that may use the database at once, 1 to 64"
    )
    read_seconds: float = Field(
        default=5, gt=0, le=60, description="time a sender has for one request, 60 at most"
    )
    api_token: SecretStr | None = Field(
        default=None,
        min_length=24,
        description="what the shop's own programs show to attach files; 24 characters or more",
    )
    tracks_per_minute: int = Field(
        default=20, ge=1, le=10_000, description="questions one chat user may ask in a minute"
    )


class Sweep(Block):
    """``[sweep]``: how often everything unfinished is looked for."""

    seconds: float = Field(default=5, gt=0, le=3600, description="seconds, 3600 at most")
    lease_seconds: float = Field(
        default=300, ge=1, le=3600, description="how long a claim holds, 1 to 3600 seconds"
    )


class Retry(Block):
    """``[retry]``: how long is waited after a failure that may pass.  A provider may ask for more.

    Waits double, and differ by chance, up to the longest.
    """

    first_seconds: float = Field(
        default=1, gt=0, le=60, description="before the second try, 60 seconds at most"
    )
    longest_seconds: float = Field(
        default=900, gt=0, le=86_400, description="between two tries, a day at most"
    )
    rest_seconds: float = Field(
        default=2, gt=0, le=3600, description="for an account that fails three times in a row"
    )
    longest_rest_seconds: float = Field(
        default=60, gt=0, le=3600, description="for one that goes on failing, an hour at most"
    )


class Policy(Block):
    """``[[shops.NAME.policies]]``: other terms for some complaints; the first that fits counts."""

    name: str = Field(min_length=1, max_length=40, description="what it is called")
    origin: tuple[str, ...] = Field(
        default=(), description='for those that such a provider told of first, as ["chat"]'
    )
    channel: tuple[str, ...] = Field(
        default=(), description='for those of such a channel of the chat, as ["WHATSAPP"]'
    )
    category: tuple[str, ...] = Field(
        default=(), description='for those about that, as ["delivery-related"]'
    )
    remedy: tuple[Remedy, ...] = Field(
        default=(), description='for those whose customer wishes that, as ["refund"]'
    )
    claimed_from: Decimal | None = Field(default=None, description="for claims so high or higher")
    claimed_below: Decimal | None = Field(default=None, description="for lower claims")
    due_days: int | None = Field(default=None, ge=1, le=365, description="as the shop's")
    respond_hours: int | None = Field(default=None, ge=1, le=2000, description="as the shop's")
    update_hours: int | None = Field(default=None, ge=1, le=2000, description="as the shop's")
    resolve_hours: int | None = Field(default=None, ge=1, le=2000, description="as the shop's")
    pauses: tuple[PauseKind, ...] | None = Field(default=None, description="as the shop's")


class Rung(Block):
    """``[shops.NAME.rungs.RUNG]``: for whom a rung is, and what is done at it."""

    status: tuple[Literal["new", "open", "waiting"], ...] = Field(
        default=(), description='for complaints that stand so alone, as ["new", "open"]'
    )
    conflict: bool | None = Field(
        default=None, description="true: for those whose accounts contradict each other alone"
    )
    claimed_from: Decimal | None = Field(
        default=None, ge=0, description="for those that claim so much or more alone"
    )
    tell: tuple[str, ...] | None = Field(
        default=None, description='who hears of it, by NAME of [notify.NAME], as ["legal"]'
    )
    priority: Priority | None = Field(
        default=None, description='"high" or "urgent": it is raised to this'
    )
    assign: str = Field(default="", max_length=80, description="who gets it, if it is nobody's yet")
    todo: str = Field(
        default="", max_length=200, description='what a person has to do, as "Call the customer"'
    )


class Shop(Block):
    """``[shops.NAME]``: one merchant.  Complaints are matched only inside one shop."""

    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        description='the zone that the shop\'s days are counted in, as "Europe/Prague"'
    )
    due_days: int = Field(
        default=30, ge=1, le=365, description="days in which the shop promises an answer"
    )
    dispute_undelivered: bool = Field(
        default=False, description="true opens a dispute for a paid order that never came"
    )
    refund_allowance: Decimal | None = Field(
        default=None, ge=0, description="the most that one refund may move without a person"
    )
    refund_release_above: Decimal | None = Field(
        default=None, ge=0, description="refunds above this wait for a person to let them go"
    )
    replacement_orders: bool = Field(
        default=False, description="true creates a zero-priced order when a case ends by exchange"
    )
    legal_clock: bool = Field(
        default=True, description="false: the country's legal clock doesn't count"
    )
    resolve_hours: int | None = Field(
        default=None,
        ge=1,
        le=2000,
        description="open hours in which the shop promises an end, where that is sooner",
    )
    respond_hours: int | None = Field(
        default=None,
        ge=1,
        le=2000,
        description="open hours in which the shop promises to take a case up",
    )
    update_hours: int | None = Field(
        default=None,
        ge=1,
        le=2000,
        description="open hours after which the shop promises to be heard of again",
    )
    reasonable_days: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="days that the shop holds for reasonable, where the law names none",
    )
    policies: tuple[Policy, ...] = Field(
        default=(), max_length=50, description="other terms for some complaints"
    )
    open_hours: tuple[Annotated[str, AfterValidator(_open_hours)], ...] = Field(
        default=(), max_length=50, description='when it is open, as ["mon-fri 09:00-17:00"]'
    )
    closed_days: tuple[date, ...] = Field(
        default=(), max_length=1000, description="days on which it is closed, as [2026-12-24]"
    )
    holidays_of: Annotated[str, AfterValidator(_holidays)] = Field(
        default="", description='the country whose public holidays are closed, as "CZ"'
    )
    pauses: tuple[PauseKind, ...] = Field(
        default=(),
        description='when its clock stands still: "waiting", "hold", "outage", "unheard"',
    )
    ladder: tuple[Annotated[str, AfterValidator(_rung)], ...] = Field(
        default=("due",),
        max_length=20,
        description='what is told, as ["-72h", "-24h", "due", "+1d", "+3d"]',
    )
    rungs: dict[str, Rung] = Field(
        default={}, description="for whom a rung of the ladder is, and what is done at it"
    )
    match_days: int = Field(
        default=3,
        ge=0,
        le=60,
        description="days within which two systems' records of one order are one case; 0: never",
    )
    evidence_days: int = Field(
        default=14,
        ge=0,
        le=90,
        description="days within which e-mail, phone, amount and text are weighed; 0: never",
    )
    link_score: int = Field(
        default=85,
        ge=60,
        le=101,
        description="score from which two systems' records are one without asking; 101: never",
    )
    review_score: int = Field(
        default=50, ge=1, le=101, description="score from which a person is asked; 101: never"
    )
    storm_pushes: int = Field(
        default=10, ge=2, le=1000, description="pushes of one case to one account that are a storm"
    )
    storm_minutes: int = Field(
        default=60, ge=1, le=1440, description="minutes within which they are counted"
    )
    conflict_owner: str = Field(
        default="operations",
        min_length=1,
        max_length=80,
        description="who settles accounts that contradict each other",
    )
    conflict_hours: int = Field(
        default=48, ge=1, le=2160, description="hours within which that must be done"
    )
    authority: tuple[str, ...] = Field(
        default=("bizkithub", "zenki", "chat"),
        description="providers, the most trusted first, where two running states differ",
    )
    authority_of: dict[AuthorityField, tuple[str, ...]] = Field(
        default={AuthorityField.TOTAL: ("zenki", "bizkithub", "chat")},
        description="the same for one field alone: status, total or owner",
    )
    currency: str = Field(
        default="EUR", pattern=r"^[A-Z]{3}$", description='three capital letters, as "EUR"'
    )
    country: str = Field(
        default="", pattern=r"^([A-Z]{2})?$", description='two capital letters, as "CZ"'
    )

    @model_validator(mode="after")
    def _opens(self) -> Self:
        for terms in (self, *self.policies):
            for name in ("resolve_hours", "respond_hours", "update_hours"):
                if getattr(terms, name) is not None and not self.open_hours:
                    raise ValueError(f"{name} needs open_hours")
        ladder(self.ladder, dict.fromkeys(self.rungs, RungRule()))
        return self


class Channel(Block):
    """``[notify.NAME]``: one way to tell people: by mail, or by an address that Apprise knows."""

    shops: tuple[str, ...] = Field(
        default=(), description="the shops it hears of; without it, all of them"
    )
    mail_to: tuple[str, ...] = Field(
        default=(), max_length=20, description='who gets mail, as ["ops@shop.example"]'
    )
    sender: str = Field(
        default="", description='from whom that mail comes, as "redress@shop.example"'
    )
    host: str = Field(default="", description='the mail server, as "smtp.example.org"')
    port: int | None = Field(default=None, ge=1, le=65535, description="its port, 1 to 65535")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description='"starttls", "tls" or "none"'
    )
    user: str = Field(default="", description="the user at the mail server")
    password: SecretStr | None = Field(default=None, description="that user's password")
    timeout_seconds: float = Field(
        default=10, gt=0, le=60, description="seconds in which an answer must come, 60 at most"
    )
    url: SecretStr | None = Field(
        default=None, description="an address of Apprise's, in place of all keys of mail"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (not self.mail_to):
            raise ValueError("is told either by mail_to or by url")
        if self.url is not None:
            _check_url(self.url.get_secret_value())
            return self
        if not (self.host and self.sender):
            raise ValueError("mail_to needs host and sender")
        for address in (*self.mail_to, self.sender):
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"{address!r} is no mail address")
        bare = self.security == "none" and not is_loopback(self.host)
        if bare and self.password is not None:
            raise ValueError('security = "none" would send the password in the clear')
        return self

    @property
    def its_port(self) -> int:
        """The port, where none is named the usual one."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


_ADDRESS = re.compile(r"[^@\s<>\"(),:;]+@[A-Za-z0-9.-]+")


def _check_url(url: str) -> None:
    scheme, _, rest = url.partition("://")
    if not rest:
        raise ValueError("url is no address of Apprise's: see its list of services")
    if scheme in {"mailto", "mailtos"}:
        raise ValueError("mail is told by mail_to, so that a repeat is known as one")
    if re.search(r"[?&]verify=(no|false|0|off)\b", url, re.IGNORECASE):
        raise ValueError("url switches the checking of certificates off")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
