"""The audit of drift: fresh reads over known ids, compared with the store.

Nothing that an audit reads is an observation.  What it finds is put right by the ordinary path:
the record is read again, kept, decided, and pushed if need be.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from complaints.contents import read_out
from complaints.drift import (
    DRIFTED,
    MENDED_BY_READING,
    Compared,
    Drift,
    compare,
    mass_disappearance,
)
from complaints.model import Change, Observation, Record
from complaints.ports import NeedsHuman, Transient
from complaints.store.audits import Looked, Missing
from complaints.vocabulary import (
    AccountName,
    Capability,
    ComplaintNumber,
    ExternalId,
    Purpose,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from complaints.flow import Deps
    from complaints.ports import Reading
    from complaints.store.audits import Audited

VANISHED = "mass disappearance"
"""The kind of notice that tells that an account shows hardly anything any more."""

SAMPLE = 20
"""So many records of each account are compared by one beat."""

TWICE = timedelta(hours=1)
"""A record is gone when two audits, so long apart, haven't seen it."""


class Finding(Record):
    """One record that was compared."""

    id: int
    account: AccountName
    external_id: ExternalId
    number: ComplaintNumber | None
    drift: Drift
    here: str = ""
    there: str = ""
    confirmed: bool = True
    """False: it wasn't shown for the first time, and may be shown the next."""


@dataclass
class Report:
    """What an audit of one account came to."""

    account: AccountName
    findings: list[Finding] = field(default_factory=list)
    left: int = 0
    """Records that should have been compared, and weren't: the budget, or the account."""
    why_left: str = ""
    vanished: bool = False
    """So many weren't shown that none of them is believed to be gone."""

    @property
    def drifted(self) -> list[Finding]:
        """Those that differ."""
        return [one for one in self.findings if one.drift in DRIFTED]

    @property
    def repairable(self) -> list[Finding]:
        """Those that reading puts right."""
        return [one for one in self.findings if one.drift in MENDED_BY_READING]

    @property
    def sums(self) -> dict[Drift, int]:
        """How many stand how."""
        return dict(Counter(one.drift for one in self.findings))


def audit(
    deps: Deps,
    accounts: Sequence[AccountName],
    sample: int | None,
    patience: float = 0.0,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Report]:
    """Compare `sample` records (None: all) of each account that can be read; keep the sums.

    Those that were never compared, or longest ago, come first.  `patience` is for how many
    seconds it is waited for an account's budget, each time.
    """
    chosen = {
        name: deps.store.audits.choose(name, sample)
        for name in accounts
        if Capability.FETCH in deps.accounts[name].capabilities
    }
    total, done = sum(map(len, chosen.values())), 0
    reports = []
    bug: Exception | None = None
    for name, ids in chosen.items():
        report = Report(name, left=len(ids))
        for id_ in ids:
            if why := _budget(deps, name, patience):
                report.why_left = why
                break
            try:
                report.why_left = _look(deps, report, id_)
            except Exception as fault:  # noqa: BLE001 - raised below: the others are compared first
                bug = fault
            if report.why_left:
                break
            report.left -= 1
            done += 1
            on_progress(done, total)
        _keep(deps, report)
        reports.append(report)
    if bug is not None:
        raise bug
    return reports


def repair(deps: Deps, reports: Sequence[Report]) -> int:
    """Have read by the ordinary path what that puts right.  Returns how many records."""
    ids = [one.id for report in reports for one in report.repairable]
    if ids:
        deps.store.audits.read_again(ids, deps.clock())
        deps.nudge("poll")
    return len(ids)


def sample(deps: Deps) -> int:
    """Compare some records of each account, and mend what reading mends.  Returns how many."""
    reports = audit(deps, deps.able(Capability.FETCH), SAMPLE)
    repair(deps, reports)
    return sum(len(report.findings) for report in reports)


def _budget(deps: Deps, account: AccountName, patience: float) -> str:
    """Take what a read costs; says why not, if it can't be had in time."""
    until = time.monotonic() + patience
    while wait := deps.budget.take(account, Purpose.POLL, deps.cost(account)):
        if time.monotonic() + wait > until:
            return f"the budget is used up for {wait:.0f} s"
        time.sleep(wait)
    return ""


