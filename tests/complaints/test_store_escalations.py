"""What is past its due date is flagged, told once, and never again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints import flow
from complaints.ladder import Ladder, first_at, ladder
from complaints.rules import Priority, RungRule
from complaints.store import Store
from complaints.store.escalations import CONFLICT_LATE, LATE, MISSED, SOON
from complaints.store.notices import Notice
from complaints.vocabulary import ShopName, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, CZ, DESK, NOW, RULES, change, external, history
from tests.complaints.test_store_screens import busy
from tests.complaints.together import together

BARE = ladder(())
FULL = ladder(["-72h", "-24h", "+1d", "+3d"])


def put(
    store: Store,
    number: str,
    due: datetime | None = NOW,
    status: str = "open",
    version: int = 0,
    rungs: Ladder = BARE,
) -> None:
    """Add a complaint; a ``version`` makes it a deadline of that version as well."""
    first = None if due is None else first_at(due, rungs)
    row: dict[str, Any] = {
        "number": number, "due": due, "first": first, "status": status, "now": NOW,
    }  # fmt: skip
    with store.engine.begin() as connection:
        found = connection.execute(
            text(
                "INSERT INTO complaint"
                " (number, shop, status, outcome, origin, opened_at, due_at, rung_at, version)"
                " VALUES (:number, 'cz', :status, 'none', 'cz-bot', :now, :due, :first, 1)"
                " RETURNING id"
            ),
            row,
        ).scalar_one()
        for n in range(1, version + 1):
            connection.execute(
                text("INSERT INTO deadline VALUES (:id, 'shop', :n, :due, '1')"),
                {"id": found, "n": n, "due": due},
            )


def overdue(store: Store) -> list[str]:
    """Numbers that are flagged."""
    with store.engine.connect() as connection:
        sql = "SELECT number FROM complaint WHERE overdue ORDER BY number"
        return list(connection.execute(text(sql)).scalars())


@pytest.mark.parametrize(
    ("due", "status", "flagged"),
    [
        (NOW, "open", True),
        (NOW + timedelta(microseconds=1), "open", False),
        (NOW - timedelta(days=900), "open", True),
        (NOW, "new", True),
        (NOW, "waiting", True),
        (NOW, "resolved", False),
        (NOW, "rejected", False),
        (NOW, "closed", False),
        (None, "open", False),
    ],
)
def test_what_is_overdue(
    opened: Store,
    due: datetime | None,
    status: str,
    flagged: bool,  # noqa: FBT001
) -> None:
    """From the first moment after the due day on, while the case runs."""
    put(opened, "1", due, status)
    assert opened.escalations.fire(NOW, 10) == int(flagged)
    assert overdue(opened) == (["1"] if flagged else [])
    assert bool(opened.at_rest(NOW).escalations) is flagged


def test_a_rung_fires_once(opened: Store) -> None:
    """However often it is looked for, and whatever becomes of the case."""
    put(opened, "1")
    assert opened.escalations.fire(NOW, 10) == 1
    assert opened.escalations.fire(NOW + timedelta(days=5), 10) == 0
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET overdue = false"))
    assert opened.escalations.fire(NOW, 10) == 0
    assert len(opened.notices.claim(10, 30)) == 1


def test_the_earliest_are_flagged_first(opened: Store) -> None:
    """As many as wanted at once."""
    for n in (3, 1, 2):
        put(opened, str(n), NOW - timedelta(days=10 - n))
    assert opened.escalations.fire(NOW, 2) == 2
    assert overdue(opened) == ["1", "2"]


def fired(store: Store) -> list[tuple[int, str]]:
    """Version and rung of all that were fired, in their order."""
    with store.engine.connect() as connection:
        found = connection.execute(
            text("SELECT deadline_version, rung FROM escalation ORDER BY id")
        )
        return [(version, rung) for version, rung in found]


def told(store: Store) -> list[tuple[str, str]]:
    """Kind and rung of all that a person hears."""
    return [(notice.kind, notice.facts["rung"]) for notice in store.notices.claim(100, 3600)]


def test_the_ladder_is_climbed_rung_by_rung(opened: Store) -> None:
    """Before and after the due date; at it the complaint is flagged; nothing in between."""
    put(opened, "1", NOW, rungs=FULL)
    ladders = {CZ: FULL}
    assert opened.escalations.fire(NOW - timedelta(hours=73), 10, ladders) == 0
    for hours, rung in ((-72, "-72h"), (-24, "-24h"), (0, "due"), (24, "+1d"), (72, "+3d")):
        at = NOW + timedelta(hours=hours)
        assert bool(opened.at_rest(at).escalations)
        assert opened.escalations.fire(at, 10, ladders) == 1
        assert opened.escalations.fire(at + timedelta(hours=1), 10, ladders) == 0
        assert told(opened) == [(SOON if hours < 0 else LATE, rung)]
        assert overdue(opened) == (["1"] if hours >= 0 else [])
    assert opened.escalations.fire(NOW + timedelta(days=900), 10, ladders) == 0
    assert [rung for _, rung in fired(opened)] == ["-72h", "-24h", "due", "+1d", "+3d"]


def test_after_a_long_silence_the_newest_rung_alone_is_told(opened: Store) -> None:
    """All are on record, once."""
    put(opened, "1", NOW, rungs=FULL)
    assert opened.escalations.fire(NOW + timedelta(hours=30), 10, {CZ: FULL}) == 1
    assert [rung for _, rung in fired(opened)] == ["-72h", "-24h", "due", "+1d"]
    assert told(opened) == [(LATE, "+1d")]


def test_a_case_that_ends_climbs_no_further_and_goes_on_when_it_is_opened_again(
    opened: Store,
) -> None:
    """What was fired isn't fired again."""
    put(opened, "1", NOW, rungs=FULL)
    ladders = {CZ: FULL}
    opened.escalations.fire(NOW - timedelta(hours=24), 10, ladders)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET status = 'resolved'"))
    assert opened.escalations.fire(NOW + timedelta(hours=1), 10, ladders) == 0
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET status = 'open'"))
    assert opened.escalations.fire(NOW + timedelta(hours=2), 10, ladders) == 1
    assert [rung for _, rung in fired(opened)] == ["-72h", "-24h", "due"]


