"""Opening the store: one engine per process, made after a fork and never shared over one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError

from complaints.store import (
    blind,
    casework,
    conflicts,
    dues,
    evidence,
    explanations,
    forecasts,
    oddities,
    saving,
    schema,
    screens,
    waiting,
)
from complaints.store.accounts import Accounts
from complaints.store.attachments import Attachments
from complaints.store.audits import Audits
from complaints.store.escalations import Escalations
from complaints.store.freezes import Freezes
from complaints.store.intake import Intakes
from complaints.store.ledger import Ledger
from complaints.store.notices import Notices
from complaints.store.outages import Outages
from complaints.store.pushes import Pushes
from complaints.store.reads import Reads
from complaints.store.receipts import Receipts
from complaints.store.replays import Replays
from complaints.store.rulesets import Rulesets
from complaints.store.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

    from complaints.blind import Seen
    from complaints.docket import Docket
    from complaints.evidence import Known
    from complaints.ladder import Ladder
    from complaints.names import News
    from complaints.rules import AccountProfile
    from complaints.store.oddities import Oddity
    from complaints.store.receipts import Batch
    from complaints.vocabulary import AccountName, ComplaintNumber, ShopName

_SAFETY = (
    "-c statement_timeout=30000 -c lock_timeout=10000"
    " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
)
# We look rows up by key, a batch at a time.  At its default (4, for a disk with arms) PostgreSQL
# would rather read a whole table of middling size for each batch.
_BY_KEY = " -c random_page_cost=1.1"


_IDLE_SECONDS = 5.0
_PATIENCE = 10
"""So often a batch is begun again while others change what belongs together."""


def open(url: str, pepper: bytes | None = None) -> Store:  # noqa: A001 - `store.open(url)`
    """Open the store at a SQLAlchemy URL (``postgresql+psycopg://...``).  Connects lazily.

    `pepper` keys the hashes that remain when a person's data is forgotten; by default it is
    the store's own, made with the first migration.
    """
    return Store(engine_of(url), pepper)


def engine_of(url: str | URL, more: str = "") -> Engine:
    """Connections to a database; `more` are further options of theirs."""
    engine = create_engine(
        url,
        # Parameters hold bodies and claims, and errors end in logs.
        hide_parameters=True,
        pool_size=4,
        max_overflow=12,
        pool_recycle=1800,
        connect_args={
            "options": _SAFETY + _BY_KEY + more,
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "application_name": "redress",
        },
    )
    _ping_the_idle(engine)
    return engine


def _ping_the_idle(engine: Engine) -> None:
    """Try a connection before use, but only one that lay idle: a ping costs as much as a read."""

    @event.listens_for(engine, "checkin")
    def _put_back(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["idle since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _take_out(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        idle = time.monotonic() - record.info.get("idle since", time.monotonic())
        if idle > _IDLE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error:
                raise DisconnectionError from None  # the pool makes a new one


class Store:
    """What the use cases ask of the database, grouped by what it is about."""

    def __init__(self, engine: Engine, pepper: bytes | None) -> None:
        self.engine = engine
        self.pepper = pepper
        self.receipts = Receipts(engine, pepper)
        self.intakes = Intakes(engine, self.receipts)
        self.reads = Reads(engine, self.receipts)
        self.replays = Replays(engine, self.receipts)
        self.pushes = Pushes(engine)
        self.escalations = Escalations(engine)
        self.notices = Notices(engine)
        self.accounts = Accounts(engine)
        self.attachments = Attachments(engine)
        self.ledger = Ledger(engine)
        self.seals = Seals(engine, self.receipts)
        self.rulesets = Rulesets(engine, self.receipts)
        self.audits = Audits(engine)
        self.freezes = Freezes(engine)
        self.outages = Outages(engine)

    @contextmanager
    def casework(
        self, news: Sequence[News], accounts: Mapping[AccountName, AccountProfile]
    ) -> Iterator[tuple[Connection, Docket]]:
        """One transaction in which the cases of `news` are locked, decided and saved.

        Raises `casework.StoreBusy` when the database is the one that failed, or when others
        change what belongs together again and again.
        """
        with self._patiently(
            lambda connection, orders: casework.load(connection, news, accounts, orders)
        ) as begun:
            yield begun

    @contextmanager
    def reopened(self, complaints: Sequence[int]) -> Iterator[tuple[Connection, Docket]]:
        """One transaction in which these complaints are locked and decided once more.

        Raises `casework.StoreBusy`, as `casework` does.
        """
        with self._patiently(
            lambda connection, orders: casework.reopen(connection, complaints, orders)
        ) as begun:
            yield begun

    @contextmanager
    def _patiently(
        self, load: Callable[[Connection, frozenset[int]], Docket]
    ) -> Iterator[tuple[Connection, Docket]]:
        """A transaction that is begun again while more belongs together than was locked."""
        orders: frozenset[int] = frozenset()
        left = _PATIENCE
        while left:
            try:
                with self.engine.begin() as connection:
                    yield connection, load(connection, orders)
            except casework.CasesMoved as moved:
                # While more orders are found there is progress, and an end to it.
                left = left - 1 if moved.orders <= orders else _PATIENCE
                orders |= moved.orders
            except OperationalError as fault:
                raise casework.StoreBusy(type(fault.orig).__name__) from None
            else:
                return
        raise casework.StoreBusy("what belongs together changes too often")

    def save(
        self,
        connection: Connection,
        docket: Docket,
        batch: Batch,
        now: datetime,
        accounts: Mapping[AccountName, AccountProfile],
        held: frozenset[AccountName],
    ) -> None:
        """Write what a docket decided.  Raises `saving.LeaseLost`."""
        saving.save(connection, docket, batch, now, accounts, held)

    def migrate(self) -> None:
        """Bring the schema up to date.  Several processes at once do no harm."""
        schema.migrate(self.engine)

    def schema_is_current(self) -> bool:
        """Whether the newest migration was applied."""
        return schema.is_current(self.engine)

    def at_rest(self, now: datetime) -> screens.Rest:
        """How much there is to decide, push, read and tell at business time `now`."""
        with self.engine.connect() as connection:
            return screens.at_rest(connection, now)

    def overview(self, now: datetime) -> screens.Overview:
        """What the status screen shows at business time `now`."""
        with self.engine.connect() as connection:
            return screens.overview(connection, now)

    def oddities(
        self,
        account: AccountName | None,
        since: datetime | None,
        kinds: frozenset[Oddity],
        limit: int,
    ) -> tuple[dict[AccountName, dict[Oddity, int]], list[oddities.OddLine]]:
        """What the tables don't expect: how many of it all, and the newest of these kinds."""
        with self.engine.connect() as connection:
            return (
                oddities.counted(connection, account, since),
                oddities.listed(connection, account, since, kinds, limit),
            )

    def unknown_pushes(self) -> list[waiting.UnknownPush]:
        """Pushes whose answer was lost, the oldest first."""
        with self.engine.connect() as connection:
            return waiting.unknown_pushes(connection)

    def parked_pushes(self) -> list[waiting.ParkedPush]:
        """Pushes that were set aside, the oldest first."""
        with self.engine.connect() as connection:
            return waiting.parked_pushes(connection)

    def due(
        self, now: datetime, ahead: timedelta, shop: ShopName | None = None, limit: int = 1000
    ) -> list[dues.DueComplaint]:
        """Running complaints that have no more than `ahead` left, the first due first."""
        with self.engine.connect() as connection:
            return dues.listed(connection, now, ahead, shop, limit)

    def coming(
        self,
        now: datetime,
        until: datetime,
        shop: ShopName | None,
        ladders: Mapping[ShopName, Ladder],
        currencies: Mapping[ShopName, str],
    ) -> list[forecasts.Coming]:
        """Rungs that will be fired by then, if complaints run on as they stand."""
        with self.engine.connect() as connection:
            return forecasts.coming(connection, now, until, shop, ladders, currencies)

    def ended(
        self, since: datetime, until: datetime, shop: ShopName | None = None
    ) -> list[forecasts.Ended]:
        """Complaints that ended in that time, the first first."""
        with self.engine.connect() as connection:
            return forecasts.ended(connection, since, until, shop)

    def alike(
        self, shop: ShopName, days: int, limit: int, newest: int | None
    ) -> list[tuple[Known, Known]]:
        """Cases of a shop that may be one by what they have in common."""
        with self.engine.begin() as connection:
            return evidence.pairs(connection, shop, days, limit, newest)

    def id_of(self, number: ComplaintNumber) -> int | None:
        """Id of a complaint, or of the one that it was merged into."""
        with self.engine.connect() as connection:
            return screens.id_of(connection, number)

    def case(self, number: ComplaintNumber) -> screens.CaseView | None:
        """One case with everything that happened to it."""
        with self.engine.connect() as connection:
            return screens.case(connection, number)

    def conflicts(self, *, closed: bool = False) -> list[conflicts.ConflictLine]:
        """Ends that contradict each other, the first due first."""
        with self.engine.connect() as connection:
            return conflicts.listed(connection, closed=closed)

    def blind(
        self, shops: Mapping[AccountName, ShopName], gone: Collection[str]
    ) -> dict[AccountName, Seen]:
        """What can be counted of all that the accounts of these shops don't show."""
        with self.engine.connect() as connection:
            return blind.seen(connection, shops, gone)

    def why(self, number: ComplaintNumber, at: datetime) -> explanations.Why | None:
        """Why each field of a complaint had its value at business time `at`."""
        with self.engine.connect() as connection:
            return explanations.why(connection, number, at)

    def manual_actions(self) -> list[waiting.ManualAction]:
        """What people have to do by hand in the providers' portals."""
        with self.engine.connect() as connection:
            return waiting.manual_actions(connection)

    def rung_tasks(self) -> list[waiting.RungTask]:
        """What people have to do because of rungs, the oldest first."""
        with self.engine.connect() as connection:
            return waiting.rung_tasks(connection)

    def waiting_pushes(self, account: AccountName) -> list[waiting.WaitingPush]:
        """Pushes to this account that are held, in the order in which they would be sent."""
        with self.engine.connect() as connection:
            return waiting.waiting_pushes(connection, account)

    def held_of(self, number: ComplaintNumber) -> list[waiting.WaitingPush]:
        """Pushes of one complaint that wait for a person."""
        with self.engine.connect() as connection:
            return waiting.held_of(connection, number)

    def dump(self, path: Path) -> None:
        """Write the whole store as JSON lines, one object per row with its ``table``."""
        with self.engine.connect() as connection:
            screens.dump(connection, path)

    def count(self, account: AccountName, what: str) -> None:
        """Raise a counter of an account."""
        self.accounts.count(account, what)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
