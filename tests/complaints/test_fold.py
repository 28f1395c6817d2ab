"""One account's news, taken into its mirror."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.model import Change, Event, Mirror, Push
from complaints.reconcile import Folded, fold
from complaints.vocabulary import AccountName, Outcome, PushKind, PushState, Status
from tests.complaints.records import (
    DESK,
    RUNNING,
    ZENKI,
    change,
    history,
    mirror,
    observation,
    push,
)


def folded(known: Mirror, news: Change, as_of: int = 10, *pushes: Push) -> Folded:
    """Fold news of a read that began at ``as_of``."""
    return fold(known, news, observation(seq=99, account=known.account, as_of=as_of), pushes)


def state(known: Mirror) -> Mirror:
    """A mirror without what it remembers."""
    return known.model_copy(update={"history": ()})


def told(acked: int, target: Status = Status.RESOLVED, account: AccountName = DESK) -> Push:
    """A push that an account acknowledged."""
    sent = max(acked - 1, 1)
    return push(PushKind.SET_STATUS, PushState.DONE, account, target, sent=sent, acked=acked)


def test_news_moves_the_mirror() -> None:
    """Word, status, what it covers, outcome, money and end are what the account says now."""
    news = change(Status.RESOLVED, ZENKI, word="REFUND", money_moved=True, settled=True)
    got = folded(mirror(ZENKI, Status.OPEN), news)
    assert (got.applied, got.rule) == (True, "newest-in-account")
    moved = got.mirror
    assert (moved.word, moved.status, moved.outcome) == ("REFUND", Status.RESOLVED, Outcome.UPHELD)
    assert moved.covers == {Status.RESOLVED}
    assert moved.money_moved
    assert moved.settled
    assert (moved.as_of, moved.since) == (10, 10)


def heard(known: Mirror, news: Change, as_of: int, *pushes: Push) -> Mirror:
    """One more observation, with a sequence of its own."""
    seen = observation(seq=as_of, account=known.account, as_of=as_of)
    return fold(known, news, seen, pushes).mirror


def after(known: Mirror, *statuses: Status) -> Mirror:
    """The mirror after a read at 5 that showed a history of these statuses."""
    return heard(known, change(statuses[-1], events=history(*statuses)), 5)


# -- older reads -------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", [0, 1, 9])
def test_an_older_read_has_no_effect(as_of: int) -> None:
    """Inside one account the begin of the read orders facts."""
    known = mirror(DESK, Status.RESOLVED, as_of=10)
    got = folded(known, change(Status.OPEN), as_of)
    assert (got.applied, got.rule, state(got.mirror)) == (False, "older-read", state(known))


def test_the_same_read_may_be_folded_again() -> None:
    """Working an observation twice changes nothing."""
    once = folded(mirror(DESK, Status.OPEN, as_of=3), change(Status.RESOLVED)).mirror
    again = folded(once, change(Status.RESOLVED))
    assert (again.mirror, again.rule, len(once.history)) == (once, "echo", 2)


def test_a_shorter_history_is_older_whenever_it_was_read() -> None:
    """An account's own event ids order its facts before anything else."""
    known = after(mirror(DESK), Status.NEW, Status.OPEN, Status.RESOLVED)
    late = change(Status.OPEN, events=history(Status.NEW, Status.OPEN))
    got = folded(known, late, 50)
    assert (got.applied, got.rule) == (False, "older-history")
    assert state(got.mirror) == state(known)


def test_a_longer_history_is_newer_whenever_it_was_read() -> None:
    """A later read that was answered from an old copy doesn't hide what was seen before."""
    known = after(mirror(DESK), Status.NEW, Status.OPEN)
    events = history(Status.NEW, Status.OPEN, Status.RESOLVED)
    got = folded(known, change(Status.RESOLVED, events=events), 5)
    assert (got.applied, got.mirror.status) == (True, Status.RESOLVED)


def test_a_history_that_is_gone_is_older_too() -> None:
    """Once events were seen, a document without any of them isn't newer."""
    known = mirror(DESK, Status.RESOLVED, as_of=10, last_event=3)
    assert not folded(known, change(Status.OPEN), 50).applied


