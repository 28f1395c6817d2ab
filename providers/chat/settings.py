"""The settings block of one chat-bot account."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from providers.chat.sentences import LANGUAGES

BASE_PATH: Final = "/api/rest/v1/ecom/integrations"
RAISE_PATH: Final = f"{BASE_PATH}/raiseComplaintsAgainstOrder"
TRACK_PATH: Final = f"{BASE_PATH}/getComplaintsTrackingDetails"

_SHORTEST_LIVE_PASSWORD: Final = 12


class ChatLogin(BaseModel):
    """One user name and password that the middleware may use."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(min_length=1, pattern=r"^[^:\x00-\x1f\x7f]+$")
    password: SecretStr = Field(min_length=1)


class ChatSettings(BaseModel):
    """Who may call us and how we answer.

    ``other_logins`` are valid beside the first one, so that a password can be changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(
        min_length=1, pattern=r"^[^:\x00-\x1f\x7f]+$", description="a name without a colon"
    )
    password: SecretStr = Field(
        min_length=1, description="12 characters or more when the account is live"
    )
    other_logins: tuple[ChatLogin, ...] = Field(
        default=(), description="tables of username and password"
    )
    environment: Literal["sandbox", "live"] = "live"
    window_minutes: int = Field(
        default=15,
        gt=0,
        le=24 * 60,
        description="the same words of the same person inside this time are one complaint",
    )
    languages: tuple[str, ...] = Field(
        default=LANGUAGES, min_length=1, description=f"some of {', '.join(LANGUAGES)}"
    )
    default_language: str = Field(
        default="en", description="one of languages, for a customer who speaks none of them"
    )
    bare_path: bool = Field(
        default=False, description="true takes the superseded path without a method name too"
    )

    @property
    def window(self) -> timedelta:
        """``window_minutes`` as a span."""
        return timedelta(minutes=self.window_minutes)

    @property
    def logins(self) -> tuple[ChatLogin, ...]:
        """All logins that are valid now."""
        return (ChatLogin(username=self.username, password=self.password), *self.other_logins)

    def speak(self, language: str) -> str:
        """The language in which a customer is answered."""
        return language if language in self.languages else self.default_language

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = set(self.languages) - set(LANGUAGES)
        if unknown:
            raise ValueError(f"no sentences in: {', '.join(sorted(unknown))}")
        if self.default_language not in self.languages:
            raise ValueError("default_language must be one of languages")
        passwords = [login.password.get_secret_value() for login in self.logins]
        live = self.environment == "live"
        if live and min(map(len, passwords)) < _SHORTEST_LIVE_PASSWORD:
            raise ValueError("a live account needs passwords of 12 characters or more")
        return self
