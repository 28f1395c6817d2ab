"""The language of a chat request, in whichever of its places and spellings it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from providers.chat.places import Document

DEFAULT_LOCALE: Final = "en-US"

_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[-_][A-Za-z0-9]{2,8})*")

_CORRECTED: Final[Mapping[str, str]] = {"en-UK": "en-GB", "en": DEFAULT_LOCALE}

_AMBIGUOUS: Final = frozenset({"gr"})
"""Seen in the documents and no language: Greek or German, nobody can tell."""


def read_language(document: Document) -> tuple[str, str]:
    """The locale and its language, such as ``("en-GB", "en")``."""
    for place in document.top.objects:
        said = place.get("languageCode")
        found = _TAG.fullmatch(said.strip()) if isinstance(said, str) else None
        if found is None or found.group(1).lower() in _AMBIGUOUS:
            continue
        if place is not document.top.objects[0]:
            document.note("languageCode inside queryInfo")
        language, region = found.group(1).lower(), (found.group(2) or "").upper()
        locale = f"{language}-{region}" if region else language
        return _CORRECTED.get(locale, locale), language
    document.note(f"languageCode is missing or no language; {DEFAULT_LOCALE} assumed")
    return DEFAULT_LOCALE, "en"
