"""What a faultless run leaves behind, derived from the plan alone.

The audit's tests spoil one thing in it at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from worker.demo.audit import audit
from worker.demo.report import AuditReport
from worker.demo.world import DESK, ZENKI, Case, DeskAct, Order, Plan, Route, Verdict, ZenkiAct

Row = dict[str, Any]

_WORDS = {"new": "new", "open": "open", "wait": "waiting"}
_SIDES = {"resolve": Verdict.UPHELD, "reject": Verdict.REFUSED}
_DISPUTES = {"REFUND": Verdict.UPHELD, "RESOLVED": Verdict.REFUSED}
_STATUS = {Verdict.UPHELD: "resolved", Verdict.REFUSED: "rejected"}
_DESK_WORD = {Verdict.UPHELD: "resolve", Verdict.REFUSED: "reject"}


@dataclass
class Shadow:
    """World, wire and store as JSON, and where each case lies in them."""

    plan: Plan
    world: Row
    wire: list[Row] = field(default_factory=list)
    store: list[Row] = field(default_factory=list)

    def audit(self) -> AuditReport:
        """Audit what is here."""
        return audit(self.world, self.wire, self.store, self.plan)

    def rows(self, table: str) -> list[Row]:
        """The store's rows of one table."""
        return [row for row in self.store if row["table"] == table]

    def complaint(self, case: Case) -> Row:
        """The store's row of a case."""
        (found,) = [row for row in self.rows("complaint") if row["key"] == case.key]
        return found

    def at_desk(self, case: Case) -> Row:
        """BizKitHub's row of a case."""
        found: Row = self.world["bizkithub"]["complaints"][f"desk-{self.complaint(case)['id']}"]
        return found

    def at_zenki(self, case: Case) -> Row:
        """Zenki's row of a case's order."""
        paid = self.order(case).paid
        assert paid is not None
        found: Row = self.world["zenki"]["orders"][paid.id]
        return found

    def order(self, case: Case) -> Order:
        """The case's order."""
        (found,) = [order for order in self.plan.orders if order.id == case.order_id]
        return found

    def forget(self, *gone: Row) -> None:
        """Take rows out of the store."""
        self.store = [row for row in self.store if not any(row is one for one in gone)]

    def push(self, case: Case, account: str, kind: str, state: str, target: str | None) -> None:
        """Add a push to the store."""
        self.store.append(
            {
                "table": "push",
                "complaint_id": self.complaint(case)["id"],
                "account": account,
                "kind": kind,
                "target": target,
                "state": state,
            }
        )


def shadow(plan: Plan) -> Shadow:
    """Play a plan in the head: everything is told, done and read."""
    made = Shadow(plan, _empty(plan.orders))
    for number, case in enumerate(plan.cases, start=1):
        _Told(made, case, number).tell()
    made.store.append({"table": "receipt", "verdict": "applied", "deliveries": 3})
    made.store.append({"table": "receipt", "verdict": "superseded", "deliveries": 1})
    made.store.append({"table": "escalation"})
    return made


def _empty(orders: Iterable[Order]) -> Row:
    paid = [order.paid for order in orders if order.paid]
    return {
        "bizkithub": {"orders": {}, "complaints": {}},
        "zenki": {"orders": {one.id: {"status": one.status, "dispute": None} for one in paid}},
        "chat": {"complaints": []},
        "duplicates": {"bizkithub": 0, "zenki": 0},
    }


class _Told:
    def __init__(self, made: Shadow, case: Case, number: int) -> None:
        self.made = made
        self.case = case
        self.id = number
        self.number = f"R-{number}"
        self.order = next(order for order in made.plan.orders if order.id == case.order_id)
        acts = [act for day in made.plan.days for act in day.acts]
        self.desk_acts = [
            act.status for act in acts if isinstance(act, DeskAct) and act.case == case.key
        ]
        self.zenki_acts = [
            act.decision for act in acts if isinstance(act, ZenkiAct) and act.case == case.key
        ]

    def tell(self) -> None:
        case = self.case
        dispute = self._dispute() if case.disputed else None
        words = ["new", *self.desk_acts]
        if case.decided_by == "zenki":
            closed = ["closed"] if "closed" in words else []
            words = [
                *(word for word in words if word != "closed"),
                _DESK_WORD[case.verdict],
                *closed,
            ]
        self._file(words)
        if dispute:
            self._mirror(ZENKI, str(self.order.paid.id if self.order.paid else None))
        if case.route is Route.CHAT:
            self.made.world["chat"]["complaints"].append(
                {
                    "uid": case.uid,
                    "order_id": self.order.number,
                    "text": case.text,
                    "complaint_id": self.number,
                }
            )
        sides = [_SIDES[word] for word in words if word in _SIDES]
        self.made.store.append(
            {
                "table": "complaint",
                "key": case.key,
                "id": self.id,
                "number": self.number,
                "status": "closed" if words[-1] == "closed" else _STATUS[sides[-1]],
                "outcome": sides[-1].value,
                "conflict": case.opposite,
                "overdue": case.overdue,
            }
        )

    def _dispute(self) -> bool:
        assert self.order.paid is not None
        above = self.order.row.total > self.made.plan.refund_allowance
        decided = [word for word in self.zenki_acts if word in _DISPUTES]
        if decided:
            word = decided[-1]
        elif self.case.verdict is Verdict.UPHELD and not above:
            word = "REFUND"
        else:
            # The portal's staff have carried out what Redress asked of them.
            word = "REFUND" if self.case.verdict is Verdict.UPHELD else "RESOLVED"
        self.made.world["zenki"]["orders"][self.order.paid.id] = {
            "status": "REFUNDED" if word == "REFUND" else "COMPLETED",
            "dispute": {"status": word},
        }
        return True

    def _file(self, words: list[str]) -> None:
        by_staff = self.case.route is Route.DESK
        said = self.case.text if self.case.route is not Route.DISPUTE else "A dispute at Zenki."
        self.made.world["bizkithub"]["complaints"][f"desk-{self.id}"] = {
            "status": words[-1],
            "events": [{"status": word} for word in words],
            "description": said if by_staff else f"{said}\n\n[ref {self.number}]",
            "order_hash": self.order.hash,
            "created_by": "staff" if by_staff else "api",
            "price": Decimal(1),
        }
        self._mirror(DESK, f"desk-{self.id}")

    def _mirror(self, account: str, external_id: str) -> None:
        self.made.store.append(
            {
                "table": "mirror",
                "complaint_id": self.id,
                "account": account,
                "external_id": external_id,
            }
        )
