"""How a provider introduces itself, and what its settings block promises."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from complaints.vocabulary import LOOKED_UP, NEEDS, Capability
from providers.registry import PROVIDERS
from tests.providers.conformance.suite import NAMES, SPECIMENS, account
from tests.providers.kinds import KINDS
from tests.providers.wire import ACCOUNT

pytestmark = pytest.mark.parametrize("name", NAMES)


def test_a_provider_introduces_itself(name: str) -> None:
    """By the name that the registry has, for the account that it was made for."""
    with account(name) as made:
        assert (made.name, made.account) == (name, ACCOUNT)
        assert made.capabilities <= frozenset(Capability)
        assert made.capabilities
        assert (Capability.WEBHOOK in made.capabilities) == bool(SPECIMENS[name].arrival)


def test_every_capability_is_explained(name: str) -> None:
    """What it can't do says why."""
    with account(name) as made:
        assert set(made.abilities) == set(Capability)
        unexplained = [c for c, one in made.abilities.items() if not one.able and not one.why]

    assert unexplained == []


def test_a_specimen_is_whole(name: str) -> None:
    """Each capability that the account has is put to the test, here and at the sandbox."""
    specimen = SPECIMENS[name]
    with account(name) as made:
        offered = {kind for kind, capability in NEEDS.items() if capability in made.capabilities}
        read = Capability.FETCH in made.capabilities

    assert set(specimen.writes) == offered
    assert (specimen.read is not None) == read
    assert specimen.said
    assert specimen.vocabularies
    assert (specimen.arrival is None) == (specimen.proof is None)
    scene = specimen.scene
    assert scene is not None or name not in PROVIDERS
    if scene is not None:
        assert set(scene.deeds) == offered
        assert (scene.records is not None) == read


def test_the_pipeline_repeats_what_the_adapter_can_repeat(name: str) -> None:
    """And nothing else: the domain's table of writes that are looked up agrees."""
    wrong = [
        kind
        for kind, write in SPECIMENS[name].writes.items()
        if write.repeatable and kind not in LOOKED_UP
    ]

    assert wrong == []


def test_the_settings_are_frozen_and_known(name: str) -> None:
    """A key that nobody knows is refused, and nothing is changed later."""
    kind = KINDS[name]
    loaded = kind.load(SPECIMENS[name].settings)

    with pytest.raises(ValidationError):
        kind.load({**SPECIMENS[name].settings, "unheard_of": 1})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded, "environment", "live")  # noqa: B010 - mypy knows that it can't
    assert loaded.model_config.get("hide_input_in_errors")


def test_each_setting_explains_itself(name: str) -> None:
    """A secret is a SecretStr, so that a path may stand in its place."""
    fields = KINDS[name].settings.model_fields

    assert "environment" in fields
    assert [
        key
        for key in fields
        if key.endswith(("_key", "password", "_secret"))
        and "SecretStr" not in str(fields[key].annotation)
    ] == []
