"""Settings of the sandbox: credentials it accepts, addresses it calls, and its knobs at start."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import BaseModel, ConfigDict, Field, field_validator

from providers.sandbox.knobs import Knobs

DEMO_KEY = "DEV_0000000000000000000000000000"
DEMO_SESSION = "session-demo"
DEMO_WEBHOOK_SECRET = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAx"


class OrderListNames(BaseModel):
    """Names of the query of Zenki's order list; none is documented, so all are inferred."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page_size: str = "pageSize"
    page_number: str = "pageNumber"
    status: str = "status"
    date_from: str = "fromDate"
    date_to: str = "toDate"
    order_id: str = "orderId"
    shopper_email: str = "shopperEmail"


class SandboxConfig(BaseModel):
    """What differs from one shop to the next; README.md tells the meaning of each member."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # BizKitHub. An empty list of codes means that any code is taken.
    bizkithub_api_key: str = Field(default=DEMO_KEY, pattern=r"^(PROD|DEV_|ROOT)[A-Za-z0-9]{28}$")
    bizkithub_session: str = Field(default=DEMO_SESSION, min_length=1)
    bizkithub_session_cookie: str = Field(default="session", min_length=1)
    variants: tuple[str, ...] = ("reklamace", "vraceni", "vymena")
    inactive_variants: tuple[str, ...] = ()
    resolution_methods: tuple[str, ...] = ()
    currency_ids: Mapping[int, str] = {1: "CZK", 2: "EUR", 3: "USD"}
    products: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    vouchers: Mapping[str, Decimal] = {}
    banned_emails: tuple[str, ...] = ()
    notification_hosts: tuple[str, ...] = ("127.0.0.1", "::1", "localhost")

    # Zenki
    zenki_client_id: str = "cid-demo"
    zenki_client_secret: str = "secret-demo"
    zenki_live_client_id: str = "cid-live"
    zenki_live_client_secret: str = "secret-live"
    zenki_webhook_url: str | None = None
    zenki_webhook_secret: str = DEMO_WEBHOOK_SECRET
    zenki_webhook_public_key: str | None = None
    zenki_webhook_headers: Mapping[str, str] = {}
    order_list_names: OrderListNames = OrderListNames()
    crypto_rate: Decimal = Field(default=Decimal("34397.2"), gt=0)
    usd_rate: Decimal = Field(default=Decimal("0.049"), gt=0)

    # Chat
    chat_url: str | None = None
    chat_username: str = "bot-demo"
    chat_password: str = "bot-secret-demo"

    seed: int | None = None
    knobs: Knobs = Knobs()

    @field_validator("zenki_webhook_public_key")
    @classmethod
    def _is_public_key(cls, pem: str | None) -> str | None:
        if pem is not None and not isinstance(
            load_pem_public_key(pem.encode("ascii", "replace")), rsa.RSAPublicKey
        ):
            raise ValueError("must be the PEM of an RSA public key")
        return pem
