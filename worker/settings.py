"""The settings: ``redress.toml`` and the environment, read once, all faults told at once.

`load` returns `Settings` or raises `SettingsFault`; nothing else reads the file or the
environment.  Secrets are ``SecretStr`` and may come from three places: the key itself, a file
that ``KEY_file`` names, or the environment (``REDRESS_ACCOUNTS__CZ_DESK__API_KEY`` is the
``api_key`` of ``[accounts.cz-desk]``; ``REDRESS_ACCOUNTS__CZ_DESK__BFF__COOKIE`` is a key of a
table inside it).  The environment wins over the file.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from complaints.calendars import calendar, windows
from complaints.ladder import rung
from complaints.rules import AuthorityField
from complaints.vocabulary import OPERATOR, AccountName, ShopName
from worker.clear import in_the_clear
from worker.faults import Fault, KeyPath, Place, SettingsFault, places, syntax_fault
from worker.inspection import (
    ENVIRONMENT,
    Inspection,
    Model,
    Table,
    did_you_mean,
    from_files,
    is_secret,
    keys_of,
    override,
    variable,
)

DEFAULT_FILE = "redress.toml"
Models = Mapping[str, type[BaseModel]]
"""Provider's name -> the settings model of its accounts."""


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


def _database_url(value: SecretStr) -> SecretStr:
    """The store wants the driver's name in it; people and hosting panels leave it out."""
    scheme, _, rest = value.get_secret_value().partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not rest:
        raise ValueError("is no PostgreSQL address")
    return SecretStr(f"postgresql+psycopg://{rest}")


def _broker_url(value: SecretStr) -> SecretStr:
    scheme = value.get_secret_value().partition("://")[0]
    if scheme in {"valkey", "valkeys"}:
        raise ValueError("is written redis:// (or rediss:// with TLS) for Valkey too")
    if scheme not in {"redis", "rediss"}:
        raise ValueError("is no Redis or Valkey address (redis:// or rediss://)")
    return value


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
        description="open hours in which the shop promises an answer, where that is sooner",
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
    ladder: tuple[Annotated[str, AfterValidator(_rung)], ...] = Field(
        default=("due",),
        max_length=20,
        description='what is told, as ["-72h", "-24h", "due", "+1d", "+3d"]',
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
        if self.resolve_hours is not None and not self.open_hours:
            raise ValueError("resolve_hours needs open_hours")
        return self


class Account(Block):
    """``[accounts.NAME]``: one credential at one provider for one shop.

    ``block`` is the whole of the provider's own settings, checked by the provider's model.
    """

    name: AccountName
    provider: str
    shop: ShopName
    environment: Literal["sandbox", "live"]
    block: BaseModel

    @property
    def sandbox(self) -> bool:
        """Whether this account talks to a sandbox on this machine."""
        return self.environment == "sandbox"


class Common(Block):
    """What Redress itself must know of every account, whatever its provider."""

    provider: str = Field(description="one of the providers")
    shop: str = Field(description="the NAME of a [shops.NAME] block")
    environment: Literal["sandbox", "live"] = Field(
        description='"sandbox" for a sandbox on this machine, "live" for the real provider'
    )


class Top(Block):
    """The keys that stand above all tables."""

    data_dir: Path = Field(default=Path("var"), description="a folder to keep things in")
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        default=None, description='as "postgresql://user:password@host:5432/redress"'
    )
    broker_url: Annotated[SecretStr, AfterValidator(_broker_url)] | None = Field(
        default=None, description='as "redis://host:6379/0"'
    )
    token_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="32 characters or more; all processes share providers' tokens under it",
    )
    story_clock: Path | None = Field(
        default=None, description="path of a file that holds an ISO time"
    )


class Settings(Top):
    """All settings, checked.  Paths are absolute."""

    file: Path
    receiver: Receiver
    sweep: Sweep
    retry: Retry
    shops: Mapping[ShopName, Shop]
    accounts: Mapping[AccountName, Account]
    in_the_clear: tuple[str, ...] = ()
    """Keys of secrets that stand in the file itself; a sandbox's aren't worth hiding."""


_SECTIONS = ("receiver", "sweep", "retry", "shops", "accounts")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NAME_CURE = "use small letters, digits and -, 40 at most, and begin with a letter or digit"


def known_models() -> Models:
    """The settings models of all providers that there are."""
    from providers.registry import PROVIDERS  # noqa: PLC0415 - adapters only when needed

    return {name: entry.settings for name, entry in PROVIDERS.items()}


