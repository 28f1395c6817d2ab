"""What the chat's platform can't show, as data."""

from __future__ import annotations

from typing import Final

from complaints.blind import Blindness, Estimate, Spot

BLINDNESS: Final = Blindness(
    spots=(
        Spot(
            name="never-arrived",
            text="complaints whose call never reached us",
            source="RaisingComplaints.md: one call, no id, no list to compare with",
        ),
        Spot(
            name="not-readable",
            text="complaints that can't be read again there",
            source="AllDataModel.md: the platform calls the merchant, nothing is read from it",
            estimate=Estimate.HELD,
        ),
        Spot(
            name="told-on-asking",
            text="moved complaints: the customer hears on asking only",
            source="RaisingComplaints.md: an answer to each call, and no call back",
            estimate=Estimate.MOVED,
        ),
    ),
)
