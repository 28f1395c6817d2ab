"""What becomes of pushes that were asked for before."""

from __future__ import annotations

import pytest

from complaints.model import Mirror
from complaints.vocabulary import (
    AccountName,
    Hold,
    Outcome,
    PushKind,
    PushState,
    Status,
)
from tests.complaints.records import (
    BOT,
    DESK,
    ZENKI,
    case,
    mirror,
    push,
)
from tests.complaints.test_settle import (
    CREATE,
    DISPUTE,
    PORTAL,
    REFUND,
    SET,
    asked,
    settled,
)

# -- what becomes of earlier pushes ------------------------------------------------------


@pytest.mark.parametrize("state", [PushState.HELD, PushState.DUE])
@pytest.mark.parametrize(
    ("kind", "account", "target"),
    [(SET, DESK, Status.WAITING), (REFUND, ZENKI, Status.RESOLVED), (CREATE, DESK, None)],
)
def test_what_waits_is_overtaken(
    state: PushState, kind: PushKind, account: AccountName, target: Status | None
) -> None:
    """It was not sent yet, and the case as it stands doesn't ask for it any more."""
    at = case(mirror(DESK, Status.REJECTED), pushes=(push(kind, state, account, target, id=4),))
    assert settled(at).superseded == (4,)


@pytest.mark.parametrize(
    "state", [PushState.SENDING, PushState.DONE, PushState.UNKNOWN, PushState.PARKED]
)
def test_what_was_sent_isnt_taken_back(state: PushState) -> None:
    """A call may be under way, or has been made."""
    at = case(
        mirror(DESK, Status.REJECTED),
        pushes=(push(SET, state, target=Status.WAITING, id=4),),
    )
    assert (settled(at).superseded, settled(at).shown) == ((), ())


def test_what_is_still_asked_for_stays() -> None:
    """The push that waits is the one that is wanted."""
    at = case(
        mirror(DESK, Status.OPEN),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(push(SET, PushState.DUE, target=Status.RESOLVED, id=4),),
    )
    assert (settled(at).superseded, asked(settled(at))) == ((), [])


@pytest.mark.parametrize(
    ("zenki", "shown", "superseded"),
    [
        (mirror(ZENKI, Status.REJECTED), (4,), ()),
        (mirror(ZENKI, Status.OPEN), (), ()),
        (mirror(ZENKI, Status.RESOLVED), (), (4,)),
    ],
    ids=["the account shows it", "not yet", "somebody did the opposite"],
)
def test_a_manual_action_ends_when_its_effect_is_seen(
    zenki: Mirror, shown: tuple[int, ...], superseded: tuple[int, ...]
) -> None:
    """Nobody reports it as done: the account shows it, or makes it pointless."""
    at = case(
        mirror(DESK, Status.REJECTED),
        zenki,
        pushes=(push(PORTAL, PushState.MANUAL, ZENKI, Status.REJECTED, id=4),),
    )
    got = settled(at)
    assert (got.shown, got.superseded) == (shown, superseded)


@pytest.mark.parametrize(
    ("kind", "account", "there", "shown"),
    [
        (CREATE, DESK, mirror(DESK, Status.NEW), True),
        (CREATE, DESK, mirror(ZENKI, Status.OPEN), False),
        (DISPUTE, ZENKI, mirror(ZENKI, Status.OPEN), True),
        (DISPUTE, ZENKI, mirror(DESK, Status.OPEN), False),
        (REFUND, ZENKI, mirror(ZENKI, Status.RESOLVED), True),
        (REFUND, ZENKI, mirror(ZENKI, Status.OPEN), False),
    ],
)
def test_a_lost_answer_is_settled_by_what_the_account_shows(
    kind: PushKind,
    account: AccountName,
    there: Mirror,
    shown: bool,  # noqa: FBT001
) -> None:
    """A push of which nobody knows whether it was done is done once its effect is seen."""
    target = Status.RESOLVED if kind is REFUND else None
    at = case(
        mirror(BOT, Status.NEW),
        there,
        pushes=(push(kind, PushState.UNKNOWN, account, target, id=4),),
    )
    assert settled(at).shown == ((4,) if shown else ())


# -- what each waiting push comes to -----------------------------------------------------


