"""One case of the plan: where the audit found it, and what is wrong with it.

Each check compares what one provider holds in the end with what the store says, or with what
people did.  A check either says a sentence or names a reason that explains the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from worker.demo.evidence import DeskComplaint, Lost, StoredComplaint, StoredPush, ZenkiOrder
from worker.demo.world import DESK, ZENKI, Case, Order, Route, Verdict

_OPEN = frozenset({"held", "due", "sending"})

# What the store has to say when an account says this.
_DESK_WORDS = {"new": "new", "open": "open", "wait": "waiting", "closed": "closed"}
SIDE_STATUS = {Verdict.UPHELD: "resolved", Verdict.REFUSED: "rejected"}
_DISPUTE_SIDE = {"REFUND": Verdict.UPHELD, "RESOLVED": Verdict.REFUSED}
_OTHER = {Verdict.UPHELD: Verdict.REFUSED, Verdict.REFUSED: Verdict.UPHELD}
_RUNNING = frozenset({"new", "open", "waiting"})


def footer(number: str) -> str:
    """What Redress puts below the customer's words at BizKitHub."""
    return f"\n\n[ref {number}]"


@dataclass(slots=True)
class Finding:
    """One planned case, where it was found, and what there is to say about it."""

    case: Case
    order: Order
    stored: StoredComplaint | None = None
    desk_id: str | None = None
    desk: DeskComplaint | None = None
    zenki_id: str | None = None
    zenki: ZenkiOrder | None = None
    pushes: Sequence[StoredPush] = ()
    reasons: set[str] = field(default_factory=set)
    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Note what nothing explains."""
        number = self.stored.number if self.stored else "no number"
        self.sentences.append(f"case {self.case.key} ({number}): {sentence}")

    @property
    def dispute(self) -> str | None:
        """Zenki's word for the dispute, None without one."""
        return self.zenki.dispute if self.zenki else None

    @property
    def opposite(self) -> bool:
        """Both providers have ended it, one for the customer and one for the shop."""
        theirs = _DISPUTE_SIDE.get(self.dispute or "")
        ours = self.desk.side if self.desk else None
        return theirs is not None and ours is not None and theirs is not ours

    def explained(self, account: str, kinds: Iterable[str]) -> bool:
        """Whether a push that isn't done accounts for what is missing there."""
        found = False
        for push in self.pushes:
            if push.account != account or push.kind not in kinds:
                continue
            if push.state in {"unknown", "parked"}:
                self.reasons.add(push.state)
                found = True
            elif push.state in _OPEN:
                self.reasons.add("pending")
                found = True
        return found


def check_presence(finding: Finding) -> None:
    """Each provider that must know the case does, or a push explains that it doesn't."""
    case = finding.case
    ended_unseen = case.route is Route.DISPUTE and case.decided_on == case.filed_on
    if finding.desk_id is None and not ended_unseen and not finding.explained(DESK, {"create"}):
        finding.say("was never told to BizKitHub")
    if (
        case.disputed
        and finding.zenki_id is None
        and not finding.explained(ZENKI, {"open_dispute"})
    ):
        finding.say("has no dispute at Zenki")


def check_text(finding: Finding) -> None:
    """The customer's words are there to the letter."""
    case, desk, stored = finding.case, finding.desk, finding.stored
    if desk is None or stored is None:
        return
    if desk.by_staff:
        same = desk.description == case.text
    else:
        ending = footer(stored.number)
        same = desk.description.endswith(ending)
        if case.route is not Route.DISPUTE:
            # A shopper's own words can't be read over Zenki's API.
            same = desk.description == case.text + ending
    if not same:
        finding.say("the customer's words or our reference changed on the way to BizKitHub")


def check_people(finding: Finding) -> None:
    """What a staff decided must still stand where it was decided."""
    case, desk = finding.case, finding.desk
    if case.decided_by != "zenki" and desk is not None and desk.side is not case.verdict:
        finding.say(f"the desk decided {case.verdict}, and BizKitHub says {desk.status}")
    if case.decided_by != "desk" and finding.dispute is not None:
        verdict = _OTHER[case.verdict] if case.opposite else case.verdict
        if _DISPUTE_SIDE.get(finding.dispute) is not verdict:
            finding.say(f"Zenki's staff decided {verdict}, and Zenki says {finding.dispute}")


def check_desk(finding: Finding) -> None:
    """BizKitHub's word and the store's."""
    desk, stored = finding.desk, finding.stored
    if desk is None or stored is None or finding.opposite:
        return
    side = desk.side
    if side is None:
        wanted = (_DESK_WORDS.get(desk.status, "unknown"), stored.outcome)
    elif desk.status == "closed":
        wanted = ("closed", side.value)
    else:
        wanted = (SIDE_STATUS[side], side.value)
    if (stored.status, stored.outcome) != wanted and not finding.explained(DESK, {"set_status"}):
        finding.say(
            f"BizKitHub says {desk.status}, and the store says {stored.status}, {stored.outcome}"
        )


def check_zenki(finding: Finding) -> None:
    """Zenki's word and the store's."""
    stored, order = finding.stored, finding.zenki
    if stored is None or order is None or finding.opposite or order.dispute is None:
        return
    side = _DISPUTE_SIDE.get(order.dispute)
    if side is not None:
        agrees = stored.outcome == side.value and stored.status in {SIDE_STATUS[side], "closed"}
    elif order.status == "PENDING_SHOPPER_RETURN":
        agrees = stored.status == "waiting"
    else:
        agrees = stored.status in _RUNNING
    if agrees or finding.explained(ZENKI, {"refund"}):
        return
    if any(push.state == "manual" and push.account == ZENKI for push in finding.pushes):
        return  # whether it had to be asked for is checked with the manual actions
    finding.say(
        f"Zenki's dispute is {order.dispute} on an order {order.status},"
        f" and the store says {stored.status}, {stored.outcome}"
    )


def check_conflict(finding: Finding) -> None:
    """Contradictions between the providers, and conflicts of the store: the same, both ways."""
    stored = finding.stored
    if stored is None:
        return
    if finding.opposite and not stored.conflict:
        finding.say("the providers contradict each other, and the store doesn't know it")
    elif stored.conflict and not finding.opposite:
        finding.say("the store sees a conflict that isn't there")
    elif finding.opposite and not finding.case.opposite:
        finding.say("the providers contradict each other, and no staff decided so")
    elif finding.opposite:
        finding.reasons.add("conflict")


def check_due(finding: Finding) -> None:
    """The due day was missed, or not, as planned."""
    stored = finding.stored
    if finding.explained(DESK, {"create"}):
        return  # what the desk decides about a case that nobody follows there isn't seen
    if stored is not None and stored.overdue is not finding.case.overdue:
        said = "overdue" if stored.overdue else "in time"
        finding.say(f"the store holds it for {said}, and by the plan it isn't")


def is_about(line: Lost, push: StoredPush, finding: Finding) -> bool:
    """Whether a request on the wire is the one that a push made."""
    if (line.account, line.kind) != (push.account, push.kind) or finding.stored is None:
        return False
    if push.kind == "create":
        return footer(finding.stored.number) in line.request
    paid = finding.order.paid
    return paid is not None and (paid.id in line.request or f"/{paid.id}/" in line.path)


CHECKS = (
    check_presence,
    check_text,
    check_people,
    check_desk,
    check_zenki,
    check_conflict,
    check_due,
)
"""All checks of one case, in the order in which they are told."""
