"""Control calls for BizKitHub: what its staff do with orders and complaints."""

from __future__ import annotations

from providers.sandbox import acts, bizkithub_order_staff, bizkithub_staff, desk_views
from providers.sandbox.control_routes import Routes
from providers.sandbox.exchange import Request
from providers.sandbox.world import World


class DeskControls:
    """Turns control requests into acts of the desk's people."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Routes:
        """Method and pattern to handler."""
        return {
            ("POST", "/bizkithub/orders"): self._place_orders,
            ("GET", "/bizkithub/orders/*"): self._show_order,
            ("POST", "/bizkithub/orders/*/paid"): self._order_paid,
            ("POST", "/bizkithub/orders/*/unpaid"): self._order_unpaid,
            ("POST", "/bizkithub/orders/*/cancel"): self._order_cancel,
            ("POST", "/bizkithub/complaints"): self._file_complaint,
            ("GET", "/bizkithub/complaints"): self._list_complaints,
            ("POST", "/bizkithub/complaints/*/status"): self._complaint_status,
            ("POST", "/bizkithub/complaints/*/edit"): self._complaint_edit,
            ("POST", "/bizkithub/complaints/*/note"): self._complaint_note,
        }

    async def _place_orders(self, request: Request, _subject: str) -> object:
        batch, placed = acts.read_batch(request, bizkithub_order_staff.PlacedOrder)
        bizkithub_order_staff.check_free(self._world.bizkithub, placed)
        kept = [bizkithub_order_staff.place_order(self._world.bizkithub, order) for order in placed]
        return kept if batch else kept[0]

    async def _show_order(self, _request: Request, subject: str) -> object:
        return desk_views.order_view(
            bizkithub_order_staff.find_order(self._world.bizkithub, subject)
        )

    async def _order_paid(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_order_staff.OrderAct)
        order = bizkithub_order_staff.mark(self._world.bizkithub, subject, act, paid=True)
        return desk_views.order_view(order)

    async def _order_unpaid(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_order_staff.OrderAct)
        order = bizkithub_order_staff.mark(self._world.bizkithub, subject, act, paid=False)
        return desk_views.order_view(order)

    async def _order_cancel(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_order_staff.Cancellation)
        return desk_views.order_view(
            bizkithub_order_staff.cancel(self._world.bizkithub, subject, act)
        )

    async def _file_complaint(self, request: Request, _subject: str) -> object:
        filed = acts.read(request, bizkithub_staff.FiledComplaint)
        variants = self._world.stage.config.variants
        return {"id": bizkithub_staff.file_complaint(self._world.bizkithub, filed, variants)}

    async def _list_complaints(self, request: Request, _subject: str) -> object:
        found = bizkithub_staff.find_complaints(
            self._world.bizkithub,
            request.query.get("order_hash"),
            only_open=request.query.get("open") == "1",
        )
        return [desk_views.staff_view(complaint) for complaint in found]

    async def _complaint_status(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_staff.StatusAct)
        complaint = bizkithub_staff.act_on_status(self._world.bizkithub, subject, act)
        return desk_views.staff_view(complaint)

    async def _complaint_edit(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_staff.Edit)
        return desk_views.staff_view(bizkithub_staff.edit(self._world.bizkithub, subject, act))

    async def _complaint_note(self, request: Request, subject: str) -> object:
        act = acts.read(request, bizkithub_staff.Note)
        return desk_views.staff_view(bizkithub_staff.add_note(self._world.bizkithub, subject, act))
