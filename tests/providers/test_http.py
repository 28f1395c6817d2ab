"""The client policy and the one table of verdicts."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from complaints.ports import NeedsHuman, Transient
from providers.http import (
    BODY_CAP,
    RETRY_AFTER_CAP,
    Answer,
    Fate,
    check_base_url,
    exchange,
    fate_of_error,
    fate_of_status,
    make_client,
    retry_after,
    settle,
)
from tests.providers.wire import Script

ADDRESS = "http://127.0.0.1:9"


def _exchange(step: httpx.Response | Exception) -> Answer:
    with make_client(ADDRESS, Script([step]).transport) as client:
        return exchange(client, client.build_request("POST", "/x"))


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (httpx.ConnectError("x"), Fate.NOT_DONE),
        (httpx.ConnectTimeout("x"), Fate.NOT_DONE),
        (httpx.PoolTimeout("x"), Fate.NOT_DONE),
        (httpx.ProxyError("x"), Fate.NOT_DONE),
        (httpx.UnsupportedProtocol("x"), Fate.HUMAN),
        (httpx.ReadTimeout("x"), Fate.LOST),
        (httpx.WriteTimeout("x"), Fate.LOST),
        (httpx.ReadError("x"), Fate.LOST),
        (httpx.WriteError("x"), Fate.LOST),
        (httpx.CloseError("x"), Fate.LOST),
        (httpx.RemoteProtocolError("x"), Fate.LOST),
        (httpx.LocalProtocolError("x"), Fate.LOST),
        (httpx.DecodingError("x"), Fate.LOST),
        (httpx.TooManyRedirects("x"), Fate.LOST),
        (RuntimeError("x"), Fate.LOST),
    ],
)
def test_an_exception_of_the_wire_has_one_fate(error: Exception, fate: Fate) -> None:
    """Only what surely never left is `NOT_DONE`; everything else may have been done."""
    assert fate_of_error(error) is fate


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (100, Fate.LOST),
        (200, Fate.OK),
        (201, Fate.OK),
        (204, Fate.OK),
        (301, Fate.HUMAN),
        (302, Fate.HUMAN),
        (400, Fate.REFUSED),
        (401, Fate.HUMAN),
        (403, Fate.HUMAN),
        (404, Fate.REFUSED),
        (406, Fate.HUMAN),
        (408, Fate.LOST),
        (409, Fate.REFUSED),
        (422, Fate.REFUSED),
        (425, Fate.NOT_DONE),
        (429, Fate.NOT_DONE),
        (500, Fate.LOST),
        (502, Fate.LOST),
        (503, Fate.LOST),
        (504, Fate.LOST),
        (999, Fate.LOST),
    ],
)
def test_a_status_code_has_one_fate(status: int, fate: Fate) -> None:
    """No code of class 5 ever counts as surely not done."""
    assert fate_of_status(status) is fate


def test_an_error_becomes_an_answer_without_its_text() -> None:
    """What httpx says may hold an address with a key; the kind of error is enough."""
    seen = _exchange(httpx.ReadTimeout("apiKey=DEV_0000000000000000000000000000"))

    assert seen == Answer(Fate.LOST, "ReadTimeout")


def test_a_redirect_is_not_followed() -> None:
    """A redirect would carry the key to another address."""
    seen = _exchange(httpx.Response(302, headers={"location": "http://127.0.0.1:9/login"}))

    assert (seen.fate, seen.status) == (Fate.HUMAN, 302)


def test_a_body_above_the_cap_is_lost() -> None:
    """Reading stops at the cap, and what was answered stays unknown."""
    seen = _exchange(httpx.Response(200, content=b"x" * (BODY_CAP + 1)))

    assert (seen.fate, seen.body) == (Fate.LOST, b"")
    assert _exchange(httpx.Response(200, content=b"x" * BODY_CAP)).fate is Fate.OK


def test_a_body_that_drips_is_lost() -> None:
    """Each piece comes in time and the whole does not."""

    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield b"x"

    with make_client(ADDRESS, Script([httpx.Response(200, content=drip())]).transport) as client:
        seen = exchange(client, client.build_request("GET", "/x"), seconds=0.1)

    assert (seen.fate, seen.status) == (Fate.LOST, 200)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("1.5", 1.5),
        ("999999999999", RETRY_AFTER_CAP),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("Mon, 21 Sep 2026 08:10:00 GMT", 600.0),
        ("Mon, 21 Sep 2026 07:00:00 GMT", None),
        ("Mon, 21 Sep 2027 08:00:00 GMT", RETRY_AFTER_CAP),
        ("Mon, 99 Sep 2026 08:10:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    """Seconds and dates, clamped to a day; a date counts from the answer's own Date."""
    headers = {"retry-after": value, "date": "Mon, 21 Sep 2026 08:00:00 GMT"}

    assert retry_after(headers) == seconds


