"""The HTTP mouth, over real HTTP and on a real database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from complaints import flow
from tests.worker.serving import served
from worker import app as celery_module
from worker import receiver
from worker.settings import Settings, load
from worker.wiring import Wiring

STARTER = Path(__file__).parents[2] / "worker" / "starter.toml"
SECRET = base64.b64decode("c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAx")
RAISE = "/chat/demo-bot/api/rest/v1/ecom/integrations/raiseComplaintsAgainstOrder"
LOGIN = ("bot-demo", "bot-secret-demo")
NOBODY = "redis://127.0.0.1:1/0"
"""A broker that isn't there: what is received is kept all the same."""


@dataclass
class Mouth:
    """A running receiver and the database behind it."""

    http: httpx.Client
    wired: Wiring
    database_url: str
    settings: Settings

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says, past our own code."""
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as connection:
            return connection.execute(query).fetchall()

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> None:
        """Change the database past our own code."""
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as connection:
            connection.execute(statement, values)

    def hook(self, body: bytes, delivery: str = "msg_1", **headers: str) -> httpx.Response:
        """Deliver a Zenki webhook, well signed unless ``headers`` say otherwise."""
        stamp = str(int(self.wired.deps.clock().timestamp()))
        text = f"{delivery}.{stamp}.".encode() + body
        signature = base64.b64encode(hmac.digest(SECRET, text, hashlib.sha256)).decode()
        signed = {
            "svix-id": delivery,
            "svix-timestamp": stamp,
            "svix-signature": f"v1,{signature}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.http.post("/hooks/demo-pay", content=body, headers=signed)


def settings_for(database_url: str, broker_url: str = NOBODY, **more: str) -> Settings:
    """The starter's settings on this database."""
    environ = {"REDRESS_DATABASE_URL": database_url, "REDRESS_BROKER_URL": broker_url, **more}
    return load(STARTER, environ)


def open_mouth(settings: Settings) -> Iterator[Mouth]:
    """Serve a receiver with these settings while the generator waits."""
    assert settings.database_url is not None
    assert settings.broker_url is not None
    broker_url = settings.broker_url.get_secret_value()
    wired = Wiring.build(settings, celery_module.create(settings, broker_url))
    app = receiver.create(wired.deps, settings)
    try:
        with (
            served(app, settings.receiver.read_seconds) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as http,
        ):
            yield Mouth(http, wired, settings.database_url.get_secret_value(), settings)
    finally:
        wired.close()


@pytest.fixture
def mouth(database_url: str) -> Iterator[Mouth]:
    """A receiver of the starter's three accounts."""
    yield from open_mouth(settings_for(database_url, REDRESS_RECEIVER__TRACKS_PER_MINUTE="3"))


def envelope(interest: str, uid: str = "70214", **entity: object) -> dict[str, Any]:
    """A request of the chat's middleware, as its document shows it."""
    return {
        "conversationRequest": {
            "channel": "TELEGRAM",
            "userInfo": {"first_name": "Asha", "uid": uid, "username": "asha_r"},
        },
        "queryInfo": {
            "interestType": interest,
            "parameters": {"params": {"entityInfo": entity}},
        },
        "languageCode": "en",
    }


def complaint(text: str = "Kettle leaks.", **more: str) -> dict[str, Any]:
    """A raise request."""
    uid = more.pop("uid", "70214")
    entity = {"orderId": "00591837", "problemStatment": text, "category": "product-related"}
    return envelope("productComplaint", uid, **{**entity, **more})


def number_of(answer: httpx.Response) -> str:
    """The complaint's number out of a raise reply."""
    assert answer.status_code == 200, answer.text
    (message,) = answer.json()["response"]["responseMessages"]
    attributes = {one["name"]: one["value"] for one in message["containerResponse"]["attributes"]}
    return str(attributes["complaintId"])


def said(answer: httpx.Response) -> str:
    """What the bot would say aloud."""
    (message,) = answer.json()["response"]["responseMessages"]
    return str(message["simpleResponse"]["responseText"])


# -- webhooks ----------------------------------------------------------------------------


