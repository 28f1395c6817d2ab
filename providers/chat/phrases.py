"""What one account says: our sentences, and the shop's own over them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Final

from pydantic import Field

from complaints.model import Record
from providers.chat.sentences import LANGUAGES, SENTENCES, WITHOUT_NUMBER, Say

Own = Mapping[str, Mapping[str, str]]
"""A shop's sentences, by language and key of `Say`."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_LONGEST: Final = 1000


class Phrases(Record):
    """Which languages are spoken, and how.

    A key that a language lacks is said in ``default_language``; it is never lacking there.
    """

    languages: tuple[str, ...] = LANGUAGES
    default_language: str = "en"
    own: Own = Field(default_factory=dict)

    def speak(self, language: str) -> str:
        """The language in which a customer is answered."""
        return language if language in self.languages else self.default_language

    def say(self, language: str, say: Say, number: str = "") -> str:
        """One sentence."""
        spoken = (self.speak(language), self.default_language)
        tables = (table.get(name, {}) for name in spoken for table in (self.own, SENTENCES))
        return next(table[say] for table in tables if say in table).format(number=number)


BUILT_IN: Final = Phrases()
"""All the languages that we have sentences in, and no shop's own."""


def faults_of(own: Own) -> list[str]:
    """What is wrong with a shop's sentences, each fault with the name of its key."""
    faults = []
    for language, sentences in own.items():
        if not _LANGUAGE.fullmatch(language):
            faults.append(f'"{language}" is no language: two or three small letters')
        for key, sentence in sentences.items():
            fault = _fault(key, sentence)
            if fault:
                faults.append(f"{language}.{key} {fault}")
    return faults


def lacking(own: Own, language: str) -> list[str]:
    """The keys for which there is no sentence in a language at all."""
    known = {*own.get(language, {}), *SENTENCES.get(language, {})}
    return [say.value for say in Say if say not in known]


def _fault(key: str, sentence: str) -> str:
    if key not in set(Say):
        return f"is no key; there are {', '.join(Say)}"
    if not sentence.strip() or len(sentence) > _LONGEST:
        return f"must have 1 to {_LONGEST} characters"
    try:
        parts = list(Formatter().parse(sentence))
    except ValueError:
        return "has a brace that opens or closes nothing (write {{ or }} for a brace)"
    holes = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    if any(hole != ("number", "", None) for hole in holes):
        return "may hold no placeholder but {number}"
    if key in {say.value for say in WITHOUT_NUMBER}:
        return "may hold no placeholder" if holes else ""
    return "" if holes else "needs its placeholder {number}"
