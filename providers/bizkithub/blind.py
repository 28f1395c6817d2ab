"""What BizKitHub's public API can't show, as data."""

from __future__ import annotations

from typing import Final

from complaints.blind import Blindness, Estimate, Spot
from providers.bizkithub.reading import NOT_VISIBLE

BLINDNESS: Final = Blindness(
    spots=(
        Spot(
            name="cases-at-the-desk",
            text="cases opened at the desk and not imported",
            source="API v1 pages of complaint: create, detail by id, set-status; no list",
        ),
        Spot(
            name="between-reads",
            text="complaints whose changes show at the next read",
            source="complaint/create, flow: create, then read the detail; no webhook is named",
            estimate=Estimate.FOLLOWED,
        ),
        Spot(
            name="no-longer-read",
            text="complaints no longer read: what follows is unseen",
            source="complaint/detail: by id only",
            estimate=Estimate.NO_LONGER_READ,
        ),
        Spot(
            name="no-due-date",
            text="running complaints without the desk's due date",
            source="complaint/detail, response: no dueDate",
            estimate=Estimate.NO_DUE_DATE,
        ),
        Spot(
            name="files-at-the-desk",
            text="files that staff add at the desk",
            source="complaint/detail, response: no attachments",
        ),
        Spot(
            name="order-labels",
            text="orders whose status is a label without a code",
            source="order/detail, response: status.label",
            estimate=Estimate.ORDERS_LABELLED,
        ),
    ),
    gone=NOT_VISIBLE,
)
