"""How we talk to a provider over HTTP, and what an answer or its absence means.

One table turns exceptions and status codes into a `Fate`; adapters may know better for a code
in the body, never for the wire.  The line that matters runs between *surely not done* and
*may have been done*: a non-repeatable write on the far side of it is never sent again.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx

from complaints.ports import NeedsHuman, Transient
from providers.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

BODY_CAP: Final = 2 * 1024 * 1024
ANSWER_SECONDS: Final = 30.0
"""A body that drips in slowly never meets the read time-out, so the whole has one too."""

RETRY_AFTER_CAP: Final = 24 * 3600.0

_TIMEOUT = httpx.Timeout(connect=3, read=15, write=10, pool=5)
# Common servers close an idle connection after 5 s.  We let go of it earlier: a write that
# races with such a close would be lost without cause.
_LIMITS = httpx.Limits(max_connections=10, max_keepalive_connections=5, keepalive_expiry=4)


Part = tuple[str, tuple[str | None, bytes] | tuple[str | None, bytes, str]]
"""One part of a multipart body: its name, and file name, content and media type."""


class Fate(StrEnum):
    """What became of one request."""

    OK = "ok"
    REFUSED = "refused"
    """The provider won't do this one thing; asking again changes nothing."""
    HUMAN = "human"
    """The account can't go on without a person.  Surely not done."""
    NOT_DONE = "not_done"
    """Surely not done, and may work later."""
    LOST = "lost"
    """It may have been done: the answer is missing or says nothing."""


FATE_OF_ERROR: Final[tuple[tuple[type[Exception], Fate], ...]] = (
    (httpx.ConnectError, Fate.NOT_DONE),
    (httpx.ConnectTimeout, Fate.NOT_DONE),
    (httpx.PoolTimeout, Fate.NOT_DONE),
    (httpx.UnsupportedProtocol, Fate.HUMAN),
    (httpx.ProxyError, Fate.NOT_DONE),
    # ReadTimeout, WriteTimeout, ReadError, WriteError, CloseError, RemoteProtocolError,
    # LocalProtocolError (a body may be half sent), DecodingError.
    (httpx.RequestError, Fate.LOST),
)
"""The first row that fits counts."""

FATE_OF_STATUS: Final[Mapping[int, Fate]] = {
    401: Fate.HUMAN,
    402: Fate.HUMAN,
    403: Fate.HUMAN,
    406: Fate.HUMAN,
    407: Fate.HUMAN,
    # A proxy may say it for a request that the server behind it has got whole.
    408: Fate.LOST,
    425: Fate.NOT_DONE,
    429: Fate.NOT_DONE,
}

FATE_OF_CLASS: Final[Mapping[int, Fate]] = {
    2: Fate.OK,
    # Redirects aren't followed: they would carry a key elsewhere.  The address is wrong.
    3: Fate.HUMAN,
    4: Fate.REFUSED,
    5: Fate.LOST,
}


def fate_of_status(status: int) -> Fate:
    """Judge by the status code alone."""
    return FATE_OF_STATUS.get(status) or FATE_OF_CLASS.get(status // 100, Fate.LOST)


def fate_of_error(error: Exception) -> Fate:
    """Judge an exception of the wire; one that no row names may have been sent."""
    return next((fate for kind, fate in FATE_OF_ERROR if isinstance(error, kind)), Fate.LOST)


@dataclass(frozen=True)
class Answer:
    """What came back.  ``status`` 0: nothing did.  ``note`` is safe to show."""

    fate: Fate
    note: str
    status: int = 0
    body: bytes = b""
    wait: float | None = None
    """Seconds that the provider asks us to keep away."""
    date: datetime | None = None
    """The provider's own clock, for what it times by the clock."""


def make_client(base_url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Make the client of one account in one process; threads may share it, forks may not."""
    for name in ("httpx", "httpcore"):
        # They write whole URLs and headers, and with them the keys.
        logging.getLogger(name).setLevel(logging.WARNING)
    client = httpx.Client(
        base_url=base_url,
        transport=transport,
        timeout=_TIMEOUT,
        limits=_LIMITS,
        follow_redirects=False,
        trust_env=False,
        headers={
            "User-Agent": "redress",
            "Accept": "application/json",
            # A compressed body could grow past the cap in one step.
            "Accept-Encoding": "identity",
        },
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def compose(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    parameters: Mapping[str, str] | None = None,
    content: bytes | None = None,
    files: Sequence[Part] = (),
) -> httpx.Request:
    """Make a request for a path below the client's address, which is read once only.

    `httpx.Client.build_request` reads it three times, which is half of a request's cost.
    """
    address = str(client.base_url).rstrip("/") + path
    if parameters:
        address += "?" + urlencode(parameters, quote_via=quote)
    return httpx.Request(
        method,
        address,
        headers={**client.headers, **{name.lower(): value for name, value in headers.items()}},
        content=content,
        files=files or None,
        extensions={"timeout": client.timeout.as_dict()},
    )


def exchange(
    client: httpx.Client, request: httpx.Request, seconds: float = ANSWER_SECONDS
) -> Answer:
    """Send once and judge.  Never raises on anything that the wire or the provider does."""
    ends = time.monotonic() + seconds
    try:
        response = client.send(request, stream=True)
        try:
            body = _read(response, ends)
        finally:
            response.close()
    except httpx.RequestError as error:
        return Answer(fate_of_error(error), type(error).__name__)
    status = response.status_code
    wait, date = retry_after(response.headers), _date(response.headers.get("date"))
    if body is None:
        return Answer(Fate.LOST, f"HTTP {status} with a body that never ends", status)
    return Answer(fate_of_status(status), f"HTTP {status}", status, body, wait, date)


def settle(fate: Fate, reason: str, wait: float | None = None, *, repeatable: bool) -> None:
    """Raise the verdict for what isn't decided; return for OK, REFUSED and a lost write.

    A read, or a write that may be repeated, is Transient when its answer was lost.
    """
    if fate is Fate.HUMAN:
        raise NeedsHuman(redact(reason)) from None
    if fate is Fate.NOT_DONE or (fate is Fate.LOST and repeatable):
        raise Transient(redact(reason), wait) from None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as seconds, clamped to a day; None when absent or nonsense.

    An HTTP-date is measured against the answer's own Date, so that no two clocks meet.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", value):
        return min(float(value), RETRY_AFTER_CAP)
    then, now = _date(value), _date(headers.get("date"))
    if then is None or now is None or then < now:
        return None
    return min((then - now).total_seconds(), RETRY_AFTER_CAP)


def check_base_url(url: str, *, live: bool) -> str:
    """Return the address without a closing slash.  Raises ValueError when it isn't safe."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("base_url must be an http(s) address")
    if live and parts.scheme != "https":
        raise ValueError("base_url of a live account must be https")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("base_url must hold no user, query or fragment")
    return url.rstrip("/")


def _read(response: httpx.Response, ends: float) -> bytes | None:
    """The body, or None when it is too large or takes too long."""
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > BODY_CAP or time.monotonic() > ends:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
