"""Checks that the store, the providers and the plan agree, or that each difference is explained.

It shares no code with the pipeline: it compares what the providers hold in the end with what
Redress believes, and both with what people did.  ``python -m worker.demo.audit DIR`` repeats it
from the files that ``redress demo --keep DIR`` leaves behind.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from worker.demo.evidence import (
    PROVIDERS,
    DeskComplaint,
    Json,
    Lost,
    Store,
    StoredComplaint,
    StoredPush,
    World,
    read_store,
    read_wire,
    read_world,
)
from worker.demo.findings import CHECKS, SIDE_STATUS, Finding, footer, is_about
from worker.demo.report import (
    Agreement,
    AuditReport,
    Complaints,
    Deadlines,
    Observations,
    Rebuild,
    words,
)
from worker.demo.world import DESK, ZENKI, Case, Order, Plan, Route, Verdict

PLAN, WORLD, WIRE, STORE = "plan.json", "world.json", "wire.jsonl", "store.jsonl"
REBUILD = "rebuild.json"
"""The files from which an audit can be repeated."""

_STATES = ("done", "unknown", "parked", "manual", "superseded", "held", "due", "sending")


def audit(
    world_json: Json, wire_lines: Iterable[Json], store_lines: Iterable[Json], plan: Plan
) -> AuditReport:
    """Compare everything with everything.  Pure."""
    return _Audit(
        plan, read_world(world_json), read_wire(wire_lines), read_store(store_lines)
    ).report()


class _Audit:
    def __init__(self, plan: Plan, world: World, lost: Sequence[Lost], store: Store) -> None:
        self.plan = plan
        self.world = world
        self.lost = lost
        self.store = store
        self.by_number = {row.number: row for row in store.complaints.values()}
        self.pushes: dict[int, list[StoredPush]] = defaultdict(list)
        for push in store.pushes:
            self.pushes[push.complaint_id].append(push)
        self.loose: list[str] = []
        self.findings = self._locate()

    def report(self) -> AuditReport:
        for finding in self.findings:
            if finding.stored is None:
                finding.say("is not in the store")
                continue
            for check in CHECKS:
                check(finding)
            self._check_manual(finding)
        self._check_strangers()
        self._check_lost()
        return self._sum_up()

    # Where each case is

    def _locate(self) -> list[Finding]:
        orders = {order.id: order for order in self.plan.orders}
        raised = {(row.uid, row.order_number, row.text): row.number for row in self.world.chat}
        filed: dict[str, list[DeskComplaint]] = defaultdict(list)
        for complaint in self.world.complaints.values():
            if complaint.by_staff:
                filed[complaint.order_hash].append(complaint)
        at_desk = {key: owner for owner, keys in self.store.at_desk.items() for key in keys}
        at_zenki = {key: owner for owner, keys in self.store.at_zenki.items() for key in keys}
        findings = []
        for case in self.plan.cases:
            order = orders[case.order_id]
            match case.route:
                case Route.CHAT:
                    number = raised.get((case.uid, order.number, case.text), "")
                    stored = self.by_number.get(number)
                case Route.DESK:
                    written = _take(filed[order.hash], case.text)
                    owner = at_desk.get(written.id) if written else None
                    stored = self.store.complaints.get(owner or 0)
                case Route.DISPUTE:
                    owner = at_zenki.get(order.paid.id) if order.paid else None
                    stored = self.store.complaints.get(owner or 0)
            findings.append(self._found(case, order, stored))
        return findings

    def _found(self, case: Case, order: Order, stored: StoredComplaint | None) -> Finding:
        finding = Finding(case, order, stored)
        if stored is None:
            return finding
        finding.pushes = self.pushes.get(stored.id, [])
        at_desk = self.store.at_desk.get(stored.id, [])
        at_zenki = self.store.at_zenki.get(stored.id, [])
        for account, places in ((DESK, at_desk), (ZENKI, at_zenki)):
            if len(places) > 1:
                finding.say(f"the store has it {len(places)} times at {account}")
        for key in at_desk:
            finding.desk_id = key
            finding.desk = self.world.complaints.get(key)
            if finding.desk is None:
                finding.say(f"BizKitHub has no complaint {key}")
        for key in at_zenki:
            finding.zenki_id = key
            finding.zenki = self.world.orders.get(key)
            if finding.zenki is None or finding.zenki.dispute is None:
                finding.say(f"Zenki has no dispute on order {key}")
            if order.paid is None or order.paid.id != key:
                finding.say(f"the dispute on Zenki's order {key} belongs to another order")
        return finding

    # What belongs to no single case

    def _check_strangers(self) -> None:
        owners = Counter(finding.stored.id for finding in self.findings if finding.stored)
        for owner, count in owners.items():
            if count > 1:
                number = self.store.complaints[owner].number
                self.loose.append(f"complaint {number} stands for {count} cases of the plan")
        for row in self.store.complaints.values():
            if row.id not in owners:
                self.loose.append(f"complaint {row.number} is in the store and in no plan")
        known = {key for keys in self.store.at_desk.values() for key in keys}
        # Whether these were created nobody knows yet: they lie with a person.
        asked = tuple(
            footer(finding.stored.number)
            for finding in self.findings
            if finding.stored
            and any(p.kind == "create" and p.state == "unknown" for p in finding.pushes)
        )
        for complaint in self.world.complaints.values():
            if complaint.id not in known and not complaint.description.endswith(asked):
                self.loose.append(f"BizKitHub's complaint {complaint.id} is unknown to the store")
        known = {key for keys in self.store.at_zenki.values() for key in keys}
        for order in self.world.orders.values():
            if order.dispute is not None and order.id not in known:
                self.loose.append(f"the dispute on Zenki's order {order.id} is on no complaint")
            if order.dispute is None and order.status == "REFUNDED":
                self.loose.append(f"Zenki's order {order.id} was refunded without a dispute")

    def _check_manual(self, finding: Finding) -> None:
        """Open manual actions and what no endpoint offers: the same, both ways."""
        listed = {
            (push.account, push.target or "") for push in finding.pushes if push.state == "manual"
        }
        needed = set()
        side = finding.desk.side if finding.desk else None
        if finding.dispute == "OPEN" and side is not None:
            above = finding.order.row.total > self.plan.refund_allowance
            if side is Verdict.REFUSED or above:
                needed.add((ZENKI, SIDE_STATUS[side]))
        for account, target in sorted(listed - needed):
            finding.say(f"asks a person for {target} at {account}, which nothing calls for")
        for account, target in sorted(needed - listed):
            finding.say(f"needs a person for {target} at {account}, and nobody is asked")
        if listed & needed:
            finding.reasons.add("manual")

    def _check_lost(self) -> None:
        """Unknown pushes and lost answers of writes that may not be repeated, both ways."""
        lost = list(self.lost)
        for finding in self.findings:
            for push in finding.pushes:
                if push.state != "unknown":
                    continue
                hit = next((line for line in lost if is_about(line, push, finding)), None)
                if hit is None:
                    finding.say(
                        f"its {push.kind} at {push.account} is unknown, and the wire was whole"
                    )
                else:
                    lost.remove(hit)
                    finding.reasons.add("unknown")
        for line in lost:
            if not any(
                push.state == "done" and is_about(line, push, finding)
                for finding in self.findings
                for push in finding.pushes
            ):
                self.loose.append(
                    f"the answer of {line.path} was lost, and no push of the store is unknown"
                )

    # The sum

    def _sum_up(self) -> AuditReport:
        verdicts, rows = self.store.verdicts, self.store.complaints.values()
        sentences = [line for finding in self.findings for line in finding.sentences]
        sentences += self.loose
        classes = Counter(_class_of(finding) for finding in self.findings)
        return AuditReport(
            observations=Observations(
                received=sum(verdicts.values()) + self.store.repeats,
                applied=verdicts["applied"],
                superseded=verdicts["superseded"],
                duplicate=self.store.repeats,
                quarantined=verdicts["quarantined"],
                pending=verdicts["pending"],
            ),
            complaints=Complaints(
                total=len(rows),
                planned=len(self.plan.cases),
                by_status=_sorted(Counter(row.status for row in rows)),
                by_outcome=_sorted(Counter(row.outcome for row in rows)),
            ),
            pushes=self._pushes(),
            deadlines=Deadlines(
                overdue=sum(row.overdue for row in rows),
                planned=sum(_late(finding) for finding in self.findings),
                escalated=self.store.escalations,
            ),
            agreement=Agreement(
                checked=len(self.findings),
                agree=classes["agree"],
                conflict=classes["conflict"],
                manual=classes["manual"],
                unknown=classes["unknown"],
                parked=classes["parked"],
                pending=classes["pending"],
                unexplained=len(sentences),
            ),
            provider_duplicates=self.world.duplicates,
            known_to_two=sum(_accounts(finding) > 1 for finding in self.findings),
            sentences=tuple(sentences),
            unsure=tuple(
                finding.case.key for finding in self.findings if "unknown" in finding.reasons
            ),
        )

    def _pushes(self) -> dict[str, dict[str, int]]:
        table: dict[str, dict[str, int]] = {}
        for account, provider in PROVIDERS.items():
            mine = [push for push in self.store.pushes if push.account == account]
            kinds = _sorted(Counter(push.kind for push in mine))
            states = Counter(push.state for push in mine)
            table[provider] = {**kinds, **{state: states[state] for state in _STATES}}
        return table


def _late(finding: Finding) -> bool:
    """Whether the case ran past its due day, as far as the store can know it."""
    if finding.stored is not None and finding.explained(DESK, {"create"}):
        return finding.stored.overdue
    return finding.case.overdue


def _take(filed: list[DeskComplaint], text: str) -> DeskComplaint | None:
    """The staff's complaint with these words, else the first one: it is taken out."""
    if not filed:
        return None
    exact = next((complaint for complaint in filed if complaint.description == text), filed[0])
    filed.remove(exact)
    return exact


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _class_of(finding: Finding) -> str:
    if finding.sentences:
        return "unexplained"
    for reason in ("parked", "pending", "unknown", "conflict", "manual"):
        if reason in finding.reasons:
            return reason
    return "agree"


