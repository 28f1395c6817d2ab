"""Zenki's two token calls; what they issue is a Keycloak-like RS256 JWT, opaque to clients."""

from __future__ import annotations

import base64
import time
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from providers.sandbox import codec, zenki_shapes
from providers.sandbox.clock import epoch
from providers.sandbox.exchange import Answer, Request, as_json
from providers.sandbox.schema import check
from providers.sandbox.stage import HEX, Stage

Generation = Literal["legacy", "pay"]

_LEGACY_CLIENT = "zenkipay-api"


def _refusal(code: str, description: str) -> Answer:
    """Token errors are 400 with this body, not 401 (Zenki, POST /v1/oauth/tokens)."""
    return as_json(400, {"error": code, "errorDescription": description})


_BAD_IDENTITY = _refusal("unauthorized_client", "Invalid identity")
_BAD_GRANT = _refusal("unsupported_grant_type", "Unsupported grant type")
_BAD_REQUEST = _refusal("invalid_request", "Missing or malformed parameter")


class Tokens:
    """Issues tokens and knows which are in force; life runs on the machine's own clock."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._issued: dict[str, tuple[Generation, float]] = {}

    def valid(self, token: str | None, generation: Generation) -> bool:
        """Whether a bearer token opens that generation's calls now."""
        found = self._issued.get(token or "")
        if found is None or found[1] <= time.monotonic():
            return False
        return found[0] == generation or self._stage.knobs.tokens_cross

    def expire_all(self) -> None:
        """Let every issued token end now."""
        self._issued.clear()

    def pay(self, request: Request) -> Answer:
        """POST /v1/oauth/tokens."""
        if request.media_type != "application/json":
            return _BAD_REQUEST
        try:
            body = request.document
        except codec.BadJson:
            return _BAD_REQUEST
        if not isinstance(body, dict) or check(body, zenki_shapes.TOKEN, extra="ignore"):
            return _BAD_REQUEST
        if body["grantType"] != "client_credentials":
            return _BAD_GRANT
        if not self._known(body["clientId"], body["clientSecret"]):
            return _BAD_IDENTITY
        lifetime = self._stage.knobs.token_lifetime_s
        return as_json(
            200,
            {"accessToken": self._issue("pay"), "tokenType": "Bearer", "expiresIn": lifetime},
        )

    def legacy(self, request: Request) -> Answer:
        """POST /auth/, the password grant."""
        if request.media_type != "application/x-www-form-urlencoded":
            return _BAD_REQUEST
        body = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if body.get("grant_type") != "password":
            return _BAD_GRANT
        if body.get("client_id", _LEGACY_CLIENT) != _LEGACY_CLIENT:
            return _BAD_IDENTITY
        if not self._known(body.get("username"), body.get("password")):
            return _BAD_IDENTITY
        lifetime = self._stage.knobs.token_lifetime_s
        return as_json(
            200,
            {
                "access_token": self._issue("legacy"),
                "expires_in": lifetime,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "session_state": self._stage.fresh_id(32, HEX),
                "scope": "profile email",
            },
        )

    def _known(self, client: object, secret: object) -> bool:
        config = self._stage.config
        return client == config.zenki_client_id and secret == config.zenki_client_secret

    def _issue(self, generation: Generation) -> str:
        now = time.monotonic()
        self._issued = {token: kept for token, kept in self._issued.items() if kept[1] > now}
        lifetime = self._stage.knobs.token_lifetime_s
        begins = epoch(self._stage.clock.now(), "s")
        token = self._sign(
            {
                "exp": begins + lifetime,
                "iat": begins,
                "jti": self._stage.fresh_id(32, HEX),
                "iss": "https://dev-auth.zenki.fi/auth/realms/pbw",
                "aud": "account",
                "typ": "Bearer",
                "azp": "zenki-pay"
                if generation == "legacy"
                else self._stage.config.zenki_client_id,
                "realm_access": {"roles": ["api", "api_zenkipay"]},
                "preferred_username": self._stage.config.zenki_client_id,
            }
        )
        self._issued[token] = (generation, now + lifetime)
        return token

    def _sign(self, claims: dict[str, object]) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": "sandbox"}
        text = f"{_segment(codec.dump_bytes(head))}.{_segment(codec.dump_bytes(claims))}"
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_segment(signature)}"

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
