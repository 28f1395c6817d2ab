"""The settings block of a BizKitHub account."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from providers.bizkithub import BizKitHubSettings
from tests.providers.bizkithub.samples import KEY


@pytest.mark.parametrize("prefix", ["PROD", "DEV_", "ROOT"])
def test_a_key_of_each_family_is_taken(prefix: str) -> None:
    """The three families that the documents name."""
    settings = BizKitHubSettings.model_validate({"api_key": prefix + "a" * 28})

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
        "PRODPGrFxpGEtrOZfuWhnoJohUYBXuOE",
    ],
)
def test_a_key_that_cannot_work_is_refused_at_load(key: str) -> None:
    """Malformed, or the decoy of the documents; and the message doesn't repeat it."""
    with pytest.raises(ValidationError) as fault:
        BizKitHubSettings.model_validate({"api_key": key})

    assert "api_key" in str(fault.value)
    assert not key or key not in str(fault.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://api.bizkithub.com"},
        {"auth_mode": "body"},
        {"variant_code": ""},
        {"read_interval": 0},
        {"paths": {"complaint_list": "/x"}},
        {"api_kye": KEY},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    """Clear text for a live account, unknown modes, unknown keys."""
    with pytest.raises(ValidationError):
        BizKitHubSettings.model_validate({"api_key": KEY, **wrong})
