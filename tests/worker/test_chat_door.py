"""The chat's calls over real HTTP and on a real database: what its platform may count on."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from complaints.ports import Provider
from complaints.vocabulary import OrderState, PushKind, Result
from providers.chat import Chat, ChatHost, ChatSettings, Person
from providers.chat.wire import ChatRequest
from providers.http import make_client
from tests.providers.wire import ACCOUNT, intend
from tests.worker.chatting import BASE, ORDERS, RAISE, TRACK, Line, attributes, line, message
from tests.worker.serving import served
from tests.worker.test_receiver import LOGIN, STARTER, complaint, envelope, number_of, said
from worker import chat_door, receiver
from worker.faults import SettingsFault
from worker.settings import load

ASHA = "asha@example.org"
PATHS = tuple(f"{BASE}/{method}" for method in ORDERS)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Line]:
    """The starter's bot."""
    with line(database_url, tmp_path) as found:
        yield found


def ask(bot: Line, number: str, uid: str = "70214", **more: str) -> str:
    """What somebody hears about a complaint."""
    body = {**envelope("trackComplaint", uid, complaintId=number), **more}
    answer = bot.post(TRACK, body)
    assert answer.status_code == 200
    assert answer.json()["response"]["responseType"] == "text"
    return said(answer)


# -- raise -------------------------------------------------------------------------------


def test_chat_a_the_documented_request_gets_the_documented_answer(bot: Line) -> None:
    """Container, three attributes, a number that lies in the database; no warnings."""
    answer = bot.post(RAISE, complaint())
    found = attributes(answer)

    assert list(found) == ["orderId", "complaintId", "Category"]
    assert (found["orderId"], found["Category"]) == ("00591837", "product-related")
    assert found["complaintId"] in message(answer)["containerResponse"]["responseText"]
    rows = bot.mouth.rows("SELECT number, source, form FROM observation")
    assert rows == [(found["complaintId"], "chat", "raise")]
    assert bot.warnings() == [()]


def test_chat_a_the_documents_example_goes_through_wire_models_and_receiver(bot: Line) -> None:
    """Every field with name, type and nesting, ``problemStatment`` as it is misspelt there."""
    example = {
        "conversationRequest": {
            "channel": "TELEGRAM",
            "userInfo": {
                "first_name": "Asha",
                "last_name": "R",
                "uid": "70214",
                "username": "asha_r",
            },
        },
        "queryInfo": {
            "interestType": "productComplaint",
            "parameters": {
                "params": {
                    "entityInfo": {
                        "orderId": "591837",
                        "problemStatment": "Kettle leaks. Needs a repair.",
                        "category": "product-related",
                    }
                }
            },
        },
        "languageCode": "en",
    }
    written = ChatRequest.model_validate(example).document()
    assert written == example
    found = attributes(bot.post(RAISE, written))
    (change,) = bot.changes()

    assert found["orderId"] == "591837"
    assert change.claim is not None
    assert (change.claim.text, change.claim.name) == ("Kettle leaks. Needs a repair.", "Asha R")
    assert (change.reference, change.warnings) == (found["complaintId"], ())
    ((body,),) = bot.mouth.rows("SELECT body FROM payload")
    assert json.loads(bytes(body)) == example