@pytest.mark.parametrize(
    ("moved", "again"),
    [
        (timedelta(days=9), [(2, "-24h"), (2, "due")]),
        (timedelta(hours=-12), []),
        (timedelta(hours=12), [(2, "-24h"), (2, "due")]),
    ],
    ids=["much later", "earlier", "a little later"],
)
def test_a_due_date_that_moves_is_another_one(
    opened: Store, moved: timedelta, again: list[tuple[int, str]]
) -> None:
    """What comes again is told again; what had passed already by the new date isn't."""
    rungs = ladder(["-24h"])
    put(opened, "1", NOW, version=1, rungs=rungs)
    opened.escalations.fire(NOW - timedelta(hours=24), 10, {CZ: rungs})
    opened.escalations.fire(NOW, 10, {CZ: rungs})
    with opened.engine.begin() as connection:
        values = {"due": NOW + moved, "first": first_at(NOW + moved, rungs)}
        connection.execute(text("UPDATE complaint SET due_at = :due, rung_at = :first"), values)
        connection.execute(
            text("INSERT INTO deadline SELECT complaint_id, clock, 2, :due, '1' FROM deadline"),
            {"due": NOW + moved},
        )
    for hours in range(24 * 12):
        opened.escalations.fire(NOW + timedelta(hours=hours), 10, {CZ: rungs})
    assert fired(opened) == [(1, "-24h"), (1, "due"), *again]


def only(**rule: Any) -> dict[ShopName, Ladder]:
    """A ladder whose rung ``+1d`` has this rule."""
    return {CZ: ladder(["+1d"], {"+1d": RungRule.model_validate(rule)})}


