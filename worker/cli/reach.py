"""How commands reach the store, with words instead of tracebacks when they can't."""

from __future__ import annotations

import logging
import os
import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from worker.cli import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import typer

    from complaints.flow import Deps
    from complaints.rules import ShopRules
    from complaints.store import Store
    from complaints.vocabulary import ComplaintNumber, ShopName
    from worker.settings import Account, Settings


def read_settings(ctx: typer.Context) -> Settings:
    """The settings that ``--config`` or REDRESS_CONFIG names.  Raises SettingsFault."""
    from worker.settings import load

    return load(ctx.obj)


def reachable(ctx: typer.Context) -> Settings:
    """The same, with the addresses of a `redress up` that runs in their data folder."""
    from worker import up

    return up.found(read_settings(ctx))


@contextmanager
def open_store(settings: Settings, *, migrated: bool = True) -> Iterator[Store]:
    """The store; the command ends when it can't be used.  ``migrated`` demands our schema."""
    from complaints import store
    from worker import logs, wiring

    logs.configure(logging.ERROR)
    try:
        opened = store.open(wiring.database_url(settings))
    except wiring.NotConfigured as fault:
        words.fail(str(fault), code=words.MISUSED)
    try:
        _try(opened, migrated=migrated)
        yield opened
    finally:
        opened.close()


def _try(store: Store, *, migrated: bool) -> None:
    try:
        current = store.schema_is_current()
    except Exception as error:  # noqa: BLE001 - whatever the driver raises means the same here
        words.fail(f"the database can't be used: {reason(error)}", "is it running?")
    if migrated and not current:
        words.fail("the database has another schema", "run `redress migrate`")


def reason(error: Exception) -> str:
    """The first line of what a driver said, without its own advice."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def open_deps(settings: Settings) -> Iterator[Deps]:
    """Everything a use case needs, wired like in a worker."""
    from worker import app, wiring

    with open_store(settings):
        try:
            broker_url = wiring.broker_url(settings)
        except wiring.NotConfigured as fault:
            words.fail(str(fault), code=words.MISUSED)
        wired = wiring.Wiring.build(settings, app.create(settings, broker_url))
    try:
        yield wired.deps
    finally:
        wired.close()


def os_user() -> str:
    """Who acts, by the process's own user: a variable such as LOGNAME could say anything."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    before = os.environ.get("SUDO_USER") if os.getuid() == 0 else None
    return f"{before} as {name}" if before else name


def complaint_number(said: str) -> ComplaintNumber:
    """A number as people write it; the command ends when it can be none."""
    from complaints.numbers import is_sound
    from complaints.vocabulary import ComplaintNumber

    number = said.strip().removeprefix("#")
    if not is_sound(number):
        words.fail(
            f"{number} is no complaint number", "its check digit doesn't fit: was it misheard?"
        )
    return ComplaintNumber(number)


def zone_of(settings: Settings, shop: ShopName) -> ZoneInfo:
    """The shop's own time zone; UTC when the settings name no such shop any more."""
    known = settings.shops.get(shop)
    return ZoneInfo(known.timezone if known is not None else "UTC")


def rules_in_force(settings: Settings, store: Store) -> dict[ShopName, ShopRules]:
    """The rules of each shop: what it has adopted, as long as it never did the settings'."""
    from worker.wiring import shop_rules

    own = {name: shop_rules(name, shop) for name, shop in settings.shops.items()}
    return own | {name: one.rules for name, one in store.rulesets.newest().items()}


def no_such_complaint(number: ComplaintNumber) -> NoReturn:
    """End the command: nobody has this number, and perhaps it was misheard."""
    from complaints.numbers import is_sound

    hint = "" if is_sound(number) else "its check digit doesn't fit: was it misheard?"
    words.fail(f"there is no complaint {number}", hint)


def business_now(settings: Settings) -> datetime:
    """The present, by the clock that decisions are made by."""
    from worker import wiring

    clock = settings.story_clock
    return wiring.story_clock(clock)() if clock else wiring.system_clock()


def account_of(settings: Settings, name: str) -> Account:
    """The account of that name; the command ends when there is none."""
    from worker.inspection import did_you_mean

    accounts: dict[str, Account] = {str(key): one for key, one in settings.accounts.items()}
    if name not in accounts:
        words.fail(
            f"{name} is no account of {settings.file.name}",
            did_you_mean(name, list(accounts)),
            words.MISUSED,
        )
    return accounts[name]
