"""The redress command: what it prints, what it changes, how it ends."""

from __future__ import annotations

import json
import logging
import os
import pwd
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from complaints import flow
from complaints.flow import Deps
from worker import app as celery_module
from worker import cli, wiring
from worker.settings import load

NOBODY = "redis://127.0.0.1:1/0"
ROOT = Path(__file__).parents[2]


class Said:
    """How a command ended and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def text(self) -> str:
        """Everything, with the line breaks of narrow tables taken out."""
        return " ".join((self.out + self.err).split())


Redress = Callable[..., Said]


@pytest.fixture
def redress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Redress]:
    """The command, in an empty folder and without any variable of the caller's."""
    for name in [*os.environ]:
        if name.startswith("REDRESS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    handlers = logging.getLogger().handlers[:]

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = cli.run(list(arguments))
        heard = capsys.readouterr()
        return Said(code, heard.out, heard.err)

    yield run
    logging.getLogger().handlers = handlers


@pytest.fixture
def ready(redress: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Redress:
    """The command with the starter's settings and a migrated database."""
    assert redress("init").code == 0
    monkeypatch.setenv("REDRESS_DATABASE_URL", database_url)
    monkeypatch.setenv("REDRESS_BROKER_URL", NOBODY)
    return redress


def live(name: str = "demo-desk") -> None:
    """Make one account of the starter file a live one."""
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    head, block = text.split(f"[accounts.{name}]\n")
    block = block.replace('environment = "sandbox"', 'environment = "live"', 1)
    block = re.sub(r'base_url = "[^"]*"\n', "", block, count=1)
    file.write_text(f"{head}[accounts.{name}]\n{block}", encoding="utf-8")


def query(database_url: str, sql: str) -> list[tuple[object, ...]]:
    """What the database says, past our own code."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


# -- usage -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["init"],
        ["check"],
        ["migrate"],
        ["receiver"],
        ["import"],
        ["import", "orders"],
        ["import", "complaints"],
        ["show"],
        ["why"],
        ["status"],
        ["ledger"],
        ["blind"],
        ["due"],
        ["clock"],
        ["forecast"],
        ["handover"],
        ["report"],
        ["notices"],
        ["rebuild"],
        ["replay"],
        ["accounts"],
        ["accounts", "release"],
        ["accounts", "check"],
        ["release"],
        ["attach"],
        ["files"],
        ["order"],
        *(["order", act] for act in ("create", "edit", "cancel", "ship", "track", "deliver")),
        ["up"],
        ["sandbox"],
        ["demo"],
    ],
)
@pytest.mark.parametrize("columns", ["40", "100"])
def test_every_command_explains_itself(
    redress: Redress, arguments: list[str], columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Help fits into narrow terminals and never fails."""
    monkeypatch.setenv("COLUMNS", columns)
    said = redress(*arguments, "--help")
    assert said.code == 0
    assert "Usage: redress" in said.text
    assert max(map(len, said.out.splitlines())) <= int(columns)


def test_the_help_tells_the_exit_codes(redress: Redress) -> None:
    """Scripts rely on them."""
    assert "0 done, 1 it could not be done, 2 wrong usage or wrong settings" in (
        redress("--help").text
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statsu"], "Did you mean 'status'?"),
        (["show"], "Missing argument 'NUMBER'"),
        (["import", "orders"], "Missing"),
        (["receiver", "--port", "70000"], "65535"),
    ],
)
def test_wrong_usage_ends_with_2(redress: Redress, arguments: list[str], said: str) -> None:
    """The message says what is missing."""
    found = redress(*arguments)
    assert found.code == 2
    assert said in found.err


# -- init, check, migrate ----------------------------------------------------------------


def test_init_writes_what_check_finds_good(redress: Redress) -> None:
    """The new file is for its owner alone and needs nothing more."""
    assert redress("init").code == 0
    assert stat.S_IMODE(Path("redress.toml").stat().st_mode) == 0o600
    said = redress("check")
    assert said.code == 0
    assert "redress.toml is good: 1 shop, 3 accounts." in said.out


def test_init_never_writes_over_a_file_unasked(redress: Redress) -> None:
    """Only --force does."""
    Path("redress.toml").write_text("mine", encoding="utf-8")
    said = redress("init")
    assert said.code == 1
    assert "--force" in said.err
    assert Path("redress.toml").read_text(encoding="utf-8") == "mine"
    assert redress("init", "--force").code == 0
    assert redress("check").code == 0


def test_wrong_settings_end_every_command_with_2(redress: Redress) -> None:
    """All faults at once, each with its place and cure; nothing starts."""
    redress("init")
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    text = text.replace("due_days", "due_dys").replace('"DEV_', '"DVE_')
    file.write_text(text, encoding="utf-8")
    for command in (["check"], ["migrate"], ["receiver"], ["up"], ["status"], ["show", "1"]):
        said = redress(*command)
        assert said.code == 2
        assert re.search(r"redress\.toml:\d+:1  shops\.demo\.due_dys is not a key here", said.err)
        assert 'did you mean "due_days"?' in said.err
        assert "accounts.demo-desk.api_key" in said.err
        assert "2 faults in the settings; nothing was started" in said.err
        assert said.out == ""


def test_without_a_file_the_cure_is_init(redress: Redress) -> None:
    """A first try ends well."""
    said = redress("status")
    assert said.code == 2
    assert "redress init" in said.err


def test_migrate_brings_an_empty_database_up_to_date(
    redress: Redress, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands that need the schema say so before, and work afterwards."""
    redress("init")
    monkeypatch.setenv("REDRESS_DATABASE_URL", empty_database_url)
    before = redress("status")
    assert before.code == 1
    assert "redress migrate" in before.err
    for _ in range(2):
        assert redress("migrate").code == 0
    assert redress("status").code == 0


def test_an_unreachable_database_is_one_sentence(
    redress: Redress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, and no password."""
    redress("init")
    monkeypatch.setenv("REDRESS_DATABASE_URL", "postgresql://u:hidden-word@127.0.0.1:1/db")
    said = redress("status")
    assert said.code == 1
    assert "the database can't be used" in said.err
    assert "hidden-word" not in said.err
    assert "Traceback" not in said.err


def test_without_a_database_in_the_settings_the_cure_is_told(redress: Redress) -> None:
    """It is a matter of settings, so the code is 2."""
    redress("init")
    said = redress("status")
    assert said.code == 2
    assert "database_url" in said.err


# -- import ------------------------------------------------------------------------------


def test_orders_are_imported_once(ready: Redress, database_url: str) -> None:
    """The same rows again, also from another file, are known."""
    text = "order_hash,order_number\nabc,1\ndef,2\n"
    Path("a.csv").write_text(text, encoding="utf-8")
    Path("b.csv").write_text("\ufefforder_number;order_hash\n2;def\n3;ghi\n", encoding="utf-8")
    said = ready("import", "orders", "--account", "demo-desk", "a.csv")
    assert (said.code, said.out) == (0, "2 taken, 0 known, 0 refused.\n")
    again = ready("import", "orders", "-a", "demo-desk", "a.csv", "b.csv")
    assert again.out == "1 taken, 3 known, 0 refused.\n"
    assert query(database_url, "SELECT DISTINCT account, source, form FROM observation") == [
        ("demo-desk", "import", "import:order")
    ]


def test_wrong_rows_are_told_and_the_others_taken(ready: Redress) -> None:
    """File, line, column and cure; the command ends with 1."""
    text = "zenki_order_id,order_number,note\nz1,1,\n,2,\nz3,1.5E+11,\n"
    Path("orders.csv").write_text(text, encoding="utf-8")
    said = ready("import", "orders", "-a", "demo-pay", "orders.csv")
    assert said.code == 1
    assert said.out == "1 taken, 0 known, 2 refused.\n"
    assert "orders.csv, line 3, column zenki_order_id: is empty" in said.err
    assert "orders.csv, line 4, column order_number: was rounded by a spreadsheet" in said.err
    assert "nobody here knows: note" in said.err


def test_complaints_are_imported_by_id_or_file(ready: Redress, database_url: str) -> None:
    """Ids on the command line and in files may be mixed."""
    Path("more.csv").write_text("complaint_id\nC2\nC3\n", encoding="utf-8")
    said = ready("import", "complaints", "-a", "demo-desk", "C1", "C2", "more.csv")
    assert said.out == "3 taken, 1 known, 0 refused.\n"
    found = query(database_url, "SELECT external_id FROM observation ORDER BY 1")
    assert found == [("C1",), ("C2",), ("C3",)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["complaints", "-a", "demo-bot", "C1"], "can't be read"),
        (["complaints", "-a", "demo-pay", "C1"], "redress import orders --account demo-pay"),
        (["complaints", "-a", "demo-dsek", "C1"], 'did you mean "demo-desk"?'),
    ],
)
def test_an_account_that_can_use_no_such_rows_is_refused(
    ready: Redress, arguments: list[str], said: str
) -> None:
    """Before anything is stored."""
    found = ready("import", *arguments)
    assert found.code == 2
    assert said in found.err


