"""The whole house for one demo: servers, sandbox, receiver, workers and beat, on this machine.

Redress runs here as it does in production; only the business clock is a file, and nothing of
the servers outlives the demo.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sys import executable
from threading import Lock
from time import monotonic, sleep
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from complaints import flow, operating, rebuilding
from complaints.acts import Act
from complaints.flow import Deps, ImportRow
from complaints.store.waiting import UnknownPush
from complaints.vocabulary import AccountName, ExternalId
from providers.imports import IMPORT_COMPLAINT, IMPORT_ORDER, import_body
from providers.sandbox import codec
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import SandboxConfig
from worker import app, logs, wiring
from worker.demo.audit import REBUILD, STORE, WIRE, WORLD
from worker.demo.control import Control
from worker.demo.player import READ_INTERVAL, ImportedOrder, ManualAction
from worker.demo.report import Rebuild
from worker.demo.trouble import CALM, Trouble
from worker.demo.world import CHAT, DESK, SHOP, ZENKI, Plan
from worker.embedded import Embedded
from worker.settings import Settings, load
from worker.supervisor import LineSeen, Part, Stack
from worker.up import Crew, Place, free_port, signposted, workers

_AS_MANY_AS_IT_TAKES = 60_000
_LOOPBACK = "127.0.0.1"
_LOOK_SECONDS = 1.0
_SOON = 0.25
"""Where much fails, much waits for its next try, and a look finds it."""
# A day of the story takes a fraction of a second, and so does what would be minutes of waiting.
_IMPATIENT = {
    "first_seconds": 0.1,
    "longest_seconds": 0.4,
    "rest_seconds": 0.1,
    "longest_rest_seconds": 0.4,
}
_AWAKENED = ("poll", "escalate")
"""Steps that find work because time has passed."""


_PAUSE_SECONDS = 0.2

Detour = Callable[[str, int], int]
"""Gets the name of a way and the port at its end; the port where it begins."""


def _straight(_name: str, port: int) -> int:
    return port


_T = TypeVar("_T")


@dataclass(frozen=True)
class Terms:
    """Under which terms a house stands.  Times are seconds."""

    durable: bool = False
    """Off trades the safety of the servers' data for speed."""
    lease_seconds: float = 30.0
    trouble: Trouble = CALM
    """What goes wrong from the start on."""
    detour: Detour = _straight
    """By which ports Redress and the sandbox reach one another, and Redress its servers."""
    patience_seconds: float = 0.0
    """For how long people try again."""


PLAIN = Terms()
"""As in a demo where nothing goes wrong."""


@dataclass(frozen=True)
class House:
    """What a demo needs of a running house."""

    control: Control
    office: Office
    stack: Stack
    place: Place

    def leave_evidence(self, home: Path) -> None:
        """Write down the final state of the world and of the store, for the audit."""
        # The sandbox brings its wire log to disk before it answers this.
        (home / WORLD).write_bytes(codec.dump_bytes(self.control.sandbox.world()))
        self.office.dump(home / STORE)
        found = self.office.fold_again().model_dump_json()
        (home / REBUILD).write_text(found, encoding="utf-8")