def test_a_retry_date_without_a_date_is_ignored() -> None:
    """Two clocks are never compared."""
    assert retry_after({"retry-after": "Mon, 21 Sep 2026 08:10:00 GMT"}) is None


def test_settle_raises_what_is_not_decided() -> None:
    """A lost write returns, a lost read is Transient; a person is asked for either way."""
    settle(Fate.OK, "fine", repeatable=False)
    settle(Fate.REFUSED, "no", repeatable=True)
    settle(Fate.LOST, "gone", repeatable=False)
    with pytest.raises(Transient, match="gone"):
        settle(Fate.LOST, "gone", repeatable=True)
    with pytest.raises(Transient) as transient:
        settle(Fate.NOT_DONE, "later", 12.0, repeatable=False)
    with pytest.raises(NeedsHuman, match="key"):
        settle(Fate.HUMAN, "bad key", repeatable=False)

    assert transient.value.retry_after == 12.0


def test_a_verdict_shows_no_secret() -> None:
    """The last fence: whatever a reason holds, it is redacted when it becomes a verdict."""
    with pytest.raises(NeedsHuman) as verdict:
        settle(Fate.HUMAN, "apiKey=DEV_0000000000000000000000000000", repeatable=True)

    assert "0000000000" not in str(verdict.value)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.org", "https://api.example.org/desk/"],
)
def test_a_live_address_is_https(url: str) -> None:
    """The closing slash goes, so that paths can follow."""
    assert check_base_url(url, live=True) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "live"),
    [
        ("http://api.example.org", True),
        ("ftp://api.example.org", False),
        ("api.example.org", False),
        ("https://user:word@api.example.org", True),
        ("https://api.example.org/?key=1", True),
        ("https://api.example.org/#part", True),
        ("https://", True),
    ],
)
def test_an_unsafe_address_is_refused(url: str, live: bool) -> None:  # noqa: FBT001 - a table
    """No clear text for live accounts, and nothing hidden in the address."""
    with pytest.raises(ValueError, match="base_url"):
        check_base_url(url, live=live)


def test_the_wire_loggers_are_quiet() -> None:
    """At INFO httpx writes whole URLs, at DEBUG httpcore writes the headers."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    make_client(ADDRESS).close()

    assert logging.getLogger("httpx").getEffectiveLevel() == logging.WARNING
    assert logging.getLogger("httpcore").getEffectiveLevel() == logging.WARNING


def test_a_cookie_is_not_kept() -> None:
    """The calls carry no state of earlier ones."""
    script = Script([httpx.Response(200, headers={"set-cookie": "sid=1; Path=/"})] * 2)
    with make_client(ADDRESS, script.transport) as client:
        for _ in range(2):
            exchange(client, client.build_request("GET", "/x"))

    assert "cookie" not in script.requests[1].headers


def test_the_environment_sets_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable of the machine must not see our keys."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with _server(b"ok") as url, make_client(url) as client:
        seen = exchange(client, client.build_request("GET", "/x"))

    assert (seen.fate, seen.body) == (Fate.OK, b"ok")


def test_a_closed_port_is_surely_not_sent() -> None:
    """Against a real socket: nobody listens."""
    with _server(b"ok") as url:
        pass
    with make_client(url) as client:
        seen = exchange(client, client.build_request("POST", "/x", content=b"{}"))

    assert seen == Answer(Fate.NOT_DONE, "ConnectError")


def test_a_cut_after_the_request_is_lost() -> None:
    """Against a real socket: the request arrives and the connection ends."""
    with _server(None) as url, make_client(url) as client:
        seen = exchange(client, client.build_request("POST", "/x", content=b"{}"))

    assert seen.fate is Fate.LOST
    assert seen.status == 0


def test_a_cut_inside_the_body_is_lost() -> None:
    """Against a real socket: the status came, the rest did not."""
    with _server(b"abc", promised=10) as url, make_client(url) as client:
        seen = exchange(client, client.build_request("POST", "/x", content=b"{}"))

    assert (seen.fate, seen.body) == (Fate.LOST, b"")


@contextmanager
def _server(body: bytes | None, promised: int | None = None) -> Iterator[str]:
    """A server that says one thing, or hangs up when there is nothing to say."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            if body is None:
                return
            self.send_response(200)
            self.send_header("content-length", str(promised or len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
