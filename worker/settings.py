"""The settings: ``redress.toml`` and the environment, read once, all faults told at once.

`load` returns `Settings` or raises `SettingsFault`; nothing else reads the file or the
environment.  Secrets are ``SecretStr`` and may come from three places: the key itself, a file
that ``KEY_file`` names, or the environment (``REDRESS_ACCOUNTS__CZ_DESK__API_KEY`` is the
``api_key`` of ``[accounts.cz-desk]``; ``REDRESS_ACCOUNTS__CZ_DESK__BFF__COOKIE`` is a key of a
table inside it).  The environment wins over the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from complaints.vocabulary import OPERATOR, AccountName, ShopName
from worker.blocks import Block, Channel, Receiver, Retry, Shop, Sweep, is_loopback
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
    notify: Mapping[str, Channel] = {}
    in_the_clear: tuple[str, ...] = ()
    """Keys of secrets that stand in the file itself; a sandbox's aren't worth hiding."""


_SECTIONS = ("receiver", "sweep", "retry", "shops", "accounts", "notify")
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
    channels = _channels(sheet, data, list(shops))
    _check_told(sheet, shops, channels)
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
        notify=channels,
        in_the_clear=tuple(_in_the_clear(sheet, data, models, accounts)),
    )


def _in_the_clear(
    sheet: Inspection, data: Table, models: Models, accounts: Mapping[AccountName, Account]
) -> Iterator[str]:
    yield from in_the_clear(Top, data, sheet.origins)
    yield from in_the_clear(Receiver, data.get("receiver", {}), sheet.origins, ("receiver",))
    for name, table in data.get("notify", {}).items():
        yield from in_the_clear(Channel, table, sheet.origins, ("notify", name))
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
    """The tables of ``[shops.*]``, ``[accounts.*]`` or ``[notify.*]``, with their names checked."""
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


def _channels(sheet: Inspection, data: Table, shops: list[ShopName]) -> dict[str, Channel]:
    channels = {}
    for name, table in _named(sheet, data, "notify").items():
        path = ("notify", name)
        files = [f"{k}_file" for k, f in Channel.model_fields.items() if is_secret(f.annotation)]
        known = sheet.strangers(table, [*Channel.model_fields, *files], path)
        channel = sheet.check(Channel, from_files(sheet, Channel, known, path), path)
        for shop in channel.shops if channel else ():
            if shop not in shops:
                cure = did_you_mean(shop, [str(one) for one in shops])
                sheet.add((*path, "shops"), f"names {shop}, no shop of this file", cure)
        if channel is not None:
            channels[name] = channel
    return channels


def _check_told(
    sheet: Inspection, shops: Mapping[ShopName, Shop | None], channels: Mapping[str, Channel]
) -> None:
    """See that rungs tell channels that there are."""
    for shop, block in shops.items():
        for name, rung in block.rungs.items() if block else ():
            for one in rung.tell or ():
                if one not in channels:
                    cure = did_you_mean(one, list(channels))
                    path = ("shops", shop, "rungs", name, "tell")
                    sheet.add(path, f"names {one}, no [notify.NAME] of this file", cure)


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
    channels = data.get("notify")
    for name, table in (channels if isinstance(channels, dict) else {}).items():
        for path in sorted(keys_of(Channel, table)) if isinstance(table, dict) else ():
            override(sheet, data, ("notify", name, *path), environ)
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
