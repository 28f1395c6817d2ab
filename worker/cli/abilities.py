"""What `redress accounts` shows: who each account is, how often it is read, what it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from complaints.vocabulary import Capability
from worker.cli.screens import span, standing, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.pacing import Pace
    from complaints.ports import Ability
    from complaints.store.screens import Overview
    from complaints.vocabulary import AccountName
    from worker.settings import Account


def who_table(
    accounts: Mapping[AccountName, Account],
    overview: Overview,
    paces: Mapping[AccountName, Pace],
) -> Table:
    """All accounts of the settings with what they belong to and how often they are read."""
    made = table("account", "provider", "shop", "environment", "reads", "state")
    lines = {line.name: line for line in overview.accounts}
    for name, account in accounts.items():
        state = standing(account, lines.get(name))
        style = "" if account.sandbox else "yellow"
        environment = Text(account.environment, style)
        text = Text(state.text, state.style)
        reads = _reads(paces.get(name))
        made.add_row(name, account.provider, account.shop, environment, reads, text)
    return made


def _reads(pace: Pace | None) -> Text:
    if pace is None:
        return Text("-")
    every = f"every {span(pace.interval)}"
    return Text(f"{every}: budget too small", "yellow") if pace.slowed else Text(every)


def slowed(paces: Mapping[AccountName, Pace]) -> list[Text]:
    """A warning for each account that is read less often than wished."""
    return [
        Text(
            f"{name}: running cases are read every {span(pace.interval)}, for the budget leaves"
            f" {pace.possible:.0f} reads a minute and {pace.wished:.0f} are wished",
            "yellow",
        )
        for name, pace in paces.items()
        if pace.slowed
    ]


def matrix(abilities: Mapping[AccountName, Mapping[Capability, Ability]]) -> Table:
    """Capability by account: yes, off where a switch of the settings would do it, else no."""
    made = table("can", *abilities)
    for capability in Capability:
        cells = [_cell(known.get(capability)) for known in abilities.values()]
        made.add_row(capability, *cells)
    return made


def _cell(ability: Ability | None) -> Text:
    if ability is not None and ability.able:
        return Text("yes", "green")
    return Text("off", "yellow") if ability is not None and ability.switch else Text("no", "dim")


def reasons(abilities: Mapping[AccountName, Mapping[Capability, Ability]]) -> Table:
    """Why each account can't do what it can't, and the key that would switch it on."""
    made = table("account", "can't", "why")
    for name, known in abilities.items():
        for capability, ability in known.items():
            if not ability.able:
                cure = f" (set {ability.switch})" if ability.switch else ""
                made.add_row(name, capability, f"{ability.why}{cure}")
    return made


def accounts_json(
    accounts: Mapping[AccountName, Account],
    overview: Overview,
    paces: Mapping[AccountName, Pace],
    abilities: Mapping[AccountName, Mapping[Capability, Ability]],
) -> list[dict[str, Any]]:
    """The same for machines; intervals are seconds."""
    lines = {line.name: line for line in overview.accounts}
    return [
        {
            "name": name,
            "provider": account.provider,
            "shop": account.shop,
            "environment": account.environment,
            "state": standing(account, lines.get(name)).text,
            "read_every": paces[name].interval.total_seconds() if name in paces else None,
            "read_less_than_wished": paces[name].slowed if name in paces else None,
            "abilities": {
                capability: ability.model_dump() for capability, ability in abilities[name].items()
            },
        }
        for name, account in accounts.items()
    ]