def test_a_rung_that_is_not_for_a_case_is_passed_once(opened: Store) -> None:
    """It stands in the record as such, tells nobody, and isn't fired when the case fits later."""
    put(opened, "1")
    ladders = only(status=["waiting"])
    at = NOW + timedelta(days=1)
    opened.escalations.fire(NOW, 10, ladders)
    assert opened.escalations.fire(at, 10, ladders) == 1
    assert told(opened) == [(LATE, "due")]
    with opened.engine.begin() as connection:
        passed = connection.execute(text("SELECT rung, skipped FROM escalation ORDER BY id"))
        assert [tuple(row) for row in passed] == [("due", False), ("+1d", True)]
        connection.execute(text("UPDATE complaint SET status = 'waiting', rung_at = due_at"))
    opened.escalations.fire(at + timedelta(days=9), 10, ladders)
    assert len(fired(opened)) == 2


def test_a_rung_raises_the_priority_and_gives_the_case_to_somebody(opened: Store) -> None:
    """Never lower than it is, and never away from who has it."""
    for n in ("1", "2"):
        put(opened, n)
    with opened.engine.begin() as connection:
        connection.execute(
            text("UPDATE complaint SET priority = 2, assignee = 'jan' WHERE number = '2'")
        )
    opened.escalations.fire(NOW + timedelta(days=1), 10, only(priority="high", assign="eva"))
    found = {
        one.number: (one.priority, one.assignee)
        for one in opened.due(NOW, timedelta(days=9), CZ, 10)
    }
    assert found == {"1": (Priority.HIGH, "eva"), "2": (Priority.URGENT, "jan")}


def test_a_claim_in_another_currency_is_of_no_known_size(opened: Store) -> None:
    """A rung for large claims is for those in the shop's own currency."""
    for n, currency in (("1", "EUR"), ("2", "JPY")):
        put(opened, n)
        with opened.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE complaint SET claimed = 600, claimed_in = :currency WHERE number = :n"
                ),
                {"n": n, "currency": currency},
            )
    opened.escalations.fire(NOW + timedelta(days=1), 10, only(claimed_from=500), {CZ: "EUR"})
    with opened.engine.begin() as connection:
        passed = connection.execute(
            text(
                "SELECT number, skipped FROM escalation e JOIN complaint c ON c.id = complaint_id"
                " WHERE rung = '+1d' ORDER BY number"
            )
        )
        assert [tuple(row) for row in passed] == [("1", False), ("2", True)]


def test_a_rung_may_be_told_to_some_alone(opened: Store) -> None:
    """By the names of their channels; they aren't in a digest for everybody."""
    for n in range(9):
        put(opened, str(n))
    opened.escalations.fire(NOW + timedelta(days=3), 50, only(tell=["legal"]))
    notices = opened.notices.claim(100, 3600)
    assert [notice.facts["channels"] for notice in notices] == [["legal"]] * 9


def test_what_many_missed_is_told_at_once(opened: Store) -> None:
    """After a downtime: one digest for each shop, however many batches; each rung is on record."""
    for n in range(25):
        put(opened, f"{n:03}")
    put(opened, "soon", NOW + timedelta(hours=30), rungs=FULL)
    now = NOW + timedelta(hours=2)
    while opened.escalations.fire(now, 10, {CZ: FULL}):
        pass
    found = opened.notices.claim(100, 3600)
    assert sorted(notice.kind for notice in found) == [SOON, MISSED]
    (digest,) = [notice for notice in found if notice.kind == MISSED]
    assert digest.facts["count"] == 25
    assert digest.facts["numbers"] == [f"{n:03}" for n in range(25)]
    assert digest.facts["shop"] == CZ
    assert len([rung for _, rung in fired(opened) if rung == "due"]) == 25
    assert len(overdue(opened)) == 25


@pytest.mark.parametrize(("late", "many", "singly"), [(30, 25, 25), (90, 4, 4), (90, 5, 0)])
def test_few_that_were_missed_are_told_singly(
    opened: Store, late: int, many: int, singly: int
) -> None:
    """And many that came in time."""
    for n in range(many):
        put(opened, str(n))
    opened.escalations.fire(NOW + timedelta(minutes=late), 50)
    assert [kind for kind, _ in told_kinds(opened)].count(LATE) == singly


def test_a_digest_names_fifty_and_counts_all(opened: Store) -> None:
    """It is read by people."""
    for n in range(120):
        put(opened, f"{n:03}")
    now = NOW + timedelta(days=1)
    while opened.escalations.fire(now, 50):
        pass
    (digest,) = opened.notices.claim(100, 3600)
    assert (digest.facts["count"], len(digest.facts["numbers"])) == (120, 50)


