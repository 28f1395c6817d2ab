"""The settings block of one chat-bot account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from providers.chat.phrases import Own, Phrases, faults_of, lacking
from providers.chat.sentences import LANGUAGES
from providers.http import check_base_url

_SHORTEST_LIVE_PASSWORD: Final = 12
_USERNAME: Final = r"^[^:\x00-\x1f\x7f]+$"


class ChatLogin(BaseModel):
    """One user name and password that the middleware may use."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(min_length=1, pattern=_USERNAME)
    password: SecretStr = Field(min_length=1)


class ChatSettings(BaseModel):
    """Who may call us and how we answer, and whom we call where the middleware is the host.

    ``other_logins`` are valid beside the first one, so that a password can be changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(min_length=1, pattern=_USERNAME, description="a name without a colon")
    password: SecretStr = Field(
        min_length=1, description="12 characters or more when the account is live"
    )
    other_logins: tuple[ChatLogin, ...] = Field(
        default=(), description="tables of username and password"
    )
    bare_headers: bool = Field(
        default=False,
        description="true takes the login from headers called username and password too",
    )
    environment: Literal["sandbox", "live"] = "live"
    window_minutes: int = Field(
        default=15,
        gt=0,
        le=24 * 60,
        description="the same words of the same person inside this time are one complaint",
    )
    languages: tuple[str, ...] = Field(
        # Without the key: all that there are sentences in.
        default=(),
        min_length=1,
        description=f"some of {', '.join(LANGUAGES)}, or of the languages of sentences",
    )
    default_language: str = Field(
        default="en", description="one of languages, for a customer who speaks none of them"
    )
    sentences: Own = Field(
        default_factory=dict,
        description="by language and key: what is said instead of our own sentence",
    )
    uid_is_email: bool = Field(
        default=False,
        description="true only if the bot has verified that its user ids are e-mails: then an"
        " order's state is told to the user with the order's e-mail",
    )
    bare_path: bool = Field(
        default=False, description="true takes the superseded path without a method name too"
    )
    host_url: str | None = Field(
        default=None, description="an https address: a middleware that hosts the calls itself"
    )
    host_username: str | None = Field(
        default=None, min_length=1, pattern=_USERNAME, description="our login at host_url"
    )
    host_password: SecretStr | None = Field(
        default=None, min_length=1, description="our login at host_url"
    )
    host_channel: str = Field(
        default="TELEGRAM",
        min_length=1,
        description="channel of a customer who didn't come by a chat",
    )
    host_languages: tuple[str, ...] = Field(
        default=("en",), min_length=1, description="language codes that host_url understands"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=6, description="the most requests to host_url in a minute; 60 when live"
    )
    requests_at_once: int = Field(
        default=2, ge=1, description="the most requests at once, of all workers together"
    )
    budget_pool: str | None = Field(
        default=None, description="accounts at one host share the budget of one name"
    )

    @property
    def allowed_per_minute(self) -> int | None:
        """Requests in any minute to the host; None: there is none to ask.

        The platform documents no limit.
        """
        if self.host_url is None:
            return None
        return self.requests_per_minute or (60 if self.environment == "live" else 6000)

    @property
    def window(self) -> timedelta:
        """``window_minutes`` as a span."""
        return timedelta(minutes=self.window_minutes)

    @property
    def logins(self) -> tuple[ChatLogin, ...]:
        """All logins that are valid now."""
        return (ChatLogin(username=self.username, password=self.password), *self.other_logins)

    @cached_property
    def phrases(self) -> Phrases:
        """What is said, in which languages."""
        return Phrases(
            languages=self.languages or tuple(dict.fromkeys((*LANGUAGES, *self.sentences))),
            default_language=self.default_language,
            own=self.sentences,
        )

    @field_validator("sentences")
    @classmethod
    def _sayable(cls, own: Own) -> Mapping[str, Mapping[str, str]]:
        faults = faults_of(own)
        if faults:
            raise ValueError("; ".join(faults))
        return own

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = set(self.languages) - {*LANGUAGES, *self.sentences}
        if unknown:
            raise ValueError(f"no sentences in: {', '.join(sorted(unknown))}")
        unspoken = set(self.sentences) - set(self.phrases.languages)
        if unspoken:
            raise ValueError(f"sentences, but not languages, has: {', '.join(sorted(unspoken))}")
        if self.default_language not in self.phrases.languages:
            raise ValueError("default_language must be one of languages")
        holes = lacking(self.sentences, self.default_language)
        if holes:
            raise ValueError(
                f"sentences.{self.default_language} must be whole to be the default_language; it"
                f" lacks: {', '.join(holes)}"
            )
        passwords = [login.password.get_secret_value() for login in self.logins]
        live = self.environment == "live"
        if live and min(map(len, passwords)) < _SHORTEST_LIVE_PASSWORD:
            raise ValueError("a live account needs passwords of 12 characters or more")
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.host_url is None:
            if self.host_username is not None or self.host_password is not None:
                raise ValueError("host_username and host_password need a host_url")
            if self.requests_per_minute is not None or self.budget_pool is not None:
                raise ValueError("requests_per_minute and budget_pool need a host_url")
            return self
        if self.host_username is None or self.host_password is None:
            raise ValueError("host_url needs host_username and host_password")
        try:
            check_base_url(self.host_url, live=self.environment == "live")
        except ValueError as error:
            raise ValueError(str(error).replace("base_url", "host_url")) from None
        return self