def test_chat_a_the_same_words_again_get_the_same_number(bot: Line) -> None:
    """Also when eight copies come at once; other words get another number."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: number_of(bot.post(RAISE, complaint())), range(8))
    (number,) = set(answers)
    assert bot.mouth.rows("SELECT count(*), sum(deliveries) FROM receipt") == [(1, 8)]
    assert number_of(bot.post(RAISE, complaint("It burns."))) != number


def test_chat_a_the_same_words_after_the_window_are_another_complaint(bot: Line) -> None:
    """Linked as a possible duplicate, and not merged."""
    first = number_of(bot.post(RAISE, complaint()))
    bot.pass_(minutes=14)
    assert number_of(bot.post(RAISE, complaint())) == first
    bot.pass_(minutes=2)
    second = number_of(bot.post(RAISE, complaint()))

    assert second != first
    assert bot.warnings() == [(), (f"possible duplicate of {first}",)]
    bot.settle()
    rows = bot.mouth.rows("SELECT number FROM complaint ORDER BY id")
    assert rows == [(first,), (second,)]


def test_chat_a_the_tables_names_and_a_flat_body_mean_the_same(bot: Line) -> None:
    """One complaint under one number, and the deviations are listed."""
    flat = {
        "channel": "telegram",
        "firstName": "Asha",
        "uuid": "70214",
        "userName": "asha_r",
        "interestType": "raise-complaints",
        "languageCode": "en-US",
        "entityInfo": {
            "orderID": "00591837",
            "problem_statement": "Kettle leaks.",
            "category": "product-related",
        },
    }
    number = number_of(bot.post(RAISE, flat))
    assert number_of(bot.post(RAISE, complaint())) == number

    (warnings,) = bot.warnings()
    assert "uid under another name" in warnings
    assert "problemStatment under another name" in warnings
    assert "outside conversationRequest.userInfo" in warnings


def test_chat_a_a_complaint_without_words_is_taken_and_asked_for_them(bot: Line) -> None:
    """It has its number, and is marked; empty and absent are the same."""
    for text in ("", "  ", None):
        body = complaint()
        body["queryInfo"]["parameters"]["params"]["entityInfo"]["problemStatment"] = text
        answer = bot.post(RAISE, body)
        assert number_of(answer)
        spoken = message(answer)["containerResponse"]["responseText"]
        assert spoken.endswith("Please tell us what happened.")

    assert bot.warnings() == [("needs-text",)]


def test_chat_a_nothing_is_confirmed_about_an_order(bot: Line) -> None:
    """Missing, unknown, somebody else's, of another shop: the same kind of sentence."""
    bot.know_order("111", "eve@example.org", OrderState.PAID)
    bot.know_order("222", ASHA, OrderState.PAID, shop="other")
    spoken = set()
    for order_id in (None, "", "999", "111", "222"):
        body = complaint()
        body["queryInfo"]["parameters"]["params"]["entityInfo"]["orderId"] = order_id
        answer = bot.post(RAISE, body)
        number = number_of(answer)
        text = message(answer)["containerResponse"]["responseText"]
        spoken.add(text.replace(number, "N"))
        assert attributes(answer).get("orderId") == (order_id or None)

    assert spoken == {"Thank you, your complaint is noted. Its number is N."}
    assert bot.kept() == 4  # "" and None are one


def test_chat_a_and_b_nobody_is_answered_in_the_envelope(bot: Line) -> None:
    """422 with a sentence and a code, by every call, and nothing is kept."""
    for path, uid in product((RAISE, TRACK, *PATHS), (None, "", "$uid")):
        body = complaint()
        body["conversationRequest"]["userInfo"]["uid"] = uid
        body["queryInfo"]["interestType"] = "whatever"
        answer = bot.post(path, body)
        assert answer.status_code == 422
        assert said(answer)
        wanted = "unexpanded_uid" if uid else "missing_uid"
        assert answer.json()["error"]["code"] == wanted
    assert bot.kept() == 0


def test_chat_a_a_label_of_another_call_is_refused(bot: Line) -> None:
    """Nothing is cancelled, and nothing becomes a complaint."""
    bot.know_order("00591837", ASHA, OrderState.PAID)
    body = {**complaint(), "languageCode": "de"}
    body["queryInfo"]["interestType"] = "cancel-order"
    answer = bot.post(RAISE, body)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "other_operation"
    assert said(answer) == "Leider konnten wir die Anfrage nicht lesen."
    assert bot.kept() == 0
    assert bot.mouth.rows("SELECT state FROM tracked_order") == [("paid",)]


def test_chat_a_the_callers_plural_is_echoed(bot: Line) -> None:
    """The category is the canonical one all the same."""
    answer = bot.post(RAISE, complaint(category="products-related"))

    assert attributes(answer)["Category"] == "products-related"
    (change,) = bot.changes()
    assert change.claim is not None
    assert change.claim.category == "product"


