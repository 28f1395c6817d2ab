"""Each word that a provider's document lists is mapped, or listed as ignored."""

from __future__ import annotations

import pytest

from tests.providers.conformance.suite import NAMES, SPECIMENS
from tests.providers.specimen import Vocabulary

_NEVER_HEARD = "NEVER_HEARD_OF"

_VOCABULARIES = [
    pytest.param(vocabulary, id=f"{name} {vocabulary.name}")
    for name in NAMES
    for vocabulary in SPECIMENS[name].vocabularies
]

pytestmark = pytest.mark.parametrize("vocabulary", _VOCABULARIES)


def test_each_documented_word_is_mapped_or_ignored(vocabulary: Vocabulary) -> None:
    """A word in neither means the same as one that nobody has heard of."""
    unheard = vocabulary.means(_NEVER_HEARD)
    lost = [
        word
        for word in vocabulary.words
        if word not in vocabulary.ignored and vocabulary.means(word) == unheard
    ]

    assert vocabulary.words
    assert lost == []


def test_what_is_ignored_is_a_documented_word_and_is_ignored(vocabulary: Vocabulary) -> None:
    """The list of ignored words tells the truth, and why."""
    unheard = vocabulary.means(_NEVER_HEARD)

    assert vocabulary.ignored <= set(vocabulary.words)
    assert bool(vocabulary.ignored) == bool(vocabulary.why)
    assert [word for word in vocabulary.ignored if vocabulary.means(word) != unheard] == []
