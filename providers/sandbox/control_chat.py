"""Control calls for the chat: people who complain and ask."""

from __future__ import annotations

from providers.sandbox import acts, chat
from providers.sandbox.control_routes import Routes
from providers.sandbox.exchange import Request
from providers.sandbox.world import World


class ChatControls:
    """Turns control requests into what people say in the chat."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Routes:
        """Method and pattern to handler."""
        return {
            ("POST", "/chat/raise"): self._raise,
            ("POST", "/chat/track"): self._track,
        }

    async def _raise(self, request: Request, _subject: str) -> object:
        return await self._world.chat.raise_complaint(acts.read(request, chat.Raise))

    async def _track(self, request: Request, _subject: str) -> object:
        return await self._world.chat.track(acts.read(request, chat.Track))