def test_a_refund_that_failed_leaves_its_portal_action_open() -> None:
    """Though the account shows the case as resolved; the lost answer of the call is settled."""
    failed = mirror(ZENKI, Status.RESOLVED, refund_failed=True)
    at = case(
        failed,
        mirror(DESK, Status.RESOLVED),
        at=Status.RESOLVED,
        outcome=Outcome.UPHELD,
        pushes=(
            push(PORTAL, PushState.MANUAL, account=ZENKI, id=3, target=Status.RESOLVED),
            push(REFUND, PushState.UNKNOWN, account=ZENKI, id=4, target=Status.RESOLVED),
        ),
    )
    assert settled(at).shown == (4,)


@pytest.mark.parametrize(
    ("held", "quiet", "overtaken"),
    [
        (Hold.IMPORT, True, False),
        (Hold.IMPORT, False, True),
        (None, False, False),
        (None, True, True),
    ],
    ids=[
        "held because of an import, and still is to be",
        "held because of an import, and news ask for it now",
        "due, and still is to be",
        "due, and only an import asks for it now",
    ],
)
def test_a_push_is_held_as_long_as_only_an_import_asks_for_it(
    held: Hold | None,
    quiet: bool,  # noqa: FBT001
    overtaken: bool,  # noqa: FBT001
) -> None:
    """Another one takes its place when that changes."""
    state = PushState.HELD if held else PushState.DUE
    at = case(
        mirror(DESK, Status.OPEN, as_of=9, quiet=True),
        mirror(ZENKI, Status.RESOLVED, as_of=12, since=12, quiet=quiet),
        pushes=(push(SET, state, id=5, target=Status.RESOLVED, held_for=held),),
    )
    got = settled(at)
    assert got.superseded == ((5,) if overtaken else ())
    assert [wanted.kind for wanted in got.wanted] == ([SET] if overtaken else [])


def test_each_waiting_push_is_looked_at() -> None:
    """Behind one that is under way, and behind one that is still asked for."""
    at = case(
        mirror(DESK, Status.OPEN, as_of=9),
        mirror(ZENKI, Status.RESOLVED),
        pushes=(
            push(CREATE, PushState.DONE, id=1),
            push(SET, PushState.DUE, id=2, target=Status.RESOLVED),
            push(SET, PushState.DUE, id=3, target=Status.WAITING),
        ),
    )
    assert settled(at).superseded == (3,)


def test_a_portal_action_of_a_refund_that_failed_isnt_done() -> None:
    """In a conflict nothing is asked for any more: it is overtaken."""
    at = case(
        mirror(ZENKI, Status.RESOLVED, refund_failed=True),
        mirror(DESK, Status.REJECTED),
        pushes=(push(PORTAL, PushState.MANUAL, account=ZENKI, id=3, target=Status.RESOLVED),),
    )
    got = settled(at)
    assert (got.complaint.conflict, got.shown, got.superseded) == (True, (), (3,))


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("done", ["a", "b"])
@pytest.mark.parametrize("asked_of", ["a", "b"])
def test_a_manual_action_is_seen_at_its_own_record(asked_of: str, done: str, names: str) -> None:
    """Of two records of one account, in whatever order they are known."""
    at = case(
        *(
            mirror(ZENKI, Status.REJECTED if name == done else Status.UNKNOWN, external_id=name)
            for name in names
        ),
        at=Status.REJECTED,
        pushes=(
            push(
                PORTAL,
                PushState.MANUAL,
                account=ZENKI,
                id=3,
                target=Status.REJECTED,
                external_id=asked_of,
            ),
        ),
    )
    got = settled(at)
    assert (got.shown, got.superseded) == (((3,), ()) if asked_of == done else ((), (3,)))


@pytest.mark.parametrize("fact", ["tried", "freed"])
def test_what_was_tried_or_let_go_isnt_held_again(fact: str) -> None:
    """Though only an import asks for it now."""
    waiting = push(SET, PushState.DUE, id=5, target=Status.RESOLVED)
    at = case(
        mirror(DESK, Status.OPEN, as_of=9, quiet=True),
        mirror(ZENKI, Status.RESOLVED, as_of=12, since=12, quiet=True),
        pushes=(waiting.model_copy(update={fact: True}),),
    )
    assert settled(at).superseded == ()


def test_the_sides_of_a_conflict_are_listed_by_account_and_id() -> None:
    """Whoever leads."""
    at = case(
        mirror(ZENKI, Status.REJECTED, external_id="a"),
        mirror(ZENKI, Status.RESOLVED, external_id="b", money_moved=True),
    )
    assert [side.external_id for side in settled(at).sides] == ["a", "b"]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_is_one_more_than_the_last(version: int) -> None:
    """Whichever that was."""
    assert settled(case(version=version)).complaint.version == version + 1
