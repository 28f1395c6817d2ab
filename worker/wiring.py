"""The composition root: settings in, working parts out.

The only place that opens the store, makes HTTP clients, and reads the business clock.
Everything here is per process: nothing that is made may be carried over a fork.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from complaints import store
from complaints.deadlines import law_of
from complaints.flow import Deps, Limits
from complaints.pacing import Followed, Pace, pace
from complaints.retrying import Delays
from complaints.rules import AccountProfile, Policy, ReadPlan, RungRule, ShopRules
from complaints.store.receipts import process_name
from providers.budget import Allowance, Budgets
from providers.bulkheads import Bulkheads
from providers.registry import PROVIDERS
from providers.shelf import LOCK_SECONDS, OwnShelf, RedisShelf, Shelf
from tasks.step import STEP
from worker import app as celery_module
from worker.faults import SettingsFault
from worker.notify import channels
from worker.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from celery import Celery

    from complaints.ports import Provider
    from complaints.vocabulary import AccountName, ShopName
    from providers.registry import Account as Made
    from providers.registry import Kinds
    from worker.app import Redress
    from worker.blocks import Shop
    from worker.settings import Account, Settings

NUDGE_SECONDS = 30
"""How long a nudge that was lost can keep others back."""
AWAY_SECONDS = 1.0
"""How long the broker isn't asked after it gave no answer."""
ROUND_SECONDS = 20.0
"""How long a step may go on before it lets others in: far below the grace of a shutdown."""
LIFE_SECONDS = 5.0
"""How often a worker leaves a sign of life per queue."""

log = structlog.get_logger("redress.wiring")


class NotConfigured(Exception):
    """No database or broker is named.  The text is one clear sentence."""


# -- clocks ------------------------------------------------------------------------------


def system_clock() -> datetime:
    """Business time: the host's clock."""
    return datetime.now(UTC)


def story_clock(file: Path) -> Callable[[], datetime]:
    """Business time out of a file that holds an ISO time: it stands still between steps."""

    def now() -> datetime:
        return datetime.fromisoformat(file.read_text(encoding="ascii").strip()).astimezone(UTC)

    return now


# -- Redis -------------------------------------------------------------------------------


def redis_client(url: str) -> redis.Redis:
    """A client that says at once when Redis is away: its own retries would take seconds."""
    return redis.Redis.from_url(
        url, socket_timeout=2.0, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0)
    )


# -- nudges ------------------------------------------------------------------------------


class Nudges:
    """Sends nudges that coalesce: one message per step is under way, however many ask.

    The flag lives in Redis beside the queues.  A nudge that can't be sent is no fault: the
    rows are there and the next look finds them.
    """

    def __init__(self, app: Celery, client: redis.Redis) -> None:
        self._app = app
        self._flags = client
        self._away_until = 0.0

    def nudge(self, step: str) -> None:
        """Ask for a step, unless it was asked for and hasn't begun."""
        with self._unless_away("nudge lost", step) as there:
            if there and self._flags.set(_flag(step), 1, nx=True, ex=NUDGE_SECONDS):
                self._send(step)

    def recall(self, step: str) -> None:
        """Ask for a step, whatever was asked before."""
        with self._unless_away("nudge lost", step) as there:
            if there:
                self._send(step)

    def calm(self, step: str) -> None:
        """Let the next nudge through: called before a step claims anything."""
        with self._unless_away("flag stays", step) as there:
            if there:
                self._flags.delete(_flag(step))

    @contextmanager
    def _unless_away(self, what: str, step: str) -> Iterator[bool]:
        """Whether to try at all: a broker that hangs mustn't be waited for again and again."""
        try:
            yield time.monotonic() >= self._away_until
        except (redis.RedisError, OSError) as fault:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning(what, step=step, fault=type(fault).__name__)

    def _send(self, step: str) -> None:
        from kombu.exceptions import OperationalError  # noqa: PLC0415 - slow to import

        try:
            self._app.send_task(STEP, args=[step], queue=step, retry=False)
        except OperationalError as fault:
            raise OSError(str(type(fault.__cause__ or fault).__name__)) from None


def _flag(step: str) -> str:
    return f"redress:nudged:{step}"


# -- deps --------------------------------------------------------------------------------


