"""The bearer token of one account: minted when needed, kept while it lives, shared by a shelf.

Zenki documents no refresh, so a token is minted anew.  Its time is technical time: what is
left of a life that the shelf's own clock counts, never a time of day.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from complaints.ports import NeedsHuman, Transient
from providers.codec import UnreadableError, dumps, loads_object, money
from providers.http import Fate, compose, exchange, settle
from providers.zenki.faults import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from providers.shelf import Kept, Shelf
    from providers.zenki.settings import AuthMode, ZenkiSettings

_DEFAULT_SECONDS: Final = 1800.0
_LONGEST_SECONDS: Final = 24 * 3600.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")


@dataclass(frozen=True)
class Token:
    """One bearer token; times are of the monotonic clock."""

    value: str
    minted: float
    ends: float
    fresh: bool = False
    """It was minted for who asked, just now."""

    def older_than_half(self) -> bool:
        """Whether more than half of its life is over."""
        return time.monotonic() > (self.minted + self.ends) / 2


class TokenSource:
    """The tokens of one grant: one for all threads, and for all processes at the same shelf."""

    def __init__(
        self, settings: ZenkiSettings, mode: AuthMode, client: httpx.Client, shelf: Shelf
    ) -> None:
        self._settings = settings
        self._mode = mode
        self._client = client
        self._shelf = shelf
        self._name = _name(settings, mode)
        self._lock = Lock()
        self._token: Token | None = None
        self._refused = ""

    def bearer(self, instead_of: Token | None = None) -> Token:
        """A live token, and another one than ``instead_of``: another process's, else a new one.

        Raises NeedsHuman when the credentials are refused and Transient when none came.
        """
        with self._lock:
            if instead_of is not None:
                self._drop(instead_of)
            token = self._found()
            if token is not None:
                return token
            with self._shelf.alone(self._name):
                token = self._found()
                if token is not None:
                    return token
                token = self._mint()
            self._token = token
            return replace(token, fresh=True)

    def refuse(self, token: Token) -> None:
        """Take note that Zenki doesn't take this token: it isn't used again here."""
        with self._lock:
            self._drop(token)

    def _drop(self, token: Token) -> None:
        self._refused = token.value
        if self._token is not None and self._token.value == token.value:
            self._token = None

    def _found(self) -> Token | None:
        if self._token is None or self._ending(self._token):
            self._token = self._read(self._shelf.get(self._name))
        return self._token

    def _read(self, kept: Kept | None) -> Token | None:
        """The token that somebody has put onto the shelf, if it can be used."""
        if kept is None:
            return None
        value, _, seconds = kept.value.partition(" ")
        life = money(seconds)
        if life is None or not _TOKEN.fullmatch(value) or value == self._refused:
            return None
        now = time.monotonic()
        token = Token(value, now + kept.seconds - float(life), now + kept.seconds)
        return None if self._ending(token) else token

    def _ending(self, token: Token) -> bool:
        # A life shorter than the skew must not mean a new token for each call.
        skew = min(self._settings.token_skew, (token.ends - token.minted) / 2)
        return time.monotonic() > token.ends - skew

    def _mint(self) -> Token:
        minted = time.monotonic()
        judged = judge(exchange(self._client, self._request()))
        if judged.fate is Fate.REFUSED:
            raise NeedsHuman(f"{judged.reason} at the token call: the credentials are refused")
        settle(judged.fate, f"{judged.reason} at the token call", judged.wait, repeatable=True)
        document = judged.document
        value = document.get("accessToken") or document.get("access_token")
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise Transient("Zenki: the token call answered without a token")
        life = min(_told(document) or _inside(value) or _DEFAULT_SECONDS, _LONGEST_SECONDS)
        self._shelf.put(self._name, f"{value} {life}", minted + life - time.monotonic())
        return Token(value, minted, minted + life)

    def _request(self) -> httpx.Request:
        settings = self._settings
        secret = settings.client_secret.get_secret_value()
        if self._mode == "legacy_password":
            form = {
                "client_id": settings.legacy_client_id,
                "username": settings.client_id,
                "password": secret,
                "grant_type": "password",
            }
            kind, content = "application/x-www-form-urlencoded", urlencode(form).encode()
        else:
            grant = {
                "clientId": settings.client_id,
                "clientSecret": secret,
                "grantType": "client_credentials",
            }
            kind, content = "application/json", dumps(grant)
        headers = {"Content-Type": kind}
        path = _path(settings, self._mode)
        return compose(self._client, "POST", path, headers=headers, content=content)


def _path(settings: ZenkiSettings, mode: AuthMode) -> str:
    paths = settings.paths
    return paths.legacy_token if mode == "legacy_password" else paths.token


def _name(settings: ZenkiSettings, mode: AuthMode) -> str:
    """Under which name the token is kept: others when any of the credentials changes."""
    parts = (
        settings.base_url,
        _path(settings, mode),
        settings.legacy_client_id,
        settings.client_id,
        settings.client_secret.get_secret_value(),
    )
    return "zenki:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _told(document: Mapping[str, object]) -> float | None:
    """The life that the answer tells: ``expiresIn`` or ``expires_in``, number or text."""
    told = money(document.get("expiresIn") or document.get("expires_in"))
    return float(told) if told is not None and told > 0 else None


def _inside(token: str) -> float | None:
    """The life that a JWT tells of itself, unverified; the difference needs no clock."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - head, claims, signature
        return None
    try:
        claims = loads_object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (UnreadableError, ValueError):
        return None
    ends, begins = money(claims.get("exp")), money(claims.get("iat"))
    life = 0 if ends is None or begins is None else ends - begins
    return float(life) if life > 0 else None