# -- echoes ------------------------------------------------------------------------------


def test_an_echo_is_applied_and_moves_nothing() -> None:
    """The same status and no event that we hadn't seen: only the read is newer."""
    known = after(mirror(DESK), Status.NEW, Status.OPEN)
    got = folded(known, change(Status.OPEN, events=history(Status.NEW, Status.OPEN)))
    assert (got.applied, got.rule, got.seen) == (True, "echo", ())
    assert state(got.mirror) == state(known).model_copy(update={"as_of": 10})


def test_the_same_status_with_an_unseen_event_is_news() -> None:
    """There and back again between two reads: the steps are told, the state is as before."""
    known = after(mirror(DESK), Status.NEW, Status.OPEN)
    events = history(Status.NEW, Status.OPEN, Status.WAITING, Status.OPEN)
    got = folded(known, change(Status.OPEN, events=events))
    assert (got.rule, got.seen) == ("newest-in-account", (Status.WAITING, Status.OPEN))
    assert got.mirror.since == 5
    assert got.mirror.last_event == 4


def test_events_without_a_status_are_no_steps() -> None:
    """A note in the account's history is seen, and is no move."""
    events = history(Status.NEW, None, Status.OPEN)
    got = folded(after(mirror(DESK), Status.NEW), change(Status.OPEN, events=events))
    assert got.seen == (Status.OPEN,)
    assert got.mirror.last_event == 3


def test_a_first_look_sees_the_whole_history() -> None:
    """A case that we meet late is told from its beginning."""
    events = history(Status.NEW, Status.OPEN, Status.RESOLVED)
    got = folded(mirror(DESK), change(Status.RESOLVED, events=events))
    assert got.seen == (Status.NEW, Status.OPEN, Status.RESOLVED)


# -- who won -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "said", "outcome"),
    [
        (mirror(DESK, Status.REJECTED), Outcome.UNKNOWN, Outcome.REFUSED),
        (mirror(DESK, Status.RESOLVED), Outcome.UNKNOWN, Outcome.UPHELD),
        (mirror(DESK, Status.RESOLVED, outcome=Outcome.PARTIAL), Outcome.UNKNOWN, Outcome.PARTIAL),
        (mirror(DESK, Status.OPEN), Outcome.UNKNOWN, Outcome.UNKNOWN),
        (mirror(DESK), Outcome.UNKNOWN, Outcome.UNKNOWN),
        (mirror(DESK, Status.REJECTED), Outcome.UPHELD, Outcome.UPHELD),
        (mirror(DESK, Status.OPEN), Outcome.REFUSED, Outcome.REFUSED),
    ],
)
def test_closed_keeps_the_decisive_outcome(before: Mirror, said: Outcome, outcome: Outcome) -> None:
    """``closed`` after a decision keeps it, unless the account's own history knows better."""
    got = folded(before, change(Status.CLOSED, outcome=said))
    assert (got.mirror.status, got.mirror.outcome) == (Status.CLOSED, outcome)


def test_a_decision_after_a_reopening_is_a_new_one() -> None:
    """What was decided before the case was opened again doesn't outlive it."""
    refused = mirror(DESK, Status.REJECTED)
    running = heard(refused, change(Status.OPEN), 10)
    closed = heard(running, change(Status.CLOSED), 20)
    assert (running.outcome, closed.outcome) == (Outcome.NONE, Outcome.UNKNOWN)


# -- re-opened ---------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [Status.RESOLVED, Status.REJECTED, Status.CLOSED])
@pytest.mark.parametrize("running", sorted(RUNNING))
def test_from_ended_to_running_is_a_reopening(ended: Status, running: Status) -> None:
    """Any running status that follows an ended one in the same account."""
    assert folded(mirror(DESK, ended), change(running)).mirror.reopened


def test_a_reopened_case_stays_so_while_it_runs() -> None:
    """Until it ends again."""
    known = folded(mirror(DESK, Status.REJECTED), change(Status.OPEN), 5).mirror
    waiting = folded(known, change(Status.WAITING)).mirror
    assert waiting.reopened
    assert not folded(waiting, change(Status.RESOLVED), 20).mirror.reopened