def test_chat_a_the_language_of_the_answer(bot: Line) -> None:
    """Corrected or assumed, and noted when it was assumed."""
    rows = [("gr", "en", True), ("en-UK", "en", False), (None, "en", True), ("cs", "cs", False)]
    for code, language, _ in rows:
        answer = bot.post(RAISE, {**complaint(f"In {code}"), "languageCode": code})
        words = message(answer)["containerResponse"]["responseText"]
        assert words.startswith({"en": "Thank you", "cs": "Děkujeme"}[language])

    changes = bot.changes()
    spoken = [change.claim.language for change in changes if change.claim]
    assert spoken == [language for _, language, _ in rows]
    assert [bool(change.warnings) for change in changes] == [warned for *_, warned in rows]


# -- track -------------------------------------------------------------------------------


def test_chat_b_the_raiser_hears_received_before_anything_else_happened(bot: Line) -> None:
    """Text, with the number that was asked for; and in the customer's language."""
    number = number_of(bot.post(RAISE, complaint()))

    assert ask(bot, number) == f"Complaint {number} has been received."
    assert ask(bot, f"#{number}", languageCode="cs") == f"Reklamaci {number} jsme přijali."


def test_chat_b_only_the_raiser_is_told_how_it_stands(bot: Line) -> None:
    """Somebody else, or the same id in another channel, hears what an unknown number hears."""
    number = number_of(bot.post(RAISE, complaint()))
    for _ in range(2):
        body = envelope("trackComplaint", complaintId=number)
        body["conversationRequest"]["channel"] = "WHATSAPP"
        foreign = said(bot.post(TRACK, body))
        assert foreign == ask(bot, number, "99999") == ask(bot, "999999")
        assert number not in foreign
        bot.settle()


def test_chat_b_the_sentence_is_of_the_canonical_state(bot: Line) -> None:
    """And a closed case says who won, where somebody knows."""
    number = number_of(bot.post(RAISE, complaint()))
    bot.settle()
    for status, outcome, words in (
        ("open", "none", "is in review"),
        ("closed", "upheld", "was resolved in your favour and is closed"),
        ("closed", "refused", "was not accepted and is closed"),
        ("closed", "unknown", "is closed."),
    ):
        bot.mouth.execute("UPDATE complaint SET status = %s, outcome = %s", (status, outcome))
        assert words in ask(bot, number)