# -- status, show, accounts --------------------------------------------------------------


def test_status_is_one_screen_and_json(ready: Redress, database_url: str) -> None:
    """Accounts, complaints, pushes, schedule and workers; the same for machines."""
    with_store(lambda deps: deps.store.accounts.pause(
        next(iter(deps.accounts)), "the key was refused", deps.clock()
    ))  # fmt: skip
    ready("import", "complaints", "-a", "demo-desk", "C1")
    said = ready("status")
    assert said.code == 0
    assert "paused: the key was refused" in said.text
    assert "has never run" in said.text
    found = json.loads(ready("status", "--json").out)
    desk = next(one for one in found["accounts"] if one["name"] == "demo-desk")
    assert desk["pending"] == 1
    assert desk["paused_reason"] == "the key was refused"
    assert desk["lag"] is not None


def test_rebuild_tells_that_all_is_well_or_what_differs(
    ready: Redress, database_url: str, tmp_path: Path
) -> None:
    """0 without differences, 1 with the first fifty and how many more there are."""
    (tmp_path / "orders.csv").write_text("order_hash,order_number,zenki_order_id\nh1,1,z1\n")
    ready("import", "orders", "-a", "demo-desk", "orders.csv")
    with_store(flow.reconcile)
    said = ready("rebuild", "--check")
    assert (said.code, said.out) == (
        0,
        "1 observation folded again into 0 complaints: no differences\n",
    )
    query(
        database_url,
        "INSERT INTO complaint (number, shop, status, outcome, origin, opened_at, version)"
        " SELECT n, 'demo', 'open', 'none', 'demo-desk', '2026-03-02Z', 0"
        " FROM generate_series(1001, 1060) AS n",
    )
    said = ready("rebuild", "--check")
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0] == "complaint 1001: is here, and not when folded again"
    assert len(lines) == 52
    assert lines[50:] == [
        "... and 10 more",
        "1 observation folded again into 0 complaints: 60 differences",
    ]
    told = json.loads(ready("rebuild", "--check", "--json").out)
    assert (told["observations"], len(told["differences"])) == (1, 60)