def told_kinds(store: Store) -> list[tuple[str, str]]:
    """Kind and key of all that a person hears."""
    return [(notice.kind, notice.key) for notice in store.notices.claim(100, 3600)]


def test_two_schedules_fire_each_rung_once(opened: Store) -> None:
    """Four threads, forty complaints: forty rungs."""
    for n in range(40):
        put(opened, str(n))

    def fire() -> int:
        return sum(opened.escalations.fire(NOW, 7) for _ in range(8))

    assert sum(together(fire, fire, fire, fire)) == 40
    assert len(overdue(opened)) == 40


def test_a_notice_says_what_a_person_has_to_know(opened: Store) -> None:
    """Number, shop, rung, when it was due and when it fired; the newest deadline's version."""
    put(opened, "10017", version=3)
    opened.escalations.fire(NOW, 10)
    (notice,) = opened.notices.claim(10, 30)
    assert notice.kind == LATE
    facts = notice.facts
    assert (facts["number"], facts["shop"], facts["rung"]) == ("10017", "cz", "due")
    assert datetime.fromisoformat(facts["due_at"]) == NOW
    assert (notice.at, notice.repeat) == (NOW, False)
    with opened.engine.connect() as connection:
        sql = "SELECT deadline_version FROM escalation"
        assert connection.execute(text(sql)).scalar_one() == 3


def test_a_notice_goes_to_one_teller(opened: Store) -> None:
    """While its lease runs nobody else tells it."""
    for n in range(12):
        put(opened, str(n))
    opened.escalations.fire(NOW, 20)
    shares = together(*[lambda: [n.id for n in opened.notices.claim(4, 30)]] * 3)
    flat = [id_ for share in shares for id_ in share]
    assert len(flat) == len(set(flat))
    assert len(flat) + len(opened.notices.claim(20, 30)) == 12


def test_after_a_crash_a_notice_is_told_again_and_marked(opened: Store) -> None:
    """It may have been told before; whoever lost the lease records nothing."""
    put(opened, "1")
    opened.escalations.fire(NOW, 10)
    (dead,) = opened.notices.claim(10, 0)
    assert opened.notices.calling(dead, "mail")
    (again,) = opened.notices.claim(10, 30)
    assert not opened.notices.calling(dead, "mail")
    assert again.for_channel("mail").repeat
    assert not again.for_channel("file").repeat
    opened.notices.told(dead, NOW)
    assert opened.at_rest(NOW).escalations == 1
    opened.notices.told(again, NOW)
    assert opened.at_rest(NOW).escalations == 0
    assert opened.notices.claim(10, 30) == []


def test_a_step_flags_all_and_tells_each_once(house: House) -> None:
    """More complaints than one batch holds."""
    for n in range(450):
        put(house.store, str(n))
    told = sum(flow.escalate(house.deps) for _ in range(4))
    assert told == len(house.notes.told) == 450
    assert len({notice.facts["number"] for notice in house.notes.told}) == 450


def test_what_nobody_could_be_told_is_told_later(house: House) -> None:
    """The rung has fired and stays untold until telling works; then it is marked."""
    put(house.store, "1")
    house.notes.broken = OSError("no mail")
    with pytest.raises(OSError, match="no mail"):
        flow.escalate(house.deps)
    assert overdue(house.store) == ["1"]
    house.notes.broken = None
    with house.store.engine.begin() as connection:
        connection.execute(text("UPDATE notice SET lease_until_tech = clock_timestamp()"))
    assert flow.escalate(house.deps) == 1
    assert [notice.repeat for notice in house.notes.told] == [True]


def test_a_notice_that_cant_be_told_keeps_no_other_back(house: House) -> None:
    """The others are told once and not again with it."""
    for n in range(3):
        put(house.store, str(n))
    told: list[str] = []

    class Picky:
        def wants(self, notice: Notice) -> bool:
            return True

        def tell(self, notice: Notice) -> None:
            if notice.facts["number"] == "1":
                raise OSError("no such address")
            told.append(notice.facts["number"])

    deps = replace(house.deps, channels={"picky": Picky()})
    for _ in range(3):
        with pytest.raises(OSError, match="no such address"):
            flow.escalate(deps)
        with house.store.engine.begin() as connection:
            connection.execute(text("UPDATE notice SET lease_until_tech = clock_timestamp()"))
    assert told == ["0", "2"]
    assert house.store.at_rest(NOW).escalations == 1


