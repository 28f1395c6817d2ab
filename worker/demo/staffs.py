"""What the two staffs do about one case, day by day.

The desk works at BizKitHub, Zenki's staff in their portal.  Each act falls on the evening of
its day.  A case that both know is decided by one of them unless it is *shared*; the styles of
a shared case are below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from worker.demo.chance import between, choose, share
from worker.demo.world import Act, DeskAct, Route, Verdict, ZenkiAct

DeskWord = Literal["open", "wait", "resolve", "reject", "closed"]
ZenkiWord = Literal["REFUND", "RESOLVED", "PENDING_SHOPPER_RETURN"]

REOPEN_WITHIN = 7
"""Days.  Later than that nobody reads a decided case any more."""

_DESK_WORD: dict[Verdict, DeskWord] = {Verdict.UPHELD: "resolve", Verdict.REFUSED: "reject"}
_ZENKI_WORD: dict[Verdict, ZenkiWord] = {Verdict.UPHELD: "REFUND", Verdict.REFUSED: "RESOLVED"}
_OTHER = {Verdict.UPHELD: Verdict.REFUSED, Verdict.REFUSED: Verdict.UPHELD}

_UPHELD_SHARE = 0.6
_ZENKI_DECIDES_SHARE = 0.6
_OPENED_SHARE = 0.7
_WAITED_SHARE = 0.3
_REOPENED_SHARE = 0.1
_CLOSED_SHARE = 0.6
_CLOSED_AFTER = (1, 5)
_REOPEN_DAYS = 3
_REOPEN_UP_TO = 25
"""Days from filing to answer: a re-opened case must never look decided on its due day."""


class Style(StrEnum):
    """How a shared case is shared."""

    SAME_DAY = "same day"
    DESK_WORKS = "the desk works on it, Zenki decides"
    ZENKI_WAITS = "Zenki waits for the goods, the desk decides"
    OPPOSITE = "both decide on the same day, and differ"


@dataclass(frozen=True, slots=True)
class Role:
    """What the staffs are to do about a case.

    ``tied``: Zenki has, or may get, a dispute about it; ``shared``: both staffs have a hand
    in it.
    """

    seed: int
    key: str
    route: Route
    tied: bool
    shared: bool
    opposite: bool
    delivered: bool
    filed_on: date
    decided_on: date

    @property
    def span(self) -> int:
        """Days from filing to decision."""
        return (self.decided_on - self.filed_on).days

    @property
    def desk_from(self) -> date:
        """The first evening on which the desk has the case."""
        late = self.route is Route.DISPUTE
        return self.filed_on + timedelta(days=1 if late else 0)

    @property
    def style(self) -> Style | None:
        """How both staffs share the case, None if one of them has it to itself."""
        if not self.shared:
            return None
        if self.opposite:
            return Style.OPPOSITE
        styles = [Style.SAME_DAY]
        if self.desk_from < self.decided_on:
            styles.append(Style.DESK_WORKS)
            if self.delivered:
                styles.append(Style.ZENKI_WAITS)
        return choose(styles, self.seed, "style", self.key)

    @property
    def decided_by(self) -> Literal["desk", "zenki", "both"]:
        """Whose decision ends the case."""
        match self.style:
            case Style.SAME_DAY | Style.OPPOSITE:
                return "both"
            case Style.DESK_WORKS:
                return "zenki"
            case Style.ZENKI_WAITS:
                return "desk"
            case None:
                return "zenki" if self._left_to_zenki() else "desk"

    def _left_to_zenki(self) -> bool:
        if self.route is not Route.DISPUTE:
            return False
        return self.span == 0 or share(self.seed, "decider", self.key) < _ZENKI_DECIDES_SHARE


def verdict_of(role: Role) -> Verdict:
    """The verdict of the staff that decides; of the desk when both do."""
    luck = share(role.seed, "verdict", role.key)
    return Verdict.UPHELD if luck < _UPHELD_SHARE else Verdict.REFUSED


def acts(role: Role) -> Iterator[tuple[date, Act]]:
    """All acts of both staffs on one case, each with its day."""
    yield from _before(role)
    verdict = verdict_of(role)
    if role.decided_by in {"desk", "both"}:
        yield role.decided_on, DeskAct(case=role.key, status=_DESK_WORD[verdict])
    if role.decided_by in {"zenki", "both"}:
        theirs = _OTHER[verdict] if role.opposite else verdict
        yield role.decided_on, ZenkiAct(case=role.key, decision=_ZENKI_WORD[theirs])
    if role.desk_from <= role.decided_on and _lucky(role, "close", _CLOSED_SHARE):
        wait = timedelta(days=between(*_CLOSED_AFTER, role.seed, "closed", role.key))
        yield role.decided_on + wait, DeskAct(case=role.key, status="closed")


def _before(role: Role) -> Iterator[tuple[date, Act]]:
    style = role.style
    if style is Style.ZENKI_WAITS:
        # A desk that opened it meanwhile would ask of Zenki what it has no call for.
        day = between(0, role.span - 1, role.seed, "return", role.key)
        act = ZenkiAct(case=role.key, decision="PENDING_SHOPPER_RETURN")
        yield role.filed_on + timedelta(days=day), act
        return
    if style is None and role.decided_by == "zenki":
        return
    free = (role.decided_on - role.desk_from).days
    if free < 1:
        return
    may_reopen = not role.tied and role.span <= _REOPEN_UP_TO and free >= _REOPEN_DAYS
    if may_reopen and _lucky(role, "reopen", _REOPENED_SHARE):
        yield from _reopened(role, free)
        return
    if style is Style.DESK_WORKS or _lucky(role, "opened", _OPENED_SHARE):
        opened = between(0, free - 1, role.seed, "open", role.key)
        yield role.desk_from + timedelta(days=opened), DeskAct(case=role.key, status="open")
        if opened < free - 1 and _lucky(role, "waited", _WAITED_SHARE):
            waited = between(opened + 1, free - 1, role.seed, "wait", role.key)
            yield role.desk_from + timedelta(days=waited), DeskAct(case=role.key, status="wait")


def _reopened(role: Role, free: int) -> Iterator[tuple[date, Act]]:
    """Decided early, and opened again some days later."""
    early = between(0, free - 2, role.seed, "early", role.key)
    last = min(free - 1, early + REOPEN_WITHIN)
    again = between(early + 1, last, role.seed, "again", role.key)
    word = choose(("resolve", "reject"), role.seed, "early verdict", role.key)
    first: DeskWord = "resolve" if word == "resolve" else "reject"
    yield role.desk_from + timedelta(days=early), DeskAct(case=role.key, status=first)
    yield role.desk_from + timedelta(days=again), DeskAct(case=role.key, status="open")


def _lucky(role: Role, what: str, chance: float) -> bool:
    return share(role.seed, what, role.key) < chance