def test_rebuild_only_checks(ready: Redress) -> None:
    """Nothing replaces the store."""
    said = ready("rebuild")
    assert said.code == 2
    assert "only `redress rebuild --check` exists" in said.text


def with_store(act: Callable[[Deps], object]) -> None:
    """Do something with the wired parts of the present settings."""
    settings = load()
    wired = wiring.Wiring.build(settings, celery_module.create(settings, NOBODY))
    try:
        act(wired.deps)
    finally:
        wired.close()


def raise_in_chat(deps: Deps, key: str = "key") -> str:
    """A complaint out of the chat, decided on; returns its number."""
    from complaints import flow  # noqa: PLC0415
    from complaints.vocabulary import AccountName  # noqa: PLC0415

    body = json.dumps(
        {
            "conversationRequest": {"channel": "TELEGRAM", "userInfo": {"uid": "7"}},
            "queryInfo": {
                "interestType": "productComplaint",
                "parameters": {
                    "params": {
                        "entityInfo": {
                            "orderId": "00591837",
                            "problemStatment": "It leaks.\x1b[31m Badly.",
                            "category": "product-related",
                        }
                    }
                },
            },
            "languageCode": "en",
        }
    ).encode()
    taken = flow.intake(
        deps, AccountName("demo-bot"), key, "TELEGRAM:7", "raise", body, timedelta(minutes=15)
    )
    while flow.reconcile(deps):
        pass
    return taken.number


