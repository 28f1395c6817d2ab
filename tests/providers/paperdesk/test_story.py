"""Paperdesk in the real flow: settings, wiring, steps, budget and store, none of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from complaints import flow
from complaints.flow import Deps, ImportRow
from complaints.store.screens import CaseView
from complaints.vocabulary import AccountName, ComplaintNumber
from providers.imports import IMPORT_COMPLAINT, import_body
from tests.providers.kinds import KINDS
from tests.providers.paperdesk.desk import TOKEN, Desk
from tests.worker.serving import served
from worker import app as celery_module
from worker.settings import load
from worker.wiring import Wiring, allowances, paces

pytestmark = pytest.mark.story

NORTH, SOUTH = AccountName("north"), AccountName("south")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
_ROUNDS = 50


class House:
    """One shop with two desks of Paperdesk's, one of which knows a case."""

    def __init__(self, deps: Deps, clock: Path, desks: dict[AccountName, Desk]) -> None:
        self.deps = deps
        self.desks = desks
        self._clock = clock
        self.wait(timedelta(0))

    def wait(self, time: timedelta) -> None:
        """Let so much time pass; then run all steps until rest."""
        said = self._clock.read_text(encoding="ascii")
        self._clock.write_text((datetime.fromisoformat(said) + time).isoformat(), encoding="ascii")
        for _ in range(_ROUNDS):
            if not sum(step(self.deps) for step in flow.STEPS.values()):
                return
        raise AssertionError("the steps never come to rest")

    def case(self, number: ComplaintNumber) -> CaseView:
        """One complaint."""
        found = self.deps.store.case(number)
        assert found is not None
        return found


@pytest.fixture
def house(database_url: str, empty_broker_url: str, tmp_path: Path) -> Iterator[House]:
    """Everything wired by the settings, over HTTP on this machine."""
    desks = {NORTH: Desk(), SOUTH: Desk()}
    clock = tmp_path / "clock"
    clock.write_text(BEGIN.isoformat(), encoding="ascii")
    with served(desks[NORTH].app) as north, served(desks[SOUTH].app) as south:
        file = tmp_path / "redress.toml"
        lines = [f'database_url = "{database_url}"', f'broker_url = "{empty_broker_url}"']
        lines += ['story_clock = "clock"', "[shops.cz]", 'timezone = "Europe/Prague"']
        lines += ['authority = ["paperdesk"]']
        for name, port in ((NORTH, north), (SOUTH, south)):
            lines += [f"[accounts.{name}]", 'provider = "paperdesk"', 'shop = "cz"']
            lines += ['environment = "sandbox"', f'base_url = "http://127.0.0.1:{port}"']
            lines += ['desk_key_file = "token"']
        file.write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / "token").write_text(TOKEN, encoding="ascii")
        settings = load(file, {}, {name: kind.settings for name, kind in KINDS.items()})
        wired = Wiring.build(settings, celery_module.create(settings, empty_broker_url), KINDS)
        try:
            assert set(allowances(settings)) == {NORTH, SOUTH}
            assert set(paces(settings, wired.deps.store, wired.deps.providers, KINDS)) == set(desks)
            yield House(wired.deps, clock, desks)
        finally:
            wired.close()


def test_a_case_of_the_fourth_provider_becomes_a_complaint_and_goes_out(house: House) -> None:
    """Read at one desk, filed at the other, decided at the first and told to the second; once."""
    case = house.desks[NORTH].file("The lamp flickers.", name="Eva", order="26000412")
    body = import_body({"complaint_id": case}, acts=True)
    flow.import_rows(house.deps, NORTH, [ImportRow(case, IMPORT_COMPLAINT, None, body)])
    house.wait(timedelta(minutes=1))

    ((copy, filed),) = house.desks[SOUTH].cases.items()
    number = ComplaintNumber(filed["reference"])
    assert (filed["text"], filed["order"]) == ("The lamp flickers.", "26000412")
    assert house.case(number).status == "new"

    house.desks[NORTH].cases[case]["state"] = "checking"
    house.wait(timedelta(hours=1))
    assert house.desks[SOUTH].cases[copy]["state"] == "checking"

    house.desks[SOUTH].cases[copy]["state"] = "accepted"
    house.wait(timedelta(hours=1))
    assert house.desks[NORTH].cases[case]["state"] == "accepted"
    assert (house.case(number).status, house.case(number).outcome) == ("resolved", "upheld")

    house.wait(timedelta(days=1))
    asked = [call for desk in house.desks.values() for call in desk.asked]
    assert [call for call in asked if call[0] == "POST"] == [("POST", "/cases")]
    assert len([call for call in asked if call[0] == "PUT"]) == 2
