"""What a person did, as something to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from complaints import acts
from complaints.store.receipts import Arrival
from complaints.vocabulary import OPERATOR, Source

if TYPE_CHECKING:
    from pydantic import BaseModel


def arrival_of(done: BaseModel, key: str | None = None) -> Arrival:
    """An act as an arrival: kept once for each `key`, or once more each time it is done."""
    return Arrival(
        account=OPERATOR,
        source=Source.OPERATOR,
        form=acts.FORM,
        body=done.model_dump_json().encode(),
        dedupe_key=key or f"act:{uuid4()}",
    )
