"""The page's view of what surrounds the providers: faults, knobs, duplicates, requests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence

from providers.sandbox.faults import FaultPlan
from providers.sandbox.knobs import Knobs
from providers.sandbox.markup import Markup, badge, joined, section, table, tag
from providers.sandbox.wirelog import Seen, redact_query

_LONGEST_QUERY = 120


def faults(plan: FaultPlan, hanging: Iterable[tuple[str, float]]) -> Markup:
    """Planned faults, the rate, and requests that are held back."""
    rate = plan.rate
    chance = "No rate: nothing fails by chance."
    if rate is not None:
        chance = (
            f"Rate {rate.rate:g} with seed {rate.seed} at {', '.join(rate.accounts)}: "
            f"spoiled {plan.spoiled} of {plan.counted} requests with {', '.join(rate.kinds)}."
        )
    planned = [
        [
            badge(fault.kind, "bad"),
            fault.account,
            joined([fault.method or "any", " ", tag("code", fault.path or "any path")]),
            fault.times,
        ]
        for fault in plan.waiting
    ]
    now = time.monotonic()
    held = [[tag("code", path), f"{max(until - now, 0):.1f} s"] for path, until in hanging]
    parts = [tag("p", chance), table(["Kind", "Account", "Meant for", "Times"], planned)]
    if held:
        parts.append(table(["Held back", "Left"], held))
    return section("faults", "Faults", *parts)


def duplicates(counted: Mapping[str, int]) -> Markup:
    """What was created twice."""
    chips = [
        badge(f"{account}: {count}", "bad" if count else "good")
        for account, count in counted.items()
    ]
    return section("duplicates", "Created twice", tag("p", joined(chips, " ")))


def knobs(now: Knobs) -> Markup:
    """The turned knobs, and below them all."""
    usual = Knobs()
    rows = [(name, getattr(now, name), getattr(usual, name)) for name in Knobs.model_fields]
    turned = [
        [tag("code", name), _word(value), _word(was)] for name, value, was in rows if value != was
    ]
    every = [[tag("code", name), _word(value)] for name, value, _ in rows]
    return section(
        "knobs",
        "Knobs",
        table(["Turned", "To", "From"], turned),
        tag(
            "details",
            tag("summary", f"All {len(every)} knobs"),
            table(["Knob", "Value"], every),
        ),
    )


def _word(value: object) -> str:
    """A knob's value as the control API takes it."""
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def requests(recent: Sequence[Seen], count: int) -> Markup:
    """The last requests, newest first."""
    rows = [
        [
            seen.number,
            seen.account,
            joined([tag("b", seen.method), " ", tag("code", _target(seen))]),
            _status(seen),
            None if seen.fault is None else badge(seen.fault, "bad"),
            badge("changed something", "open") if seen.committed else None,
        ]
        for seen in reversed(recent)
    ]
    heads = ["No.", "Account", "Request", "Answer", "Fault", "Effect"]
    note = f"The latest {len(rows)} of {count} since the start." if count > len(rows) else ""
    return section("requests", "Requests", table(heads, rows), note=note)


def _target(seen: Seen) -> str:
    if not seen.query:
        return seen.path
    query = redact_query(seen.query)
    return f"{seen.path}?{query[:_LONGEST_QUERY]}{'…' if len(query) > _LONGEST_QUERY else ''}"


def _status(seen: Seen) -> Markup:
    if seen.status is None:
        return badge("cut", "bad")
    return badge(seen.status, "good" if seen.status < 400 else "bad")  # noqa: PLR2004  # errors
