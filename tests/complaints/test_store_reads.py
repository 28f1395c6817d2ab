"""Which mirrors are due to be read, and what reading them brought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints.store import Store
from complaints.store.reads import DueRead, Read, ReadBatch
from complaints.store.receipts import Arrival
from complaints.vocabulary import AccountName, ExternalId, Purpose, Source
from tests.complaints.records import BOT, DESK, NOW, ZENKI
from tests.complaints.together import together

SOON = NOW + timedelta(minutes=5)


def put(opened: Store, name: str, account: AccountName = DESK, **columns: Any) -> None:
    """Add a mirror that is due now, unless columns say otherwise."""
    row = {"account": account, "external_id": name, "next_read_at": NOW, **columns}
    names = ", ".join(row)
    with opened.engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO mirror ({names}) VALUES ({':' + names.replace(', ', ', :')})"),  # noqa: S608
            row,
        )


def column(opened: Store, name: str) -> dict[str, Any]:
    """One column of all mirrors, by external id."""
    with opened.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT external_id, {name} FROM mirror"))  # noqa: S608
        return {external_id: value for external_id, value in rows}  # noqa: C416


def claim(opened: Store, now: datetime = NOW, limit: int = 10, seconds: float = 30) -> ReadBatch:
    """Claim what is due."""
    allowed = {purpose: [DESK, ZENKI] for purpose in Purpose}
    return opened.reads.claim(allowed, limit, seconds, now)


def names(batch: ReadBatch) -> list[str]:
    """What was claimed."""
    return [due.external_id for due in batch.reads]


def read(due: DueRead, body: bytes | None, again: datetime | None = SOON) -> Read:
    """A read that brought this body; None: the same as before."""
    if body is None:
        return Read(due, None, due.body_hash, again)
    arrival = Arrival(
        account=due.account,
        source=due.source,
        form="test",
        external_id=due.external_id,
        body=body,
        dedupe_key=f"{due.external_id}#{due.read_number + 1}",
        as_of=due.as_of,
    )
    return Read(due, arrival, body, again)


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_what_is_due_is_claimed_in_its_order(opened: Store, limit: int) -> None:
    """Read-backs, hints, what was imported, what has to be repeated, then the longest unseen."""
    put(opened, "new", next_read_at=NOW - timedelta(hours=1))
    put(opened, "old", next_read_at=NOW - timedelta(hours=2))
    put(opened, "again", read_for="again")
    put(opened, "hint", read_for="hint")
    put(opened, "import", read_for="import_read")
    put(opened, "back", read_for="read_back")
    order = [name for _ in range(6) for name in names(claim(opened, limit=limit))]
    assert order == ["back", "hint", "import", "again", "old", "new"]


def test_what_isnt_due_isnt_claimed(opened: Store) -> None:
    """Later, never by itself, without an id, waiting after a failure, or of another account."""
    put(opened, "later", next_read_at=NOW + timedelta(microseconds=1))
    put(opened, "never", next_read_at=None)
    put(opened, "other", BOT)
    with opened.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO mirror (account, next_read_at) VALUES ('cz-desk', :now)"),
            {"now": NOW},
        )
        connection.execute(
            text(
                "INSERT INTO mirror (account, external_id, next_read_at, retry_tech) VALUES"
                " ('cz-desk', 'failed', :now, clock_timestamp() + interval '1 minute')"
            ),
            {"now": NOW},
        )
    assert names(claim(opened)) == []
    assert names(claim(opened, NOW + timedelta(seconds=1))) == ["later"]


def test_a_read_says_why_it_is_made(opened: Store) -> None:
    """A repeated read is a poll like any other."""
    for why in ("poll", "again", "hint", "import_read", "read_back"):
        put(opened, why, read_for=why)
    sources = {due.external_id: due.source for due in claim(opened).reads}
    assert sources == {
        "poll": Source.POLL,
        "again": Source.POLL,
        "hint": Source.HINT,
        "import_read": Source.IMPORT_READ,
        "read_back": Source.READ_BACK,
    }


def test_a_read_begins_after_all_that_was_received(opened: Store) -> None:
    """Its mark is drawn when it is claimed: later arrivals are newer, earlier ones older."""
    put(opened, "a")
    before = opened.receipts.mark()
    mark = claim(opened).reads[0].as_of
    assert before < mark < opened.receipts.mark()


def test_claims_at_once_share_the_mirrors(opened: Store) -> None:
    """No mirror is read twice."""
    for n in range(12):
        put(opened, str(n))
    found = together(*[lambda: names(claim(opened, limit=4))] * 3)
    flat = [name for share in found for name in share]
    assert len(flat) == len(set(flat))
    assert len(flat) + len(claim(opened, limit=20).reads) == 12


def test_a_read_that_brought_news_is_kept_and_planned(opened: Store) -> None:
    """One commit: the arrival, the read's number, its hash and the next time."""
    put(opened, "a")
    batch = claim(opened)
    assert opened.reads.record(batch, [read(batch.reads[0], b"news")], NOW) == 1
    kept = opened.receipts.claim([DESK], 10, 30).observations
    assert [(o.body, o.source, o.as_of) for o in kept] == [
        (b"news", Source.POLL, batch.reads[0].as_of)
    ]
    assert column(opened, "next_read_at") == {"a": SOON}
    assert column(opened, "last_read_at") == {"a": NOW}
    assert column(opened, "read_number") == {"a": 1}
    again = claim(opened, SOON).reads[0]
    assert (again.body_hash, again.read_number) == (b"news", 1)


