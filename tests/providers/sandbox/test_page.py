"""The page at / of the sandbox: what it tells, and that nothing in it is more than text."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest

from providers.sandbox import codec
from providers.sandbox.app import create
from providers.sandbox.config import DEMO_KEY, DEMO_SESSION, DEMO_WEBHOOK_SECRET
from tests.providers.sandbox.people import (
    HASH,
    JSON,
    NOW,
    ORDER,
    booking,
    complaint,
    new_order,
    order,
)
from tests.sandbox import RunningSandbox

NASTY = "</td><script>alert('1')</script><img src=x onerror=alert(2)> & \"q\" \u0000"
VOID = frozenset({"meta"})
ELEMENTS = frozenset(
    (
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "nav",
        "a",
        "main",
        "section",
        "article",
        "div",
        "span",
        "b",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "ol",
        "li",
        "time",
    )
)
ATTRIBUTES = frozenset(
    (
        "lang",
        "charset",
        "name",
        "content",
        "href",
        "id",
        "class",
        "scope",
        "data-label",
        "dir",
        "aria-label",
    )
)


class Reader(HTMLParser):
    """Reads a page and minds that it is well-formed and holds only known elements."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only what the page is made of."""
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Each element ends where it should."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """What a person reads."""
        if "style" not in self.open:
            self.text += data


def read(sandbox: RunningSandbox) -> str:
    """The text of the page, whose markup is sound."""
    answer = httpx.get(f"{sandbox.url}/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    reader = Reader()
    reader.feed(answer.text)
    reader.close()
    assert reader.open == []
    return reader.text


def test_an_empty_world_is_a_page_too(sandbox: RunningSandbox) -> None:
    """Every part is there and says that there is nothing."""
    text = read(sandbox)
    for part in ("Accounts", "Faults", "Knobs", "complaints", "disputes", "webhooks", "Requests"):
        assert part in text
    assert text.count("None.") >= 8


def test_it_tells_what_there_is(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Accounts, knobs, faults, cases with their timelines, messages, duplicates, requests."""
    control = sandbox.control
    control.knobs(strict_transitions=True, zenki_webhook_url="http://127.0.0.1:9/hook")
    ids = [desk.post("/complaint/create", json=complaint()).json()["id"] for _ in range(2)]
    control.set_complaint_status(ids[0], "wait", NOW, "We need it for inspection.")
    control.place_order(order("a" * 32, "7") | {"notification_url": "https://h.example.org/x"})
    control.open_dispute(ORDER, "Parcel never arrived", "No scan.", NOW)
    control.resolve(ORDER, "REFUND", NOW, amount=100)
    control.set_claim(ORDER, "OPEN", NOW)
    message = control.send_webhook(ORDER)
    control.fault("zenki", "429", path="/refunds", times=3)
    control.fault_rate(0.5, seed=9)
    for _ in range(4):
        with contextlib.suppress(httpx.HTTPError):
            desk.get("/order/detail", params={"hash": HASH})
    text = read(sandbox)
    for word in (
        f"{sandbox.url}/bizkithub",
        "2 complaints, 2 open",
        "strict_transitions",
        "429",
        "/refunds",
        "Rate 0.5 with seed 9",
        "of 4 requests",
        "bizkithub: 1",
        *ids,
        "We need it for inspection.",
        "shared",
        "Parcel never arrived",
        "decided: REFUND",
        "100.00 MXN",
        "withheld",
        message,
        "/api/v1/shop/complaint/create",
        "changed something",
    ):
        assert word in text


def test_the_chat_is_told(sandbox: RunningSandbox) -> None:
    """What was raised, what is hosted, and numbers that are one too many."""
    sandbox.control.knobs(chat_hosts=True, chat_url=sandbox.control.chat_url)
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", order_id="1", variant="duplicates")
    text = read(sandbox)
    assert "40001, 40002, 40003" in text
    assert f"It hosts at {sandbox.url}/chat" in text
    assert "chat: 2" in text


def test_nothing_is_more_than_text(
    desk: httpx.Client, portal: httpx.Client, sandbox: RunningSandbox
) -> None:
    """Markup in any text of a customer, client or setting is shown, not obeyed."""
    control = sandbox.control
    control.knobs(chat_url=f"http://127.0.0.1:9/{NASTY[:60]}", odd_order_status=NASTY[:60])
    nasty = {"description": NASTY, "customerName": NASTY + "\ud800", "orderNumber": NASTY}
    content = codec.dump_bytes(complaint(**nasty))
    identity = desk.post("/complaint/create", content=content, headers=JSON).json()["id"]
    control.note_on_complaint(identity, NASTY, NOW, message=NASTY, share=True)
    control.place_order(order(NASTY, "8") | {"email": NASTY, "notification_url": NASTY})
    desk.post("/order/create", json=new_order(notificationUrl="https://x.example.org/" + NASTY))
    control.book_order(booking("b", merchant_order_id=NASTY, email=NASTY))
    control.open_dispute("b", NASTY, NASTY, NOW)
    control.raise_in_chat(NASTY, NASTY, channel=NASTY, order_id=NASTY)
    control.fault("zenki", "429", path=NASTY, method=NASTY)
    desk.get(f"/{NASTY[:60]}", params={"q": NASTY[:60]})
    answer = httpx.get(f"{sandbox.url}/")
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert read(sandbox).count("<script>alert('1')") >= 12


def test_no_secret_is_told(desk: httpx.Client, sandbox: RunningSandbox) -> None:
    """Keys, passwords and signing secrets stay out, also those in a request's query."""
    desk.get("/order/detail", params={"hash": HASH})
    page = httpx.get(f"{sandbox.url}/").text
    for secret in (
        DEMO_KEY,
        DEMO_SESSION,
        DEMO_WEBHOOK_SECRET,
        "secret-demo",
        "secret-live",
        "bot-secret-demo",
    ):
        assert secret not in page
    assert "apiKey=[redacted]" in page


def test_the_browser_may_do_nothing_but_show(sandbox: RunningSandbox) -> None:
    """The policy allows this one style sheet, by its hash, and nothing else."""
    answer = httpx.get(f"{sandbox.url}/")
    (sheet,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8090", 200),
        ("[::1]:8090", 200),
        ("sandbox.example.org", 403),
        ("127.0.0.1.example.org:8090", 403),
        ("[", 403),
    ],
)
def test_only_this_machines_names_are_answered(
    sandbox: RunningSandbox, host: str, status: int
) -> None:
    """Another site that has its name resolved to this machine can't read the page."""
    assert httpx.get(f"{sandbox.url}/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("192.0.2.7", 403)])
def test_only_this_machine_is_answered(client: str, status: int) -> None:
    """Who comes from elsewhere sees neither the page nor the control API."""

    async def statuses() -> list[int]:
        transport = httpx.ASGITransport(create(), client=(client, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
            return [(await web.get(path)).status_code for path in ("/", "/_sim/world")]

    assert asyncio.run(statuses()) == [status, status]


def test_a_long_list_is_cut(sandbox: RunningSandbox) -> None:
    """The newest are shown, and it says of how many."""
    sandbox.control.place_orders([order(f"{n:032d}", str(n)) for n in range(45)])
    page = httpx.get(f"{sandbox.url}/").text
    assert "The latest 40 of 45" in page
    assert f"<code>{44:032d}</code>" in page
    assert f"<code>{4:032d}</code>" not in page
