"""ledger, as people type it: sums, remainders, times, and the proof by seals."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from complaints import flow
from complaints.flow import Deps
from complaints.vocabulary import AccountName
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress, with_store
from worker.cli.when import NoSuchTime, read_time

__all__ = ["ready", "redress"]

BOT = AccountName("demo-bot")


def busy(deps: Deps) -> None:
    """A complaint that was raised twice, rows to decide on, a refused call; all of it sealed."""
    raise_in_chat(deps)
    raise_in_chat(deps)
    row = flow.ImportRow("1", "import:order", None, b'{"order_hash":"abc"}')
    flow.import_rows(deps, AccountName("demo-desk"), [row])
    deps.store.count(BOT, "refused deliveries")
    flow.seal(deps)


def line(said: str, account: str) -> list[str]:
    """The cells of an account's line."""
    return next(row.split() for row in said.splitlines() if row.startswith(account))


# -- sums --------------------------------------------------------------------------------


def test_an_empty_ledger_says_so(ready: Redress) -> None:
    """Nothing is no fault."""
    said = ready("ledger")
    assert (said.code, said.out.strip()) == (0, "Nothing was received.")


def test_the_ledger_adds_up(ready: Redress, database_url: str) -> None:
    """Per account and in all; what is only counted is named beside."""
    with_store(busy)
    said = ready("ledger")
    assert said.code == 0
    assert line(said.out, "demo-bot:")[1:4] == ["1", "refused", "deliveries,"]
    assert line(said.out, "demo-bot ") == ["demo-bot", "2", "1", "0", "1", "0", "0"]
    assert line(said.out, "demo-desk ") == ["demo-desk", "1", "0", "0", "0", "0", "1"]
    assert line(said.out, "all ") == ["all", "3", "1", "0", "1", "0", "1"]
    assert "Every arrival is in one sum." in said.out


def test_one_account_of_the_ledger_for_machines(ready: Redress, database_url: str) -> None:
    """The same numbers, as JSON."""
    with_store(busy)
    found = json.loads(ready("ledger", "-a", "demo-bot", "--json").out)
    assert found == {
        "since": None,
        "adds_up": True,
        "accounts": [
            {
                "name": "demo-bot",
                "received": 2,
                "applied": 1,
                "superseded": 0,
                "duplicate": 1,
                "quarantined": 0,
                "pending": 0,
                "counted": {"refused deliveries": 1},
                "adds_up": True,
                "remainder": [],
            }
        ],
    }
    assert json.loads(ready("ledger", "-a", "operator", "--json").out)["accounts"] == []


def test_what_is_left_over_is_listed_and_ends_with_1(ready: Redress, database_url: str) -> None:
    """By its sequence, in both forms; a verdict that nobody knows is one of them."""
    with_store(busy)
    seqs = [n for (n,) in query(database_url, "SELECT seq FROM receipt ORDER BY seq")]
    query(database_url, "DELETE FROM observation WHERE account = 'demo-bot'")
    query(database_url, "ALTER TABLE receipt DROP CONSTRAINT ck_receipt_verdict")
    vanish = "UPDATE receipt SET verdict = 'vanished' WHERE account = 'demo-desk'"
    query(database_url, vanish)
    said = ready("ledger")
    assert said.code == 1
    assert f"demo-bot: a receipt without an observation, 1 row: {seqs[0]}" in said.out
    assert f"demo-desk: an unknown verdict, 1 row: {seqs[1]}" in said.out
    assert "the ledger doesn't add up" in said.err
    assert "Every arrival" not in said.out
    machines = ready("ledger", "--json")
    found = json.loads(machines.out)
    assert (machines.code, found["adds_up"]) == (1, False)
    assert found["accounts"][0]["remainder"] == [
        {"fault": "no_observation", "rows": 1, "seqs": [seqs[0]]}
    ]


