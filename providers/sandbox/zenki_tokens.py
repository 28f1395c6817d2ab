"""Zenki's two token calls; what they issue is a Keycloak-like RS256 JWT, opaque to clients."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens: its generation's calls, on the sandbox or the live book, for a while."""

    generation: Generation
    live: bool
    until: float


class Tokens:
    """Issues tokens and knows which are in force; life runs on the machine's own clock."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._issued: dict[str, Grant] = {}

    def find(self, token: str | None, generation: Generation) -> Grant | None:
        """The grant behind a bearer token, None when it doesn't open that generation's calls."""
        grant = self._issued.get(token or "")
        if grant is None or grant.until <= time.monotonic():
            return None
        crosses = grant.generation == generation or self._stage.knobs.tokens_cross
        return grant if crosses else None

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
        return self._answer("pay", body["clientId"], body["clientSecret"])

    def legacy(self, request: Request) -> Answer:
        """POST /auth/, the password grant."""
        if request.media_type != "application/x-www-form-urlencoded":
            return _BAD_REQUEST
        body = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if body.get("grant_type") != "password":
            return _BAD_GRANT
        if body.get("client_id", _LEGACY_CLIENT) != _LEGACY_CLIENT:
            return _BAD_IDENTITY
        return self._answer("legacy", body.get("username"), body.get("password"))

    def _answer(self, generation: Generation, client: object, secret: object) -> Answer:
        config = self._stage.config
        if (client, secret) == (config.zenki_client_id, config.zenki_client_secret):
            token = self._issue(generation, config.zenki_client_id, live=False)
        elif (client, secret) == (config.zenki_live_client_id, config.zenki_live_client_secret):
            token = self._issue(generation, config.zenki_live_client_id, live=True)
        else:
            return _BAD_IDENTITY
        return as_json(200, self._reply(generation, token))

    def _reply(self, generation: Generation, token: str) -> dict[str, object]:
        """The members in the casing of that generation, unless a knob asks for another."""
        knobs = self._stage.knobs
        own = "camel" if generation == "pay" else "snake"
        casing = own if knobs.token_reply == "own" else knobs.token_reply
        reply: dict[str, object] = {}
        if casing in {"camel", "both"}:
            reply |= {"accessToken": token, "tokenType": "Bearer"}
            reply |= {"expiresIn": knobs.token_lifetime_s} if knobs.token_tells_lifetime else {}
            if knobs.undefined_fields:
                reply |= {"refreshToken": "", "refreshExpiresIn": 0, "scope": "profile email"}
        if casing in {"snake", "both"}:
            odd = knobs.token_types == "scrambled"
            reply |= {"access_token": token}
            reply |= {"expires_in": knobs.token_lifetime_s} if knobs.token_tells_lifetime else {}
            reply |= {
                "refresh_expires_in": "0" if odd else 0,
                "token_type": 0 if odd else "Bearer",
                "not-before-policy": 0,
                "session_state": 0 if odd else self._stage.fresh_id(32, HEX),
                "scope": "profile email",
            }
        return reply

    def _issue(self, generation: Generation, client: str, *, live: bool) -> str:
        now = time.monotonic()
        self._issued = {token: kept for token, kept in self._issued.items() if kept.until > now}
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
                "azp": "zenki-pay" if generation == "legacy" else client,
                "realm_access": {"roles": ["api", "api_zenkipay"]},
                "preferred_username": client,
            }
        )
        self._issued[token] = Grant(generation, live, now + lifetime)
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
