"""The chat adapter against the sandbox, which plays the middleware and calls us."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from complaints.ports import Rejected
from complaints.vocabulary import ComplaintNumber, Status
from providers.chat import (
    Chat,
    ChatRefused,
    ChatSettings,
    RaiseRequest,
    read_raise,
    read_track,
    reply_error,
    reply_raise,
    reply_track,
)
from tests.providers.wire import ACCOUNT, NOW
from tests.sandbox import RunningSandbox

OWN = ChatSettings(
    username="bot-demo",
    password=SecretStr("bot-secret-demo"),
    environment="sandbox",
    default_language="cs",
)
NUMBER = ComplaintNumber("40817")
PREFIX = "/chat/cz-bot"


@pytest.fixture
def taken(sandbox: RunningSandbox) -> Iterator[list[RaiseRequest]]:
    """What was raised at a small receiver that the sandbox calls."""
    chat = Chat(ACCOUNT, OWN)
    requests: list[RaiseRequest] = []

    def answer(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        try:
            if chat.verify(path.removeprefix(PREFIX), headers, body, NOW).form == "raise":
                requests.append(read_raise(body))
                return 200, reply_raise(requests[-1], NUMBER, OWN.phrases)
            request = read_track(body)
            mine = [r for r in requests if r.person.raiser == request.person.raiser]
            status = Status.OPEN if mine and request.number == NUMBER else None
            return 200, reply_track(request, status, phrases=OWN.phrases)
        except Rejected:
            return 401, {}
        except ChatRefused as refused:
            return reply_error(refused, OWN.phrases)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server looks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, document = answer(self.path, headers, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        sandbox.control.knobs(chat_url=f"http://127.0.0.1:{server.server_address[1]}{PREFIX}")
        yield requests
        server.shutdown()
        thread.join()


def test_chat_a_and_b_a_complaint_is_raised_and_followed(
    sandbox: RunningSandbox, taken: list[RaiseRequest]
) -> None:
    """The middleware finds the number in our answer, and hears a sentence for it."""
    text = "Konvice  teče\r\nod dna. 🫖"
    raised = sandbox.control.raise_in_chat("70214", text, order_id="00591837", language="cs")
    assert (raised["status"], raised["complaint_id"]) == (200, "40817")
    assert (taken[0].text, taken[0].order_id) == (text, "00591837")
    assert taken[0].warnings == ()

    asked = sandbox.control.track_in_chat("70214", "40817")
    foreign = sandbox.control.track_in_chat("999", "40817")
    unknown = sandbox.control.track_in_chat("70214", "40818")
    assert "40817" in str(asked["text"])
    assert foreign["text"] == unknown["text"]


def test_a_wrong_password_is_refused(sandbox: RunningSandbox, taken: list[RaiseRequest]) -> None:
    """401, and nothing is taken."""
    sandbox.control.knobs(chat_password="wrong")

    assert sandbox.control.raise_in_chat("70214", "x")["status"] == 401
    assert taken == []
