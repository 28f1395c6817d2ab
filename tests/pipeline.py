"""The whole pipeline in one process: real PostgreSQL, real HTTP to the sandbox, a story clock.

Ask for `pipeline` (import it together with the fixtures of `tests.sandbox`).  Steps run only
in `settle`, nudges are ignored, and business time moves only when a test says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from complaints import flow, store
from complaints.flow import Deps, ImportRow, Limits
from complaints.rules import AccountProfile, ReadPlan, ShopRules
from complaints.store.accounts import PAUSED
from complaints.store.notices import Notice
from complaints.store.screens import CaseView
from complaints.vocabulary import AccountName, ComplaintNumber, ShopName
from providers.imports import IMPORT_COMPLAINT, IMPORT_ORDER, import_body
from providers.registry import PROVIDERS
from providers.sandbox.client import SandboxControl
from providers.sandbox.config import DEMO_KEY, DEMO_WEBHOOK_SECRET
from tests.sandbox import RunningSandbox
from tests.worker.serving import served
from worker import receiver
from worker.settings import load

CZ = ShopName("cz")
DESK = AccountName("cz-desk")
ZENKI = AccountName("cz-zenki")
BOT = AccountName("cz-bot")

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
RULES = ShopRules(name=CZ, dispute_undelivered=True, refund_allowance=Decimal(500))
_REFERENCE = re.compile(r"\[ref (\w+)\]\s*\Z")
_ROUNDS = 300

Document = Mapping[str, Any]


def blocks(url: str) -> dict[AccountName, tuple[str, dict[str, Any]]]:
    """Provider and settings of the three accounts."""
    return {
        DESK: (
            "bizkithub",
            {
                "base_url": f"{url}/bizkithub",
                "api_key": DEMO_KEY,
                "environment": "sandbox",
                "send_due_date": True,
            },
        ),
        ZENKI: (
            "zenki",
            {
                "base_url": f"{url}/zenki",
                "client_id": "cid-demo",
                "client_secret": "secret-demo",
                "environment": "sandbox",
                "dispute_create": True,
                "refund": True,
                "webhook_secrets": [DEMO_WEBHOOK_SECRET],
            },
        ),
        BOT: (
            "chat",
            {
                "username": "bot-demo",
                "password": "bot-secret-demo",
                "environment": "sandbox",
            },
        ),
    }


class Told:
    """What people were told, in its order."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.pauses: list[tuple[AccountName, str]] = []

    def wants(self, notice: Notice) -> bool:
        """All of it."""
        return True

    def tell(self, notice: Notice) -> None:
        """A complaint is late, or an account is paused."""
        if notice.kind == PAUSED:
            self.pauses.append((notice.facts["account"], notice.facts["reason"]))
        else:
            self.notices.append(notice)


