"""The page at /: the sandbox's state as plain HTML, without script, for this machine only."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from providers.sandbox import page_chat, page_desk, page_network, page_portal
from providers.sandbox.exchange import HTML, TEXT, Answer
from providers.sandbox.markup import Markup, badge, document, joined, section, style, tag
from providers.sandbox.page_words import instant
from providers.sandbox.wirelog import WireLog
from providers.sandbox.world import World

_CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode("ascii")
_HEADERS = (
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'".encode("ascii"),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_OWN_NAMES = ("127.0.0.1", "localhost", "::1")
_PARTS = (
    ("accounts", "Accounts"),
    ("duplicates", "Created twice"),
    ("faults", "Faults"),
    ("knobs", "Knobs"),
    ("complaints", "Complaints"),
    ("disputes", "Disputes"),
    ("chat", "Chat"),
    ("desk-orders", "Orders"),
    ("webhooks", "Webhooks"),
    ("requests", "Requests"),
)


def answer(world: World, wire: WireLog, host: str | None) -> Answer:
    """The page as `host` asks for it; only this machine's own names are answered.

    A page of another site that has its own name resolved to this machine would carry that name.
    """
    if _name_of(host) not in _OWN_NAMES:
        return Answer(403, b"this page answers this machine only", TEXT)
    # A lone surrogate of a customer's text has no UTF-8 form.
    body = _page(world, wire, f"http://{host}").encode("utf-8", "xmlcharrefreplace")
    return Answer(200, body, HTML, headers=_HEADERS)


def _name_of(host: str | None) -> str | None:
    try:
        return urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return None


def _page(world: World, wire: WireLog, url: str) -> Markup:
    desk, book = world.bizkithub.state, world.zenki.state
    book_orders = list(book.orders.values())
    links = [tag("a", title, href=f"#{name}") for name, title in _PARTS]
    now = world.stage.clock.now()
    return document(
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", "Sandbox"),
            style(_CSS),
        ),
        tag(
            "body",
            tag(
                "header",
                tag("h1", "Sandbox"),
                tag("p", f"Providers' time {instant(now)} UTC. {wire.count} requests so far. "),
                tag("nav", *links, tag("a", "Reload", href="/"), aria_label="Parts of the page"),
            ),
            tag(
                "main",
                _accounts(world, url),
                page_network.duplicates(world.duplicates()),
                page_network.faults(world.faults, world.hanging.values()),
                page_network.knobs(world.stage.knobs),
                page_desk.complaints(list(desk.complaints.values())),
                page_portal.disputes(book_orders),
                page_chat.raised(world.chat.log.complaints),
                page_chat.hosted(list(world.chat_host.state.complaints.values())),
                page_desk.orders(list(desk.orders.values())),
                page_portal.orders(book_orders),
                page_desk.notifications(world.notifier.notices),
                page_portal.webhooks(world.webhooks.deliveries),
                page_network.requests(list(wire.recent), wire.count),
            ),
        ),
    )


def _accounts(world: World, url: str) -> Markup:
    """Where each provider listens or calls, and how much is there."""
    config, knobs = world.stage.config, world.stage.knobs
    desk, book = world.bizkithub.state, world.zenki.state
    waiting = sum(complaint.is_open for complaint in desk.complaints.values())
    running = sum(
        order.dispute is not None and order.dispute.status == "OPEN"
        for order in book.orders.values()
    )
    hosts = joined(
        [
            "It hosts at " if knobs.chat_hosts else "It hosts nothing",
            *([tag("code", f"{url}/chat")] if knobs.chat_hosts else []),
            ".",
        ]
    )
    key = "good" if knobs.key_state == "active" else "bad"
    return section(
        "accounts",
        "Accounts",
        tag(
            "div",
            _account(
                "BizKitHub",
                tag("code", f"{url}/bizkithub"),
                f"{len(desk.orders)} orders, {len(desk.complaints)} complaints, {waiting} open.",
                joined(["Key ", config.bizkithub_api_key[:4], "… ", badge(knobs.key_state, key)]),
            ),
            _account(
                "Zenki",
                tag("code", f"{url}/zenki"),
                f"{len(book.orders)} orders, {running} disputes open.",
                joined(["Webhooks go to ", tag("code", config.zenki_webhook_url or "nobody"), "."]),
            ),
            _account(
                "Chat",
                joined(["It calls ", tag("code", config.chat_url or "nobody"), "."]),
                f"{len(world.chat.log.complaints)} complaints raised.",
                hosts,
            ),
            class_="cards",
        ),
    )


def _account(name: str, *lines: object) -> Markup:
    return tag("article", tag("h3", name), *[tag("p", line) for line in lines])