def test_a_read_that_brought_nothing_new_makes_no_observation(opened: Store) -> None:
    """It is only planned again."""
    put(opened, "a")
    batch = claim(opened)
    assert opened.reads.record(batch, [read(batch.reads[0], None, None)], NOW) == 0
    assert opened.receipts.claim([DESK], 10, 30).observations == ()
    assert column(opened, "next_read_at") == {"a": None}


def test_recording_nothing_does_nothing(opened: Store) -> None:
    """A batch of which every read failed."""
    assert opened.reads.record(claim(opened), [], NOW) == 0


@pytest.mark.parametrize("why", ["hint", "read_back"])
def test_a_wish_to_read_takes_a_running_lease_away(opened: Store, why: str) -> None:
    """What was being read may be older than the wish: it isn't recorded, it is read again."""
    put(opened, "a")
    slow = claim(opened, seconds=3600)
    with opened.engine.begin() as connection:
        connection.execute(
            text("UPDATE mirror SET lease = NULL, lease_until_tech = NULL, read_for = :why"),
            {"why": why},
        )
    fresh = claim(opened)
    assert names(fresh) == ["a"]
    assert opened.reads.record(slow, [read(slow.reads[0], b"old")], NOW) == 0
    assert opened.reads.record(fresh, [read(fresh.reads[0], b"new")], NOW) == 1
    assert [o.body for o in opened.receipts.claim([DESK], 10, 30).observations] == [b"new"]


def test_a_lost_lease_loses_its_own_mirror_alone(opened: Store) -> None:
    """The others of the batch are recorded."""
    put(opened, "a")
    put(opened, "b")
    batch = claim(opened)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE mirror SET lease = NULL WHERE external_id = 'a'"))
    assert opened.reads.record(batch, [read(due, b"x") for due in batch.reads], NOW) == 1
    assert column(opened, "read_number") == {"a": 0, "b": 1}


def test_a_lease_that_ends_is_claimed_again(opened: Store) -> None:
    """Its worker has died."""
    put(opened, "a")
    assert names(claim(opened, seconds=0)) == ["a"]
    assert names(claim(opened)) == ["a"]
    assert names(claim(opened)) == []


def test_a_failed_read_waits_by_the_technical_clock(opened: Store) -> None:
    """Business time may stand still meanwhile; failures are counted until one works."""
    put(opened, "a")
    batch = claim(opened)
    opened.reads.failed(batch, batch.reads[0], 3600)
    assert names(claim(opened, NOW + timedelta(days=1))) == []
    assert column(opened, "failures") == {"a": 1}
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE mirror SET retry_tech = clock_timestamp()"))
    batch = claim(opened)
    assert batch.reads[0].failures == 1
    opened.reads.record(batch, [read(batch.reads[0], None)], NOW)
    assert column(opened, "failures") == {"a": 0}


def test_a_failure_of_a_lost_lease_counts_nowhere(opened: Store) -> None:
    """Somebody else reads it now."""
    put(opened, "a")
    slow = claim(opened, seconds=0)
    claim(opened)
    opened.reads.failed(slow, slow.reads[0], 3600)
    assert column(opened, "failures") == {"a": 0}


def test_what_was_not_read_is_handed_back(opened: Store) -> None:
    """At once, and only what is still ours."""
    put(opened, "a")
    put(opened, "b")
    batch = claim(opened, limit=1)
    other = claim(opened)
    opened.reads.unread(batch)
    assert names(claim(opened)) == names(batch)
    assert names(other) != names(batch)


def test_a_mirror_is_one_per_account_and_id(opened: Store) -> None:
    """The same id at two accounts is two mirrors, and a claim is about one account."""
    put(opened, "a")
    put(opened, "a", ZENKI)
    claimed = [claim(opened).reads for _ in range(3)]
    assert [[(due.account, due.external_id) for due in reads] for reads in claimed] == [
        [(DESK, ExternalId("a"))],
        [(ZENKI, ExternalId("a"))],
        [],
    ]
