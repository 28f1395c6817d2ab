"""What arrives is kept before anything is decided, and claimed before it is worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints import store
from complaints.store import Store
from complaints.store.receipts import LONELY_AFTER, PARKED_AFTER, Arrival, process_name
from complaints.vocabulary import AccountName, Source
from tests.complaints.records import BOT, DESK, NOW, ZENKI
from tests.complaints.together import together

ALL = [BOT, DESK, ZENKI]


def arrival(key: str, account: AccountName = DESK, body: bytes = b"{}", **other: Any) -> Arrival:
    """Something that came in under a dedupe key."""
    return Arrival.model_validate(
        {
            "account": account,
            "source": Source.WEBHOOK,
            "form": "test",
            "body": body,
            "dedupe_key": key,
            **other,
        }
    )


def rows(opened: Store, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with opened.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def claimed(
    opened: Store, *, limit: int = 10, seconds: float = 30, lonely: bool = False
) -> list[int]:
    """Sequences of a claim."""
    batch = opened.receipts.claim(ALL, limit, seconds, lonely=lonely)
    return [observation.seq for observation in batch.observations]


# -- keeping -----------------------------------------------------------------------------


def test_arrivals_are_kept_in_their_order(opened: Store) -> None:
    """Each gets a sequence of its own, greater than all before."""
    first = opened.receipts.keep([arrival("a"), arrival("b"), arrival("c")], NOW)
    second = opened.receipts.keep([arrival("d")], NOW)
    seqs = [kept.seq for kept in first + second]
    assert seqs == sorted(set(seqs))
    assert all(kept.fresh for kept in first + second)


def test_a_repeat_is_only_counted(opened: Store) -> None:
    """The first body stays, the same sequence is returned, and each delivery counts."""
    first = opened.receipts.keep([arrival("a", body=b"first")], NOW)[0]
    again = opened.receipts.keep([arrival("a", body=b"second"), arrival("b")], NOW)[0]
    opened.receipts.keep([arrival("a", body=b"third")], NOW + timedelta(days=40))
    assert (again.seq, again.fresh) == (first.seq, False)
    assert rows(opened, "SELECT deliveries FROM receipt ORDER BY seq") == [(3,), (1,)]
    assert rows(opened, "SELECT body FROM payload ORDER BY seq")[0] == (b"first",)
    assert rows(opened, "SELECT count(*) FROM observation") == [(2,)]


def test_a_repeat_counts_after_it_was_decided_too(opened: Store) -> None:
    """The verdict stays as it is."""
    opened.receipts.keep([arrival("a")], NOW)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE receipt SET verdict = 'applied'"))
    opened.receipts.keep([arrival("a")], NOW)
    assert rows(opened, "SELECT verdict, deliveries FROM receipt") == [("applied", 2)]
    assert claimed(opened) == []


def test_accounts_have_keys_of_their_own(opened: Store) -> None:
    """The same delivery id at two accounts is two arrivals."""
    kept = opened.receipts.keep([arrival("a", DESK), arrival("a", ZENKI)], NOW)
    assert [one.fresh for one in kept] == [True, True]


def test_keys_differ_by_case_and_accent(opened: Store) -> None:
    """A key is bytes, not a word of some language."""
    kept = opened.receipts.keep([arrival("a"), arrival("A"), arrival("á"), arrival("a ")], NOW)
    assert all(one.fresh for one in kept)


def test_an_arrival_may_be_anything(opened: Store) -> None:
    """Empty, binary and large bodies come back as they were."""
    bodies = [b"", bytes(range(256)), b"x" * 300_000]
    opened.receipts.keep([arrival(str(n), body=body) for n, body in enumerate(bodies)], NOW)
    batch = opened.receipts.claim(ALL, 10, 30)
    assert [observation.body for observation in batch.observations] == bodies


def test_a_read_carries_the_mark_of_its_begin(opened: Store) -> None:
    """A webhook counts from its receipt, a read from the moment before it began."""
    mark = opened.receipts.mark()
    kept = opened.receipts.keep([arrival("read", as_of=mark), arrival("hook")], NOW)
    batch = opened.receipts.claim(ALL, 10, 30)
    assert [o.as_of for o in batch.observations] == [mark, kept[1].seq]
    assert mark < kept[0].seq


def test_two_threads_keep_the_same_arrival_once(opened: Store) -> None:
    """One is fresh, the other a repeat, and both get the same sequence."""
    kept = together(*[lambda: opened.receipts.keep([arrival("a")], NOW)[0]] * 4)
    assert len({one.seq for one in kept}) == 1
    assert sorted(one.fresh for one in kept) == [False, False, False, True]
    assert rows(opened, "SELECT deliveries FROM receipt") == [(4,)]


def test_nothing_at_all_is_kept_without_a_word(opened: Store) -> None:
    """An empty batch makes no row."""
    assert opened.receipts.keep([], NOW) == []


def test_a_digest_tells_bodies_apart_and_needs_the_key(opened: Store) -> None:
    """Keyed, so that nobody can try bodies that they guess."""
    other = store.open("postgresql+psycopg://nowhere", pepper=b"another")
    assert opened.receipts.digest(b"a") == opened.receipts.digest(b"a")
    assert opened.receipts.digest(b"a") != opened.receipts.digest(b"b")
    assert opened.receipts.digest(b"a") != other.receipts.digest(b"a")
    other.close()


# -- months ------------------------------------------------------------------------------

MONTHS = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'observation'::regclass ORDER BY 1"
)


def test_each_month_has_a_partition_of_its_own(opened: Store) -> None:
    """Made when the first observation of the month arrives, over the end of a year too."""
    for n, moment in enumerate(
        [
            datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
            datetime(2028, 2, 29, 12, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
        ]
    ):
        opened.receipts.keep([arrival(str(n))], moment)
    assert rows(opened, MONTHS) == [
        ("observation_2026_12",),
        ("observation_2027_01",),
        ("observation_2028_02",),
    ]
    assert rows(opened, "SELECT count(*) FROM observation_2026_12") == [(2,)]


def test_two_processes_make_the_same_month_at_once(opened: Store, database_url: str) -> None:
    """Both see it missing, one makes it, and neither fails."""
    stores = [opened, *[store.open(database_url) for _ in range(3)]]
    kept = together(
        *[
            lambda n=n, one=one: one.receipts.keep([arrival(str(n))], NOW)[0].fresh
            for n, one in enumerate(stores)
        ]
    )
    assert kept == [True] * 4
    assert rows(opened, "SELECT count(*) FROM observation") == [(4,)]
    for one in stores[1:]:
        one.close()


def test_a_month_whose_first_arrival_failed_is_made_by_the_next(opened: Store) -> None:
    """What a rolled-back transaction took along isn't taken for granted."""
    with pytest.raises(Exception, match="NUL"):
        opened.receipts.keep([arrival("a", form="\0")], NOW)
    assert opened.receipts.keep([arrival("b")], NOW)[0].fresh


