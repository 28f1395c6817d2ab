"""The providers that are asked what every provider promises: those there are, and one more.

The one more lives in the tests alone: it shows that a provider needs no more than its own
folder, a line in the table, and a specimen.
"""

from __future__ import annotations

from typing import Final

from providers.registry import PROVIDERS, Kinds
from tests.providers.paperdesk import PAPERDESK

KINDS: Final[Kinds] = {**PROVIDERS, "paperdesk": PAPERDESK}
"""By the name that an account's ``provider`` key has."""
