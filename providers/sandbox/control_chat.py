"""Control calls for the chat: people who complain and ask, and a middleware that hosts."""

from __future__ import annotations

from providers.sandbox import acts, chat_contract, chat_variants
from providers.sandbox.chat_body import Ask, Raise, Track
from providers.sandbox.chat_host import HostedStatus
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
            ("POST", "/chat/ask"): self._ask,
            ("GET", "/chat/variants"): self._list_variants,
            ("POST", "/chat/contract"): self._check_contract,
            ("POST", "/chat/complaints/*/status"): self._move_hosted,
        }

    async def _raise(self, request: Request, _subject: str) -> object:
        return await self._world.chat.raise_complaint(acts.read(request, Raise))

    async def _track(self, request: Request, _subject: str) -> object:
        return await self._world.chat.track(acts.read(request, Track))

    async def _ask(self, request: Request, _subject: str) -> object:
        return await self._world.chat.ask(acts.read(request, Ask))

    async def _list_variants(self, _request: Request, _subject: str) -> object:
        return chat_variants.listed()

    async def _check_contract(self, request: Request, _subject: str) -> object:
        act = acts.read(request, chat_contract.ContractAct)
        contract = chat_contract.Contract(self._world.stage, self._world.chat, act)
        return chat_contract.view(await contract.run())

    async def _move_hosted(self, request: Request, subject: str) -> object:
        moved = self._world.chat_host.move(subject, acts.read(request, HostedStatus))
        return {"id": moved.id, "state": moved.state}
