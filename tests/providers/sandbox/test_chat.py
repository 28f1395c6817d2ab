"""The chat middleware as it calls the product's receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from providers.sandbox import codec
from providers.sandbox.client import ControlRefused
from tests.providers.sandbox.people import NOW
from tests.providers.sandbox.receiver import Receiver, receiving
from tests.sandbox import RunningSandbox

BASE = "/chat/cz-bot/api/rest/v1/ecom/integrations"
PROMISED = codec.dump_bytes(
    {
        "response": {
            "responseType": "container",
            "responseId": "7a2ecc3d-7ae8-4fb2-bedf-fe030ead61d9-ecc570c9",
            "responseMessages": [
                {
                    "containerResponse": {
                        "responseText": "Its number is 40817.",
                        "attributes": [{"name": "ComplaintID", "value": "40817"}],
                    }
                }
            ],
        }
    }
)


@pytest.fixture
def bot(sandbox: RunningSandbox) -> Iterator[Receiver]:
    """A receiver that the middleware calls; it promises the number 40817."""
    with receiving() as receiver:
        receiver.answer = PROMISED
        sandbox.control.clock(NOW)
        sandbox.control.knobs(chat_url=f"{receiver.url}/chat/cz-bot")
        yield receiver
        sandbox.control.reset()


def test_a_complaint_is_raised_in_the_form_of_the_example(
    bot: Receiver, sandbox: RunningSandbox
) -> None:
    """The body is the document's example, the credentials are Basic, the number is remembered."""
    said = sandbox.control.raise_in_chat(
        "70214", "Kettle leaks.", first_name="Asha", order_id="00591837"
    )
    assert (said["status"], said["complaint_id"]) == (200, "40817")
    (arrival,) = bot.wait_for(1)
    assert arrival.path == f"{BASE}/raiseComplaintsAgainstOrder"
    wanted = httpx.BasicAuth("bot-demo", "bot-secret-demo")._auth_header
    assert arrival.headers["authorization"] == wanted
    assert codec.loads(arrival.body) == {
        "conversationRequest": {
            "channel": "TELEGRAM",
            "userInfo": {"first_name": "Asha", "uid": "70214"},
        },
        "queryInfo": {
            "interestType": "productComplaint",
            "parameters": {
                "params": {
                    "entityInfo": {
                        "orderId": "00591837",
                        "problemStatment": "Kettle leaks.",
                        "category": "product-related",
                    }
                }
            },
        },
        "languageCode": "en",
    }
    world: Any = sandbox.control.world()
    (kept,) = world["chat"]["complaints"]
    assert (kept["uid"], kept["order_id"], kept["complaint_id"]) == ("70214", "00591837", "40817")


@pytest.mark.parametrize("shape", ["table", "flat"])
def test_the_table_names_can_be_sent(bot: Receiver, sandbox: RunningSandbox, shape: str) -> None:
    """The page's table names appear, nested or flat."""
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", username="asha_r", shape=shape)
    (arrival,) = bot.wait_for(1)
    body: Any = codec.loads(arrival.body)
    person = body if shape == "flat" else body["conversationRequest"]["userInfo"]
    assert (person["uuid"], person["userName"]) == ("70214", "asha_r")


def test_a_person_asks_how_it_stands(bot: Receiver, sandbox: RunningSandbox) -> None:
    """Tracking sends the complaint's id and returns the sentence."""
    said = sandbox.control.track_in_chat("70214", "40817")
    assert (said["status"], said["text"]) == (200, "Its number is 40817.")
    (arrival,) = bot.wait_for(1)
    assert arrival.path == f"{BASE}/getComplaintsTrackingDetails"
    body: Any = codec.loads(arrival.body)
    assert body["queryInfo"]["interestType"] == "trackComplaint"
    assert body["queryInfo"]["parameters"]["params"]["entityInfo"] == {"complaintId": "40817"}


def test_a_refusal_promises_nothing(bot: Receiver, sandbox: RunningSandbox) -> None:
    """Without a 200 the person has no number."""
    bot.statuses = [500]
    said = sandbox.control.raise_in_chat("70214", "Kettle leaks.")
    assert (said["status"], said["complaint_id"]) == (500, None)


def test_a_receiver_that_is_down_is_no_answer(bot: Receiver, sandbox: RunningSandbox) -> None:
    """A lost call has the status None and is remembered without a number."""
    sandbox.control.knobs(chat_url="http://127.0.0.1:9/chat/cz-bot")
    said = sandbox.control.raise_in_chat("70214", "Kettle leaks.")
    assert (said["status"], said["complaint_id"]) == (None, None)