def test_an_error_of_the_database_shows_no_body(opened: Store) -> None:
    """Errors end in logs, and bodies are personal data."""
    with pytest.raises(Exception, match="NUL") as caught:
        opened.receipts.keep([arrival("a", body=b"Asha Rao", form="\0")], NOW)
    assert "INSERT INTO payload" in str(caught.value)
    assert "Asha" not in str(caught.value)


# -- claiming ----------------------------------------------------------------------------


def test_a_claim_takes_the_oldest_first(opened: Store) -> None:
    """As many as wanted, of these accounts alone, and nobody else gets them meanwhile."""
    kept = opened.receipts.keep([arrival(str(n)) for n in range(5)], NOW)
    opened.receipts.keep([arrival("other", AccountName("gone"))], NOW)
    seqs = [one.seq for one in kept]
    assert claimed(opened, limit=3) == seqs[:3]
    assert claimed(opened) == seqs[3:]
    assert claimed(opened) == []


def test_claims_at_once_share_the_work(opened: Store) -> None:
    """Every row goes to exactly one of four threads."""
    opened.receipts.keep([arrival(str(n)) for n in range(40)], NOW)
    shares = together(*[lambda: claimed(opened, limit=10)] * 4)
    flat = [seq for share in shares for seq in share]
    assert len(flat) == len(set(flat))
    rest = claimed(opened, limit=40)
    assert len(flat) + len(rest) == 40


def test_a_claim_ends_with_its_lease(opened: Store) -> None:
    """What a dead worker held is claimed again."""
    kept = opened.receipts.keep([arrival("a")], NOW)[0]
    assert claimed(opened, seconds=0) == [kept.seq]
    assert claimed(opened, seconds=30) == [kept.seq]
    assert claimed(opened) == []


def test_what_is_given_up_is_claimed_at_once(opened: Store) -> None:
    """Its try counts if it raised something, and not if the store was busy."""
    opened.receipts.keep([arrival("a")], NOW)
    opened.receipts.give_up(opened.receipts.claim(ALL, 10, 3600), fault="ValueError")
    opened.receipts.give_up(opened.receipts.claim(ALL, 10, 3600))
    assert rows(opened, "SELECT attempts, fault FROM receipt") == [(1, None)]
    assert len(claimed(opened)) == 1


def test_a_row_that_never_ends_is_worked_alone(opened: Store) -> None:
    """After so many claims it takes no neighbour along."""
    bad, good = opened.receipts.keep([arrival("bad"), arrival("good")], NOW)
    with opened.engine.begin() as connection:
        connection.execute(
            text("UPDATE receipt SET attempts = :n WHERE seq = :seq"),
            {"n": LONELY_AFTER, "seq": bad.seq},
        )
    opened.receipts.keep([arrival("later")], NOW)
    assert bad.seq not in claimed(opened)
    assert claimed(opened, limit=10, lonely=True) == [bad.seq]
    assert good.seq != bad.seq


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("it hung", "worker {} hung or died while it decided it"),
        ("it died", "worker {} ended with signal 9 (SIGKILL) while it decided it"),
        ("it raised", "deciding it raises ValueError"),
    ],
)
def test_a_row_that_never_ends_is_set_aside(opened: Store, ending: str, why: str) -> None:
    """After its claims are used up, however they ended; with what is known of the last one."""
    kept = opened.receipts.keep([arrival("bad")], NOW)[0]
    for claim in range(PARKED_AFTER):
        assert opened.receipts.park_hopeless() == []
        batch = opened.receipts.claim(ALL, 5, 0, lonely=claim >= LONELY_AFTER)
        assert [o.seq for o in batch.observations] == [kept.seq]
        if ending == "it raised":
            opened.receipts.give_up(batch, fault="ValueError")
    if ending == "it died":
        opened.accounts.died(process_name(), "signal 9 (SIGKILL)")
    assert claimed(opened) == claimed(opened, lonely=True) == []
    assert opened.receipts.park_hopeless() == [kept.seq]
    assert rows(opened, "SELECT verdict, reason FROM receipt") == [
        ("quarantined", f"claimed {PARKED_AFTER} times, no result: {why.format(process_name())}")
    ]
    assert opened.receipts.park_hopeless() == []


def test_a_running_last_try_isnt_set_aside(opened: Store) -> None:
    """Its worker may yet come to an end."""
    opened.receipts.keep([arrival("slow")], NOW)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE receipt SET attempts = :n"), {"n": PARKED_AFTER - 1})
    assert len(claimed(opened, lonely=True)) == 1
    assert opened.receipts.park_hopeless() == []