def _look(deps: Deps, report: Report, id_: int) -> str:
    """Compare one record; says why the account can't be asked any more, if so."""
    before = deps.store.audits.look_up(id_, deps.clock())
    if before is None or before.mirror.external_id is None:
        return ""
    unreachable = _finding(before, Compared(drift=Drift.UNREACHABLE))
    try:
        compared = _compared(deps, before, id_)
    except (Transient, NeedsHuman) as fault:
        report.findings.append(unreachable)
        return str(fault)
    except Exception:  # a bug of the adapter, told by the caller
        # Written down as tried: else it would be the first in turn for ever.
        report.findings.append(unreachable)
        raise
    report.findings.append(_finding(before, compared))
    return ""


def _compared(deps: Deps, before: Audited, id_: int) -> Compared:
    """Read a record, and compare what it says with the store."""
    assert before.mirror.external_id is not None  # noqa: S101 - only such are chosen
    reading = deps.providers[before.mirror.account].fetch(before.mirror.external_id)
    now_known = deps.store.audits.look_up(id_, deps.clock())
    if now_known is None or now_known.busy or now_known.mirror != before.mirror:
        # It moved while we read: what differs may be younger or older than that.
        return Compared(drift=Drift.PENDING)
    return compare(before.mirror, before.pushes, _changes(deps, before, reading))


def _changes(deps: Deps, known: Audited, reading: Reading) -> tuple[Change, ...]:
    mirror = known.mirror
    observation = Observation(
        seq=mirror.as_of + 1,
        account=mirror.account,
        source=Source.POLL,
        form=reading.form,
        external_id=mirror.external_id,
        received_at=deps.clock(),
        as_of=mirror.as_of + 1,
        body=reading.body,
    )
    return tuple(one for one in read_out(deps, observation) if isinstance(one, Change))


def _finding(known: Audited, compared: Compared) -> Finding:
    mirror = known.mirror
    return Finding(
        id=mirror.id,
        account=mirror.account,
        external_id=mirror.external_id or ExternalId(""),
        number=known.number,
        drift=compared.drift,
        here=compared.here,
        there=compared.there,
    )


def _keep(deps: Deps, report: Report) -> None:
    """Write down what was found; believe that something is gone only with a second look."""
    now = deps.clock()
    gone = [one for one in report.findings if one.drift is Drift.NOT_VISIBLE]
    report.vanished = mass_disappearance(len(gone), len(report.findings))
    seen_missing = deps.store.audits.missing_since(report.account, now - TWICE)
    works = bool(gone) and not report.vanished and _answers(deps, report.account)
    missing = []
    for one in gone if works else []:
        confirmed = one.external_id in seen_missing
        missing.append(Missing(one.external_id, confirmed))
    sure = {one.external_id for one in missing if one.confirmed}
    report.findings = [
        one.model_copy(update={"confirmed": one.external_id in sure}) if one in gone else one
        for one in report.findings
    ]
    unseen = {Drift.NOT_VISIBLE, Drift.UNREACHABLE}
    deps.store.audits.record(
        report.account,
        Looked(
            tried=[one.external_id for one in report.findings],
            seen=[one.external_id for one in report.findings if one.drift not in unseen],
            missing=missing,
            drifted=len(report.drifted),
            sums={str(kind): n for kind, n in report.sums.items()},
        ),
        now,
    )
    if report.vanished:
        told = deps.store.notices.add(
            f"vanished-{report.account}-{now:%Y-%m-%d}",
            VANISHED,
            {"account": report.account, "gone": len(gone), "checked": len(report.findings)},
            now,
        )
        if told:
            deps.nudge("escalate")


def _answers(deps: Deps, account: AccountName) -> bool:
    """Whether the account takes our key: only then does it mean anything what it doesn't show."""
    try:
        deps.providers[account].check()
    except (Transient, NeedsHuman):
        return False
    return True
