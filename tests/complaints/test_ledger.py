"""The ledger's sums, without a database."""

from __future__ import annotations

import pytest

from complaints import ledger
from complaints.ledger import Fault, Group, Line, Remainder
from complaints.vocabulary import AccountName, Verdict

DESK = AccountName("cz-desk")
BOT = AccountName("cz-bot")


def test_each_verdict_has_a_sum() -> None:
    """One that nobody adds up would leave a remainder for ever."""
    for verdict in Verdict:
        line = ledger.add_up([Group(DESK, verdict, None, 3, 3, 0)], {})[DESK]
        assert (getattr(line, verdict), line.received, line.adds_up) == (3, 3, True)


def test_received_is_what_became_of_it_and_what_waits() -> None:
    """Repeats count on both sides; what is pending stands beside."""
    line = ledger.add_up(
        [
            Group(DESK, "applied", None, 5, 5, 2),
            Group(DESK, "superseded", None, 1, 1, 0),
            Group(DESK, "quarantined", None, 2, 2, 7),
            Group(DESK, "pending", None, 4, 4, 1),
        ],
        {},
    )[DESK]
    assert line == Line(
        received=22, applied=5, superseded=1, duplicate=10, quarantined=2, pending=4
    )
    assert (line.ended, line.adds_up) == (18, True)


@pytest.mark.parametrize(
    ("group", "received"),
    [
        (Group(DESK, "applied", Fault.NO_OBSERVATION, 1, 0, 0, (7,)), 0),
        (Group(DESK, "", Fault.NO_RECEIPT, 1, 1, 0, (7,)), 1),
        (Group(DESK, "vanished", Fault.NO_VERDICT, 1, 1, 0, (7,)), 1),
        (Group(DESK, "applied", Fault.OTHER_ACCOUNT, 1, 1, 0, (7,)), 1),
        (Group(DESK, "applied", Fault.NO_DELIVERY, 1, 1, -1, (7,)), 0),
    ],
)
def test_what_fits_nowhere_is_left_over(group: Group, received: int) -> None:
    """By its sequence, and the ledger doesn't add up."""
    line = ledger.add_up([group], {})[DESK]
    assert line.received == received
    assert line.remainder == {group.fault: Remainder(1, [7])}
    assert not line.adds_up


def test_two_faults_that_make_up_for_each_other_dont_hide() -> None:
    """A receipt and an observation that miss each other would leave the difference at 0."""
    line = ledger.add_up(
        [
            Group(DESK, "applied", Fault.NO_OBSERVATION, 1, 0, 0, (7,)),
            Group(DESK, "", Fault.NO_RECEIPT, 1, 1, 0, (8,)),
        ],
        {},
    )[DESK]
    assert (line.received, line.ended, line.adds_up) == (1, 1, False)


def test_sums_are_made_for_each_account_and_pages_add_up() -> None:
    """Counters stand beside, also those of an account that was never heard."""
    lines = ledger.add_up(
        [
            Group(DESK, "applied", None, 1, 1, 0),
            Group(BOT, "applied", None, 2, 2, 0),
            Group(DESK, "applied", None, 4, 4, 0),
        ],
        {BOT: {"refused": 3}, AccountName("a"): {"refused": 1}},
    )
    assert [(name, line.applied, dict(line.counted)) for name, line in lines.items()] == [
        ("a", 0, {"refused": 1}),
        ("cz-bot", 2, {"refused": 3}),
        ("cz-desk", 5, {}),
    ]


def test_a_large_remainder_is_counted_and_not_all_kept() -> None:
    """Its first sequences are enough to look at."""
    groups = [
        Group(DESK, "", Fault.NO_RECEIPT, 600, 600, 0, tuple(range(n, n + 600)))
        for n in (1, 601, 1201)
    ]
    left = ledger.add_up(groups, {})[DESK].remainder[Fault.NO_RECEIPT]
    assert (left.rows, left.seqs) == (1800, list(range(1, ledger.LISTED + 1)))
