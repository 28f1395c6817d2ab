"""What the composition root makes of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from complaints.vocabulary import AccountName
from providers.budget import Allowance
from providers.shelf import OwnShelf, RedisShelf
from worker.settings import load
from worker.wiring import allowances, redis_client, token_shelf

NOBODY = "redis://127.0.0.1:9/0"


@pytest.mark.parametrize(("lease", "least"), [(300, 10.0), (3, 1.0), (1, 0.1)])
def test_who_waits_does_so_within_the_lease(tmp_path: Path, lease: int, least: float) -> None:
    """Others are held off for a part of a lease at most; without a key nothing is shared."""
    file = tmp_path / "redress.toml"
    file.write_text(f"[sweep]\nlease_seconds = {lease}\n", encoding="utf-8")
    with redis_client(NOBODY) as nobody:
        alone = token_shelf(load(file, {}), nobody)
        shared = token_shelf(load(file, {"REDRESS_TOKEN_KEY": "k" * 32}), nobody)

    assert isinstance(alone, OwnShelf)
    assert isinstance(shared, RedisShelf)
    assert least <= shared._lock_seconds < lease


BOTS = """
[shops.cz]
timezone = "Europe/Prague"

[accounts.cz-bot]
provider = "chat"
shop = "cz"
environment = "live"
username = "bot"
password = "secret-of-the-bot"
"""

HOSTED = """
host_url = "https://chat.example.org"
host_username = "redress"
host_password = "secret-at-the-host"
"""


def test_a_chat_that_is_called_has_a_budget(tmp_path: Path) -> None:
    """Only one whose makers are the host; several at one host may share."""
    file = tmp_path / "redress.toml"
    bot = AccountName("cz-bot")
    file.write_text(BOTS, encoding="utf-8")
    assert allowances(load(file, {})) == {}

    file.write_text(BOTS + HOSTED, encoding="utf-8")
    assert allowances(load(file, {})) == {bot: Allowance(per_minute=60, pool="cz-bot")}
    file.write_text(
        f'{BOTS}{HOSTED}requests_per_minute = 30\nbudget_pool = "host"\n', encoding="utf-8"
    )
    assert allowances(load(file, {})) == {bot: Allowance(per_minute=30, pool="host")}