class Wiring:
    """What one process needs, and how to let go of it."""

    round_seconds = ROUND_SECONDS

    def __init__(self, deps: Deps, nudges: Nudges, client: redis.Redis) -> None:
        self.deps = deps
        self._nudges = nudges
        self._redis = client
        self._name = process_name()
        self._signed: dict[str, float] = {}

    @classmethod
    def build(cls, settings: Settings, app: Celery, kinds: Kinds = PROVIDERS) -> Wiring:
        """Wire a process.  Raises NotConfigured."""
        client = redis_client(broker_url(settings))
        nudges = Nudges(app, client)
        made = make_accounts(settings, kinds, token_shelf(settings, client))
        clock = story_clock(settings.story_clock) if settings.story_clock else system_clock
        deps = Deps(
            store=store.open(database_url(settings)),
            providers=made,
            accounts=profiles(settings, made, kinds),
            shops={name: shop_rules(name, shop) for name, shop in settings.shops.items()},
            clock=clock,
            nudge=nudges.nudge,
            recall=nudges.recall,
            channels=channels(settings),
            budget=Budgets(allowances(settings), client),
            bulkheads=Bulkheads(places(settings), client),
            limits=limits(settings),
        )
        return cls(deps, nudges, client)

    def calm(self, step: str) -> None:
        """Let the next nudge of this step through again."""
        self._nudges.calm(step)

    def broker_answers(self) -> bool:
        """Whether the broker can be reached now."""
        try:
            return bool(self._redis.ping())
        except (redis.RedisError, OSError):
            return False

    def sign_of_life(self, queue: str) -> None:
        """Leave a heartbeat for `queue`, not more often than is useful."""
        now = time.monotonic()
        if now - self._signed.get(queue, -LIFE_SECONDS) >= LIFE_SECONDS:
            self._signed[queue] = now
            self.deps.store.accounts.beat(queue, self._name)

    def close(self) -> None:
        """Let go of every connection."""
        close(self.deps)
        self._redis.close()


def limits(settings: Settings) -> Limits:
    """How long a claim holds, and what is waited after failures."""
    retry = settings.retry
    return Limits(
        lease=settings.sweep.lease_seconds,
        rest=retry.rest_seconds,
        longest_rest=retry.longest_rest_seconds,
        delays=Delays(first=retry.first_seconds, longest=retry.longest_seconds),
    )


def database_url(settings: Settings) -> str:
    """The database's address.  Raises NotConfigured."""
    if settings.database_url is None:
        raise NotConfigured("no database is named: set database_url, or use `redress up`")
    return settings.database_url.get_secret_value()


def broker_url(settings: Settings) -> str:
    """The broker's address.  Raises NotConfigured."""
    if settings.broker_url is None:
        raise NotConfigured("no broker is named: set broker_url, or use `redress up`")
    return settings.broker_url.get_secret_value()


def token_shelf(settings: Settings, client: redis.Redis) -> Shelf:
    """Where providers' tokens are kept: with all processes, if there is a key to hide them."""
    if settings.token_key is None:
        return OwnShelf()
    # Who waits for another's token waits inside of its own lease.
    held_off = min(LOCK_SECONDS, settings.sweep.lease_seconds / 3)
    return RedisShelf(client, settings.token_key, held_off)


def make_accounts(
    settings: Settings, kinds: Kinds = PROVIDERS, shelf: Shelf | None = None
) -> dict[AccountName, Made]:
    """The adapters of all accounts, each with connections of its own."""
    kept = shelf or OwnShelf()
    return {
        name: kinds[account.provider].construct(name, account.block, None, kept)
        for name, account in settings.accounts.items()
    }


@contextmanager
def opened_accounts(
    settings: Settings, kinds: Kinds = PROVIDERS
) -> Iterator[Mapping[AccountName, Provider]]:
    """The adapters for as long as somebody asks them something."""
    made = make_accounts(settings, kinds)
    try:
        yield made
    finally:
        for account in made.values():
            account.close()


def profile(account: Account, kinds: Kinds = PROVIDERS) -> AccountProfile:
    """What the domain has to know of an account.  Its capabilities come from its adapter."""
    kind = kinds[account.provider]
    seconds = getattr(account.block, "read_interval", None)
    plan = ReadPlan()
    if seconds is not None:
        every = timedelta(seconds=float(seconds))
        plan = ReadPlan(
            first=min(every, plan.first),
            running=every,
            ended=max(every, plan.ended),
            order=max(every, plan.order),
        )
    return AccountProfile(
        name=account.name,
        provider=account.provider,
        shop=account.shop,
        capabilities=frozenset(),
        order_space=kind.order_space if getattr(account.block, "follow_orders", True) else None,
        order_prefix=kind.order_prefix,
        live=not account.sandbox,
        read_plan=plan,
    )