def test_a_case_that_never_ended_isnt_reopened() -> None:
    """From one running status to another, or at first sight."""
    assert not folded(mirror(DESK, Status.WAITING), change(Status.OPEN)).mirror.reopened
    assert not folded(mirror(DESK), change(Status.OPEN)).mirror.reopened


def test_a_reopening_between_two_reads_is_seen_in_the_history() -> None:
    """The end and the re-opening both lie in events that we hadn't seen."""
    known = after(mirror(DESK), Status.OPEN)
    events = history(Status.OPEN, Status.RESOLVED, Status.OPEN)
    got = folded(known, change(Status.OPEN, events=events)).mirror
    assert (got.reopened, got.since) == (True, 10)


# -- ours --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "ours"),
    [
        ([], False),
        ([told(acked=8)], True),
        ([told(acked=8, target=Status.REJECTED)], False),
        ([told(acked=8, account=ZENKI)], False),
        ([told(acked=4)], False),
        ([told(acked=8).model_copy(update={"kind": PushKind.PORTAL})], False),
        ([told(acked=0).model_copy(update={"state": PushState.SENDING})], True),
        ([told(acked=0).model_copy(update={"state": PushState.DUE, "tried": True})], True),
        ([told(acked=0).model_copy(update={"state": PushState.DUE})], False),
        ([told(acked=0).model_copy(update={"state": PushState.SUPERSEDED, "tried": True})], True),
        ([told(acked=0).model_copy(update={"state": PushState.SUPERSEDED})], False),
        ([told(acked=8).model_copy(update={"state": PushState.UNKNOWN})], False),
        ([told(acked=20).model_copy(update={"sent": 11})], False),
    ],
)
def test_a_status_is_ours_when_we_pushed_it(sent: list[Push], ours: bool) -> None:  # noqa: FBT001
    """A push of that status to that account, acknowledged since the last read or under way."""
    known = after(mirror(DESK), Status.OPEN)
    news = change(Status.RESOLVED, events=history(Status.OPEN, Status.RESOLVED))
    assert folded(known, news, 10, *sent).mirror.ours is ours


def test_a_person_who_moved_it_as_well_makes_it_theirs() -> None:
    """More unseen events than our own one: somebody else acted there."""
    known = after(mirror(DESK), Status.OPEN)
    events = history(Status.OPEN, Status.RESOLVED, Status.OPEN, Status.RESOLVED)
    got = folded(known, change(Status.RESOLVED, events=events), 10, told(acked=8))
    assert not got.mirror.ours


def test_ours_outlasts_an_echo() -> None:
    """Seeing the same again doesn't make it anybody else's."""
    sent = told(acked=8)
    known = folded(mirror(DESK, Status.OPEN, as_of=5), change(Status.RESOLVED), 9, sent).mirror
    assert known.ours
    assert folded(known, change(Status.RESOLVED), 12, sent).mirror.ours


# -- for all -----------------------------------------------------------------------------

_NEWS = st.tuples(
    st.sampled_from([s for s in Status if s is not Status.UNKNOWN]), st.integers(1, 6)
)


@given(st.lists(_NEWS, min_size=1, max_size=6, unique_by=lambda news: news[1]))
def test_the_newest_read_counts_in_whatever_order(news: list[tuple[Status, int]]) -> None:
    """However reads are shuffled, the mirror shows what the last begun one saw."""
    known = mirror(DESK)
    for status, as_of in news:
        known = heard(known, change(status), as_of)
    newest = max(news, key=lambda one: one[1])
    assert (known.status, known.as_of) == newest


@given(st.permutations([1, 2, 3, 4]))
def test_with_a_history_the_longest_one_counts(order: list[int]) -> None:
    """Reads of one growing history, in any order and at any time of reading."""
    statuses = [Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED]
    known = mirror(DESK)
    seen: list[Status] = []
    for as_of, length in enumerate(order, start=1):
        news = change(statuses[length - 1], events=history(*statuses[:length]))
        got = fold(known, news, observation(seq=as_of, account=DESK, as_of=as_of), ())
        known = got.mirror
        seen += got.seen
    assert (known.status, known.last_event) == (Status.RESOLVED, 4)
    assert seen == statuses[: len(seen)]


