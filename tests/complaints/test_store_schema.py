"""The schema: migrated by many at once, equal to the models, without a business clock in SQL."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import LargeBinary, event, text
from sqlalchemy.dialects.postgresql import JSONB

from complaints import flow, store
from complaints.flow import ImportRow
from complaints.model import Said
from complaints.ports import NeedsHuman, Receipt, Transient
from complaints.store import Store, schema
from complaints.store.tables import Base
from complaints.vocabulary import Result, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, CZ, DESK, ZENKI, change, external
from tests.complaints.together import together

FOLDER = Path(store.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))
CLOCKS = re.compile(
    r"\bnow\s*\(|current_(timestamp|time|date)|\blocaltime|transaction_timestamp"
    r"|statement_timestamp|timeofday|'now'|'today'",
    re.IGNORECASE,
)


def open_at(url: str) -> Iterator[Store]:
    """A store, closed afterwards."""
    opened = store.open(url)
    yield opened
    opened.close()


@pytest.fixture
def bare(empty_database_url: str) -> Iterator[Store]:
    """A store whose database holds nothing."""
    yield from open_at(empty_database_url)


# -- migrations --------------------------------------------------------------------------


def test_two_processes_migrate_at_once(bare: Store) -> None:
    """One makes the tables, the other waits and finds them; again does nothing."""
    url = bare.engine.url.render_as_string(hide_password=False)
    other = store.open(url)
    assert not bare.schema_is_current()
    together(bare.migrate, other.migrate, bare.migrate)
    bare.migrate()
    assert bare.schema_is_current()
    assert other.schema_is_current()
    other.close()


def test_what_people_had_linked_stays_linked(bare: Store) -> None:
    """Before 0006 records moved from case to case; since then cases are joined."""
    schema.migrate(bare.engine, "0005")
    with bare.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO complaint"
                " (id, number, shop, status, outcome, origin, opened_at, version, merged_into)"
                " VALUES"
                " (1, '10017', 'cz', 'new', 'none', 'cz-bot', '2026-03-02', 1, NULL),"
                " (2, '10025', 'cz', 'new', 'none', 'cz-desk', '2026-03-02', 1, 1),"
                " (3, '10033', 'cz', 'new', 'none', 'cz-desk', '2026-03-02', 1, NULL)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO mirror (account, external_id, complaint_id, opened, home) VALUES"
                " ('cz-bot', 'opened it', 1, 1, 1), ('cz-desk', 'linked', 1, 2, 2),"
                " ('cz-zenki', 'ours, linked', 1, NULL, 3), ('cz-desk', 'own', 3, 3, 3),"
                " ('cz-zenki', 'never heard', 3, NULL, NULL),"
                " ('cz-zenki', 'order', NULL, NULL, NULL)"
            )
        )
    bare.migrate()
    with bare.engine.connect() as connection:
        cases = connection.execute(
            text("SELECT id, joined, by_hand, merged_into FROM complaint ORDER BY id")
        )
        assert [tuple(row) for row in cases] == [
            (1, None, False, None),
            (2, 1, True, 1),
            (3, None, False, None),
        ]
        homes = connection.execute(text("SELECT external_id, home FROM mirror"))
        found = {row.external_id: row.home for row in homes}
    assert found == {
        "opened it": 1,
        "linked": 2,
        "ours, linked": 1,
        "own": 3,
        "never heard": 3,
        "order": None,
    }


def test_what_was_heard_before_0015_has_the_time_of_its_receipt(bare: Store) -> None:
    """Written as the store writes it, so that folding again finds no difference; claims too."""
    schema.migrate(bare.engine, "0014")
    times = [
        datetime(2026, 3, 2, 8, tzinfo=UTC),
        datetime(2026, 3, 2, 8, 0, 1, 250, tzinfo=UTC),
    ]
    said = [Said(seq=n, as_of=n, word="open", status=Status.OPEN) for n in (2, 1, 3)]
    history = [one.model_dump(mode="json", exclude_defaults=True) for one in said]
    with bare.engine.begin() as connection:
        for n, at in enumerate(times, 1):
            connection.execute(
                text(
                    "INSERT INTO receipt (seq, account, dedupe_key, received_at)"
                    " VALUES (:n, 'cz-desk', CAST(:n AS text), :at)"
                ),
                {"n": n, "at": at},
            )
        connection.execute(
            text(
                "INSERT INTO mirror (account, external_id, history)"
                " VALUES ('cz-desk', 'd1', CAST(:history AS jsonb)), ('cz-desk', 'd2', '[]')"
            ),
            {"history": json.dumps(history)},
        )
        connection.execute(
            text(
                "INSERT INTO complaint"
                " (id, number, shop, status, outcome, origin, opened_at, version)"
                " VALUES (1, '10017', 'cz', 'new', 'none', 'cz-bot', '2026-03-02', 1)"
            )
        )
        claim = {"amount": "12.50", "currency": "EUR", "category": "late", "channel": "WHATSAPP"}
        connection.execute(
            text("INSERT INTO claim VALUES (1, '', CAST(:body AS jsonb))"),
            {"body": json.dumps(claim)},
        )
    bare.migrate()
    heard = dict(enumerate(times, 1))
    expected = [
        one.model_copy(update={"heard": heard.get(one.seq)}).model_dump(
            mode="json", exclude_defaults=True
        )
        for one in said
    ]
    with bare.engine.connect() as connection:
        kept = connection.execute(text("SELECT history FROM mirror ORDER BY external_id"))
        assert list(kept.scalars()) == [expected, []]
        terms = connection.execute(
            text("SELECT claimed, claimed_in, category, channel FROM complaint")
        ).one()
    assert tuple(terms) == (Decimal("12.50"), "EUR", "late", "WHATSAPP")


def test_models_and_migrations_agree(opened: Store) -> None:
    """Nothing is in the one and not in the other: tables, columns, indices, constraints."""
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_object": _ours},
        )
        assert compare_metadata(context, Base.metadata) == []


def _ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    """Everything but the months, which are made on demand."""
    return not (kind in {"table", "index"} and (name or "").startswith("observation_"))


# -- clocks ------------------------------------------------------------------------------


def _texts(path: Path) -> Iterator[str]:
    """Every text in a file that isn't a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spoken
        ):
            yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_sql_reads_the_business_clock(path: Path) -> None:
    """Business time is an argument; only PostgreSQL's own wall clock may be asked, for leases."""
    assert [found for found in _texts(path) if CLOCKS.search(found)] == []