class Office:
    """The shop's people at Redress: they import, look at the manual actions, read the clock.

    For `patience_seconds` they try again what fails, as people do: all of it may be done twice.
    """

    def __init__(self, deps: Deps, clock: Path, patience_seconds: float = 0.0) -> None:
        self._deps = deps
        self._clock = clock
        self._patience = patience_seconds
        self._time = deps.clock()
        self._off = timedelta(0)
        self._setting = Lock()

    def tell_time(self, now: datetime) -> None:
        """Set the business clock, whole or not at all, and wake who waits for time to pass."""
        with self._setting:
            self._time = now
            self._set_clock()
        for step in _AWAKENED:
            self._deps.nudge(step)

    def step_clock(self, off: timedelta) -> None:
        """Let the business clock be wrong by so much from now on."""
        with self._setting:
            self._off = off
            self._set_clock()

    def _set_clock(self) -> None:
        fresh = self._clock.with_name(self._clock.name + ".new")
        fresh.write_text((self._time + self._off).astimezone(UTC).isoformat(), encoding="ascii")
        fresh.replace(self._clock)

    def now(self) -> datetime:
        """The story's time."""
        return self._deps.clock()

    def import_orders(self, orders: Sequence[ImportedOrder]) -> None:
        """Hand over orders that the shop took."""
        self._import(
            IMPORT_ORDER,
            [
                {
                    "order_hash": order.hash,
                    "order_number": order.number,
                    "zenki_order_id": order.zenki_id or "",
                }
                for order in orders
            ],
        )

    def import_complaints(self, ids: Sequence[str]) -> None:
        """Hand over complaints that the desk took, by their BizKitHub ids."""
        self._import(IMPORT_COMPLAINT, [{"complaint_id": key} for key in ids])

    def _import(self, form: str, rows: Sequence[Mapping[str, str]]) -> None:
        imported = [
            ImportRow(
                name=f"{form} {json.dumps(row, sort_keys=True)}",
                form=form,
                external_id=ExternalId(row["complaint_id"]) if "complaint_id" in row else None,
                body=import_body(row, acts=True),
            )
            for row in rows
        ]
        self._insist(lambda: flow.import_rows(self._deps, AccountName(DESK), imported))

    def unrest(self, now: datetime) -> Mapping[str, int]:
        """How much there is to do at `now`, by kind."""
        return self._insist(lambda: self._deps.store.at_rest(now))._asdict()

    def manual_actions(self) -> Sequence[ManualAction]:
        """The open manual actions."""
        return [
            ManualAction(row.number or "", row.account, row.external_id or "", row.target or "")
            for row in self._insist(self._deps.store.manual_actions)
        ]

    def unknown(self) -> Sequence[UnknownPush]:
        """Pushes whose answer was lost."""
        return self._insist(self._deps.store.unknown_pushes)

    def act(self, done: Act) -> None:
        """Do something, as by the command line."""
        self._insist(lambda: operating.act(self._deps, done))

    def _insist(self, ask: Callable[[], _T]) -> _T:
        """Try again what fails while patience lasts: the database may be on its way back."""
        until = monotonic() + self._patience
        while True:
            try:
                return ask()
            except Exception:  # whatever keeps the store away, it is raised in the end
                if monotonic() >= until:
                    raise
                sleep(_PAUSE_SECONDS)

    def dump(self, file: Path) -> None:
        """Write the whole store down."""
        self._insist(lambda: self._deps.store.dump(file))

    def fold_again(self) -> Rebuild:
        """What comes of folding everything again, compared with the store."""
        found = self._insist(lambda: rebuilding.check(self._deps))
        return Rebuild(
            observations=found.observations,
            differences=tuple(str(difference) for difference in found.differences),
        )


@contextmanager
def open_house(
    plan: Plan,
    home: Path,
    say: Callable[[str], None],
    terms: Terms = PLAIN,
) -> Iterator[House]:
    """Start everything in a folder of its own; ended with the block.

    Its ``redress.toml`` serves every other command while the house stands.

    Raises EmbeddedUnavailable, FolderInUse and PartFailed.
    """
    logs.configure(logging.ERROR)  # a log must not mix with the result
    with ExitStack() as stack:
        stack.enter_context(_own_environment())
        servers = stack.enter_context(Embedded(home / "servers", durable=terms.durable))
        addresses, parts = servers.parts()
        sandbox_port, receiver_port = free_port(_LOOPBACK, 0), free_port(_LOOPBACK, 0)
        place = Place(addresses.database_url, addresses.broker_url, receiver_port)
        look = _SOON if terms.trouble.rate else _LOOK_SECONDS
        far = terms.detour("providers", sandbox_port)
        settings = _settings(plan, home, place, far, terms.lease_seconds, look)
        clock = home / "clock"
        clock.write_text(plan.days[0].on.isoformat() + "T00:00:00+00:00", encoding="ascii")
        door = terms.detour("receiver", receiver_port)
        sandbox = _sandbox(plan, home, sandbox_port, door, place.environment(settings))
        theirs = _detoured(place, terms.detour)
        everything = [*parts, sandbox, *workers(settings, theirs, Crew())]
        watched = stack.enter_context(Stack(everything, home, say=say))
        stack.enter_context(signposted(place, home))
        wired = wiring.Wiring.build(settings, app.create(settings, place.broker_url))
        stack.callback(wired.close)
        players = stack.enter_context(SandboxControl(f"http://{_LOOPBACK}:{sandbox_port}"))
        terms.trouble.begin(players)
        control = Control(players, plan.place, terms.trouble, terms.patience_seconds)
        yield House(control, Office(wired.deps, clock, terms.patience_seconds), watched, place)