# -- the order of working ----------------------------------------------------------------


def test_a_decision_that_is_heard_of_late_still_counts() -> None:
    """``closed`` was met first; that it had been rejected before says who won."""
    closed = heard(mirror(DESK), change(Status.CLOSED), 20)
    assert closed.outcome is Outcome.UNKNOWN
    late = fold(closed, change(Status.REJECTED), observation(seq=10), ())
    assert (late.applied, late.rule) == (True, "older-read")
    assert (late.mirror.status, late.mirror.outcome) == (Status.CLOSED, Outcome.REFUSED)


def test_an_event_that_is_told_otherwise_is_without_effect() -> None:
    """An account contradicts its own history: what it said first counts, and the rest is kept."""
    known = after(mirror(DESK), Status.NEW, Status.OPEN)
    bent = change(Status.REJECTED, events=history(Status.NEW, Status.REJECTED))
    got = folded(known, bent, 20)
    assert (got.applied, got.rule) == (False, "contradicts-itself")
    assert (state(got.mirror), len(got.mirror.history)) == (state(known), 2)


_TALES = [
    history(Status.NEW),
    history(Status.NEW, Status.OPEN),
    history(Status.NEW, Status.REJECTED),
    history(Status.NEW, Status.OPEN, Status.RESOLVED),
    history(Status.NEW, Status.OPEN, Status.RESOLVED, Status.OPEN),
    history(Status.NEW, Status.OPEN, None, Status.UNKNOWN),
    (),
]
_HEARD = st.tuples(
    st.sampled_from(list(Status)), st.sampled_from(_TALES), st.booleans(), st.integers(1, 9)
)


@settings(max_examples=300)
@given(st.data(), st.lists(_HEARD, min_size=1, max_size=6, unique_by=lambda one: one[3]))
def test_the_order_of_working_never_matters(
    data: st.DataObject, heard_of: list[tuple[Status, tuple[Event, ...], bool, int]]
) -> None:
    """Statements, pushes and contradictions in any order: the same mirror."""
    sent = [told(acked=5), told(acked=7, target=Status.OPEN)]
    news = [
        (change(status, events=events, settled=settled), as_of)
        for status, events, settled, as_of in heard_of
    ]
    one, other = mirror(DESK), mirror(DESK)
    for said, as_of in news:
        one = heard(one, said, as_of, *sent)
    for said, as_of in data.draw(st.permutations(news)):
        other = heard(other, said, as_of, *sent)
    assert one == other


@pytest.mark.parametrize(
    ("known", "said", "rule"),
    [
        ({Status.OPEN}, {Status.OPEN}, "echo"),
        ({Status.OPEN}, {Status.OPEN, Status.WAITING}, "newest-in-account"),
        ({Status.OPEN, Status.WAITING}, {Status.OPEN}, "newest-in-account"),
    ],
    ids=["the same", "less precise than before", "more precise than before"],
)
def test_an_echo_covers_just_what_was_known(
    known: set[Status], said: set[Status], rule: str
) -> None:
    """The same status told more or less precisely is news."""
    before = mirror(DESK, Status.OPEN, covers=frozenset(known))
    assert folded(before, change(Status.OPEN, covers=frozenset(said))).rule == rule


def test_an_observation_is_remembered_once() -> None:
    """Also when its sequence is a large one."""
    seen = observation(seq=100_000, account=DESK, as_of=99_999)
    first = fold(mirror(DESK), change(Status.OPEN), seen, ())
    again = observation(seq=int("100000"), account=DESK, as_of=int("99999"))
    assert len(fold(first.mirror, change(Status.OPEN), again, ()).mirror.history) == 1


def test_a_history_of_large_positions_is_compared_by_value() -> None:
    """The same last event, read once more, is no older history."""
    news = [
        change(Status.OPEN, events=(Event(id="e", position=int("5000"), word="open"),))
        for _ in range(2)
    ]
    first = folded(mirror(DESK), news[0], 10).mirror
    seen = observation(seq=100, account=DESK, as_of=20)
    assert fold(first, news[1], seen, ()).rule == "echo"
