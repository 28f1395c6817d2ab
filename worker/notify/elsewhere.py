"""Whatever else Apprise can tell: chats, pagers, push services, by one address.

Apprise says whether it could tell, not why: a failure is taken for one, and the next time is
marked as a possible repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.notifying import Unreachable
from worker.notify.letters import letter
from worker.notify.mail import of_interest

if TYPE_CHECKING:
    from pydantic import SecretStr

    from complaints.store.notices import Notice


class Elsewhere:
    """One address of Apprise's."""

    def __init__(self, name: str, url: SecretStr, shops: tuple[str, ...]) -> None:
        self._name = name
        self._url = url
        self._shops = shops

    def wants(self, notice: Notice) -> bool:
        """What concerns a shop goes to those who hear of it."""
        return of_interest(notice, self._name, self._shops)

    def tell(self, notice: Notice) -> None:
        """Hand a notice to the service.  Raises Unreachable."""
        from apprise import Apprise  # noqa: PLC0415 - slow to import, and often not needed

        service = Apprise()
        if not service.add(self._url.get_secret_value()):
            raise Unreachable("Apprise doesn't know this kind of address")
        words = letter(notice)
        if not service.notify(title=words.subject, body=words.text):
            raise Unreachable("the service couldn't be told")
