"""Deciding observations once more: which there are, what would come of it, and having it done.

What would come of it is tried in one transaction that is rolled back.  It decides by the very
rows that the real thing will find, pushes on their way included, and costs as much as what is
chosen; a scratch schema would have to fold everything that was ever observed.  As long as it
runs, workers wait for the cases that it touches, as they wait for one another.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from complaints.model import Observation
from complaints.store import casework, saving
from complaints.store.bulk import numbers
from complaints.store.receipts import REPLAYED, Batch
from complaints.vocabulary import AccountName, PushKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from complaints.docket import Docket
    from complaints.names import News
    from complaints.rules import AccountProfile
    from complaints.store.receipts import Arrival, Kept, Receipts


class Candidate(NamedTuple):
    """An observation that may be decided once more."""

    seq: int
    account: AccountName
    verdict: str
    reason: str
    kept: bool
    """What it said is still there."""


class Asked(NamedTuple):
    """Pushes of one kind that would be asked of an account."""

    account: AccountName
    kind: PushKind
    state: str
    number: int


class Effects(NamedTuple):
    """What deciding once more would come to."""

    verdicts: dict[str, int]
    """How many observations would end so."""
    opened: int
    """Complaints that would be opened."""
    changed: int
    """Complaints whose status, outcome or conflict would be another one."""
    pushes: list[Asked]
    given_up: int
    """Pushes that wait now, and would not be made any more."""
    reads: dict[AccountName, int]
    """Records that would be read at once."""


_CANDIDATES = """
SELECT r.seq, r.account, r.verdict, coalesce(r.reason, ''), p.seq IS NOT NULL
FROM receipt r LEFT JOIN payload p USING (seq) WHERE {} ORDER BY r.seq
"""
_NAMED = text(_CANDIDATES.format("r.seq = ANY(CAST(:seqs AS bigint[]))"))
_FOUND = text(
    _CANDIDATES.format(
        "(NOT :quarantined OR r.verdict = 'quarantined')"
        " AND (CAST(:account AS text) IS NULL OR r.account = :account)"
        " AND (CAST(:since AS timestamptz) IS NULL OR r.received_at >= :since)"
    )
)
_ACTS_SINCE = text(
    _CANDIDATES.format(
        "r.account = 'operator' AND r.verdict IN ('quarantined', 'applied') AND r.seq > :seq"
    )
)

_OBSERVATIONS = text("""
SELECT o.seq, o.account, o.source, o.form, o.external_id, o.received_at, o.as_of, o.number,
  true AS again, p.body
FROM receipt r JOIN observation o ON o.seq = r.seq AND o.received_at = r.received_at
JOIN payload p ON p.seq = r.seq WHERE r.seq = ANY(CAST(:seqs AS bigint[])) ORDER BY r.seq
""")

_REOPEN = text("""
UPDATE receipt SET verdict = 'pending', reason = :replayed, attempts = 0, lease = :lease,
  lease_until_tech = NULL