def test_chat_b_one_user_can_ask_so_often_a_minute(database_url: str, tmp_path: Path) -> None:
    """Numbers are short: guessing them is slow, and others aren't kept waiting."""
    with line(database_url, tmp_path, REDRESS_RECEIVER__TRACKS_PER_MINUTE="3") as bot:
        for path in (TRACK, *PATHS):
            body = envelope("whatever", path, complaintId="123456", orderId="1")
            body["languageCode"] = "cs"
            answers = [bot.post(path, body) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert 0 < int(answers[-1].headers["retry-after"]) <= 60
            assert "Zkuste to" in said(answers[-1])
            # Complaints and orders are guessed at one rate together.
            assert bot.post(TRACK, body).status_code == 429
        other = envelope("whatever", "2", complaintId="123456", orderId="1")
        assert bot.post(TRACK, other).status_code == 200


# -- orders ------------------------------------------------------------------------------


@pytest.fixture
def trusted(database_url: str, tmp_path: Path) -> Iterator[Line]:
    """A bot whose user ids are verified e-mails, and two orders."""
    with line(database_url, tmp_path, REDRESS_ACCOUNTS__DEMO_BOT__UID_IS_EMAIL="true") as found:
        found.know_order("00591837", ASHA, OrderState.SHIPPED)
        found.know_order("00591838", ASHA, OrderState.CANCELLED)
        yield found


def order(bot: Line, method: str, number: str, uid: str = ASHA) -> str:
    """What somebody hears about an order."""
    answer = bot.post(f"{BASE}/{method}", envelope("whatever", uid, orderId=number))
    assert answer.status_code == 200
    document = answer.json()
    assert document["response"]["responseType"] == "text"
    assert set(message(answer)) == {"simpleResponse"}
    assert set(document) == {"response"}
    return said(answer)


def _told_to_the_owner_alone(bot: Line, method: str) -> None:
    own = order(bot, method, "00591837")
    assert own == "Order 00591837 has been shipped."
    others = {
        order(bot, method, "00591837", "eve@example.org"),
        order(bot, method, "00591837", "70214"),
        order(bot, method, "1"),
        order(bot, method, ""),
        order(bot, method, "00591837 "[:-2]),
    }
    (words,) = others
    assert "0059" not in words
    assert bot.kept() == 0


def test_chat_order_status_is_told_to_its_owner_alone(trusted: Line) -> None:
    """A stranger hears the same as about an order that there isn't; nothing is kept."""
    _told_to_the_owner_alone(trusted, "getOrderStatus")


def test_chat_order_details_are_told_to_the_owner_alone(trusted: Line) -> None:
    """The state; neither card nor media."""
    _told_to_the_owner_alone(trusted, "getOrderDetails")


def test_chat_tracking_details_are_told_to_the_owner_alone(trusted: Line) -> None:
    """The state; no tracking number."""
    _told_to_the_owner_alone(trusted, "getTrackingOrderDetails")


def test_chat_cancel_order_cancels_nothing(trusted: Line) -> None:
    """Owner and stranger hear that staff decide; the owner of a cancelled one that it is."""
    words = {
        order(trusted, "cancelOrder", "00591837"),
        order(trusted, "cancelOrder", "00591837", "eve@example.org"),
        order(trusted, "cancelOrder", "00591838", "eve@example.org"),
        order(trusted, "cancelOrder", "1"),
    }
    (spoken,) = words
    assert "staff decide" in spoken
    already = order(trusted, "cancelOrder", "00591838")
    assert already == "Order 00591838 is cancelled already."
    states = trusted.mouth.rows("SELECT state FROM tracked_order ORDER BY id")
    assert states == [("shipped",), ("cancelled",)]
    assert trusted.mouth.rows("SELECT count(*) FROM push") == [(0,)]


def test_chat_order_status_and_the_others_are_told_to_nobody_by_default(bot: Line) -> None:
    """Whoever says in the chat to have an e-mail needn't have it."""
    bot.know_order("00591837", ASHA, OrderState.CANCELLED)

    for method in ORDERS:
        assert order(bot, method, "00591837") == order(bot, method, "1")


# -- the superseded path -----------------------------------------------------------------


def test_chat_c_the_bare_path_is_404_unless_it_is_switched_on(
    bot: Line, database_url: str, tmp_path: Path
) -> None:
    """On, it raises, tracks and asks about orders by the label; off it isn't there."""
    assert bot.post(BASE, complaint()).status_code == 404
    with line(database_url, tmp_path, REDRESS_ACCOUNTS__DEMO_BOT__BARE_PATH="true") as bare:
        body = complaint()
        body["queryInfo"]["interestType"] = "customerComplaint"
        number = number_of(bare.post(BASE, body))
        answer = bare.post(BASE, envelope("trackComplaint", complaintId=number))
        assert said(answer) == f"Complaint {number} has been received."
        answer = bare.post(BASE, envelope("order-status", orderId="1"))
        assert "can't tell you anything" in said(answer)
        answer = bare.post(BASE, envelope("cancel-order", orderId="1"))
        assert "staff decide" in said(answer)
        assert bare.post(BASE, envelope("createOrder")).status_code == 404
        refused = bare.post(BASE, {"languageCode": "cs"})
        assert (refused.status_code, said(refused)[:11]) == (422, "Omlouváme s")
        assert bare.kept() == 1


def test_the_siblings_that_we_dont_serve_are_404(bot: Line) -> None:
    """As if there were nothing."""
    for method in ("placeOrder", "policyEnquiryByCategory", "showProducts", "getUserInfo"):
        answer = bot.post(f"{BASE}/{method}", complaint())
        assert (answer.status_code, answer.content) == (404, b"")


# -- the shop's own words ----------------------------------------------------------------


def test_a_shop_says_it_in_its_own_words_and_languages(database_url: str, tmp_path: Path) -> None:
    """From the settings file to what the bot says."""
    file = tmp_path / "redress.toml"
    own = '[accounts.demo-bot.sentences.fr]\nnew = "Plainte {number} reçue."\n'
    file.write_text(STARTER.read_text(encoding="utf-8") + own, encoding="utf-8")
    with line(database_url, tmp_path, file=file) as bot:
        number = number_of(bot.post(RAISE, complaint()))
        assert ask(bot, number, languageCode="fr-CA") == f"Plainte {number} reçue."


def test_a_sentence_that_cant_be_said_is_told_with_its_place(tmp_path: Path) -> None:
    """Before anything is served."""
    file = tmp_path / "redress.toml"
    own = '[accounts.demo-bot.sentences.en]\nopen = "No number."\nshut = "{number}"\n'
    file.write_text(STARTER.read_text(encoding="utf-8") + own, encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(file, {})

    (fault,) = caught.value.faults
    assert fault.key == "accounts.demo-bot.sentences"
    assert fault.place is not None
    assert "en.open needs its placeholder {number}" in fault.what
    assert "en.shut is no key" in fault.what


# -- who may call ------------------------------------------------------------------------


def test_a_wrong_login_is_401_with_a_challenge(bot: Line) -> None:
    """Nothing is kept but a counter, however good the body is."""
    wrong = list(product((RAISE, TRACK, *PATHS), (("bot-demo", "wrong"), ("", ""))))
    for path, login in wrong:
        answer = bot.post(path, complaint(), login)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert bot.kept() == 0
    assert bot.mouth.rows("SELECT account, n FROM counter") == [("demo-bot", len(wrong))]


def test_bare_headers_are_a_login_behind_their_flag(
    bot: Line, database_url: str, tmp_path: Path
) -> None:
    """Over real HTTP."""
    headers = {"username": "bot-demo", "password": "bot-secret-demo"}
    assert bot.mouth.http.post(RAISE, json=complaint(), headers=headers).status_code == 401
    with line(database_url, tmp_path, REDRESS_ACCOUNTS__DEMO_BOT__BARE_HEADERS="true") as bare:
        answer = bare.mouth.http.post(RAISE, json=complaint(), headers=headers)
        assert number_of(answer)


def test_what_the_chat_garbles_is_answered_in_its_own_envelope(bot: Line) -> None:
    """The bot has a sentence to say, and nothing becomes a complaint."""
    for body, status in (
        (b'{"a": 1,}', 400),
        (b"\xff", 400),
        (b"", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (json.dumps(complaint(uid="$uid")).encode(), 422),
        (json.dumps(envelope("cancel-order", orderId="1")).encode(), 422),
        (b"x" * (1024 * 1024 + 1), 413),
    ):
        answer = bot.mouth.http.post(RAISE, content=body, auth=LOGIN)
        assert answer.status_code == status
        assert said(answer)
        assert answer.json()["error"]["code"]
    assert bot.kept() == 0


# -- in time -----------------------------------------------------------------------------


def test_a_database_that_hangs_is_answered_in_time_and_loses_nothing(bot: Line) -> None:
    """503 below two seconds; what was said is kept when it can be, and a repeat gets its number."""
    url = bot.mouth.database_url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE receipt, counter IN ACCESS EXCLUSIVE MODE")
        for path, login, status in (
            (RAISE, LOGIN, 503),
            (TRACK, LOGIN, 503),
            (RAISE, ("bot-demo", "wrong"), 401),
        ):
            begun = time.monotonic()
            answer = bot.post(path, {**complaint(), **_tracking(path)}, login)
            assert time.monotonic() - begun < 2
            assert answer.status_code == status
            if status == 503:
                assert "try again" in said(answer)
                assert int(answer.headers["retry-after"]) > 0
        connection.rollback()
    number = number_of(bot.post(RAISE, complaint()))

    assert bot.mouth.rows("SELECT number FROM observation") == [(number,)]
    assert bot.mouth.rows("SELECT deliveries FROM receipt") == [(2,)]
    assert chat_door.ANSWER_SECONDS < 2


def test_a_broker_that_hangs_keeps_no_customer_waiting(database_url: str, tmp_path: Path) -> None:
    """The number is said at once; the workers find the row without a nudge."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        with line(database_url, tmp_path, url) as bot:
            begun = time.monotonic()
            assert number_of(bot.post(RAISE, complaint()))
            assert time.monotonic() - begun < chat_door.ANSWER_SECONDS


class Slow:
    """Stands where a provider's adapter stands, and takes its time over whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        time.sleep(10)
        raise AssertionError(name)


def test_no_call_of_the_chat_asks_a_provider(trusted: Line) -> None:
    """All answers come from our own store, at once, however slow the desk and the bank are."""
    deps = trusted.mouth.wired.deps
    slow = Slow()
    providers = {
        name: adapter if isinstance(adapter, Chat) else cast("Provider", slow)
        for name, adapter in deps.providers.items()
    }
    assert len(providers) == 3
    app = receiver.create(replace(deps, providers=providers), trusted.mouth.settings)
    with served(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        begun = time.monotonic()
        number = number_of(client.post(RAISE, json=complaint(uid=ASHA), auth=LOGIN))
        asked = envelope("whatever", ASHA, complaintId=number, orderId="00591837")
        words = [said(client.post(path, json=asked, auth=LOGIN)) for path in (TRACK, *PATHS)]
        assert time.monotonic() - begun < 2

    assert f"{number} has been received" in words[0]
    assert words[1] == "Order 00591837 has been shipped."
    assert slow.asked == []


def _tracking(path: str) -> dict[str, Any]:
    return envelope("trackComplaint", complaintId="1") if path == TRACK else {}


# -- the other side ----------------------------------------------------------------------


def test_chat_a_and_b_our_client_and_our_receiver_understand_each_other(bot: Line) -> None:
    """It raises, hears the number, and asks how it stands; a stranger hears nothing."""
    client = make_client(f"{bot.mouth.http.base_url}/chat/demo-bot")
    host = ChatHost(client, "bot-demo", SecretStr("bot-secret-demo"))
    asha, eve = Person(channel="TELEGRAM", uid="1", first_name="Asha"), Person(channel="X", uid="2")
    heard = host.raise_complaint(asha, "It leaks.", order_id="007", category="product-related")
    assert heard.reply is not None
    number = heard.reply.complaint_id
    assert number is not None
    own, foreign = host.track(asha, number), host.track(eve, number)
    client.close()

    assert own.reply is not None
    assert own.reply.text == f"Complaint {number} has been received."
    assert foreign.reply is not None
    assert number not in foreign.reply.text
    assert heard.reply.attributes["orderid"] == "007"
    assert bot.warnings() == [()]


def test_chat_a_an_account_raises_at_a_host(bot: Line) -> None:
    """Its push is done under the host's number; a wrong login is a person's business."""
    settings = ChatSettings(
        username="unused",
        password=SecretStr("unused-secret"),
        environment="sandbox",
        host_url=f"{bot.mouth.http.base_url}/chat/demo-bot",
        host_username="bot-demo",
        host_password=SecretStr("bot-secret-demo"),
    )
    account = Chat(ACCOUNT, settings, make_client(str(settings.host_url)))
    assert "takes our login" in account.check()
    claim = {"text": "It leaks.", "email": ASHA, "name": "Asha Rao"}
    receipt = account.push(intend(PushKind.CREATE, claim=claim))
    account.close()

    assert receipt.result is Result.DONE
    assert bot.mouth.rows("SELECT number FROM observation") == [(receipt.external_id,)]
    (change,) = bot.changes()
    assert change.claim is not None
    assert (change.claim.raiser, change.claim.name) == (f"TELEGRAM:{ASHA}", "Asha Rao")
