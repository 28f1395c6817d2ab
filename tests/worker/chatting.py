"""A receiver with one chat-bot, and what its platform sends it and hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from complaints import flow
from complaints.model import Change, Observation
from complaints.vocabulary import AccountName, OrderState
from tests.worker.test_receiver import LOGIN, NOBODY, STARTER, Mouth, open_mouth
from worker.settings import load

BOT = AccountName("demo-bot")
BASE = f"/chat/{BOT}/api/rest/v1/ecom/integrations"
RAISE = f"{BASE}/raiseComplaintsAgainstOrder"
TRACK = f"{BASE}/getComplaintsTrackingDetails"
ORDERS = ("getOrderStatus", "getOrderDetails", "getTrackingOrderDetails", "cancelOrder")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Line:
    """The platform's line to a receiver whose clock stands still until it is told to go on."""

    mouth: Mouth
    clock: Path
    now: datetime = BEGIN

    def pass_(self, **time: float) -> None:
        """Let so much business time pass."""
        self.now += timedelta(**time)
        self.clock.write_text(self.now.isoformat(), encoding="ascii")

    def post(self, path: str, document: object, login: Any = LOGIN) -> httpx.Response:
        """Send one request as JSON."""
        return self.mouth.http.post(path, json=document, auth=login)

    def changes(self) -> list[Change]:
        """What the account's adapter reads out of everything that was kept, in its order."""
        names = ("seq", "account", "source", "form", "external_id", "received_at", "as_of")
        columns = ", ".join(f"o.{name}" for name in (*names, "number"))
        rows = self.mouth.rows(
            f"SELECT {columns}, p.body FROM observation o JOIN payload p USING (seq) ORDER BY seq"  # noqa: S608
        )
        adapter = self.mouth.wired.deps.providers[BOT]
        found: list[Change] = []
        for row in rows:
            values = dict(zip((*names, "number", "body"), row, strict=True))
            found += adapter.parse(Observation.model_validate(values))
        return found

    def warnings(self) -> list[tuple[str, ...]]:
        """What deviated in each of the complaints that were kept."""
        return [change.warnings for change in self.changes()]

    def settle(self) -> None:
        """Decide on what was kept."""
        while flow.reconcile(self.mouth.wired.deps):
            pass

    def kept(self) -> int:
        """How many complaints were taken."""
        ((count,),) = self.mouth.rows("SELECT count(*) FROM receipt")
        return int(count)

    def know_order(self, number: str, email: str, state: OrderState, shop: str = "demo") -> None:
        """An account has told of an order and whose it is."""
        deps = self.mouth.wired.deps
        owner = deps.store.receipts.owner(email)
        self.mouth.execute(
            "WITH o AS (INSERT INTO tracked_order (shop, state, owner)"
            " VALUES (%s, %s, %s) RETURNING id)"
            " INSERT INTO order_key (shop, space, value, order_id)"
            " SELECT %s, 'number', %s, id FROM o",
            (shop, state.value, owner, shop, number),
        )


@contextmanager
def line(
    database_url: str,
    folder: Path,
    broker_url: str = NOBODY,
    file: Path = STARTER,
    **more: str,
) -> Iterator[Line]:
    """A line to a receiver of a file's accounts; ``more`` are environment variables."""
    clock = folder / "clock.txt"
    clock.write_text(BEGIN.isoformat(), encoding="ascii")
    environ = {
        "REDRESS_DATABASE_URL": database_url,
        "REDRESS_BROKER_URL": broker_url,
        "REDRESS_STORY_CLOCK": str(clock),
    }
    settings = load(file, {**environ, **more})
    for mouth in open_mouth(settings):
        yield Line(mouth, clock)


def message(answer: httpx.Response) -> dict[str, Any]:
    """The one block of an answer in good order."""
    document = answer.json()
    (found,) = document["response"]["responseMessages"]
    assert isinstance(found, dict)
    return found


def attributes(answer: httpx.Response) -> dict[str, str]:
    """Name and value of the attributes of a raise's answer, which must be a container."""
    assert answer.status_code == 200, answer.text
    assert answer.json()["response"]["responseType"] == "container"
    rows = message(answer)["containerResponse"]["attributes"]
    return {row["name"]: row["value"] for row in rows}