def test_without_an_address_there_is_nobody_to_call(sandbox: RunningSandbox) -> None:
    """The control API says what is missing."""
    with pytest.raises(ControlRefused, match="chat_url"):
        sandbox.control.raise_in_chat("70214", "Kettle leaks.")


def sent(bot: Receiver, count: int = 1) -> Any:
    """The body of the last of so many requests."""
    return codec.loads(bot.wait_for(count)[-1].body)


def entity(body: Any) -> Any:
    """The parameters in the place that the example shows."""
    return body["queryInfo"]["parameters"]["params"]["entityInfo"]


def person(body: Any) -> Any:
    """The person in the place that the example shows."""
    return body["conversationRequest"]["userInfo"]


@pytest.mark.parametrize(
    ("variant", "look", "wanted"),
    [
        ("table", lambda body: person(body)["uuid"], "70214"),
        ("flat", lambda body: body["entityInfo"]["orderId"], "00591837"),
        ("plural_category", lambda body: entity(body)["category"], "products-related"),
        ("no_category", lambda body: "category" in entity(body), False),
        (
            "lower_case_channel",
            lambda body: body["conversationRequest"]["channel"],
            "telegram",
        ),
        (
            "template_channel",
            lambda body: body["conversationRequest"]["channel"],
            "$platForm",
        ),
        ("template_uid", lambda body: person(body)["uid"], "$uid"),
        ("template_names", lambda body: person(body)["first_name"], "$firstName"),
        ("no_uid", lambda body: "uid" in person(body), False),
        ("uid_and_uuid", person, {"uid": "70214", "uuid": "somebody-else"}),
        ("foreign_uid", lambda body: person(body)["uid"], "somebody-else"),
        ("no_order", lambda body: "orderId" in entity(body), False),
        ("empty_order", lambda body: entity(body)["orderId"], ""),
        ("order_list", lambda body: entity(body)["orderId"], ["00591837", "00591837-2"]),
        ("order_upper_case", lambda body: entity(body)["orderID"], "00591837"),
        (
            "numeric_ids",
            lambda body: (person(body)["uid"], entity(body)["orderId"]),
            (70214, "00591837"),
        ),
        ("no_text", lambda body: "problemStatment" in entity(body), False),
        ("empty_text", lambda body: entity(body)["problemStatment"], ""),
        ("spelt_rightly", lambda body: entity(body)["problemStatement"], "Kettle leaks."),
        (
            "two_texts",
            lambda body: len({entity(body)["problemStatment"], entity(body)["problemStatement"]}),
            2,
        ),
        ("copied_interest", lambda body: body["queryInfo"]["interestType"], "cancel-order"),
        ("unknown_interest", lambda body: body["queryInfo"]["interestType"], "somethingElse"),
        ("older_interest", lambda body: body["queryInfo"]["interestType"], "customerComplaint"),
        ("entity_elsewhere", lambda body: body["entityInfo"]["orderId"], "00591837"),
        ("language_inside", lambda body: body["queryInfo"]["languageCode"], "en"),
        ("language_gr", lambda body: body["languageCode"], "gr"),
        ("language_uk", lambda body: body["languageCode"], "en-UK"),
        ("language_template", lambda body: body["languageCode"], "languageCode"),
        ("no_language", lambda body: "languageCode" in body, False),
        ("empty_response", lambda body: body["response"], {}),
        ("wishes", lambda body: body["attributes"], [{"name": "complaintId"}]),
        ("bare_path", lambda body: body["queryInfo"]["interestType"], "customerComplaint"),
    ],
)
def test_a_variant_deviates_in_its_one_way(
    bot: Receiver,
    sandbox: RunningSandbox,
    variant: str,
    look: Callable[[Any], object],
    wanted: object,
) -> None:
    """Each named deviation of the body shows where it should."""
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", order_id="00591837", variant=variant)
    assert look(sent(bot)) == wanted


@pytest.mark.parametrize(
    ("variant", "header", "wanted"),
    [
        ("wrong_basic", "authorization", httpx.BasicAuth("bot-demo", "x")),
        ("no_auth", "authorization", None),
        ("bare_headers", "password", "bot-secret-demo"),
    ],
)
def test_credentials_can_be_wrong(
    bot: Receiver, sandbox: RunningSandbox, variant: str, header: str, wanted: object
) -> None:
    """Another password, none, or two bare headers as one line of the landing page has it."""
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", variant=variant)
    (arrival,) = bot.wait_for(1)
    found = arrival.headers.get(header)
    if variant == "wrong_basic":
        right = httpx.BasicAuth("bot-demo", "bot-secret-demo")._auth_header
        assert found is not None
        assert (found.startswith("Basic "), found == right) == (True, False)
    else:
        assert found == wanted
    assert ("authorization" in arrival.headers) == (variant == "wrong_basic")


