"""What `redress why` puts on the screen: pure text and tables."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python
from rich.table import Table
from rich.text import Text

from complaints.explaining import FEEDS, FIELDS, UNTOLD_RULES, in_words
from worker.cli.screens import moment, table, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from complaints.store.explanations import Caused, Explanation, Why

_TIMES = frozenset({"due", "opened_at"})
"""Fields whose value is a time."""
_AGREES = "it agrees"


def all_fields(why: Why, zone: tzinfo) -> Table:
    """Each field with its value, the rule and whose word it is."""
    made = table("field", "value", "rule", "by")
    for field in FIELDS:
        one = why.fields.get(field)
        if one is None:
            made.add_row(field, "-", "-", "-")
            continue
        alarming = field == "conflict" and one.rule == "conflict"
        value = visible(_value(one.field, one.value, zone))
        made.add_row(field, Text(value.plain, "red" if alarming else ""), one.rule, one.winner)
    return made


def story(why: Why, one: Explanation, zone: tzinfo, *, everything: bool = False) -> Table:
    """Why one field has its value; with `everything` also what it was before."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row("complaint", why.number)
    made.add_row(one.field, Text(visible(_value(one.field, one.value, zone)).plain, "bold"))
    made.add_row("that is", FIELDS.get(one.field, ""))
    made.add_row("since", moment(one.since, zone))
    if one.decided_at != one.since:
        made.add_row("weighed last", f"{moment(one.decided_at, zone)}, with this result")
    made.add_row("because", _because(one))
    made.add_row("rule", f"{one.rule}, of rules version {one.rules_version}")
    made.add_row("case told by" if one.rule in UNTOLD_RULES else "said by", _said_by(one, zone))
    for label, losers in (
        ("agrees", [loser for loser in one.losers if loser.why == _AGREES]),
        ("against it", [loser for loser in one.losers if loser.why != _AGREES]),
    ):
        for loser in losers:
            why_not = "" if loser.why == _AGREES else f", but {loser.why}"
            made.add_row(label, visible(f'{loser.account} says "{loser.value}"{why_not}'))
    if one.field in FEEDS:
        _rows(made, "pushed", [_push(push, zone) for push in one.pushes])
    if everything:
        _rows(
            made,
            "before",
            [
                f"{_value(one.field, then.value, zone)}, since {moment(then.since, zone)}"
                f" ({then.rule}, by {then.winner})"
                for then in one.earlier
            ],
        )
    return made


def as_json(
    why: Why, at: datetime, explanations: Iterable[Explanation], *, everything: bool
) -> dict[str, Any]:
    """The same for machines.  Times are ISO, in UTC."""
    fields = []
    for one in explanations:
        told = one._asdict()
        told["rule_in_words"] = in_words(one.rule)
        told["taken_in_words"] = in_words(one.taken)
        told["observation"] = one.observation and one.observation._asdict()
        told["pushes"] = [push._asdict() for push in one.pushes]
        told["earlier"] = [then._asdict() for then in one.earlier]
        if not everything:
            del told["earlier"]
        fields.append(told)
    found: dict[str, Any] = to_jsonable_python(
        {
            "number": why.number,
            "shop": why.shop,
            "as_of": at,
            "known_since": why.known_since,
            "fields": fields,
        }
    )
    return found


def _rows(made: Table, label: str, lines: list[str]) -> None:
    for line in lines or ["nothing"]:
        made.add_row(label, visible(line))


def _value(field: str, value: str, zone: tzinfo) -> str:
    """A value as people read it."""
    if field not in _TIMES:
        return value
    try:
        return moment(datetime.fromisoformat(value), zone)
    except ValueError:
        return value


def _because(one: Explanation) -> Text:
    applied = f" ({one.note})" if one.note and one.field == "due" else ""
    return visible(in_words(one.rule) + applied)


def _said_by(one: Explanation, zone: tzinfo) -> Text:
    word = f' in its word "{one.note}"' if one.note and one.field == "status" else ""
    if one.observation is None:
        kept = f"observation {one.by}, no longer kept" if one.by else "no observation was kept"
        return visible(f"{one.winner}{word}; {kept}")
    seen = one.observation
    return visible(
        f"{one.winner}{word}; observation {seen.seq} ({seen.source} {seen.form}),"
        f" received {moment(seen.received_at, zone)}"
    )


def _push(push: Caused, zone: tzinfo) -> str:
    what = f"{push.kind} {push.target}" if push.target else push.kind
    ended = f" {moment(push.ended_at, zone)}" if push.ended_at else ""
    return f"{push.account}: {what}, asked {moment(push.at, zone)}, {push.state}{ended}"
