"""The bearer token of one account: minted when needed, kept while it lives.

Zenki documents no refresh, so a token is minted anew.  Its time is technical time.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from complaints.ports import NeedsHuman, Transient
from providers.codec import dumps, money
from providers.http import Fate, compose, exchange, settle
from providers.zenki.faults import judge

if TYPE_CHECKING:
    import httpx

    from providers.zenki.settings import ZenkiSettings

_DEFAULT_SECONDS: Final = 1800.0
_LONGEST_SECONDS: Final = 24 * 3600.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")


@dataclass(frozen=True)
class Token:
    """One bearer token; times are of the monotonic clock."""

    value: str
    minted: float
    ends: float

    def older_than_half(self) -> bool:
        """Whether more than half of its life is over."""
        return time.monotonic() > (self.minted + self.ends) / 2


class TokenSource:
    """Mints at most one token at a time, however many threads ask."""

    def __init__(self, settings: ZenkiSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        self._lock = Lock()
        self._token: Token | None = None

    def bearer(self, instead_of: Token | None = None) -> Token:
        """A live token, and another one than ``instead_of``.

        Raises NeedsHuman when the credentials are refused and Transient when none came.
        """
        with self._lock:
            token = self._token
            if token is None or token is instead_of or self._ending(token):
                token = self._token = self._mint()
            return token

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
        told = money(document.get("expiresIn") or document.get("expires_in"))
        seconds = float(told) if told is not None and told > 0 else _DEFAULT_SECONDS
        return Token(value, minted, minted + min(seconds, _LONGEST_SECONDS))

    def _request(self) -> httpx.Request:
        settings = self._settings
        secret = settings.client_secret.get_secret_value()
        if settings.auth_mode == "legacy_password":
            form = {
                "client_id": settings.legacy_client_id,
                "username": settings.client_id,
                "password": secret,
                "grant_type": "password",
            }
            kind, content = "application/x-www-form-urlencoded", urlencode(form).encode()
            path = settings.paths.legacy_token
        else:
            grant = {
                "clientId": settings.client_id,
                "clientSecret": secret,
                "grantType": "client_credentials",
            }
            kind, content, path = "application/json", dumps(grant), settings.paths.token
        headers = {"Content-Type": kind}
        return compose(self._client, "POST", path, headers=headers, content=content)
