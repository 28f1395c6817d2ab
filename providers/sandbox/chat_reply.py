"""The chat's response envelope: read by the keys there are, written as the example has it."""

from __future__ import annotations

from uuid import UUID

from providers.sandbox.stage import HEX, Stage


def messages(answer: object) -> list[dict[str, object]]:
    """The keyed blocks of a reply, with or without the outer `response`."""
    if not isinstance(answer, dict):
        return []
    envelope = answer.get("response", answer)
    found = envelope.get("responseMessages") if isinstance(envelope, dict) else None
    if not isinstance(found, list):
        return []
    return [message for message in found if isinstance(message, dict)]


def kind(answer: object) -> str | None:
    """The responseType of a reply in lower case."""
    if not isinstance(answer, dict):
        return None
    envelope = answer.get("response", answer)
    found = envelope.get("responseType") if isinstance(envelope, dict) else None
    return found.lower() if isinstance(found, str) else None


def attribute(answer: object, name: str) -> str | None:
    """A named attribute of a container reply; names are compared without case."""
    for message in messages(answer):
        block = message.get("containerResponse")
        attributes = block.get("attributes") if isinstance(block, dict) else None
        for pair in attributes if isinstance(attributes, list) else []:
            if isinstance(pair, dict) and str(pair.get("name")).lower() == name.lower():
                return str(pair.get("value"))
    return None


def spoken(answer: object) -> str | None:
    """The first sentence of a reply."""
    for message in messages(answer):
        for block in message.values():
            if isinstance(block, dict) and isinstance(block.get("responseText"), str):
                return str(block["responseText"])
    return None


def text_reply(stage: Stage, sentence: str) -> dict[str, object]:
    """A reply of one sentence."""
    return _envelope(stage, "text", {"simpleResponse": {"responseText": sentence}})


def container_reply(stage: Stage, sentence: str, attributes: dict[str, str]) -> dict[str, object]:
    """A reply of one sentence with named values."""
    pairs = [{"name": name, "value": value} for name, value in attributes.items()]
    block = {"responseText": sentence, "attributes": pairs}
    return _envelope(stage, "container", {"containerResponse": block})


def error_reply(stage: Stage, code: str, detail: str, sentence: str) -> dict[str, object]:
    """A reply that a tolerant peer can still speak, with the error beside it."""
    return text_reply(stage, sentence) | {"error": {"code": code, "detail": detail}}


def _envelope(stage: Stage, kind_of_reply: str, message: dict[str, object]) -> dict[str, object]:
    """With a fresh responseId: a UUID and eight more hex digits, as Dialogflow ES writes them."""
    identity = UUID(stage.fresh_id(32, HEX))
    return {
        "response": {
            "responseType": kind_of_reply,
            "responseId": f"{identity}-{stage.fresh_id(8, HEX)}",
            "responseMessages": [message],
        }
    }
