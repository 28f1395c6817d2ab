"""Sentences as a table that a shop can extend."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from providers.chat.sentences import LANGUAGES, SENTENCES, WITHOUT_NUMBER, Say
from tests.providers.chat.samples import settings

FRENCH = {
    say.value: f"Phrase {say.value}." if say in WITHOUT_NUMBER else f"{say.value}: {{number}}"
    for say in Say
}


def _fault(**more: object) -> str:
    with pytest.raises(ValidationError) as fault:
        settings(**more)
    return str(fault.value)


def test_the_languages_are_the_five_of_our_shops() -> None:
    """Czech, English, German, Portuguese and Slovak."""
    assert sorted(LANGUAGES) == ["cs", "de", "en", "pt", "sk"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_sentences(language: str) -> None:
    """None is missing, none has a hole that nobody fills, and no two are the same."""
    sentences = SENTENCES[language]
    assert set(sentences) == set(Say)
    for say, sentence in sentences.items():
        assert re.findall(r"[{].*?[}]", sentence) == ([] if say in WITHOUT_NUMBER else ["{number}"])
    assert len(set(sentences.values())) == len(Say)


def test_a_shop_says_a_thing_in_its_own_words() -> None:
    """One sentence of one language; the others stay ours."""
    own = settings(sentences={"en": {"open": "Hang on, {number} is on its way."}}).phrases

    assert own.say("en", Say.OPEN, "7") == "Hang on, 7 is on its way."
    assert own.say("en", Say.NEW, "7") == "Complaint 7 has been received."
    assert "7" in own.say("cs", Say.OPEN, "7")


def test_a_shop_adds_a_language() -> None:
    """It is spoken from then on, without being named again."""
    own = settings(sentences={"fr": FRENCH}).phrases

    assert own.languages == (*LANGUAGES, "fr")
    assert own.say("fr", Say.OPEN, "7") == "open: 7"
    assert own.say("fr", Say.BUSY) == "Phrase busy."


def test_what_a_language_lacks_is_said_in_the_default_language() -> None:
    """Key by key; the shop's own words of that language first."""
    own = settings(
        default_language="de",
        sentences={"fr": {"open": "En cours: {number}"}, "de": {"new": "Da: {number}"}},
    ).phrases

    assert own.say("fr", Say.OPEN, "7") == "En cours: 7"
    assert own.say("fr", Say.NEW, "7") == "Da: 7"
    assert own.say("fr", Say.CLOSED, "7") == "Die Reklamation 7 ist abgeschlossen."


def test_a_default_language_must_be_whole() -> None:
    """Then nothing is ever unsayable; the message names what lacks."""
    whole = settings(sentences={"fr": FRENCH}, default_language="fr", languages=["fr"]).phrases
    assert whole.say("xx", Say.NOT_FOUND) == "Phrase not_found."

    partly = {key: sentence for key, sentence in FRENCH.items() if key not in {"busy", "new"}}
    fault = _fault(sentences={"fr": partly}, default_language="fr")
    assert "sentences.fr must be whole to be the default_language; it lacks: busy, new" in fault


@pytest.mark.parametrize(
    ("key", "sentence", "words"),
    [
        ("opened", "x {number}", "en.opened is no key; there are taken, "),
        ("open", "No number.", "en.open needs its placeholder {number}"),
        ("order_paid", "No number.", "en.order_paid needs its placeholder {number}"),
        ("not_found", "{number}", "en.not_found may hold no placeholder"),
        ("order_not_told", "No {number}", "en.order_not_told may hold no placeholder"),
        ("open", "{number} {name}", "en.open may hold no placeholder but {number}"),
        ("open", "{}", "en.open may hold no placeholder but {number}"),
        ("open", "{number!r}", "en.open may hold no placeholder but {number}"),
        ("open", "{number:>99999}", "en.open may hold no placeholder but {number}"),
        ("open", "{number.__class__}", "en.open may hold no placeholder but {number}"),
        ("open", "{number", "en.open has a brace that opens or closes nothing"),
        ("open", "number}", "en.open has a brace that opens or closes nothing"),
        ("busy", " ", "en.busy must have 1 to 1000 characters"),
        ("busy", "x" * 1001, "en.busy must have 1 to 1000 characters"),
    ],
)
def test_a_sentence_that_cant_be_said_is_refused(key: str, sentence: str, words: str) -> None:
    """When the settings are read, with the name of its key."""
    assert words in _fault(sentences={"en": {key: sentence}})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sentences": {"FR": {}}}, '"FR" is no language: two or three small letters'),
        ({"sentences": {"pt-BR": {}}}, '"pt-BR" is no language'),
        ({"sentences": {"fr": {}}, "languages": ["en"]}, "sentences, but not languages, has: fr"),
        ({"languages": ["en", "fr"]}, "no sentences in: fr"),
        ({"sentences": {"en": {"open": 7}}}, "valid string"),
    ],
)
def test_a_language_that_cant_be_spoken_is_refused(more: dict[str, object], words: str) -> None:
    """Its name, and what speaks against it."""
    assert words in _fault(**more)


def test_all_faults_of_the_sentences_are_told_at_once() -> None:
    """Nobody has to load the settings once for each."""
    fault = _fault(sentences={"en": {"open": "x", "shut": "y"}, "X": {}})

    assert all(words in fault for words in ("en.open needs", "en.shut is no key", '"X" is no'))


def test_a_brace_can_be_said() -> None:
    """Written twice."""
    own = settings(sentences={"en": {"busy": "Later {{please}}"}}).phrases

    assert own.say("en", Say.BUSY) == "Later {please}"