def profiles(
    settings: Settings, made: Mapping[AccountName, Provider], kinds: Kinds = PROVIDERS
) -> dict[AccountName, AccountProfile]:
    """What the domain has to know of all accounts, with what their adapters can do."""
    return {
        name: profile(account, kinds).model_copy(update={"capabilities": made[name].capabilities})
        for name, account in settings.accounts.items()
    }


def allowances(settings: Settings) -> dict[AccountName, Allowance]:
    """The request budgets of the accounts that are called at all.

    A block says by ``allowed_per_minute`` that it is; the chat's does where it has a host.
    """
    found = {}
    for name, account in settings.accounts.items():
        per_minute = getattr(account.block, "allowed_per_minute", None)
        if per_minute is not None:
            found[name] = Allowance(
                per_minute=per_minute,
                pool=getattr(account.block, "budget_pool", None) or name,
                writes_per_subject=getattr(account.block, "writes_allowed", 0),
            )
    return found


def places(settings: Settings) -> dict[AccountName, int]:
    """How many requests at once the accounts are asked that say so."""
    said = {
        name: getattr(account.block, "requests_at_once", None)
        for name, account in settings.accounts.items()
    }
    return {name: number for name, number in said.items() if number is not None}


def paces(
    settings: Settings,
    opened: store.Store,
    providers: Mapping[AccountName, Provider],
    kinds: Kinds = PROVIDERS,
) -> dict[AccountName, Pace]:
    """How often each account's running cases are really read, as its budget allows.

    A read that makes several requests takes all of them from the budget, so it is by the
    budget's own count that an account is read less often.
    """
    followed = opened.reads.followed()
    return {
        name: pace(
            followed.get(name, Followed()),
            profile(settings.accounts[name], kinds).read_plan,
            allowance.for_polls / providers[name].cost(),
        )
        for name, allowance in allowances(settings).items()
        # One that can't be read isn't read at any pace.
        if providers[name].cost()
    }


def shop_rules(name: ShopName, shop: Shop) -> ShopRules:
    """A shop's policy out of its block."""
    return ShopRules(
        name=name,
        timezone=shop.timezone,
        due_days=shop.due_days,
        ladder=shop.ladder,
        rungs={name: RungRule(**rung.model_dump()) for name, rung in shop.rungs.items()},
        pauses=shop.pauses,
        legal=law_of(shop.country) if shop.legal_clock else "",
        reasonable_days=shop.reasonable_days,
        resolve_hours=shop.resolve_hours,
        respond_hours=shop.respond_hours,
        update_hours=shop.update_hours,
        policies=tuple(Policy(**policy.model_dump()) for policy in shop.policies),
        open_hours=shop.open_hours,
        closed_days=shop.closed_days,
        holidays_of=shop.holidays_of,
        dispute_undelivered=shop.dispute_undelivered,
        currency=shop.currency,
        refund_allowance=shop.refund_allowance,
        refund_release_above=shop.refund_release_above,
        replacement_orders=shop.replacement_orders,
        match_days=shop.match_days,
        evidence_days=shop.evidence_days,
        link_score=shop.link_score,
        review_score=shop.review_score,
        storm_pushes=shop.storm_pushes,
        storm_minutes=shop.storm_minutes,
        conflict_owner=shop.conflict_owner,
        conflict_hours=shop.conflict_hours,
        authority=shop.authority,
        authority_of=shop.authority_of,
    )


def deps(settings: Settings) -> Deps:
    """Everything a use case needs, for processes that are no Celery workers."""
    return Wiring.build(settings, celery_module.create(settings, broker_url(settings))).deps


def close(made: Deps) -> None:
    """Let go of the store and of the providers' connections."""
    for provider in made.providers.values():
        getattr(provider, "close", lambda: None)()
    made.store.close()


def warn(settings: Settings) -> None:
    """Say what is unwise in the settings, once for each process that is started."""
    if settings.in_the_clear:
        log.warning("settings.secrets_in_the_clear", keys=list(settings.in_the_clear))


def celery_app() -> Redress:
    """The app of a worker or beat process.  Ends the process when the settings are wrong."""
    try:
        settings = load()
        warn(settings)
        return celery_module.create(settings, broker_url(settings))
    except (SettingsFault, NotConfigured) as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - nobody else would say it
        raise SystemExit(2) from None
