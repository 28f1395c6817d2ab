"""The world one second before a due date, and one second after it.

Time is the host's, moved by freezegun; the beat's tick and the worker's task run in this process,
wired as a worker is, the mail goes to a real server, and commands are typed as people type them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from complaints import flow
from complaints.flow import Deps
from tasks.step import STEP, TICK
from tests.worker.notify.post import Post, post_office
from tests.worker.test_cli import Redress, query, raise_in_chat, ready, redress
from worker import app as celery_module
from worker import wiring
from worker.settings import load

__all__ = ["ready", "redress"]

BEGIN = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


def with_mail(post: Post) -> None:
    """Add a channel to the settings, and a ladder."""
    file = Path("redress.toml")
    text = file.read_text(encoding="utf-8")
    text = text.replace("due_days = 30 ", 'ladder = ["due", "+1d"]\ndue_days = 30 ', 1)
    file.write_text(
        f"{text}\n[notify.ops]\n"
        f'mail_to = ["ops@shop.example"]\nsender = "redress@shop.example"\n'
        f'host = "127.0.0.1"\nport = {post.port}\nsecurity = "none"\n',
        encoding="utf-8",
    )


def beat(act: Callable[[Deps], object] | None = None) -> None:
    """One sweep: the beat's tick, then the step that it nudges."""
    settings = load()
    app = celery_module.create(settings, wiring.broker_url(settings))
    wired = wiring.Wiring.build(settings, app)
    app.wiring = wired
    app.loader.import_module("tasks.step")
    app.finalize()
    try:
        if act is not None:
            act(wired.deps)
        with wired.deps.store.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM tick")
        for entry in ("renew", "look"):
            app.tasks[TICK].run(entry, 10.0**9)
        app.tasks[STEP].run("escalate")
    finally:
        wired.close()


def raised(deps: Deps) -> None:
    """A complaint that runs."""
    raise_in_chat(deps)
    while flow.reconcile(deps):
        pass


def test_a_step_over_the_due_date_shows_everywhere_within_one_sweep(
    ready: Redress, database_url: str, empty_broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flag, rung, mail, `due`, `show` and `status`: none of it a second before, all of it after."""
    monkeypatch.setenv("REDRESS_BROKER_URL", empty_broker_url)
    with post_office() as post, freeze_time(BEGIN, real_asyncio=True) as world:
        with_mail(post)
        beat(raised)
        ((due, number),) = query(database_url, "SELECT due_at, number FROM complaint")
        assert isinstance(due, datetime)
        world.move_to(due - timedelta(seconds=1))
        beat()
        assert query(database_url, "SELECT overdue FROM complaint") == [(False,)]
        assert query(database_url, "SELECT count(*) FROM escalation") == [(0,)]
        assert post.mails == []
        said = ready("due")
        assert (said.code, "0 complaints past the due date, 1 more" in said.out) == (0, True)
        assert "overdue" not in ready("status").out
        assert "escalated" not in ready("show", str(number)).out

        world.move_to(due + timedelta(seconds=1))
        beat()
        assert query(database_url, "SELECT overdue FROM complaint") == [(True,)]
        fired = "SELECT rung, deadline_version FROM escalation"
        assert query(database_url, fired) == [("due", 1)]
        (mail,) = post.mails
        assert f"{number} is past its due date (due)" in str(mail["Subject"])
        said = ready("due")
        assert (said.code, "1 complaint past the due date" in said.out) == (1, True)
        assert json.loads(ready("due", "--json").out)[0]["rungs"] == ["due"]
        assert "1 overdue" in ready("status").out
        shown = ready("show", str(number)).out
        assert "overdue" in shown
        assert "due" in shown
        beat()
        assert len(post.mails) == 1
        assert ready("notices").out == "People have been told everything.\n"
