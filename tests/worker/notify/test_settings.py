"""[notify.NAME]: what is refused, with its cure; and `redress notices`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from complaints import flow
from tests.complaints.test_store_escalations import put
from tests.worker.notify.post import post_office
from tests.worker.test_cli import Redress, ready, redress, with_store
from worker.notify import channels
from worker.settings import load

__all__ = ["ready", "redress"]

MAIL = """
[notify.ops]
mail_to = ["ops@shop.example"]
sender = "redress@shop.example"
host = "127.0.0.1"
security = "none"
"""


def add(text: str) -> None:
    """Add lines to the settings."""
    file = Path("redress.toml")
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("", "is told either by mail_to or by url"),
        ('url = "json://localhost"\nmail_to = ["a@b.example"]', "is told either by mail_to or"),
        ('url = "mailto://u:p@mail.example"', "mail is told by mail_to"),
        ('url = "json://host.example?verify=no"', "switches the checking of certificates off"),
        ('url = "nonsense"', "is no address of Apprise's"),
        ('mail_to = ["a@b.example"]', "mail_to needs host and sender"),
        ('mail_to = ["a b"]\nsender = "a@b.example"\nhost = "h"', "'a b' is no mail address"),
        (
            (
                'mail_to = ["a@b.example"]\nsender = "c@b.example"\nhost = "mail.example"\n'
                'security = "none"\npassword = "p"'
            ),
            "would send the password in the clear",
        ),
        ('mail_to = ["a@b.example"]\nshops = ["dmo"]', "mail_to needs host and sender"),
        (
            'mail_to = ["a@b.example"]\nsender = "c@b.example"\nhost = "h"\nshops = ["dmo"]',
            "names dmo, no shop of this file",
        ),
        ('mial_to = ["a@b.example"]', 'did you mean "mail_to"?'),
    ],
)
def test_what_cant_be_told_is_refused(redress: Redress, block: str, said: str) -> None:
    """With the name of the block."""
    redress("init")
    add(f"\n[notify.ops]\n{block}\n")
    found = redress("check")
    assert found.code == 2
    assert said in found.text
    assert "notify.ops" in found.text


def test_a_secret_may_come_from_elsewhere(
    redress: Redress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file or the environment; in the file itself it is warned of."""
    redress("init")
    add(MAIL + 'user = "u"\npassword_file = "key"\n')
    Path("key").write_text("from a file\n", encoding="utf-8")
    settings = load()
    password = settings.notify["ops"].password
    assert password is not None
    assert password.get_secret_value() == "from a file"
    assert settings.in_the_clear == ()
    monkeypatch.setenv("REDRESS_NOTIFY__PAGER__URL", "json://127.0.0.1:1/")
    add("\n[notify.pager]\n")
    settings = load()
    assert settings.in_the_clear == ()
    assert set(channels(settings)) == {"file", "notify.ops", "notify.pager"}
    add('\n[notify.other]\nurl = "json://u:p@127.0.0.1:1/"\n')
    assert load().in_the_clear == ("notify.other.url",)


def test_what_wasnt_told_is_listed_with_the_reason(ready: Redress, database_url: str) -> None:
    """And is an exit code; once it was told nothing is left."""
    assert ready("notices").out == "People have been told everything.\n"
    add(MAIL + "port = 1\n")
    with_store(lambda deps: put(deps.store, "1001"))
    with_store(lambda deps: flow.escalate(deps) and None)
    said = ready("notices")
    assert said.code == 1
    assert "ConnectionRefusedError" in said.text
    (line,) = json.loads(ready("notices", "--json").out)
    assert (line["channel"], line["kind"], line["attempts"]) == ("notify.ops", "complaint late", 1)


def test_a_channel_is_tried(ready: Redress) -> None:
    """What it says is told as it is; an unknown name shows those that there are."""
    with post_office() as post:
        add(MAIL + f"port = {post.port}\n")
        said = ready("notices", "--try", "ops")
        assert (said.code, "ops was told" in said.out) == (0, True)
        assert [str(mail["Subject"]) for mail in post.mails] == ["[Redress] this channel works"]
        post.answers.append("554 no")
        said = ready("notices", "--try", "ops")
        assert (said.code, "takes no message" in said.text or "refuses" in said.text) == (1, True)
        post.answers.append(None)
        assert "may have been told" in ready("notices", "--try", "ops").text
    said = ready("notices", "--try", "opps")
    assert (said.code, "there are: ops" in said.text) == (2, True)


def test_apprise_is_told(ready: Redress) -> None:
    """An address where nobody is fails; one where somebody listens doesn't."""
    add('\n[notify.pager]\nurl = "json://127.0.0.1:1/"\n')
    said = ready("notices", "--try", "pager")
    assert (said.code, "the service couldn't be told" in said.text) == (1, True)
    with listening() as (port, heard):
        add(f'\n[notify.team]\nurl = "json://127.0.0.1:{port}/"\n')
        assert ready("notices", "--try", "team").code == 0
    (told,) = heard
    assert told["title"] == "[Redress] this channel works"


@contextmanager
def listening() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A service that takes JSON, and what it was told."""
    heard: list[dict[str, str]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, heard
        finally:
            server.shutdown()
            thread.join()


def test_words_for_every_kind() -> None:
    """Nothing that is noted reaches people as a bare list of facts."""
    import re  # noqa: PLC0415 - used here alone

    from worker.notify.letters import TRIAL, spoken_of  # noqa: PLC0415 - as above

    named = set()
    for file in Path(__file__).parents[3].joinpath("complaints").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        named |= {
            found[1]
            for found in re.finditer(
                r'^[A-Z_]+ = "([a-z ]+)"\n"""The kind of notice', text, re.MULTILINE
            )
        }
    assert named
    assert named <= set(spoken_of())
    assert TRIAL in spoken_of()
