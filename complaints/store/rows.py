"""What a batch has decided, as rows to save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints import lifecycle
from complaints.vocabulary import Hold, PushState, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from complaints.casebook import Casebook
    from complaints.docket import Docket
    from complaints.model import Said
    from complaints.rules import AccountProfile
    from complaints.vocabulary import AccountName


def mirror_rows(
    book: Casebook, now: datetime, accounts: Mapping[AccountName, AccountProfile]
) -> list[dict[str, Any]]:
    """Rows of the mirrors to save, with the next read of those that get one."""
    rows = []
    for mirror, why in book.changed_mirrors():
        profile = accounts[mirror.account]
        if not profile.reads:
            next_read = None
        elif why == "first":
            next_read = (now + profile.read_plan.first).isoformat()
        else:
            next_read = now.isoformat()
        row = mirror.model_dump(mode="json", exclude={"history", "order_said"})
        row["history"] = [_said(said) for said in mirror.history]
        row["order_said"] = mirror.order_said.model_dump(mode="json", exclude_none=True)
        row["covers"] = sorted(row["covers"])
        row["next_read_at"] = next_read
        row["read_for"] = Source.POLL if why == "first" else why
        row["body_hash"] = row["lease"] = row["lease_until_tech"] = None
        row["ended_at"] = now.isoformat() if mirror.status in lifecycle.ENDED else None
        rows.append(row)
    return rows


def _said(said: Said) -> dict[str, Any]:
    """A statement, always written in the same way: a set has no order of its own."""
    written = said.model_dump(mode="json", exclude_defaults=True)
    if said.covers:
        written["covers"] = sorted(written["covers"])
    return written


def push_rows(docket: Docket, now: datetime, held: frozenset[AccountName]) -> list[dict[str, Any]]:
    """Rows of the new pushes.  Those of `held` accounts wait for a release."""
    alive = docket.book.states()
    rows = {}
    for push in docket.new_pushes:
        wanted = push.wanted
        state = alive.get(push.id, push.state)
        held_for = push.held_for or (Hold.RELEASE if wanted.account in held else None)
        if state is PushState.DUE and held_for:
            state = PushState.HELD
        ended = None if state is not PushState.SUPERSEDED else now.isoformat()
        # One that was overtaken and is wanted again in this batch has its last row count.
        rows[wanted.key] = {
            "key": wanted.key,
            "complaint_id": push.complaint_id,
            "account": wanted.account,
            "kind": wanted.kind,
            "external_id": wanted.external_id,
            "target": wanted.target,
            "file": wanted.file,
            "amount": None if wanted.amount is None else str(wanted.amount),
            "reason": wanted.reason,
            "cause": push.cause,
            "state": state,
            "held_for": held_for if state is PushState.HELD else None,
            "created_at": now.isoformat(),
            "ended_at": ended,
        }
    return list(rows.values())