def test_broken_json_is_broken(bot: Receiver, sandbox: RunningSandbox) -> None:
    """The trailing comma of the documents' own examples."""
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", variant="broken_json")
    with pytest.raises(codec.BadJson):
        sent(bot)


def test_every_variant_can_be_asked_for(bot: Receiver, sandbox: RunningSandbox) -> None:
    """The list names them all with a mark, and each is sent without complaint."""
    listed = sandbox.control.chat_variants()
    assert {one["mark"] for one in listed} == {"documented", "inferred"}
    for one in listed:
        sandbox.control.raise_in_chat("70214", "Leaks.", order_id="1", variant=one["name"])
    with pytest.raises(ControlRefused, match="no variant sideways"):
        sandbox.control.raise_in_chat("70214", "Leaks.", variant="sideways")


@pytest.mark.parametrize("variant", ["duplicates", "parallel_duplicates"])
def test_a_call_may_come_several_times(
    bot: Receiver, sandbox: RunningSandbox, variant: str
) -> None:
    """One after the other or in parallel; the person remembers one complaint, and each number."""
    said = sandbox.control.raise_in_chat("70214", "Kettle leaks.", variant=variant)
    statuses: Any = said["statuses"]
    assert len({arrival.body for arrival in bot.wait_for(len(statuses))}) == 1
    assert len(statuses) == (3 if variant == "duplicates" else 4)
    assert (said["complaint_id"], said["numbers"]) == ("40817", ["40817"])
    world: Any = sandbox.control.world()
    assert [one["numbers"] for one in world["chat"]["complaints"]] == [["40817"]]


def test_a_slow_answer_is_dropped_and_asked_for_again(
    bot: Receiver, sandbox: RunningSandbox
) -> None:
    """The middleware gives up at its time-out; the person gets the second answer's number."""
    bot.held = 1
    sandbox.control.knobs(chat_timeout_s=0.2)
    said = sandbox.control.raise_in_chat("70214", "Kettle leaks.", variant="asks_again")
    assert (said["statuses"], said["complaint_id"]) == ([None, 200], "40817")
    first, second = bot.wait_for(2)
    assert first.body == second.body


@pytest.mark.parametrize(
    ("question", "example", "table"),
    [
        ("getOrderStatus", "order-status", "order-status"),
        ("getOrderDetails", "order-details", "order-details"),
        ("getTrackingOrderDetails", "trackingDetails", "tracking-details"),
        ("cancelOrder", "cancel-order", "cancel-order"),
    ],
)
def test_a_person_asks_about_an_order(
    bot: Receiver, sandbox: RunningSandbox, question: str, example: str, table: str
) -> None:
    """Each of the four questions goes to its own path under its own label."""
    said = sandbox.control.ask_in_chat("70214", question, "00591837")
    assert (said["status"], said["text"]) == (200, "Its number is 40817.")
    body = sent(bot)
    assert bot.arrivals[-1].path == f"{BASE}/{question}"
    assert (body["queryInfo"]["interestType"], entity(body)) == (example, {"orderId": "00591837"})
    sandbox.control.ask_in_chat("70214", question, "00591837", shape="table")
    body = sent(bot, 2)
    name = "orderID" if question == "cancelOrder" else "orderId"
    assert (body["queryInfo"]["interestType"], entity(body)) == (table, {name: "00591837"})


def test_the_bare_path_goes_by_its_label(bot: Receiver, sandbox: RunningSandbox) -> None:
    """Raise, track and questions can all be sent to the path without a method's name."""
    sandbox.control.raise_in_chat("70214", "Kettle leaks.", bare=True)
    sandbox.control.track_in_chat("70214", 40817, bare=True)
    sandbox.control.ask_in_chat("70214", "getOrderStatus", "1", bare=True)
    arrivals = bot.wait_for(3)
    assert {arrival.path for arrival in arrivals} == {BASE}
    bodies: list[Any] = [codec.loads(arrival.body) for arrival in arrivals]
    labels = [body["queryInfo"]["interestType"] for body in bodies]
    assert labels == ["customerComplaint", "trackComplaint", "order-status"]
    assert entity(bodies[1])["complaintId"] == 40817