def _sides(sql: str) -> Iterator[tuple[str, str]]:
    """Each clock in a statement with the 150 characters before and after it."""
    for found in re.finditer(r"clock_timestamp\(\)", sql):
        yield sql[max(0, found.start() - 150) : found.start()], sql[found.end() : found.end() + 150]


def test_the_technical_clock_meets_technical_columns_alone() -> None:
    """Wherever it is asked, a column that ends in ``_tech`` stands beside it."""
    seen = 0
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        for before, after in _sides(source):
            seen += 1
            assert "_tech" in before or "_tech" in after, f"{path.name}: {before}"
    assert seen > 10


def test_no_column_fills_itself_with_a_time(opened: Store) -> None:
    """No default and no trigger knows what time it is."""
    with opened.engine.connect() as connection:
        defaults = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND column_default IS NOT NULL"
                " AND data_type LIKE '%time%'"
            )
        ).all()
        triggers = connection.execute(
            text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        ).all()
    assert (defaults, triggers) == ([], [])


def test_times_know_their_zone(opened: Store) -> None:
    """Every time column is one with a zone; technical ones are told by their names."""
    with opened.engine.connect() as connection:
        naive = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND data_type IN"
                " ('timestamp without time zone', 'date', 'time without time zone')"
            )
        ).all()
    assert naive == []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if column.name.endswith("_at"):
                assert str(column.type) == "DATETIME", column


# -- what a run really sends -------------------------------------------------------------


def _listen(opened: Store) -> list[str]:
    """Every statement from now on; one that is executed many times counts as many."""
    said: list[str] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:  # noqa: FBT001
        said.extend([statement] * (len(parameters) if many else 1))

    event.listen(opened.engine, "before_cursor_execute", note)
    return said