WHERE seq = ANY(CAST(:seqs AS bigint[])) AND verdict <> 'pending' RETURNING seq
""")

# Rows that this transaction itself has written.
_OURS = "xmin = CAST(pg_current_xact_id() AS xid)"
_LAST = text("SELECT (SELECT max(id) FROM push), (SELECT max(id) FROM complaint)")
_VERDICTS = text("""
SELECT verdict, count(*) FROM receipt WHERE seq = ANY(CAST(:seqs AS bigint[]))
GROUP BY verdict ORDER BY verdict
""")
_PUSHES = text(f"""
SELECT account, kind, state, count(*) FROM push
WHERE {_OURS} AND state IN ('held', 'due', 'manual')
GROUP BY account, kind, state ORDER BY account, kind, state
""")  # noqa: S608 - SQL from above
_GIVEN_UP = text(
    f"SELECT count(*) FROM push WHERE {_OURS} AND state = 'superseded' AND id <= :last"  # noqa: S608
)
_READS = text(f"""
SELECT account, count(*) FROM mirror
WHERE {_OURS} AND next_read_at <= :now AND read_for IN ('hint', 'import_read', 'again')
GROUP BY account ORDER BY account
""")  # noqa: S608 - SQL from above
_STATES = "SELECT id, status, outcome, conflict FROM complaint WHERE "
_OUR_STATES = text(_STATES + _OURS)
_STATES_BEFORE = text(_STATES + "id = ANY(CAST(:ids AS bigint[]))")


class Trial:
    """One transaction in which observations are decided once more, and that is rolled back."""

    def __init__(self, connection: Connection, outside: Engine, seqs: Sequence[int]) -> None:
        self._connection = connection
        self._outside = outside
        self._lease = uuid4()
        self._seqs = {"seqs": numbers(seqs)}
        connection.execute(_REOPEN, {**self._seqs, "replayed": REPLAYED, "lease": self._lease})
        push, complaint = connection.execute(_LAST).one()
        self._last_push, self._last_complaint = push or 0, complaint or 0

    def load(self, news: Sequence[News], accounts: Mapping[AccountName, AccountProfile]) -> Docket:
        """Lock and read what deciding about `news` needs.  Raises `casework.StoreBusy`."""
        try:
            return self._load(news, accounts, frozenset())
        except OperationalError as fault:
            raise casework.StoreBusy(type(fault.orig).__name__) from None

    def _load(
        self,
        news: Sequence[News],
        accounts: Mapping[AccountName, AccountProfile],
        orders: frozenset[int],
    ) -> Docket:
        try:
            return casework.load(self._connection, news, accounts, orders)
        except casework.CasesMoved as moved:
            # It keeps its locks, so this may meet a worker that waits for them: it is tried again.
            if moved.orders <= orders:
                raise casework.StoreBusy("what belongs together changes too often") from None
            return self._load(news, accounts, moved.orders)

    def save(
        self,
        docket: Docket,
        now: datetime,
        accounts: Mapping[AccountName, AccountProfile],
        held: frozenset[AccountName],
    ) -> None:
        """Write what a docket decided, for the next one to find."""
        batch = Batch(self._lease, ())
        saving.save(self._connection, docket, batch, now, accounts, held)

    def effects(self, now: datetime) -> Effects:
        """What all of it has come to."""
        connection = self._connection
        after = {row.id: tuple(row) for row in connection.execute(_OUR_STATES)}
        with self._outside.connect() as outside:
            found = outside.execute(_STATES_BEFORE, {"ids": numbers(after)})
            before = {row.id: tuple(row) for row in found}
        last = {"last": self._last_push}
        return Effects(
            verdicts={str(name): n for name, n in connection.execute(_VERDICTS, self._seqs)},
            opened=len(after.keys() - before.keys()),
            changed=sum(before[id_] != after[id_] for id_ in before),
            pushes=[
                Asked(AccountName(account), PushKind(kind), state, count)
                for account, kind, state, count in connection.execute(_PUSHES)
            ],
            given_up=connection.execute(_GIVEN_UP, last).scalar_one(),
            reads={AccountName(name): n for name, n in connection.execute(_READS, {"now": now})},
        )


class Replays:
    """Observations that were decided, and may be once more."""

    def __init__(self, engine: Engine, receipts: Receipts) -> None:
        self._engine = engine
        self._receipts = receipts

    def named(self, seqs: Sequence[int]) -> list[Candidate]:
        """These observations, as far as there are any."""
        return self._candidates(_NAMED, seqs=numbers(seqs))

    def found(
        self, account: AccountName | None, since: datetime | None, *, quarantined: bool
    ) -> list[Candidate]:
        """All of an account, all received since, all that are quarantined; None: of any."""
        return self._candidates(_FOUND, account=account, since=since, quarantined=quarantined)

    def acts_since(self, seq: int) -> list[Candidate]:
        """What people did later than an observation, and was decided."""
        return self._candidates(_ACTS_SINCE, seq=seq)

    def _candidates(self, query: object, **values: object) -> list[Candidate]:
        with self._engine.connect() as connection:
            return [Candidate(*row) for row in connection.execute(query, values)]  # type: ignore[call-overload]

    def observations(self, seqs: Sequence[int]) -> list[Observation]:
        """What is kept of these observations, in their order."""
        with self._engine.connect() as connection:
            rows = connection.execute(_OBSERVATIONS, {"seqs": numbers(seqs)}).mappings()
            return [Observation.model_validate(dict(row)) for row in rows]

    @contextmanager
    def trial(self, seqs: Sequence[int]) -> Iterator[Trial]:
        """Try what would come of deciding these once more; nothing of it stays.

        Raises `casework.StoreBusy` when the database is the one that failed.
        """
        try:
            with self._engine.connect() as connection:
                attempt = connection.begin()
                try:
                    yield Trial(connection, self._engine, seqs)
                finally:
                    attempt.rollback()
        except OperationalError as fault:
            raise casework.StoreBusy(type(fault.orig).__name__) from None

    def reopen(
        self, seqs: Sequence[int], acts: Sequence[Arrival], now: datetime
    ) -> tuple[list[int], list[Kept]]:
        """Have these decided once more, and keep who said so, in one commit.

        Returns what is pending now: what was so before is left as it is.
        """
        with self._engine.begin() as connection:
            values = {"seqs": numbers(seqs), "replayed": REPLAYED, "lease": None}
            reopened = sorted(connection.execute(_REOPEN, values).scalars())
            return reopened, self._receipts.keep_within(connection, acts, now)