def test_a_signed_delivery_is_stored_and_answered(mouth: Mouth) -> None:
    """200 means that it lies in the database, raw, also while there is no broker."""
    body = b'{"eventType":"order.pay","flatData":"{}"}'
    answer = mouth.hook(body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert mouth.rows("SELECT body FROM payload") == [(body,)]
    assert mouth.rows("SELECT account, source, form FROM observation") == [
        ("demo-pay", "webhook", "webhook")
    ]


def test_what_is_signed_but_unreadable_is_stored_and_answered_200(mouth: Mouth) -> None:
    """A refusal would make the sender repeat it for days and then give up on us."""
    assert mouth.hook(b"\xff\x00 not JSON at all").status_code == 200
    assert mouth.rows("SELECT body FROM payload") == [(b"\xff\x00 not JSON at all",)]


def test_a_repeat_is_answered_200_and_kept_once(mouth: Mouth) -> None:
    """Also when ten copies come at the same time."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: mouth.hook(b"{}").status_code, range(10)))
    assert answers == [200] * 10
    assert mouth.rows("SELECT count(*), sum(deliveries) FROM receipt") == [(1, 10)]
    assert mouth.rows("SELECT count(*) FROM payload") == [(1,)]


@pytest.mark.parametrize(
    "headers",
    [
        {"svix_signature": "v1,AAAA"},
        {"svix_signature": ""},
        {"svix_id": "other"},
        {"svix_timestamp": "1600000000"},
    ],
)
def test_an_unsigned_delivery_is_401_and_only_counted(
    mouth: Mouth, headers: dict[str, str]
) -> None:
    """No body, no reason, nothing kept but a counter."""
    answer = mouth.hook(b'{"secret":"of somebody"}', **headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert mouth.rows("SELECT count(*) FROM receipt") == [(0,)]
    assert mouth.rows("SELECT account, name, n FROM counter") == [
        ("demo-pay", "refused deliveries", 1)
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/hooks/nobody"),
        ("POST", "/hooks/demo-bot/raiseComplaintsAgainstOrder"),
        ("POST", "/hooks/demo-desk/token"),
        ("GET", "/hooks/demo-pay"),
        ("POST", "/hooks"),
        ("POST", "/chat/nobody/api/rest/v1/ecom/integrations/raiseComplaintsAgainstOrder"),
        ("POST", "/chat/demo-pay/api/rest/v1/ecom/integrations/raiseComplaintsAgainstOrder"),
        ("GET", RAISE),
        ("GET", "/"),
        ("POST", "/health/live"),
        ("GET", "/docs"),
        ("GET", "/health/live/"),
    ],
)
def test_whatever_isnt_here_is_404_without_a_hint(mouth: Mouth, method: str, path: str) -> None:
    """An account that takes no webhooks looks like one that there isn't."""
    answer = mouth.http.request(method, path, auth=LOGIN, json=complaint())
    assert (answer.status_code, answer.content) == (404, b"")
    assert "allow" not in answer.headers
    assert mouth.rows("SELECT count(*) FROM receipt") == [(0,)]


def test_a_body_beyond_the_cap_is_413_and_not_kept(mouth: Mouth) -> None:
    """The signature doesn't matter: it isn't even looked at."""
    assert mouth.hook(b"x" * (1024 * 1024 + 1)).status_code == 413
    assert mouth.rows("SELECT count(*) FROM receipt") == [(0,)]


# -- when the database is away, health -----------------------------------------------------


@pytest.fixture
def cut_off(unused_port: int) -> Iterator[Mouth]:
    """A receiver whose database isn't there."""
    url = f"postgresql://nobody:secret-of-the-database@127.0.0.1:{unused_port}/none"
    yield from open_mouth(settings_for(url))


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_database_nothing_is_acknowledged(
    cut_off: Mouth, capfd: pytest.CaptureFixture[str]
) -> None:
    """503 and a time to come again; neither answer nor log tells anything of the inside."""
    hook = cut_off.hook(b'{"note":"body-canary"}')
    assert (hook.status_code, hook.content) == (503, b"")
    chat = cut_off.http.post(RAISE, json=complaint("text-canary"), auth=LOGIN)
    assert chat.status_code == 503
    assert said(chat)
    assert "retry-after" in hook.headers
    assert "retry-after" in chat.headers
    ready = cut_off.http.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["reasons"] == ["the database can't be reached"]
    assert cut_off.http.get("/health/live").status_code == 200
    heard = "".join(capfd.readouterr()) + ready.text + chat.text
    assert not [word for word in ("canary", "secret", "Traceback") if word in heard]


def test_ready_tells_everything_that_is_amiss(mouth: Mouth, empty_database_url: str) -> None:
    """A database without our schema, a schedule that never ran, one that stopped."""
    never = mouth.http.get("/health/ready")
    assert (never.status_code, never.json()["status"]) == (503, "unfit")
    assert "never" in never.json()["reasons"][0]
    mouth.wired.deps.store.accounts.tick("look", 30)
    assert mouth.http.get("/health/ready").json() == {"status": "ready"}
    with psycopg.connect(mouth.database_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE tick SET at_tech = at_tech - interval '1 hour'")
    (reason,) = mouth.http.get("/health/ready").json()["reasons"]
    assert "seconds ago" in reason
    for empty in open_mouth(settings_for(empty_database_url)):
        (reason,) = empty.http.get("/health/ready").json()["reasons"]
        assert "redress migrate" in reason


def test_an_arrival_nudges_the_workers(database_url: str, empty_broker_url: str) -> None:
    """Ten arrivals make one message: the row is the truth, the message only a nudge."""
    import redis  # noqa: PLC0415

    for mouth in open_mouth(settings_for(database_url, empty_broker_url)):
        for number in range(10):
            assert mouth.hook(b"{}", f"msg_{number}").status_code == 200
        with redis.Redis.from_url(empty_broker_url) as client:
            assert client.llen("redress:reconcile") == 1


def test_no_answer_takes_long_while_all_threads_are_busy(database_url: str) -> None:
    """Beyond its threads the receiver says 503 instead of letting senders pile up."""
    settings = settings_for(database_url, REDRESS_RECEIVER__THREADS="1")
    for mouth in open_mouth(settings):
        with psycopg.connect(mouth.database_url.replace("+psycopg", "")) as connection:
            connection.execute("LOCK TABLE receipt IN ACCESS EXCLUSIVE MODE")
            with ThreadPoolExecutor(2) as pool:
                first = pool.submit(mouth.hook, b"{}", "msg_1")
                time.sleep(0.3)
                begun = time.monotonic()
                assert mouth.hook(b"{}", "msg_2").status_code == 503
                assert time.monotonic() - begun < 4
                connection.rollback()
                assert first.result().status_code == 200


# -- files for complaints ----------------------------------------------------------------

TOKEN = "an-invented-token-of-the-shop"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def open_api(database_url: str) -> Iterator[Mouth]:
    """A receiver whose door for programs is open."""
    yield from open_mouth(settings_for(database_url, REDRESS_RECEIVER__API_TOKEN=TOKEN))


def upload(
    mouth: Mouth, number: str, body: bytes = PNG, token: str = TOKEN, name: str = "proof.png"
) -> httpx.Response:
    """Attach a file as a program would."""
    return mouth.http.post(
        f"/api/complaints/{number}/attachments",
        params={"name": name},
        content=body,
        headers={"authorization": f"Bearer {token}"},
    )


def raised_number(mouth: Mouth) -> str:
    """A complaint of the chat, decided on."""
    mouth.http.post(RAISE, json=complaint(), auth=LOGIN)
    while flow.reconcile(mouth.wired.deps):
        pass
    return str(mouth.rows("SELECT number FROM complaint")[0][0])


def test_a_program_attaches_a_file(open_api: Mouth) -> None:
    """It is told under which name; who did it is kept."""
    number = raised_number(open_api)
    answer = upload(open_api, number, name="../my photo.exe")
    assert answer.status_code == 201
    assert answer.json() == {
        "number": number,
        "name": "my-photo.png",
        "sha256": hashlib.sha256(PNG).hexdigest(),
    }
    while flow.reconcile(open_api.wired.deps):
        pass
    assert open_api.rows("SELECT name, media_type FROM attached") == [("my-photo.png", "image/png")]


def test_what_is_no_file_or_no_complaint(open_api: Mouth) -> None:
    """422 with the reason, 404, 413; nothing is kept of them."""
    number = raised_number(open_api)
    refused = upload(open_api, number, b"MZ\x90\x00")
    assert (refused.status_code, "no JPEG" in refused.json()["error"]) == (422, True)
    assert upload(open_api, "99994").status_code == 404
    assert upload(open_api, number, b"\0" * 5_000_001).status_code == 413
    assert open_api.rows("SELECT count(*) FROM attachment") == [(0,)]


@pytest.mark.parametrize(
    "given", [b"", b"Bearer wrong", f"Bearer {TOKEN}x".encode(), "Bearer \u010d".encode()]
)
def test_without_the_token_nothing_is_told(open_api: Mouth, given: bytes) -> None:
    """401, whether or not there is such a complaint."""
    header = [(b"authorization", given)]
    for number in (raised_number(open_api), "99994"):
        answer = open_api.http.post(f"/api/complaints/{number}/attachments", headers=header)
        assert (answer.status_code, answer.content) == (401, b"")


def test_the_door_is_closed_by_default(mouth: Mouth) -> None:
    """Without a token in the settings there is no such address."""
    assert upload(mouth, raised_number(mouth)).status_code == 404
