"""What `redress status`, `show` and `accounts` put on the screen: pure text and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from complaints.store.screens import AccountLine, CaseView, Overview
    from complaints.store.waiting import ManualAction, WaitingPush
    from complaints.vocabulary import AccountName
    from worker.settings import Account

_ATTENTION = {"unknown": "look at each one", "parked": "refused for good", "manual": "do by hand"}
_ALARMING = {"unknown": "red", "parked": "red", "decided": "red", "escalated": "yellow"}
_SHOWN_OF_A_CLAIM = ("category", "title", "text")
_BEAT_SECONDS = 180.0
_WORKER_SECONDS = 120.0


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago something was, in one short word."""
    return "never" if then is None else span(now - then)


def span(length: timedelta) -> str:
    """A length of time in its largest unit, as "42s", "7m", "3h" or "12d"."""
    seconds = max(0, int(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True)
class Standing:
    """Whether an account works, in words, and how much that matters."""

    text: str
    style: str


def standing(account: Account, line: AccountLine | None) -> Standing:
    """Paused and why, held and why, failing and why, or ready."""
    if line is not None and line.paused_at is not None:
        return Standing(f"paused: {line.paused_reason or 'no reason kept'}", "red")
    if not account.sandbox and (line is None or line.released_at is None):
        held = line.pushes.get("held", 0) if line is not None else 0
        waiting = f", {held} held" if held else ""
        return Standing(f"read-only until released{waiting}", "yellow")
    if line is not None and _fails(line):
        return Standing(f"failing: {line.last_failure or 'no reason kept'}", "yellow")
    held = line.pushes.get("held", 0) if line is not None else 0
    return Standing(f"ready, {held} held", "yellow") if held else Standing("ready", "green")


def _fails(line: AccountLine) -> bool:
    """Whether nothing has worked since the newest failure."""
    if line.last_failure_at is None:
        return False
    return line.last_success_at is None or line.last_failure_at > line.last_success_at


def lag(line: AccountLine | None, now: datetime) -> timedelta | None:
    """How late the account's oldest due read or undecided observation is."""
    if line is None:
        return None
    late = [now - then for then in (line.oldest_due_read, line.oldest_pending) if then is not None]
    return max((one for one in late if one > timedelta(0)), default=timedelta(0))


def accounts_table(
    accounts: Mapping[AccountName, Account], overview: Overview, now: datetime
) -> Table:
    """One line per account of the settings."""
    made = table("account", "last success", "lag", "to decide", "to push", "state")
    lines = {line.name: line for line in overview.accounts}
    for name, account in accounts.items():
        line = lines.get(name)
        behind = lag(line, now)
        state = standing(account, line)
        due = (line.pushes.get("due", 0) + line.pushes.get("sending", 0)) if line else 0
        made.add_row(
            name,
            ago(line.last_success_at if line else None, now),
            "-" if behind is None else span(behind),
            str(line.pending if line else 0),
            str(due),
            Text(state.text, state.style),
        )
    return made


def facts_table(overview: Overview) -> Table:
    """Complaints, pushes, schedule and workers, a name and a value per line."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("complaints", _complaints(overview))
    table.add_row("pushes", _pushes(overview))
    table.add_row("schedule", _schedule(overview))
    table.add_row("workers", _workers(overview))
    return table


def _complaints(overview: Overview) -> Text:
    text = Text(str(sum(overview.complaints.values())))
    parts = [Text(f"{n} {status}") for status, n in sorted(overview.complaints.items())]
    if parts:
        text = text + Text(": ") + Text(", ").join(parts)
    if overview.overdue_running:
        text.append(f"; {overview.overdue_running} overdue", "red")
    if overview.conflicts:
        text.append(f"; {overview.conflicts} in conflict", "yellow")
    if overview.conflicts_late:
        text.append(f", {overview.conflicts_late} not settled in time", "red")
    return text


def _pushes(overview: Overview) -> Text:
    """By state; those that need a person stand out."""
    states = {"due": 0}
    for (_, _, state), n in overview.pushes.items():
        states[state] = states.get(state, 0) + n
    parts = []
    for state, n in states.items():
        advice = f" ({_ATTENTION[state]})" if state in _ATTENTION else ""
        parts.append(Text(f"{n} {state}{advice}", "red" if advice else ""))
    return Text(", ").join(parts)


def _schedule(overview: Overview) -> Text:
    age = overview.last_tick_age
    if age is None:
        return Text("has never run: start `redress up` or celery beat", "red")
    words = f"last ran {span(timedelta(seconds=age))} ago"
    return Text(words, "red" if age > _BEAT_SECONDS else "")


def _workers(overview: Overview) -> Text:
    if not overview.workers:
        return Text("none has ever shown up", "red")
    signs = [
        Text(f"{queue} {span(timedelta(seconds=seen))} ago", _worker_style(seen))
        for queue, seen in overview.workers.items()
    ]
    return Text(", ").join(signs)


def _worker_style(age: float) -> str:
    return "red" if age > _WORKER_SECONDS else ""


def overview_json(
    accounts: Mapping[AccountName, Account],
    overview: Overview,
    manual: Sequence[ManualAction],
    now: datetime,
) -> dict[str, Any]:
    """The same as the screen, for machines.  Times are ISO, lags and ages seconds."""
    lines = {line.name: line for line in overview.accounts}
    return {
        "at": now.isoformat(),
        "accounts": [
            _account_json(account, lines.get(name), now) for name, account in accounts.items()
        ],
        "complaints": overview.complaints,
        "outcomes": overview.outcomes,
        "conflicts": overview.conflicts,
        "conflicts_late": overview.conflicts_late,
        "overdue": overview.overdue,
        "overdue_running": overview.overdue_running,
        "escalated": overview.escalated,
        "untold": overview.untold,
        "pushes": [
            {"account": account, "kind": kind, "state": state, "count": n}
            for (account, kind, state), n in sorted(overview.pushes.items())
        ],
        "manual": [{**action._asdict(), "since": action.since.isoformat()} for action in manual],
        "last_tick_age": overview.last_tick_age,
        "workers": overview.workers,
    }


def _account_json(account: Account, line: AccountLine | None, now: datetime) -> dict[str, Any]:
    behind = lag(line, now)
    found: dict[str, Any] = {
        "name": account.name,
        "provider": account.provider,
        "shop": account.shop,
        "environment": account.environment,
        "state": standing(account, line).text,
        "lag": None if behind is None else behind.total_seconds(),
    }
    for key, value in (line._asdict() if line is not None else {}).items():
        found[key] = value.isoformat() if isinstance(value, datetime) else value
    return found


def case_head(case: CaseView, now: datetime, zone: tzinfo = UTC) -> Table:
    """The facts of one case, a name and a value per line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    won = "" if case.outcome == "none" else f", {case.outcome}"
    marks = [name for name, on in (("overdue", case.overdue), ("conflict", case.conflict)) if on]
    status = f"{case.status}{won}" + (f" ({', '.join(marks)})" if marks else "")
    table.add_row("complaint", case.number)
    if case.merged_into is not None:
        table.add_row("merged into", case.merged_into)
    table.add_row("status", Text(status, "red" if marks else ""))
    if case.priority != "normal" or case.assignee:
        table.add_row("whose", f"{case.assignee or 'nobody yet'} ({case.priority})")
    table.add_row("shop", case.shop)
    table.add_row("opened", f"{moment(case.opened_at, zone)} by {case.origin}")
    table.add_row("due", _due(case, now, zone))
    for space, value in case.order_keys:
        table.add_row(f"order {space}", visible(value))
    for key in _SHOWN_OF_A_CLAIM:
        if case.claim.get(key):
            table.add_row(key, visible(str(case.claim[key])))
    return table


def _due(case: CaseView, now: datetime, zone: tzinfo) -> str:
    if case.due_at is None:
        return "no due date"
    left = case.due_at - (case.paused_at or now)
    when = f"{span(left)} left" if left > timedelta(0) else f"{span(-left)} ago"
    if case.paused_at is not None:
        return f"stands still since {moment(case.paused_at, zone)} ({when})"
    return f"{moment(case.due_at, zone)} ({when})"


def mirrors_table(case: CaseView, zone: tzinfo = UTC) -> Table:
    """What each account holds of the case, in its own words."""
    made = table("account", "id there", "its word", "last read", "next read")
    for mirror in case.mirrors:
        made.add_row(
            mirror.account,
            visible(mirror.external_id or "-"),
            visible(mirror.word or "-"),
            moment(mirror.last_read_at, zone),
            moment(mirror.next_read_at, zone),
        )
    return made


def timeline_table(case: CaseView, zone: tzinfo = UTC) -> Table:
    """Everything that happened, the oldest first."""
    made = table("when", "what", "account", "")
    for entry in case.timeline:
        what = Text(entry.what, _ALARMING.get(entry.what, ""))
        made.add_row(moment(entry.at, zone), what, entry.account, visible(entry.text))
    return made


def case_json(case: CaseView) -> dict[str, Any]:
    """The same as the screen, for machines.  Times are ISO, in UTC."""
    found = case._asdict()
    found["mirrors"] = [one._asdict() for one in case.mirrors]
    found["timeline"] = [one._asdict() for one in case.timeline]
    found["order_keys"] = [{"space": space, "value": value} for space, value in case.order_keys]
    # What is not for every eye is not for every pipe either.
    found["claim"] = {key: case.claim.get(key) for key in _SHOWN_OF_A_CLAIM}
    plain: dict[str, Any] = to_jsonable_python(found)
    return plain


def moment(at: datetime | None, zone: tzinfo = UTC) -> str:
    """A time as people read it: by the clock of `zone`, which it names."""
    if at is None:
        return "-"
    there = at.astimezone(zone)
    return f"{there:%Y-%m-%d %H:%M:%S}" + ("Z" if zone is UTC else f" {there:%Z}")


def visible(text: str) -> Text:
    """A stranger's text, without the characters that could steer a terminal."""
    shown = "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )
    return Text(shown)


def manual_table(actions: Sequence[ManualAction], now: datetime) -> Table:
    """What people have to do in the providers' portals."""
    made = table("complaint", "account", "id there", "bring it to", "waits", "why")
    for action in actions:
        made.add_row(
            action.number or "-",
            action.account,
            visible(action.external_id or "-"),
            action.target or "-",
            ago(action.since, now),
            visible(action.reason),
        )
    return made


def waiting_table(waiting: Sequence[WaitingPush]) -> Table:
    """Held pushes, one a line."""
    made = table("complaint", "push", "target", "amount", "since", "held for")
    for push in waiting:
        amount = "-" if push.amount is None else str(push.amount)
        since = moment(push.since)
        made.add_row(push.number, push.kind, push.target or "-", amount, since, push.held_for)
    return made


def table(*titles: str) -> Table:
    """A table without lines, whose cells fold in narrow terminals."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        made.add_column(title, overflow="fold")
    return made
