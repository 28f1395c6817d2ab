"""What people read: a subject and a few lines for each kind of notice.

A letter holds names, numbers and reasons, never a customer's data.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from complaints.auditing import VANISHED
from complaints.docket import CONFLICT, STORM
from complaints.store.accounts import PAUSED
from complaints.store.escalations import CONFLICT_LATE, LATE, MISSED, SOON, UNKNOWN_OLD

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from complaints.store.notices import Notice

TRIAL = "trial"
"""The kind of notice with which a person tries a channel."""

_REPEAT = "You may have been told this before: whether it arrived isn't known."


class Letter(NamedTuple):
    """What is sent."""

    subject: str
    text: str


class _Words(NamedTuple):
    """How a kind of notice is put into words; ``{facts}`` by their names."""

    subject: str
    text: str
    command: str


_WORDS: Final[Mapping[str, _Words]] = {
    LATE: _Words(
        "{number} is past its due date ({rung})",
        "Complaint {number} was due on {due_at}.",
        "redress show {number}",
    ),
    SOON: _Words(
        "{number} is due soon ({rung})",
        "Complaint {number} is due on {due_at}.",
        "redress show {number}",
    ),
    MISSED: _Words(
        "{count} complaints are late, and nobody was told in time",
        "The schedule stood still, or they were heard of late: {numbers}.",
        "redress due",
    ),
    CONFLICT: _Words(
        "{number}: the accounts contradict each other",
        "The ends of complaint {number} contradict each other; {owner} settles that.",
        "redress conflict list",
    ),
    CONFLICT_LATE: _Words(
        "{number}: nobody has settled the conflict",
        "The conflict about complaint {number} was to be settled by {owner} until {due_at}.",
        "redress conflict list",
    ),
    UNKNOWN_OLD: _Words(
        "{number}: nobody knows whether {push} arrived at {account}",
        "The answer of {account} to {push} for complaint {number} is lost since {since}.",
        "redress unknown list",
    ),
    STORM: _Words(
        "{number}: too much was sent to {account}",
        "{sent} pushes within {minutes} minutes: what else there is waits for a person.",
        "redress release {number}",
    ),
    PAUSED: _Words(
        "{account} is paused",
        "The account {account} isn't used any more: {reason}",
        "redress status",
    ),
    VANISHED: _Words(
        "{account}: records have disappeared at once",
        "{gone} of {checked} records aren't shown any more; none of it is believed.",
        "redress drift --account {account}",
    ),
    TRIAL: _Words("this channel works", "Redress can tell you here.", "redress notices"),
}


def spoken_of() -> Collection[str]:
    """The kinds of notice that have words of their own."""
    return _WORDS.keys()


def letter(notice: Notice) -> Letter:
    """A notice in words."""
    facts = {name: _said(value) for name, value in notice.facts.items()}
    words = _WORDS.get(notice.kind)
    if words is None:
        lines = [f"{name}: {value}" for name, value in facts.items()]
        subject, text, command = notice.kind, "\n".join(lines), "redress status"
    else:
        subject, text, command = (part.format_map(_Facts(facts)) for part in words)
    shop = facts.get("shop")
    subject = f"[Redress{f' {shop}' if shop else ''}] {subject}"
    if notice.repeat:
        subject, text = f"{subject} (possible repeat)", f"{text}\n\n{_REPEAT}"
    return Letter(_one_line(subject), f"{text}\n\nSee: {command}\n")


class _Facts(dict[str, str]):
    """Facts by name; what an older notice doesn't tell stands as a question mark."""

    def __missing__(self, _name: str) -> str:
        return "?"


def _said(value: Any) -> str:  # noqa: ANN401 - facts are what JSON can hold
    match value:
        case list():
            return ", ".join(_said(one) for one in value)
        case str() if "T" in value:
            try:
                return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M %Z}".strip()
            except ValueError:
                return value
    return str(value)


def _one_line(said: str) -> str:
    return " ".join(said.split())
