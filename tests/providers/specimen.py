"""What the conformance suite must be told about a provider; each tells it in its specimen.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote_plus

import httpx

from complaints.model import Change, Observation
from complaints.ports import Intent, Provider
from complaints.vocabulary import ExternalId, PushKind, Subject
from providers.http import Fate
from providers.sandbox.client import SandboxControl


class Customer(NamedTuple):
    """A person whose traces are known when they are seen where they don't belong."""

    first_name: str = "Zdislava"
    last_name: str = "Vyhnalkova"
    email: str = "zdislava.vyhnalkova@example.org"
    phone: str = "+420 777 343 911"
    account: str = "CZ65 0800 0000 1920 0014 5399"
    text: str = "The zipper burst and a quokka saw it."

    @property
    def name(self) -> str:
        """As people say it."""
        return f"{self.first_name} {self.last_name}"

    @property
    def sentence(self) -> str:
        """What a provider might say of her in an error."""
        return f"{self.name} <{self.email}> {self.phone} {self.account}: {self.text}"


CUSTOMER = Customer()
"""Whose data the specimens hold; she exists nowhere else."""

_TRACES = ("zdislava", "vyhnalkova", "777343911", "192000145399", "quokka")


def traces_of_customer(shown: str) -> list[str]:
    """What of the customer's data stands in a text, however it is spaced or quoted."""
    folded = re.sub(r"[\s+-]", "", unquote_plus(shown)).casefold()
    return [trace for trace in _TRACES if trace in folded]


@dataclass(frozen=True)
class Arrival:
    """A delivery that verifies at `tests.providers.wire.NOW`."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Proof:
    """What proves an arrival.  ``covers`` may hold ``body`` and ``time``.

    The others are settings that differ: ``foreign`` knows other keys only, ``rotating`` has a
    new key and still takes the old one, ``rotated`` does no longer.
    """

    covers: frozenset[str]
    foreign: Mapping[str, object]
    rotated: Mapping[str, object]
    rotating: Mapping[str, object] | None = None
    """None: this provider's keys change at once."""


@dataclass(frozen=True)
class Write:
    """A write that the account permits: the call that must not happen twice."""

    intent: Intent
    path: str
    repeatable: bool = False


@dataclass(frozen=True)
class Said:
    """One answer of the provider, and what it means for what was asked."""

    name: str
    answer: httpx.Response
    fate: Fate


@dataclass(frozen=True)
class Vocabulary:
    """The words that a provider's document lists in one place.

    ``means`` gives what the adapter makes of a word, the word itself and remarks for people
    left out.  What is ignored means the same as a word that nobody has heard of.
    """

    name: str
    words: tuple[str, ...]
    means: Callable[[str], object]
    ignored: frozenset[str] = frozenset()
    why: str = ""
    """Why some are ignored."""


@dataclass(frozen=True)
class Deed:
    """One write against the sandbox: its call's method, and what is in that call's path."""

    method: str
    path: str
    prepare: Callable[[SandboxControl, Provider], Intent]
    """Lay what the write needs beside the scene, and say what to do."""
    effects: Callable[[SandboxControl, Intent], int]
    """How many there are in the sandbox's own records."""


@dataclass(frozen=True)
class Scene:
    """The specimen's account in the sandbox.  ``hooks`` is our own address as it knows it."""

    account: str
    """The sandbox's name of the provider."""
    mount: str
    """Path of our own address; what follows it is what the adapter is told."""
    settings: Callable[[SandboxControl, str], Mapping[str, object]]
    lay: Callable[[SandboxControl, str], None]
    secrets: tuple[str, ...]
    send: Callable[[SandboxControl, Provider], int]
    """Let the provider call us; returns how often it will."""
    forge: Callable[[SandboxControl, Provider], int] | None = None
    """Let somebody else call us in its name; None: the sandbox can't play that."""
    records: Callable[[SandboxControl], Mapping[ExternalId, Subject]] | None = None
    """What can be read, and the subject of the first change that it tells; None: nothing."""
    deeds: Mapping[PushKind, Deed] = field(default_factory=dict)


@dataclass(frozen=True)
class Specimen:
    """One account, whole: every capability that its provider can have is switched on.

    ``healthy`` plays a provider that says yes to everything.
    """

    settings: Mapping[str, object]
    observations: tuple[Observation, ...]
    secrets: tuple[str, ...]
    healthy: Callable[[httpx.Request], httpx.Response]
    arrival: Arrival | None = None
    proof: Proof | None = None
    """None where nothing arrives."""
    writes: Mapping[PushKind, Write] = field(default_factory=dict)
    read: str | None = None
    """Path of the call that reads the first observation's record."""
    said: tuple[Said, ...] = ()
    """Every error envelope that the documents show, and answers that claim success."""
    statuses: Mapping[int, Fate] = field(default_factory=dict)
    """Bare status codes that mean something else here than they mostly do."""
    vocabularies: tuple[Vocabulary, ...] = ()
    parsers: Mapping[str, Callable[[bytes], object]] = field(default_factory=dict)
    """What else of this provider reads bytes; it raises nothing but Rejected."""
    documents: tuple[bytes, ...] = ()
    """Good documents that these read, beside observations, the arrival and error envelopes."""
    secret_parameters: frozenset[str] = frozenset()
    """Parameters in which the provider wants a secret; no other part of an URL holds one."""
    scene: Scene | None = None
    """None only for a provider that no sandbox plays."""

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """Documents of every kind."""
        arrived = () if self.arrival is None else (self.arrival.body,)
        seen = (observation.body for observation in self.observations)
        return (*seen, *arrived, *self.documents, *(said.answer.content for said in self.said))


def canonical(changes: tuple[Change, ...]) -> list[dict[str, object]]:
    """What changes say to the pipeline, without the provider's own words and remarks."""
    left_out = {"word", "warnings", "reason"}
    return [change.model_dump(exclude=left_out) for change in changes]