def test_a_live_account_is_held_until_somebody_releases_it(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be sent first is shown; a no leaves it, a yes is recorded with its author."""
    live()
    with_store(raise_in_chat)
    assert query(database_url, "SELECT account, state FROM push") == [("demo-desk", "held")]
    assert "read-only until released, 1 held" in ready("status").text
    assert "read-only until released" in ready("accounts").text

    monkeypatch.setattr(sys, "stdin", open_answer("n\n"))
    refused = ready("accounts", "release", "demo-desk")
    assert refused.code == 1
    assert "create" in refused.err
    assert query(database_url, "SELECT state FROM push") == [("held",)]

    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(sys, "stdin", open_answer("y\n"))
    said = ready("accounts", "release", "demo-desk")
    assert said.code == 0
    assert "1 held push is due" in said.out
    assert query(database_url, "SELECT state FROM push") == [("due",)]
    assert query(database_url, "SELECT name, released_by FROM account") == [
        ("demo-desk", pwd.getpwuid(os.getuid()).pw_name)
    ]
    again = ready("accounts", "release", "demo-desk", "--yes")
    assert "released before" in again.out


def open_answer(text: str) -> object:
    """What a person types."""
    import io  # noqa: PLC0415

    return io.StringIO(text)


def test_a_sandbox_needs_no_release(ready: Redress) -> None:
    """Nothing is asked and nothing recorded."""
    said = ready("accounts", "release", "demo-pay")
    assert said.code == 0
    assert "nothing is held for it" in said.text


def test_a_paused_account_is_resumed(ready: Redress) -> None:
    """Once; the second time there is nothing to do."""
    with_store(lambda deps: deps.store.accounts.pause(
        next(iter(deps.accounts)), "the key was refused", deps.clock()
    ))  # fmt: skip
    assert "paused" in ready("accounts", "list").text
    assert "is used again" in ready("accounts", "resume", "demo-desk").text
    assert "was not paused" in ready("accounts", "resume", "demo-desk").text


def test_show_tells_one_complaint(ready: Redress) -> None:
    """Its claim, what each account holds, what happened; a stranger's text steers no terminal."""
    numbers: list[str] = []
    with_store(lambda deps: numbers.append(raise_in_chat(deps)))
    said = ready("show", f"#{numbers[0]}")
    assert said.code == 0
    assert numbers[0] in said.out
    assert "00591837" in said.out
    assert "It leaks." in said.out
    assert "\x1b" not in said.out
    assert "create" in said.out
    assert "demo-bot" in said.out


@pytest.mark.parametrize(("number", "hint"), [("999", "misheard"), ("9993", "no complaint")])
def test_an_unknown_number_is_told(ready: Redress, number: str, hint: str) -> None:
    """A number whose check digit is wrong was misheard."""
    said = ready("show", number)
    assert said.code == 1
    assert hint in said.err


# -- as a program ------------------------------------------------------------------------


def test_the_receiver_serves_and_ends_on_a_signal(
    tmp_path: Path, database_url: str, empty_broker_url: str
) -> None:
    """As a process of its own: it announces itself, answers, and ends with 0."""
    import socket  # noqa: PLC0415
    import time  # noqa: PLC0415

    import httpx  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "REDRESS_DATABASE_URL": database_url,
        "REDRESS_BROKER_URL": empty_broker_url,
    }
    command = [sys.executable, "-m", "worker"]
    subprocess.run([*command, "init"], cwd=tmp_path, env=environ, check=True)
    with subprocess.Popen(
        [*command, "receiver", "--port", str(port)],
        cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            limit = time.monotonic() + 20
            while time.monotonic() < limit:
                try:
                    answer = httpx.get(f"http://127.0.0.1:{port}/health/live")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            assert answer.json() == {"status": "live"}
        finally:
            process.terminate()
            _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert f"Listening on http://127.0.0.1:{port}" in err
    assert "Traceback" not in err


def test_a_taken_port_is_one_sentence(
    ready: Redress,
) -> None:
    """The receiver says which port, and ends with 1."""
    import socket  # noqa: PLC0415

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = ready("receiver", "--port", str(port))
    assert said.code == 1
    assert f"port {port}" in said.err
    assert "Traceback" not in said.err


# -- what accounts can do ----------------------------------------------------------------


def test_accounts_are_shown_with_what_they_can_do(ready: Redress) -> None:
    """A matrix, the reasons for what can't be done, and how often each is read."""
    said = ready("accounts")
    assert said.code == 0
    assert re.search(r"set_status\s+yes\s+no\s+no", said.out)
    assert re.search(r"open_dispute\s+no\s+off\s+no", said.out)
    assert "a dispute may move money (set dispute_create)" in said.text
    assert "every 3m" in said.text
    (desk, pay, bot) = json.loads(ready("accounts", "list", "--json").out)
    assert (desk["name"], desk["read_every"], desk["read_less_than_wished"]) == (
        "demo-desk",
        180.0,
        False,
    )
    assert pay["abilities"]["open_dispute"]["switch"] == "dispute_create"
    assert bot["read_every"] is None


def test_a_budget_that_is_too_small_is_warned_of(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interval that comes out is shown, in status too."""
    monkeypatch.setenv("REDRESS_ACCOUNTS__DEMO_DESK__REQUESTS_PER_MINUTE", "10")
    query(
        database_url,
        "INSERT INTO mirror (account, external_id, status, next_read_at)"
        " SELECT 'demo-desk', n::text, 'open', clock_timestamp() FROM generate_series(1, 84) AS n"
        " RETURNING 1",
    )
    assert "every 12m: budget too small" in ready("accounts").text
    assert (
        "demo-desk: running cases are read every 12m, for the budget leaves 7 reads a minute"
        " and 28 are wished" in ready("status").text
    )


def test_a_read_of_several_requests_is_counted_as_so_many(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of Zenki's may make five, and takes five from the budget: a fifth of the pace."""
    monkeypatch.setenv("REDRESS_ACCOUNTS__DEMO_PAY__REQUESTS_PER_MINUTE", "10")
    query(
        database_url,
        "INSERT INTO mirror (account, external_id, status, next_read_at)"
        " SELECT 'demo-pay', n::text, 'open', clock_timestamp() FROM generate_series(1, 84) AS n"
        " RETURNING 1",
    )
    (_, pay, _) = json.loads(ready("accounts", "list", "--json").out)
    assert pay["read_less_than_wished"] is True
    assert pay["read_every"] == pytest.approx(600 * 8.4 / (7 / 5))


def test_accounts_are_checked_by_harmless_reads(ready: Redress, database_url: str) -> None:
    """One line for each; an account that gives no answer makes the command fail."""
    said = ready("accounts", "check", "demo-desk", "demo-bot")
    assert said.code == 1
    assert "demo-desk gave no answer" in said.text
    assert "demo-bot works" in said.text
    assert query(database_url, "SELECT count(*) FROM account") == [(0,)]


# -- files and orders --------------------------------------------------------------------


def raised() -> str:
    """A complaint of the chat; returns its number."""
    numbers: list[str] = []
    with_store(lambda deps: numbers.append(raise_in_chat(deps)))
    return numbers[0]


def decided() -> None:
    """What people asked for is decided."""

    def decide(deps: Deps) -> None:
        from complaints import flow  # noqa: PLC0415

        while flow.reconcile(deps):
            pass

    with_store(decide)


def test_files_are_attached_listed_and_saved(ready: Redress) -> None:
    """The wrong ones are told, each with its reason; nothing is written over."""
    number = raised()
    Path("proof.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"1" * 9)
    Path("tool.exe").write_bytes(b"MZ\x90\x00")
    said = ready("attach", number, "proof.png", "tool.exe", "missing.png")
    assert said.code == 1
    assert "proof.png: attached as proof.png" in said.out
    assert "tool.exe: the file is no JPEG, PNG, GIF, PDF or plain text" in said.err
    assert "missing.png: can't be read" in said.err
    decided()
    listed = ready("files", f"#{number}", "--save", "out")
    assert "image/png" in listed.out
    (saved,) = Path("out").iterdir()
    assert saved.read_bytes() == Path("proof.png").read_bytes()
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    again = ready("files", number, "--save", "out")
    assert again.code == 1
    assert "can't be written" in again.err


@pytest.mark.parametrize(
    "command", [["attach", "10018", "x"], ["files", "10018"], ["release", "10018"]]
)
def test_a_misheard_number_is_noticed(ready: Redress, command: list[str]) -> None:
    """Before anything is looked for."""
    said = ready(*command)
    assert said.code == 1
    assert "was it misheard?" in said.err


def test_an_order_is_asked_for_once(ready: Redress, database_url: str) -> None:
    """With --dry-run it is only shown; afterwards the push waits like any other."""
    Path("order.json").write_text('{"items": [{"price": 12.50}]}', encoding="utf-8")
    shown = ready("order", "create", "order.json", "-a", "demo-desk", "--dry-run")
    assert "12.50" in shown.out
    assert query(database_url, "SELECT count(*) FROM receipt") == [(0,)]
    assert ready("order", "create", "order.json", "-a", "demo-desk").code == 0
    decided()
    assert query(database_url, "SELECT account, kind, state FROM push") == [
        ("demo-desk", "create_order", "due")
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["order", "deliver", "z1", "-a", "demo-bot"], 1, "demo-bot can't do that"),
        (["order", "create", "none.json", "-a", "demo-desk"], 1, "can't be read"),
        (["order", "create", "bad.json", "-a", "demo-desk"], 2, "line 2: is no JSON"),
        (["order", "create", "list.json", "-a", "demo-desk"], 2, "must hold one JSON object"),
        (["order", "deliver", "z1", "-a", "nobody"], 2, "is no account"),
    ],
)
def test_an_errand_that_makes_no_sense_is_refused(
    ready: Redress, arguments: list[str], code: int, said: str
) -> None:
    """At once, with what is wrong."""
    Path("bad.json").write_text('{\n"items": [}', encoding="utf-8")
    Path("list.json").write_text("[]", encoding="utf-8")
    found = ready(*arguments)
    assert found.code == code
    assert said in found.text


def test_what_is_held_of_a_case_is_let_go(
    ready: Redress, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown first and asked; what waits for its account's release goes on waiting for that."""
    live()
    number = raised()
    hold = (
        "INSERT INTO push (key, complaint_id, account, kind, amount, reason, state, held_for,"
        " cause, created_at) SELECT 'refund', id, 'demo-pay', 'refund', 30, '', 'held', 'amount',"
        " 1, clock_timestamp() FROM complaint RETURNING 1"
    )
    query(database_url, hold)
    monkeypatch.setattr(sys, "stdin", open_answer("n\n"))
    refused = ready("release", number)
    assert refused.code == 1
    assert re.search(r"refund\s+-\s+30", refused.err)
    states = "SELECT kind, state, held_for FROM push ORDER BY id"
    assert query(database_url, states)[1] == ("refund", "held", "amount")
    assert "1 push is due" in ready("release", number, "--yes").out
    assert query(database_url, states) == [("create", "held", "release"), ("refund", "due", None)]
    assert "Nothing of" in ready("release", number).text
