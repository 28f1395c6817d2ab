"""The specimens, a provider that fails where it is told to, and what is made of a push."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from complaints.model import Change, Observation
from complaints.ports import Intent, NeedsHuman, Provider, Receipt, Transient
from complaints.vocabulary import ExternalId
from providers.registry import Account
from tests.providers.kinds import KINDS
from tests.providers.specimen import Specimen
from tests.providers.wire import ACCOUNT

NAMES = list(KINDS)

SPECIMENS: dict[str, Specimen] = {
    name: importlib.import_module(f"tests.providers.{name}.specimen").SPECIMEN for name in NAMES
}

PLAYED = [name for name in NAMES if SPECIMENS[name].scene is not None]
"""Those that the sandbox plays."""

Step = httpx.Response | Exception

NOT_SENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
)
"""After these the request was surely not carried out."""

LOST: tuple[type[Exception], ...] = (
    httpx.ReadTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
)
"""After these the request may have been carried out."""

STEPS: list[Step] = [
    *(httpx.Response(status) for status in (200, 201, 204, 299, *range(300, 309))),
    *(httpx.Response(status) for status in (*range(400, 432), 451, 499, *range(500, 512), 599)),
    *(
        httpx.Response(status, text=text)
        for status in (200, 201, 400, 404, 500)
        for text in ("<html>", "{", "[]", "{}", "null", '{"success":true}', '{"status":[]}')
    ),
    *(kind("x") for kind in (*NOT_SENT, *LOST)),
]
"""Everything that can come back where a good answer was expected."""


@dataclass
class Wire:
    """A healthy provider that fails in one call, where it is told to."""

    specimen: Specimen
    path: str | None = None
    step: Step | None = None
    reading: bool = False
    """Whether the call that fails is a read; some write to the same path."""
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        request.read()
        self.asked.append(request)
        if self.step is None or not (self.path is None or self._is_it(request, self.path)):
            return self.specimen.healthy(request)
        if isinstance(self.step, Exception):
            raise self.step
        # A response is played once only, and a table names it many times.
        return httpx.Response(self.step.status_code, content=self.step.content)

    def count(self, path: str) -> int:
        """How often a call was made."""
        return sum(self._is_it(request, path) for request in self.asked)

    def looked(self, path: str) -> bool:
        """Whether something was read after that call."""
        last = max(i for i, request in enumerate(self.asked) if self._is_it(request, path))
        return any(request.method == "GET" for request in self.asked[last + 1 :])

    def _is_it(self, request: httpx.Request, path: str) -> bool:
        return request.url.path == path and (request.method == "GET") == self.reading


@contextmanager
def account(
    name: str, wire: Wire | None = None, /, settings: Mapping[str, object] | None = None
) -> Iterator[Account]:
    """The specimen's account, with some of its settings replaced."""
    with served(name, wire or Wire(SPECIMENS[name]), settings) as made:
        yield made


@contextmanager
def served(
    name: str,
    answered: Callable[[httpx.Request], httpx.Response],
    settings: Mapping[str, object] | None = None,
) -> Iterator[Account]:
    """The same, whose provider is a function."""
    own = {**SPECIMENS[name].settings, **(settings or {})}
    made = KINDS[name].build(ACCOUNT, own, httpx.MockTransport(answered))
    try:
        yield made
    finally:
        made.close()


def record_of(name: str) -> ExternalId:
    """A record that the healthy provider shows."""
    found = (o.external_id for o in SPECIMENS[name].observations if o.external_id)
    return next(found, ExternalId("x"))


def outcome(provider: Provider, intent: Intent) -> Receipt | Transient | NeedsHuman:
    """What became of a push: a receipt, or one of the two verdicts; anything else is a fault."""
    try:
        receipt = provider.push(intent)
    except (Transient, NeedsHuman) as verdict:
        return verdict
    assert isinstance(receipt, Receipt)
    return receipt


def shown(thing: object) -> str:
    """Everything that a log, a console or a traceback would tell of a receipt or a verdict."""
    told = [repr(thing), str(thing)]
    if isinstance(thing, Exception):
        told += traceback.format_exception(thing)
        below: BaseException | None = thing
        while below is not None:
            told.append(repr(below))
            below = below.__cause__ or below.__context__
    return "\n".join(told)


def storable(provider: Provider, observation: Observation) -> tuple[Change, ...]:
    """What an observation says, after it was seen that a database can hold it."""
    changes = provider.parse(observation)
    for change in changes:
        written = change.model_dump_json()
        assert "\\u0000" not in written
        assert Change.model_validate_json(written) == change
    return changes


def bare_url(request: httpx.Request, specimen: Specimen) -> str:
    """An URL without the parameters in which the provider wants a secret."""
    rest = [
        f"&{key}={value}"
        for key, value in request.url.params.multi_items()
        if key not in specimen.secret_parameters
    ]
    return f"{request.url.copy_with(query=None)}{''.join(rest)}"
