"""The chat middleware as it calls the product's receiver."""

from __future__ import annotations

from collections.abc import Iterator
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