def everything(house: House, folder: Path) -> None:
    """Use every statement that there is."""
    deps, kept = house.deps, house.store
    claim = {"text": "Sekretní čajník", "name": "Asha Rao", "email": "asha@example.org"}
    flow.import_rows(deps, DESK, [ImportRow("1", "import", None, document())])
    taken = kept.intakes.take(BOT, "k", "TELEGRAM:1", "raise", b"Sekret", house.clock(), _MINUTE)
    flow.track(deps, BOT, "TELEGRAM:1", taken.number)
    kept.intakes.take(BOT, "k", "TELEGRAM:1", "raise", b"", house.clock(), _MINUTE)
    house.hear(BOT, "1", change(Status.NEW, BOT, claim=claim, order_keys=_KEYS))
    house.fakes[DESK].answers.extend([Transient("503", 0.0), NeedsHuman("bad key")])
    house.settle()
    kept.accounts.resume(DESK)
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d")))
    house.fakes[DESK].documents[external("d")] = document(change(Status.OPEN, external_id="d"))
    with kept.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE push SET retry_tech = NULL")
    house.settle()
    house.hear(ZENKI, "2", change(Status.OPEN, ZENKI))
    house.hear(ZENKI, "3", change(Status.REJECTED, ZENKI))
    house.clock.pass_(days=60)
    house.settle()
    house.fakes[DESK].documents[external("d")] = Transient("503", 0.0)
    house.clock.pass_(days=1)
    house.settle()
    for act in (flow.look, flow.sweep, flow.seal):
        act(deps)
    kept.accounts.tick("look", 1)
    kept.accounts.tick_age()
    kept.accounts.beat("push", "w")
    kept.accounts.release(DESK, "Jana", house.clock())
    kept.pushes.release(DESK)
    kept.count(BOT, "refused")
    kept.receipts.mark()
    kept.ledger.read(BOT, house.clock())
    kept.seals.verify()
    kept.blind({BOT: CZ}, ["not visible"])
    kept.overview(house.clock())
    kept.manual_actions()
    kept.waiting_pushes(DESK)
    kept.at_rest(house.clock())
    kept.dump(folder / "dump.jsonl")
    with kept.engine.connect() as connection:
        numbers = connection.execute(text("SELECT number FROM complaint")).scalars().all()
    assert numbers
    for number in numbers:
        kept.case(number)


def test_no_statement_of_a_run_reads_the_business_clock(house: House, tmp_path: Path) -> None:
    """What is really sent to PostgreSQL, by every part of the store."""
    said = _listen(house.store)
    everything(house, tmp_path)
    assert len(set(said)) > 40
    assert [sql for sql in said if CLOCKS.search(sql)] == []
    for sql in said:
        for before, after in _sides(sql):
            assert "_tech" in before or "_tech" in after, sql


def test_personal_data_lies_in_two_tables(house: House, tmp_path: Path) -> None:
    """Raw bodies in ``payload``, what the customer said in ``claim``, and nowhere else."""
    everything(house, tmp_path)
    holding = set()
    with house.store.engine.connect() as connection:
        for table in connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars():
            rows = connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()  # noqa: S608
            everything_said = "\n".join(rows)
            hexed = b"Asha Rao".hex()
            if any(word in everything_said for word in ("Asha", "asha@", "TELEGRAM:1", hexed)):
                holding.add(table)
    assert holding == {"payload", "claim"}


def test_only_these_columns_can_hold_anything() -> None:
    """Binary and JSON columns outside of the three are hashes and lists of our own words."""
    free = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary | JSONB)
    }
    assert free == {
        "payload.body",
        "payload.headers",
        "claim.body",
        "attachment.content",
        "observation.body_hash",
        "mirror.body_hash",
        "mirror.covers",
        "mirror.history",
        "mirror.order_said",
        "receipt.warnings",
        "ruleset.rules",
        "audit.found",
        "trace.words",
        "conflict.sides",
        "decision.fields",
        "notice.facts",
    }


# -- the number of statements ------------------------------------------------------------


def _batch(house: House, size: int, first: int) -> int:
    """Statements of one reconcile of so many observations of all kinds."""
    for n in range(first, first + size):
        match n % 3:
            case 0:
                news = change(Status.NEW, BOT, external_id=f"c{n}", order_keys=_keys(n))
            case 1:
                news = change(Status.OPEN, external_id=f"d{n}", order_keys=_keys(n - 1))
            case _:
                news = change(Status.REJECTED, ZENKI, external_id=f"z{n}")
        house.hear((BOT, DESK, ZENKI)[n % 3], str(n), news)
    said = _listen(house.store)
    assert flow.reconcile(house.deps) == size
    return len(said)


_MINUTE = timedelta(minutes=1)


def _keys(n: int) -> tuple[dict[str, str], ...]:
    return ({"space": "number", "value": str(n)}, {"space": "payment", "value": f"p{n}"})


_KEYS = _keys(10**6)


def test_the_number_of_statements_doesnt_grow_with_the_batch(house: House) -> None:
    """Throughput lives in the batch: 3, 20 and 200 observations cost the same."""
    counts = [_batch(house, size, first) for size, first in [(3, 0), (20, 300), (200, 900)]]
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] < 40


def test_one_observation_costs_no_more(house: House) -> None:
    """A batch of one saves nothing that a batch of many must do."""
    single = _batch(house, 1, 0)
    assert single <= _batch(house, 200, 300)