def _accounts(finding: Finding) -> int:
    """How many of the three accounts know the case."""
    return sum(
        (
            finding.case.route is Route.CHAT and finding.stored is not None,
            finding.desk is not None,
            finding.dispute is not None,
        )
    )


# Files


def json_lines(file: Path) -> Iterator[Json]:
    """The documents of a file with one on each line."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                document: Json = json.loads(line)
                yield document


def audit_folder(folder: Path) -> AuditReport:
    """Audit what ``redress demo --keep`` left in a folder.  Raises OSError if a file lacks."""
    world: Mapping[str, Json] = json.loads((folder / WORLD).read_text(encoding="utf-8"))
    plan = Plan.model_validate_json((folder / PLAN).read_text(encoding="utf-8"))
    report = audit(world, json_lines(folder / WIRE), json_lines(folder / STORE), plan)
    if not (folder / REBUILD).exists():
        return report
    rebuild = Rebuild.model_validate_json((folder / REBUILD).read_text(encoding="utf-8"))
    return report.model_copy(update={"rebuild": rebuild})


def main(arguments: Sequence[str]) -> int:
    """Repeat an audit from its files; 0 if it holds, 1 if not, 2 if it can't be made."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m worker.demo.audit DIR\n")
        return 2
    try:
        report = audit_folder(Path(arguments[0]))
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in words(report)))
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
