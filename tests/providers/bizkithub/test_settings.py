"""The settings block of a BizKitHub account."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from providers.bizkithub import BizKitHubSettings
from tests.providers.bizkithub.samples import HOOK_SECRET, KEY


def load(**raw: object) -> BizKitHubSettings:
    """Settings of a live account with a good key."""
    return BizKitHubSettings.model_validate({"api_key": KEY, **raw})


@pytest.mark.parametrize("prefix", ["PROD", "DEV_", "ROOT"])
def test_a_key_of_each_family_is_taken(prefix: str) -> None:
    """The three families that the documents name."""
    settings = load(api_key=prefix + "a" * 28)

    assert settings.api_key.get_secret_value() == prefix + "a" * 28
    assert settings.base_url == "https://api.bizkithub.com"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "DEV_short",
        "TEST" + "a" * 28,
        KEY + "0",
        KEY + "\n",
        "DEV_" + "á" * 28,
        "dev_" + KEY[4:],
    ],
)
def test_a_key_that_cannot_work_is_refused_at_load(key: str) -> None:
    """It doesn't have the form; and the message doesn't repeat it."""
    with pytest.raises(ValidationError) as fault:
        load(api_key=key)

    assert "api_key" in str(fault.value)
    assert not key or key not in str(fault.value)


def test_the_documents_sample_key_is_refused_at_load() -> None:
    """It is a decoy: well formed, printed on every page, and good for nothing."""
    sample = "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE"
    with pytest.raises(ValidationError, match="sample key") as fault:
        load(api_key=sample)

    assert sample not in str(fault.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://api.bizkithub.com"},
        {"variant_code": ""},
        {"variants": {"order": ""}},
        {"read_interval": 0},
        {"paths": {"complaint_list": "/x"}},
        {"api_kye": KEY},
        {"remedies": {"vymena": "swap"}},
        {"resolution_codes": {"swap": "vymena"}},
        {"resolution_codes": {"exchange": ""}},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    """Clear text for a live account, unknown modes, unknown keys."""
    with pytest.raises(ValidationError):
        load(**wrong)


def test_c04_there_is_no_mode_that_sends_the_key_in_a_body() -> None:
    """Query, bearer or both; the query is the default."""
    assert load().auth_mode == "query"
    with pytest.raises(ValidationError):
        load(auth_mode="body")


@pytest.mark.parametrize(
    "bff",
    [
        {"enabled": True},
        {"enabled": True, "auth": "cookie"},
        {"cookie": ""},
        {"cookie": "session=a\nX-Forged: 1"},
        {"cookie": "session=é"},
        {"cookie": " session=a"},
        {"auth": "none"},
        {"currency_ids": {"CZK": "one"}},
        {"unheard": 1},
    ],
)
def test_c03_the_admin_s_call_wants_credentials_that_can_be_sent(bff: dict[str, object]) -> None:
    """Without a cookie it isn't switched on, and one that is no header value is refused."""
    with pytest.raises(ValidationError) as fault:
        load(bff=bff)

    assert "Forged" not in str(fault.value)


def test_c03_the_admin_s_call_is_off() -> None:
    """And its cookie isn't shown."""
    settings = load(bff={"cookie": "session=made-up"})

    assert settings.bff.enabled is False
    assert load(bff={"enabled": True, "auth": "bearer"}).bff.enabled
    assert "made-up" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"notification_url": "http://hooks.example.org/hooks/a"},
        {"notification_url": "hooks.example.org"},
        {"notification_url": "https://user:pass@hooks.example.org/"},
        {"notification_url": "https://hooks.example.org/?a=b"},
        {"notification_secret": "x" * 15},
    ],
)
def test_an_address_that_can_not_be_kept_secret_is_refused(wrong: dict[str, str]) -> None:
    """The token in it travels with each notification, and a short secret can be guessed."""
    with pytest.raises(ValidationError) as fault:
        load(**wrong)

    assert "hooks.example.org" not in str(fault.value)
    assert "x" * 15 not in str(fault.value)


def test_c15_a_live_account_asks_for_little() -> None:
    """Ten requests a minute and four writes to one record: far below the lowest of four texts."""
    live, sandbox = load(), load(environment="sandbox", base_url="http://127.0.0.1:9")

    assert (live.allowed_per_minute, live.writes_allowed) == (10, 4)
    assert (sandbox.allowed_per_minute, sandbox.writes_allowed) == (6000, 0)
    assert load(requests_per_minute=60, writes_per_record=2).allowed_per_minute == 60


def test_c18_all_calls_are_those_of_version_one() -> None:
    """An article announces its end; every page that is real is of it."""
    paths = load().paths.model_dump()
    ping = paths.pop("ping")

    assert ping == "/ping/v1"
    assert {path[: len("/api/v1/shop/")] for path in paths.values()} == {"/api/v1/shop/"}


def test_a_switch_is_off_until_a_person_turns_it() -> None:
    """What sends more, cancels or isn't listed in public."""
    settings = load(notification_secret=HOOK_SECRET)
    switches = [name for name in BizKitHubSettings.model_fields if name.startswith("send_")]

    assert len(switches) == 5
    assert not any(getattr(settings, name) for name in (*switches, "storno", "follow_orders"))
    assert not settings.notified
