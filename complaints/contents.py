"""What an observation says, read by the adapter of its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import acts
from complaints.model import OPERATOR

if TYPE_CHECKING:
    from complaints.flow import Deps
    from complaints.model import Observation
    from complaints.names import Piece


def read_out(deps: Deps, observation: Observation) -> tuple[Piece, ...]:
    """What an observation says.  Whose an order is stays a keyed hash from here on."""
    if observation.account == OPERATOR:
        return (acts.read(observation),)
    changes = deps.providers[observation.account].parse(observation)
    return tuple(
        change.model_copy(update={"owner": deps.store.receipts.owner(change.owner)})
        if change.owner
        else change
        for change in changes
    )