def _detoured(place: Place, detour: Detour) -> Place:
    """Where the parts of Redress find their servers, if the way there isn't straight."""
    return replace(
        place,
        database_url=_by_port(place.database_url, detour, "database"),
        broker_url=_by_port(place.broker_url, detour, "broker"),
    )


def _by_port(url: str, detour: Detour, name: str) -> str:
    parts = urlsplit(url)
    assert parts.port is not None  # noqa: S101 - a server of ours has one
    login, _, _ = parts.netloc.rpartition("@")
    port = detour(name, parts.port)
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.hostname}:{port}"))


@contextmanager
def _own_environment() -> Iterator[None]:
    """Keep the caller's settings out: a demo has its own."""
    ours = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("REDRESS_")}
    try:
        yield
    finally:
        os.environ.update(ours)


def _settings(
    plan: Plan, home: Path, place: Place, sandbox_port: int, lease_seconds: float, look: float
) -> Settings:
    file = home / "redress.toml"
    seconds = READ_INTERVAL.total_seconds()
    host, sandbox = f"http://{_LOOPBACK}:{sandbox_port}", SandboxConfig()
    tables: dict[str, dict[str, object]] = {
        "receiver": {"host": _LOOPBACK, "port": place.receiver_port},
        "sweep": {"seconds": look, "lease_seconds": lease_seconds},
        "retry": dict(_IMPATIENT),
        f"shops.{SHOP}": {
            "timezone": plan.place.timezone,
            "currency": plan.place.currency,
            "country": plan.place.country,
            "due_days": plan.due_days,
            "dispute_undelivered": True,
            "refund_allowance": plan.refund_allowance,
        },
        f"accounts.{DESK}": {
            "provider": "bizkithub",
            "shop": SHOP,
            "environment": "sandbox",
            "base_url": f"{host}/bizkithub",
            "api_key": sandbox.bizkithub_api_key,
            "reference_footer": True,
            "read_interval": seconds,
            "requests_per_minute": _AS_MANY_AS_IT_TAKES,
        },
        f"accounts.{ZENKI}": {
            "provider": "zenki",
            "shop": SHOP,
            "environment": "sandbox",
            "base_url": f"{host}/zenki",
            "client_id": sandbox.zenki_client_id,
            "client_secret": sandbox.zenki_client_secret,
            "webhook_secrets": [sandbox.zenki_webhook_secret],
            "dispute_create": True,
            "refund": True,
            "read_interval": seconds,
            "requests_per_minute": _AS_MANY_AS_IT_TAKES,
        },
        f"accounts.{CHAT}": {
            "provider": "chat",
            "shop": SHOP,
            "environment": "sandbox",
            "username": sandbox.chat_username,
            "password": sandbox.chat_password,
            # Accidents step the clock by up to 90 minutes, also between a message and its repeat.
            "window_minutes": 180,
        },
    }
    top = {
        "data_dir": ".",
        "story_clock": "clock",
        "database_url": place.database_url,
        "broker_url": place.broker_url,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    file.touch(mode=0o600)  # it holds the servers' passwords
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(file, {})


def _toml(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _sandbox(plan: Plan, home: Path, port: int, door: int, env: Mapping[str, str]) -> Part:
    receiver = f"http://{_LOOPBACK}:{door}"
    config = SandboxConfig(
        zenki_webhook_url=f"{receiver}/hooks/{ZENKI}",
        chat_url=f"{receiver}/chat/{CHAT}",
        seed=plan.seed,
    )
    file = home / "sandbox.json"
    file.write_text(config.model_dump_json(), encoding="utf-8")
    arguments = ("--port", str(port), "--wire", str(home / WIRE), "--config", str(file))
    return Part(
        name="sandbox",
        argv=(executable, "-m", "providers.sandbox", *arguments),
        address=f"http://{_LOOPBACK}:{port}",
        env=env,
        cwd=home,
        ready=LineSeen("sandbox ready"),
    )