# -- conflicts that nobody settles -------------------------------------------------------


def chat(house: House, status: Status) -> None:
    """What the chat says of the case that the desk has resolved."""
    house.hear(BOT, str(status), change(status, BOT, external_id="c1"))


def contradicted(house: House) -> str:
    """A case that the desk calls resolved and the chat rejected; its number."""
    number = busy(house)
    told = history(Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED)
    shown = change(Status.RESOLVED, external_id="d1", word="resolve", events=told)
    house.fakes[DESK].documents[external("d1")] = document(shown)
    house.clock.pass_(hours=1)
    house.settle()
    chat(house, Status.REJECTED)
    house.settle()
    return number


def reminders(house: House) -> list[Notice]:
    """Those of them that were told."""
    return [notice for notice in house.notes.told if notice.kind == CONFLICT_LATE]


def test_a_conflict_past_its_deadline_is_told_once(house: House) -> None:
    """To whose business it is; not before, not twice, and the status screen counts it."""
    number = contradicted(house)
    house.clock.pass_(hours=47)
    flow.escalate(house.deps)
    assert (reminders(house), house.store.overview(house.clock()).conflicts_late) == ([], 0)
    house.clock.pass_(hours=1)
    assert house.store.at_rest(house.clock()).escalations == 1
    for _ in range(2):
        flow.escalate(house.deps)
        house.clock.pass_(hours=1)
    (told,) = reminders(house)
    assert (told.facts["number"], told.facts["owner"]) == (number, "operations")
    assert house.store.overview(house.clock()).conflicts_late == 1


def test_a_settled_conflict_is_not_told(house: House) -> None:
    """Though its deadline passes afterwards."""
    contradicted(house)
    chat(house, Status.RESOLVED)
    house.settle()
    house.clock.pass_(hours=49)
    flow.escalate(house.deps)
    assert (reminders(house), house.store.overview(house.clock()).conflicts_late) == ([], 0)


def test_two_schedules_remind_once(house: House) -> None:
    """Four threads at once: one notice."""
    contradicted(house)
    house.clock.pass_(hours=48)
    now = house.clock()

    def remind() -> int:
        return house.store.escalations.remind(now, 10)

    assert sum(together(remind, remind, remind, remind)) == 1


def test_a_case_that_arrives_past_its_due_date_is_escalated_at_once(house: House) -> None:
    """With the rungs that have come, and the newest of them told."""
    filed = NOW - timedelta(days=40)
    house.hear(BOT, "late", change(Status.NEW, BOT, external_id="c1", filed_at=filed))
    house.settle()
    assert [rung for _, rung in fired(house.store)] == ["due"]
    assert [notice.kind for notice in house.notes.told] == [LATE]
    assert len(overdue(house.store)) == 1
    house.clock.pass_(days=9)
    house.settle()
    assert len(fired(house.store)) == 1


def test_a_case_that_is_opened_again_after_it_was_late_isnt_told_again(house: House) -> None:
    """It was late once; a rung that hadn't come is still to come."""
    house.deps = replace(
        house.deps, shops={CZ: RULES.model_copy(update={"ladder": ("due", "+9d")})}
    )
    house.hear(DESK, "raise", change(Status.OPEN, external_id="d1"))
    house.settle()
    due = house.clock.pass_(days=31)
    house.settle()
    assert [rung for _, rung in fired(house.store)] == ["due"]
    house.hear(DESK, "end", change(Status.RESOLVED, external_id="d1"))
    house.clock.pass_(days=2)
    house.settle()
    house.hear(DESK, "again", change(Status.OPEN, external_id="d1"))
    house.clock.pass_(days=1)
    house.settle()
    assert [rung for _, rung in fired(house.store)] == ["due"]
    house.clock.now = due + timedelta(days=9)
    house.settle()
    assert [rung for _, rung in fired(house.store)] == ["due", "+9d"]