class Pipeline:
    """One shop with a desk, a payment account and a chat-bot."""

    def __init__(
        self, database_url: str, sandbox: RunningSandbox, folder: Path, stack: ExitStack
    ) -> None:
        self.control: SandboxControl = sandbox.control
        self.now = BEGIN
        self.told = Told()
        self.store = store.open(database_url)
        stack.callback(self.store.close)
        self._url = sandbox.url
        self._folder = folder
        self._stack = stack
        self._listens = False
        self.deps = self._wire(RULES)
        self.control.clock(self.now)

    def _wire(self, rules: ShopRules, live: frozenset[AccountName] = frozenset()) -> Deps:
        providers, accounts = {}, {}
        for name, (kind, raw) in blocks(self._url).items():
            made = PROVIDERS[kind].build(name, raw)
            self._stack.callback(made.close)
            providers[name] = made
            accounts[name] = AccountProfile(
                name=name,
                provider=kind,
                shop=CZ,
                capabilities=made.capabilities,
                order_space=PROVIDERS[kind].order_space if kind == "zenki" else None,
                live=name in live,
                read_plan=ReadPlan(),
            )
        return Deps(
            store=self.store,
            providers=providers,
            accounts=accounts,
            shops={CZ: rules},
            clock=lambda: self.now,
            nudge=lambda _step: None,
            recall=lambda _step: None,
            channels={"told": self.told},
            limits=Limits(lease=60),
        )

    def rewire(self, rules: ShopRules = RULES, *live: AccountName) -> None:
        """Start anew with other rules, and with these accounts live."""
        self.deps = self._wire(rules, frozenset(live))

    # -- time and steps ------------------------------------------------------------------

    def settle(self, **time: float) -> None:
        """Let so much time pass, here and at the providers; then run all steps until rest."""
        self.now += timedelta(**time)
        self.control.clock(self.now)
        for _ in range(_ROUNDS):
            if not sum(step(self.deps) for step in flow.STEPS.values()):
                return
        raise AssertionError("the steps never come to rest")

    def hurry(self) -> None:
        """Forget what retries and accounts have to wait for."""
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE push SET retry_tech = NULL")
            connection.exec_driver_sql("UPDATE mirror SET retry_tech = NULL")
            connection.exec_driver_sql("UPDATE account SET not_before_tech = NULL")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says, past our own code."""
        with self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    # -- the world -----------------------------------------------------------------------

    def order(
        self, n: int, *, status: str = "COMPLETED", price: int = 100, acts: bool = True
    ) -> None:
        """An order that the desk, the payment account and, by an import, we know."""
        hash_, number, payment = f"{n:032d}", f"2600{n:04d}", f"z{n:031d}"
        self.control.place_order(
            {
                "hash": hash_,
                "number": number,
                "email": "asha@example.org",
                "first_name": "Asha",
                "last_name": "Rao",
                "items": [{"label": "Kettle", "price": price, "count": 1}],
                "price": price,
                "currency": "EUR",
                "locale": "en",
                "paid": True,
                "inserted_at": BEGIN - timedelta(days=3),
            }
        )
        self.control.book_order(
            {
                "zenki_order_id": payment,
                "merchant_order_id": number,
                "email": "asha@example.org",
                "name": "Asha Rao",
                "items": [{"name": "Kettle", "quantity": 1, "unit_price": price}],
                "grand_total": price,
                "currency": "EUR",
                "country": "CZ",
                "status": status,
                "created_at": BEGIN - timedelta(days=3),
            }
        )
        row = {"order_hash": hash_, "order_number": number, "zenki_order_id": payment}
        body = import_body(row, acts=acts)
        flow.import_rows(self.deps, DESK, [ImportRow(f"order {n}", IMPORT_ORDER, None, body)])

    def listen(self) -> None:
        """Serve the real receiver, and tell the sandbox where it is."""
        if self._listens:
            return
        self._listens = True
        lines = ['data_dir = "var"', "[shops.cz]", 'timezone = "Europe/Prague"']
        lines += ['currency = "EUR"', 'country = "CZ"']
        for name, (kind, raw) in blocks(self._url).items():
            lines += [f"[accounts.{name}]", f'provider = "{kind}"', 'shop = "cz"']
            lines += [f"{key} = {_toml(value)}" for key, value in raw.items()]
        file = self._folder / "redress.toml"
        file.write_text("\n".join(lines), encoding="utf-8")
        settings = load(file, {})
        port = self._stack.enter_context(served(receiver.create(self.deps, settings)))
        here = f"http://127.0.0.1:{port}"
        self.control.knobs(zenki_webhook_url=f"{here}/hooks/{ZENKI}", chat_url=f"{here}/chat/{BOT}")

    def complain(
        self, n: int, words: str = "The kettle leaks", uid: str = "70214"
    ) -> ComplaintNumber:
        """Somebody complains about order ``n`` in the chat; returns the number they are told."""
        self.listen()
        reply = self.control.raise_in_chat(
            uid, words, first_name="Asha", last_name="Rao", order_id=f"2600{n:04d}"
        )
        assert reply["status"] == 200, reply
        return ComplaintNumber(str(reply["complaint_id"]))

    def ask(self, number: ComplaintNumber, uid: str = "70214") -> str:
        """Somebody asks in the chat how a complaint stands."""
        self.listen()
        return str(self.control.track_in_chat(uid, number)["text"])

    def file(self, n: int, words: str = "Filed at the desk", *, acts: bool = True) -> str:
        """Staff file a complaint about order ``n`` and somebody imports its id; returns the id."""
        found = self.control.file_complaint(
            variant="reklamace",
            description=words,
            customer_name="Asha Rao",
            at=self.now,
            order_hash=f"{n:032d}",
        )
        self.bring(found, acts=acts)
        return found

    def bring(self, complaint_id: str, *, acts: bool = True) -> None:
        """Import a complaint of the desk by its id."""
        body = import_body({"complaint_id": complaint_id}, acts=acts)
        flow.import_rows(self.deps, DESK, [ImportRow(complaint_id, IMPORT_COMPLAINT, None, body)])

    def staff(self, complaint_id: str, *words: str) -> None:
        """Staff at the desk set one status after another."""
        for word in words:
            self.control.set_complaint_status(complaint_id, word, at=self.now)

    def dispute(self, n: int) -> None:
        """The buyer of order ``n`` opens a dispute in the portal."""
        self.control.open_dispute(_payment(n), "Never again", "The kettle leaks", self.now)

    def decide(self, n: int, decision: str) -> None:
        """Zenki's staff decide, or the merchant presses a portal button."""
        self.control.resolve(_payment(n), decision, self.now)

    # -- what came of it -----------------------------------------------------------------

    def numbers(self) -> list[ComplaintNumber]:
        """All complaints, the oldest first."""
        return [
            ComplaintNumber(n) for (n,) in self.rows("SELECT number FROM complaint ORDER BY id")
        ]

    def case(self, number: ComplaintNumber | None = None) -> CaseView:
        """One case; without a number the only one there is."""
        if number is None:
            (number,) = self.numbers()
        found = self.store.case(number)
        assert found is not None
        return found

    def state(self, number: ComplaintNumber | None = None) -> tuple[str, str]:
        """Status and outcome of a case."""
        found = self.case(number)
        return found.status, found.outcome

    def at_desk(self) -> dict[str, Document]:
        """The desk's complaints by our number, or by their own id when they carry none."""
        found: dict[str, Document] = {}
        for document in self.control.complaints():
            seen = _REFERENCE.search(str(document["description"]))
            found[seen.group(1) if seen else str(document["id"])] = document
        return found

    def at_zenki(self, n: int) -> Document:
        """An order as the payment provider shows it."""
        return self.control.zenki_order(_payment(n))

    def pushes(self) -> list[tuple[str, str, str | None, str]]:
        """Account, kind, target and state of all pushes, in the order of their making."""
        return cast(
            "list[tuple[str, str, str | None, str]]",
            self.rows("SELECT account, kind, target, state FROM push ORDER BY id"),
        )

    def calm(self) -> None:
        """Assert that nothing is left to do and that nobody created anything twice."""
        assert not self.store.at_rest(self.now)
        assert set(self.control.duplicates().values()) == {0}


def _payment(n: int) -> str:
    return f"z{n:031d}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"'


@pytest.fixture
def pipeline(database_url: str, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Pipeline]:
    """An empty shop in an empty world."""
    with ExitStack() as stack:
        yield Pipeline(database_url, sandbox, tmp_path, stack)
