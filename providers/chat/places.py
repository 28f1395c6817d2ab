"""Where the parts of a chat request may stand: the examples' place first, a flat body last.

Everything that deviates is read when it can be, and noted.  Only what can't be answered is
refused, with the status and the code of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from providers.codec import UnreadableError, identifier, loads_object

Object = Mapping[str, object]

_SAYS_NOTHING: Final[tuple[object, ...]] = (None, "", [])


class ChatRefused(Exception):
    """A request that isn't served.  ``detail`` names fields and holds nothing of the request.

    ``language`` is the request's own, or empty when it couldn't be read; ``wait`` are the
    seconds after which asking again may help.
    """

    def __init__(
        self, status: int, code: str, detail: str, language: str = "", wait: float | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.language = language
        self.wait = wait


class Places(NamedTuple):
    """The objects in which a part may stand, the documented one (``home``) first."""

    home: str
    objects: tuple[Object, ...]


class Document:
    """One request.  Raises ChatRefused (400) when it is no JSON object.

    ``notes`` are the deviations, as names of fields: nothing of the request is in them.
    """

    def __init__(self, body: bytes) -> None:
        try:
            root = loads_object(body)
        except UnreadableError as error:
            raise ChatRefused(400, "malformed_json", str(error)) from None
        conversation, query = child(root, "conversationRequest"), child(root, "queryInfo")
        parameters = child(query, "parameters")
        around = (child(parameters, "params"), parameters, query, root)
        self.user = Places(
            "conversationRequest.userInfo", (child(conversation, "userInfo"), conversation, root)
        )
        self.conversation = Places("conversationRequest", (conversation, root))
        self.query = Places("queryInfo", (query, root))
        self.top = Places("the top level", (root, query))
        self.entity = Places(
            "queryInfo.parameters.params.entityInfo",
            (*(child(place, "entityInfo") for place in around), root),
        )
        self.around = Places("queryInfo.parameters.params", around)
        self.language = ""
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted so far, each thing once."""
        return tuple(self._notes)

    def note(self, what: str) -> None:
        """Remember a deviation."""
        self._notes[what] = None

    def find(self, places: Places, *names: str) -> object:
        """The first value that says something, place by place, the documented name first."""
        for place in places.objects:
            for name in names:
                value = place.get(name)
                if value in _SAYS_NOTHING:
                    continue
                if place is not places.objects[0]:
                    self.note(f"outside {places.home}")
                if name != names[0]:
                    self.note(f"{names[0]} under another name")
                return value
        return None

    def refusal(self, status: int, code: str, detail: str) -> ChatRefused:
        """What to raise: it is answered in the request's own language."""
        return ChatRefused(status, code, detail, self.language)


def child(place: Object, name: str) -> Object:
    """The object of this name; anything else is an empty one."""
    value = place.get(name)
    return value if isinstance(value, dict) else {}


def words(value: object) -> str:
    """Text as it was written; a whole number is text too, anything else says nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return value if isinstance(value, str) else (identifier(value) or "")
