"""The settings block of a Zenki account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from providers.zenki import ZenkiSettings
from tests.providers.zenki.samples import OLD_SECRET, SECRET, rsa_pem

LEAST = {"client_id": "cid-4411", "client_secret": "not-a-real-secret"}
END = datetime(2026, 12, 1, tzinfo=UTC)


def _load(**more: object) -> ZenkiSettings:
    return ZenkiSettings.model_validate({**LEAST, **more})


def test_d17_nothing_is_written_by_default() -> None:
    """The real host, the current grant, and every switch off."""
    settings = _load()

    assert settings.base_url == "https://api.zenki.fi"
    assert (settings.auth_mode, settings.dispute_auth_mode) == ("oauth_v1", None)
    assert (settings.dispute_body, settings.tracking_body) == ("multipart", "object")
    assert not any(
        (
            settings.dispute_create,
            settings.refund,
            settings.order_create,
            settings.order_edit,
            settings.shipping,
            settings.list_orders,
            settings.webhook_secrets,
            settings.webhook_rsa_key,
        )
    )


@pytest.mark.parametrize(
    ("written", "until"),
    [
        (OLD_SECRET, None),
        ({"secret": OLD_SECRET}, None),
        ({"secret": OLD_SECRET, "until": END}, END),
        ({"secret": OLD_SECRET, "until": "2026-12-01T00:00:00Z"}, END),
        ({"secret": OLD_SECRET, "until": END.astimezone(timezone(timedelta(hours=2)))}, END),
    ],
)
def test_z19_a_secret_stands_alone_or_has_an_end(written: object, until: datetime | None) -> None:
    """Both kinds beside one another."""
    first, second = _load(webhook_secrets=[SECRET, written]).webhook_secrets

    assert (first.secret.get_secret_value(), first.until) == (SECRET, None)
    assert (second.secret.get_secret_value(), second.until) == (OLD_SECRET, until)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"base_url": "http://api.zenki.fi"}, "base_url"),
        ({"base_url": "https://user:hunter2@api.zenki.fi"}, "base_url"),
        ({"auth_mode": "basic"}, "auth_mode"),
        ({"dispute_auth_mode": "basic"}, "dispute_auth_mode"),
        ({"accept": "text/html"}, "accept"),
        ({"accept_language": "en us"}, "accept_language"),
        ({"plugin_id": "a b"}, "plugin_id"),
        ({"webhook_secrets": ["whsec_short"]}, "webhook_secrets"),
        ({"webhook_secrets": [{"secret": "whsec_***"}]}, "webhook_secrets"),
        ({"webhook_secrets": [{"until": END}]}, "webhook_secrets.0.secret"),
        (
            {"webhook_secrets": [{"secret": SECRET, "until": datetime(2026, 12, 1)}]},  # noqa: DTZ001 - the fault
            "webhook_secrets.0.until",
        ),
        ({"webhook_secrets": [{"secret": SECRET, "ends": END}]}, "webhook_secrets.0.ends"),
        ({"webhook_rsa_key": "not-a-key"}, "webhook_rsa_key"),
        ({"webhook_rsa_key": rsa_pem()[:300]}, "webhook_rsa_key"),
        ({"list_query": {"orders": 0}}, "list_query.orders"),
        ({"paths": {"dispute": "/x"}}, "paths.dispute"),
        ({"refunds": True}, "refunds"),
    ],
)
def test_z06_nonsense_is_refused(wrong: dict[str, object], key: str) -> None:
    """With the key's name and without its value."""
    with pytest.raises(ValidationError) as fault:
        _load(**wrong)
    (row,) = fault.value.errors(include_url=False, include_input=False)

    assert ".".join(map(str, row["loc"])) in {key, ""}
    assert key.partition(".")[0] in str(fault.value)
    for secret in (SECRET, "hunter2", "whsec_short", rsa_pem()[40:80]):
        assert secret not in str(fault.value)


def test_z06_a_sandbox_is_asked_more_often_than_a_host() -> None:
    """A budget of one's own outranks both."""
    local = {"environment": "sandbox", "base_url": "http://127.0.0.1:9"}

    assert _load().allowed_per_minute == 60
    assert _load(**local).allowed_per_minute > 600
    assert _load(**local, requests_per_minute=6).allowed_per_minute == 6
