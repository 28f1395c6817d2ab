"""Payloads by Hypothesis: bytes, JSON, and good documents with something bent or cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from complaints.model import Observation
from tests.providers.specimen import Specimen

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=5,
)

_HEADERS = ("authorization", "svix-id", "svix-timestamp", "svix-signature", "username")

_DOCUMENTS = JSON.map(lambda value: json.dumps(value).encode())

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Payload:
    """One body, and around it what an observation and an arrival have beside theirs."""

    observation: Observation
    path: str
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        """What is to be read."""
        return self.observation.body


@st.composite
def payloads(draw: Draw, specimen: Specimen) -> Payload:
    """Of any form; headers and path are those of a good arrival, and any of them replaced."""
    arrival, headers, path = specimen.arrival, {}, ""
    if arrival is not None:
        headers, path = dict(arrival.headers), arrival.path
    observation = draw(st.sampled_from(specimen.observations))
    own = draw(st.booleans())
    body = draw(bent(observation.body if own else draw(st.sampled_from(specimen.bodies))))
    for _ in range(draw(st.integers(0, 2))):
        headers[draw(st.sampled_from([*headers, *_HEADERS]))] = draw(st.text(max_size=60))
    if draw(st.booleans()):
        path = draw(st.text(max_size=20))
    return Payload(observation.model_copy(update={"body": body}), path, headers)


@st.composite
def bent(draw: Draw, good: bytes) -> bytes:
    """Any bytes, any JSON, the good document, or that one with parts that differ."""
    match draw(st.integers(0, 7)):
        case 0:
            return bytes(draw(st.binary(max_size=80)))
        case 1:
            return bytes(draw(_DOCUMENTS))
        case 2:
            return good
        case 3:
            begin, end = sorted((draw(st.integers(0, len(good))), draw(st.integers(0, len(good)))))
            return good[:begin] + bytes(draw(st.binary(max_size=8))) + good[end:]
    try:
        document = json.loads(good)
    except ValueError:
        return good
    for _ in range(draw(st.integers(1, 3))):
        _bend(document, draw)
    return json.dumps(document).encode()


def _bend(document: object, draw: Draw) -> None:
    """Replace or remove one member somewhere inside, also inside JSON that is a string."""
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        item = waiting.pop()
        members = item.items() if isinstance(item, dict) else ()
        for key, value in [*members, *(enumerate(item) if isinstance(item, list) else ())]:
            places.append((item, key))
            waiting.append(value)
    if not places:
        return
    place, key = places[draw(st.integers(0, len(places) - 1))]
    inner = place[key]
    if isinstance(inner, str) and inner.startswith("{") and draw(st.booleans()):
        try:
            nested = json.loads(inner)
        except ValueError:
            return
        _bend(nested, draw)
        place[key] = json.dumps(nested)
    elif isinstance(place, dict) and draw(st.booleans()):
        del place[key]
    else:
        place[key] = draw(JSON)
