"""The control API under /_sim: what people, time and the network do, and a look at everything."""

from __future__ import annotations

import time

from pydantic import AwareDatetime

from providers.sandbox import acts
from providers.sandbox.acts import Act
from providers.sandbox.clock import iso
from providers.sandbox.config import SandboxConfig
from providers.sandbox.control_chat import ChatControls
from providers.sandbox.control_desk import DeskControls
from providers.sandbox.control_portal import PortalControls
from providers.sandbox.control_routes import Routes, find
from providers.sandbox.exchange import Answer, BadRequest, Request, as_json
from providers.sandbox.faults import Fault, FaultRate
from providers.sandbox.knobs import Knobs
from providers.sandbox.world import World


class SetClock(Act):
    """What time it is at the providers from now on."""

    now: AwareDatetime


class Control:
    """Turns control requests into acts on the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.routes: Routes = {
            ("POST", "/clock"): self._clock,
            ("POST", "/reset"): self._reset,
            ("POST", "/faults"): self._add_fault,
            ("GET", "/faults"): self._list_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/faults/rate"): self._set_rate,
            ("GET", "/faults/rate"): self._show_rate,
            ("GET", "/hanging"): self._list_hanging,
            ("POST", "/knobs"): self._turn_knobs,
            ("GET", "/knobs"): self._list_knobs,
            ("GET", "/world"): self._show_world,
            ("GET", "/duplicates"): self._show_duplicates,
            **DeskControls(world).routes(),
            **PortalControls(world).routes(),
            **ChatControls(world).routes(),
        }

    async def answer(self, request: Request) -> Answer:
        """Answer a control request; nonsense gets a 400 with a sentence."""
        found = find(self.routes, request.method, request.path)
        if found is None:
            return as_json(404, {"error": f"there is no control {request.method} {request.path}"})
        handler, subject = found
        try:
            return as_json(200, await handler(request, subject))
        except BadRequest as problem:
            return as_json(400, {"error": str(problem)})

    async def _clock(self, request: Request, _subject: str) -> object:
        act = acts.read(request, SetClock)
        self._world.set_clock(act.now)
        return {"now": iso(self._world.stage.clock.now())}

    async def _reset(self, _request: Request, _subject: str) -> object:
        self._world.reset()
        return self._world.duplicates()

    async def _add_fault(self, request: Request, _subject: str) -> object:
        self._world.faults.add(acts.read(request, Fault))
        return {"waiting": len(self._world.faults.waiting)}

    async def _list_faults(self, _request: Request, _subject: str) -> object:
        return [fault.model_dump(mode="json") for fault in self._world.faults.waiting]

    async def _list_hanging(self, _request: Request, _subject: str) -> object:
        now = time.monotonic()
        return [
            {"path": path, "milliseconds_left": round((until - now) * 1000)}
            for path, until in self._world.hanging.values()
        ]

    async def _clear_faults(self, _request: Request, _subject: str) -> object:
        self._world.faults.clear()
        return {"waiting": 0}

    async def _set_rate(self, request: Request, _subject: str) -> object:
        self._world.faults.set_rate(acts.read(request, FaultRate))
        return self._world.faults.rate_view()

    async def _show_rate(self, _request: Request, _subject: str) -> object:
        return self._world.faults.rate_view()

    async def _turn_knobs(self, request: Request, _subject: str) -> object:
        wanted = acts.document(request)
        if not isinstance(wanted, dict):
            raise BadRequest("knobs are given as an object of names and values")
        config = self._world.stage.config
        settings = {name: value for name, value in wanted.items() if name not in Knobs.model_fields}
        knobs = {name: value for name, value in wanted.items() if name in Knobs.model_fields}
        turned = config.knobs.model_dump() | knobs
        self._world.stage.config = acts.validated(
            SandboxConfig, config.model_dump() | settings | {"knobs": turned}
        )
        self._world.bizkithub.forget_answers()
        self._world.zenki.forget_answers()
        return await self._list_knobs(request, "")

    async def _list_knobs(self, _request: Request, _subject: str) -> object:
        return self._world.stage.knobs.model_dump(mode="json")

    async def _show_world(self, _request: Request, _subject: str) -> object:
        return self._world.view()

    async def _show_duplicates(self, _request: Request, _subject: str) -> object:
        return self._world.duplicates()