def load(
    path: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    models: Models | None = None,
) -> Settings:
    """Read and check everything.  Raises `SettingsFault` with all faults there are.

    Without ``path`` it is ``REDRESS_CONFIG``, else ``redress.toml`` of the working folder.
    """
    environ = os.environ if environ is None else environ
    models = known_models() if models is None else models
    file = Path(path or environ.get(ENVIRONMENT + "CONFIG") or DEFAULT_FILE)
    data, known = read_toml(file)
    sheet = Inspection(file, known)
    _overlay_environment(sheet, data, environ, models)
    settings = _build(sheet, data, models)
    if settings is None or sheet.faults:
        raise SettingsFault(sheet.sorted())
    return settings


def read_toml(file: Path) -> tuple[Table, Mapping[KeyPath, Place]]:
    """A TOML file and where its keys stand.  Raises `SettingsFault`."""

    def refused(what: str, cure: str) -> SettingsFault:
        return SettingsFault([Fault(str(file), "", what, cure)])

    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise refused(
            "there is no such file",
            "write one with `redress init`, or name yours with --config or REDRESS_CONFIG",
        ) from None
    except UnicodeDecodeError:
        raise refused("is not UTF-8 text", "save it as UTF-8") from None
    except OSError as error:
        raise refused(f"can't be read ({error.strerror})", "mend the path or its rights") from None
    try:
        return tomllib.loads(text, parse_float=Decimal), places(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault([syntax_fault(str(file), text, error)]) from None


def _build(sheet: Inspection, data: Table, models: Models) -> Settings | None:
    top_keys = list(Top.model_fields)
    files = [f"{key}_file" for key in top_keys if is_secret(Top.model_fields[key].annotation)]
    data = sheet.strangers(data, [*top_keys, *files, *_SECTIONS], ())
    plain = {key: value for key, value in data.items() if key not in _SECTIONS}
    top = sheet.check(Top, from_files(sheet, Top, plain, ()), ())
    receiver = _section(sheet, Receiver, data)
    sweep = _section(sheet, Sweep, data)
    retry = _section(sheet, Retry, data)
    shops = _shops(sheet, data)
    accounts = _accounts(sheet, data, models, list(shops))
    if top is None or receiver is None or sweep is None or retry is None:
        return None
    _check_story_clock(sheet, top, accounts)
    home = sheet.file.absolute().parent
    clock = top.story_clock and home / top.story_clock.expanduser()
    return Settings(
        file=sheet.file.absolute(),
        data_dir=home / top.data_dir.expanduser(),
        database_url=top.database_url,
        broker_url=top.broker_url,
        token_key=top.token_key,
        story_clock=clock,
        receiver=receiver,
        sweep=sweep,
        retry=retry,
        shops={name: shop for name, shop in shops.items() if shop is not None},
        accounts=accounts,
        in_the_clear=tuple(_in_the_clear(sheet, data, models, accounts)),
    )


def _in_the_clear(
    sheet: Inspection, data: Table, models: Models, accounts: Mapping[AccountName, Account]
) -> Iterator[str]:
    yield from in_the_clear(Top, data, sheet.origins)
    yield from in_the_clear(Receiver, data.get("receiver", {}), sheet.origins, ("receiver",))
    for name, account in accounts.items():
        if not account.sandbox:
            block = data["accounts"][name]
            path = ("accounts", name)
            yield from in_the_clear(models[account.provider], block, sheet.origins, path)


def _section(sheet: Inspection, model: type[Model], data: Table) -> Model | None:
    name = model.__name__.lower()
    table = sheet.table(data.get(name, {}), (name,))
    fields = model.model_fields
    files = [f"{key}_file" for key in fields if is_secret(fields[key].annotation)]
    known = sheet.strangers(table, [*fields, *files], (name,))
    return sheet.check(model, from_files(sheet, model, known, (name,)), (name,))


def _named(sheet: Inspection, data: Table, section: str) -> dict[str, Table]:
    """The tables of ``[shops.*]`` or ``[accounts.*]``, with their names checked."""
    found = {}
    for name, value in sheet.table(data.get(section, {}), (section,)).items():
        if not _NAME.fullmatch(name):
            sheet.add((section, name), "can't be used as a name", _NAME_CURE)
        elif section == "accounts" and name == OPERATOR:
            sheet.add((section, name), "is the name of the people", "give the account another name")
        found[name] = sheet.table(value, (section, name))
    return found


def _shops(sheet: Inspection, data: Table) -> dict[ShopName, Shop | None]:
    shops: dict[ShopName, Shop | None] = {}
    for name, table in _named(sheet, data, "shops").items():
        path = ("shops", name)
        known = sheet.strangers(table, list(Shop.model_fields), path)
        shops[ShopName(name)] = sheet.check(Shop, known, path)
    return shops


def _accounts(
    sheet: Inspection, data: Table, models: Models, shops: list[ShopName]
) -> dict[AccountName, Account]:
    accounts = {}
    for name, table in _named(sheet, data, "accounts").items():
        account = _account(sheet, AccountName(name), table, models, shops)
        if account is not None:
            accounts[account.name] = account
    return accounts


def _account(
    sheet: Inspection, name: AccountName, table: Table, models: Models, shops: list[ShopName]
) -> Account | None:
    path = ("accounts", name)
    ours = {key: table[key] for key in Common.model_fields if key in table}
    common = sheet.check(Common, ours, path)
    shop = table.get("shop")
    if isinstance(shop, str) and shop not in shops:
        names = [str(known) for known in shops]
        cure = did_you_mean(shop, names) if names else "write a [shops.NAME] block"
        sheet.add((*path, "shop"), "names no shop of this file", cure)
    provider = table.get("provider")
    if not isinstance(provider, str):
        return None
    model = models.get(provider)
    if model is None:
        sheet.add((*path, "provider"), "is no provider", did_you_mean(provider, list(models)))
        return None
    block = _provider_block(sheet, model, table, path)
    if block is None or common is None:
        return None
    _check_host(sheet, block, common.environment, path)
    return Account(
        name=name,
        provider=provider,
        shop=ShopName(common.shop),
        environment=common.environment,
        block=block,
    )


def _provider_block(
    sheet: Inspection, model: type[BaseModel], table: Table, path: KeyPath
) -> BaseModel | None:
    """The provider's own keys.  Ours are handed over where its model asks for them."""
    fields = list(model.model_fields)
    files = [f"{key}_file" for key in fields if f"{key}_file" not in fields]
    known = [*fields, *(key for key in Common.model_fields if key not in fields)]
    kept = sheet.strangers(table, [*known, *(key for key in files if key in table)], path)
    own = {key: value for key, value in kept.items() if key in fields or key in files}
    return sheet.check(model, from_files(sheet, model, own, path), path)


def _check_host(sheet: Inspection, block: BaseModel, environment: str, path: KeyPath) -> None:
    """A sandbox account must not reach a real provider, nor a live one go in the clear."""
    for key in type(block).model_fields:
        value = str(getattr(block, key))
        if not key.endswith("_url") or "://" not in value:
            continue
        host = urlsplit(value).hostname or ""
        loopback = is_loopback(host)
        # A name without a dot is a neighbour, such as a service of the same compose file.
        if environment == "sandbox" and not loopback and not re.fullmatch(r"[a-z0-9-]+", host):
            sheet.add(
                (*path, key),
                "leaves this machine although the account is a sandbox",
                'use a 127.0.0.1 address, or set environment = "live"',
            )
        if environment == "live" and not loopback and not value.startswith("https://"):
            sheet.add((*path, key), "would send secrets in the clear", "use https://")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_story_clock(
    sheet: Inspection, top: Top, accounts: Mapping[AccountName, Account]
) -> None:
    live = sorted(name for name, account in accounts.items() if not account.sandbox)
    if top.story_clock is not None and live:
        sheet.add(
            ("story_clock",),
            f"is only for sandboxes, and {', '.join(live)} is live",
            'take it out, or set environment = "sandbox" on every account',
        )


def _overlay_environment(
    sheet: Inspection, data: Table, environ: Mapping[str, str], models: Models
) -> None:
    """Lay the variables over the file.  They hold text; the models make numbers of it."""
    for key in Top.model_fields:
        override(sheet, data, (key,), environ)
    for section in (Receiver, Sweep, Retry):
        for key in section.model_fields:
            override(sheet, data, (section.__name__.lower(), key), environ)
    accounts = data.get("accounts")
    tables = accounts if isinstance(accounts, dict) else {}
    taken = set()
    for name, table in tables.items():
        model = models.get(str(table.get("provider"))) if isinstance(table, dict) else None
        keys = {*keys_of(Common, table), *(keys_of(model, table) if model else ())}
        for key in sorted(keys):
            taken.add(override(sheet, data, ("accounts", name, *key), environ))
    for stray in sorted(environ.keys() - taken):
        if stray.startswith(ENVIRONMENT + "ACCOUNTS__"):
            known = [variable(("accounts", name)) for name in tables]
            sheet.faults.append(
                Fault(
                    "environment",
                    stray,
                    "sets a key of no account",
                    f"accounts begin with {', '.join(sorted(known)) or 'nothing: there are none'}",
                )
            )
