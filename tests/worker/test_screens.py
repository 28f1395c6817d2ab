"""What the status screen makes of the store's numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from pydantic import BaseModel
from rich.console import Console, RenderableType

from complaints.store.screens import AccountLine, Overview
from complaints.vocabulary import AccountName, ShopName
from worker.cli import screens
from worker.settings import Account

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DESK = AccountName("cz-desk")


class NoKeys(BaseModel):
    """The block of a provider that needs nothing."""


def account(environment: str = "live") -> Account:
    """An account of the settings."""
    return Account.model_validate(
        {
            "name": DESK,
            "provider": "bizkithub",
            "shop": ShopName("cz"),
            "environment": environment,
            "block": NoKeys(),
        }
    )


def line(**given: Any) -> AccountLine:
    """What the store knows of it: nothing, but for what is given."""
    return AccountLine(
        **{
            "name": DESK, "last_success_at": None, "last_failure_at": None, "last_failure": None,
            "paused_at": None, "paused_reason": None, "released_at": NOW, "oldest_due_read": None,
            "pending": 0, "oldest_pending": None, "pushes": {}, "verdicts": {}, "duplicates": 0,
            "counters": {}, **given,
        }
    )  # fmt: skip


def overview(**given: Any) -> Overview:
    """The store's overview: nothing, but for what is given."""
    return Overview(
        **{
            "accounts": [], "complaints": {}, "outcomes": {}, "conflicts": 0, "conflicts_late": 0,
            "overdue": 0,
            "overdue_running": 0, "escalated": 0, "untold": 0, "pushes": {},
            "last_tick_age": 1.0, "workers": {"push": 1.0}, **given,
        }
    )  # fmt: skip


def drawn(screen: RenderableType, width: int = 100) -> str:
    """The screen as plain text."""
    console = Console(file=StringIO(), width=width, no_color=True)
    console.print(screen)
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


@pytest.mark.parametrize(
    ("length", "word"),
    [(0, "0s"), (-5, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"),
     (172_799, "47h"), (172_800, "2d")],
)  # fmt: skip
def test_a_span_is_one_short_word(length: int, word: str) -> None:
    """The largest unit of which there are two."""
    assert screens.span(timedelta(seconds=length)) == word


@pytest.mark.parametrize(
    ("given", "environment", "text"),
    [
        ({}, "live", "ready"),
        ({"released_at": None}, "sandbox", "ready"),
        ({"released_at": None}, "live", "read-only until released"),
        ({"released_at": None, "pushes": {"held": 3}}, "live", "read-only until released, 3 held"),
        ({"paused_at": NOW, "paused_reason": "bad key"}, "live", "paused: bad key"),
        ({"last_failure_at": NOW, "last_failure": "503"}, "live", "failing: 503"),
        (
            {"last_failure_at": NOW, "last_success_at": NOW + timedelta(seconds=1)},
            "live",
            "ready",
        ),
    ],
)
def test_the_state_of_an_account_says_why(
    given: dict[str, Any], environment: str, text: str
) -> None:
    """Paused beats held, held beats failing."""
    assert screens.standing(account(environment), line(**given)).text == text


def test_an_account_that_the_store_never_saw_is_shown() -> None:
    """A live one is read-only from its first moment."""
    assert screens.standing(account("live"), None).text == "read-only until released"
    drawn_table = drawn(screens.accounts_table({DESK: account()}, overview(), NOW))
    assert "never" in drawn_table


def test_the_lag_is_that_of_the_oldest_thing_due() -> None:
    """What is due in the future is no lag."""
    late, later = NOW - timedelta(seconds=30), NOW - timedelta(seconds=90)
    assert screens.lag(line(oldest_due_read=late, oldest_pending=later), NOW) == NOW - later
    assert screens.lag(line(oldest_due_read=NOW + timedelta(hours=1)), NOW) == timedelta(0)
    assert screens.lag(None, NOW) is None


def test_what_needs_a_person_has_an_advice() -> None:
    """Pushes that nobody will send again stand out."""
    pushes = {
        ("cz-desk", "create", "unknown"): 2,
        ("cz-desk", "set_status", "parked"): 1,
        ("cz-pay", "portal", "manual"): 4,
        ("cz-desk", "set_status", "done"): 9,
    }
    text = drawn(screens.facts_table(overview(pushes=pushes, overdue_running=3)))
    for part in ("2 unknown (", "1 parked (", "4 manual (", "9 done", "0 due", "3 overdue"):
        assert part in text


@pytest.mark.parametrize("width", [30, 50, 100])
def test_the_screen_fits_narrow_terminals(width: int) -> None:
    """Nothing is cut off: what doesn't fit goes on in the next line."""
    failing = line(last_failure_at=NOW, last_failure="the desk answered 503 for an hour")
    found = overview(
        accounts=[failing], workers={"reconcile": 5.0, "escalate": 700.0}, last_tick_age=None
    )
    text = drawn(screens.accounts_table({DESK: account()}, found, NOW), width)
    text += drawn(screens.facts_table(found), width)
    assert max(map(len, text.splitlines())) <= width
    whole = "".join(text.split())
    for word in ("celerybeat", "escalate"):
        assert word in whole


def test_a_strangers_text_steers_no_terminal() -> None:
    """Escape sequences and bells are shown, not obeyed; letters of all scripts stay."""
    assert screens.visible("a\x1b[31mb\x07 žluť 水").plain == "a\ufffd[31mb\ufffd žluť 水"
