"""Why a complaint is as it is, from its stored decisions.  Reads only, for `redress why`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import text

from complaints.explaining import FEEDS, FIELDS
from complaints.model import FieldDecision, Loser
from complaints.vocabulary import AccountName, ComplaintNumber, ShopName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


class Seen(NamedTuple):
    """An observation, without its body."""

    seq: int
    account: AccountName
    source: str
    form: str
    received_at: datetime


class Caused(NamedTuple):
    """A push that was asked for because of a value."""

    id: int
    account: AccountName
    kind: str
    target: str | None
    state: str
    """At the time that was asked about, ``asked`` if it ended later."""
    at: datetime
    ended_at: datetime | None


class Earlier(NamedTuple):
    """A value that a field had before, and from when on."""

    value: str
    rule: str
    winner: str
    since: datetime


class Explanation(NamedTuple):
    """Why one field has its value."""

    field: str
    value: str
    rule: str
    note: str
    """The winner's own word, or what the rule was applied with."""
    rules_version: str
    winner: str
    by: int
    """Sequence of the winning observation; 0: it wasn't kept."""
    observation: Seen | None
    """The same; None when it isn't kept any more."""
    losers: tuple[Loser, ...]
    since: datetime
    """When this value was decided first."""
    decided_at: datetime
    """When it was weighed last, with this result."""
    taken: str
    """How the observation on which it was decided first was taken."""
    pushes: list[Caused]
    earlier: list[Earlier]
    """The newest first."""


class Why(NamedTuple):
    """A complaint's fields, explained."""

    number: ComplaintNumber
    shop: ShopName
    known_since: datetime
    fields: dict[str, Explanation]
    """By name; empty before the complaint was known.  A field that an older version of Redress
    didn't explain is absent."""


_COMPLAINT = text("SELECT id, shop, opened_at FROM complaint WHERE number = :number")
_DECISIONS = text("""
SELECT seq, at, rule, rules_version, fields FROM decision WHERE complaint_id = :id ORDER BY id
""")
_SEEN = text("""
SELECT o.seq, o.account, o.source, o.form, o.received_at
FROM receipt r JOIN observation o ON o.seq = r.seq AND o.received_at = r.received_at
WHERE r.seq = ANY(:seqs)
""")
_PUSHES = text("""
SELECT id, account, kind, target, cause, created_at, CASE WHEN ended_at <= :at THEN ended_at END,
  CASE WHEN ended_at > :at THEN 'asked' ELSE state END
FROM push WHERE complaint_id = :id AND created_at <= :at ORDER BY id
""")
_FIELDS: TypeAdapter[list[FieldDecision]] = TypeAdapter(list[FieldDecision])


class _Decision(NamedTuple):
    seq: int
    at: datetime
    rule: str
    rules_version: str
    fields: dict[str, FieldDecision]


class _Run(NamedTuple):
    """How long one value of a field stood: indexes of decisions."""

    first: int
    last: int
    """The newest that names the field."""


def why(connection: Connection, number: ComplaintNumber, at: datetime) -> Why | None:
    """Explain all fields of a complaint as they were at business time `at`.

    None: there is no such complaint.
    """
    row = connection.execute(_COMPLAINT, {"number": number}).one_or_none()
    if row is None:
        return None
    all_made = [
        _Decision(seq, made_at, rule, version, _by_name(fields))
        for seq, made_at, rule, version, fields in connection.execute(_DECISIONS, {"id": row.id})
    ]
    made = [one for one in all_made if one.at <= at]
    runs = {field: found for field in FIELDS if (found := _runs(made, field))}
    winners = {made[found[-1].last].fields[field].by for field, found in runs.items()}
    seen = {one[0]: Seen(*one) for one in connection.execute(_SEEN, {"seqs": list(winners)})}
    pushes = [
        (cause, Caused(id_, account, kind, target, state, created_at, ended_at))
        for id_, account, kind, target, cause, created_at, ended_at, state in connection.execute(
            _PUSHES, {"id": row.id, "at": at}
        )
    ]
    return Why(
        number,
        ShopName(row.shop),
        min((one.at for one in all_made), default=row.opened_at),
        {field: _explanation(field, made, found, seen, pushes) for field, found in runs.items()},
    )


def _by_name(fields: Iterable[Any]) -> dict[str, FieldDecision]:
    return {one.field: one for one in _FIELDS.validate_python(fields)}


def _runs(made: Sequence[_Decision], field: str) -> list[_Run]:
    """The values that a field has had, the oldest first."""
    runs: list[_Run] = []
    for index, decision in enumerate(made):
        told = decision.fields.get(field)
        if told is None:
            continue
        if runs and made[runs[-1].last].fields[field].value == told.value:
            runs[-1] = runs[-1]._replace(last=index)
        else:
            runs.append(_Run(index, index))
    return runs


def _explanation(
    field: str,
    made: Sequence[_Decision],
    runs: Sequence[_Run],
    seen: dict[int, Seen],
    pushes: Sequence[tuple[int, Caused]],
) -> Explanation:
    run = runs[-1]
    told, weighed = made[run.last].fields[field], made[run.last]
    # A push is asked for by the decision on its cause: what stood then is why it was.
    stood = {decision.seq for decision in made[run.first :]}
    return Explanation(
        field=field,
        value=told.value,
        rule=told.rule,
        note=told.note,
        rules_version=weighed.rules_version,
        winner=told.winner,
        by=told.by,
        observation=seen.get(told.by),
        losers=told.losers,
        since=made[run.first].at,
        decided_at=weighed.at,
        taken=made[run.first].rule,
        pushes=[
            push
            for cause, push in pushes
            if push.kind in FEEDS.get(field, ()) and cause in {*stood, told.by}
        ],
        earlier=[
            Earlier(then.value, then.rule, then.winner, made[before.first].at)
            for before in reversed(runs[:-1])
            for then in (made[before.last].fields[field],)
        ],
    )