# -- times -------------------------------------------------------------------------------

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("said", "zone", "moment"),
    [
        ("2026-03-02", PRAGUE, datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("2026-07-02T08:30", PRAGUE, datetime(2026, 7, 2, 6, 30, tzinfo=UTC)),
        (" 2026-03-02 08:30:15 ", PRAGUE, datetime(2026, 3, 2, 7, 30, 15, tzinfo=UTC)),
        ("2026-03-02T08:30+05:30", PRAGUE, datetime(2026, 3, 2, 3, tzinfo=UTC)),
        ("2026-03-02T08:30Z", None, datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("2026-03-02T08:00:00-05:00", PRAGUE, datetime(2026, 3, 2, 13, tzinfo=UTC)),
        ("2026-03-02", ZoneInfo("Asia/Tokyo"), datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("2026-10-25T02:30", PRAGUE, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_time_is_read_with_its_zone_or_in_the_shops(
    said: str, zone: ZoneInfo | None, moment: datetime
) -> None:
    """A day is its first moment there; one that comes twice is the earlier one."""
    assert read_time(said, zone) == moment


@pytest.mark.parametrize(
    ("said", "zone", "why"),
    [
        ("yesterday", PRAGUE, "yesterday is no time"),
        ("", PRAGUE, "is no time"),
        ("2026-02-30", PRAGUE, "is no time"),
        ("02.03.2026", PRAGUE, "is no time"),
        ("0001-01-01", PRAGUE, "is no time"),
        ("2026-03-29T02:30", PRAGUE, "clocks were put forward"),
        ("2026-03-02", None, "may mean several moments"),
    ],
)
def test_what_is_no_time_is_refused(said: str, zone: ZoneInfo | None, why: str) -> None:
    """With the reason, and what would be a time."""
    with pytest.raises(NoSuchTime, match=why) as fault:
        read_time(said, zone)
    assert fault.value.cure


def test_the_ledger_since_a_time(ready: Redress, database_url: str) -> None:
    """By the time of the first arrival; nonsense is refused before anything is read."""
    with_store(busy)
    assert "demo-bot" in ready("ledger", "--since", "2020-01-01").out
    future = ready("ledger", "--since", "2990-01-01T00:00Z")
    assert (future.code, "lies in the future" in future.err) == (2, True)
    nonsense = ready("ledger", "--since", "a while ago")
    assert (nonsense.code, nonsense.out) == (2, "")
    assert "a while ago is no time" in nonsense.err
    assert "write 2026-03-02" in nonsense.err
    query(database_url, "UPDATE receipt SET received_at = '2020-01-01' WHERE account = 'demo-desk'")
    query(database_url, "DELETE FROM observation WHERE account = 'demo-desk'")
    later = ready("ledger", "--since", "2021-01-01")
    assert "demo-desk" not in later.out


def test_shops_in_two_zones_need_one_to_be_named(ready: Redress) -> None:
    """Or an account: then it is its shop's."""
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    text += '\n[shops.tokyo]\ntimezone = "Asia/Tokyo"\n'
    file.write_text(text, encoding="utf-8")
    said = ready("ledger", "--since", "2021-01-01")
    assert (said.code, "the shops' clocks differ" in said.err) == (2, True)
    assert ready("ledger", "--since", "2021-01-01Z").code == 2
    assert ready("ledger", "--since", "2021-01-01T00:00Z").code == 0
    assert ready("ledger", "--since", "2021-01-01", "--account", "demo-bot").code == 0


# -- seals -------------------------------------------------------------------------------


def test_verify_tells_the_newest_hash(ready: Redress, database_url: str) -> None:
    """Alone on its line, so that it can be noted elsewhere, and expected later."""
    with_store(busy)
    said = ready("ledger", "--verify")
    assert said.code == 0
    assert "2 rows under 1 seal read again, 0 not sealed yet." in said.out
    noted = next(row for row in said.out.splitlines() if re.fullmatch("[0-9a-f]{64}", row))
    with_store(lambda deps: raise_in_chat(deps, "other"))
    with_store(flow.seal)
    expected = ready("ledger", "--verify", "--expect", noted.upper())
    assert (expected.code, "reaches at least as far" in expected.text) == (0, True)
    unknown = ready("ledger", "--verify", "--expect", "0" * 64)
    assert (unknown.code, "no seal has the hash" in unknown.text) == (1, True)


def test_verify_finds_what_was_changed(ready: Redress, database_url: str) -> None:
    """With the range at fault and exit code 1, for people and machines."""
    with_store(busy)
    query(database_url, "DELETE FROM payload")
    assert ready("ledger", "--verify").code == 0
    query(database_url, "UPDATE receipt SET dedupe_key = dedupe_key || 'x'")
    said = ready("ledger", "--verify")
    assert said.code == 1
    assert re.search(r"^1 to \d+: a row was changed, or the seal itself$", said.out, re.MULTILINE)
    assert "1 fault found" in said.err
    machines = ready("ledger", "--verify", "--json")
    found = json.loads(machines.out)
    assert (machines.code, found["unchanged"], found["faulty"]) == (1, False, 1)
    assert found["faults"][0]["from_seq"] == 1
    query(database_url, "DELETE FROM seal")
    assert "is missing, the last that were made" in ready("ledger", "--verify").text


def test_verify_of_nothing_is_no_fault(ready: Redress) -> None:
    """A new store has no seal yet."""
    said = ready("ledger", "--verify")
    assert (said.code, said.out.strip()) == (
        0,
        "0 rows under 0 seals read again, 0 not sealed yet.",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--verify", "--account", "demo-bot"], "seals cover all accounts"),
        (["--verify", "--since", "2020-01-01"], "seals cover all accounts"),
        (["--expect", "0"], "--expect needs --verify"),
        (["--account", "demo-bto"], 'did you mean "demo-bot"?'),
    ],
)
def test_what_makes_no_sense_is_refused(ready: Redress, arguments: list[str], said: str) -> None:
    """With 2, before anything is read."""
    found = ready("ledger", *arguments)
    assert (found.code, found.out, said in found.err) == (2, "", True), found.err


def test_the_help_says_what_seals_cant_show(redress: Redress) -> None:
    """A proof that promises too much is none."""
    assert "Who has the key and the whole database can cut off the tail" in (
        redress("ledger", "--help").text.replace("│ ", "")
    )
