"""What people do through Redress, as use cases: each ends as an observation that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from complaints import acts, files
from complaints.flow import keep
from complaints.store.receipts import Arrival
from complaints.vocabulary import OPERATOR, Source

if TYPE_CHECKING:
    from complaints.flow import Deps
    from complaints.store.receipts import Kept
    from complaints.vocabulary import ComplaintNumber, ShopName


def act(deps: Deps, done: acts.Act) -> Kept:
    """Keep what a person did: an observation like any other, decided by reconcile."""
    return keep(deps, [arrival_of(done)], deps.clock())[0]


def arrival_of(done: acts.Act) -> Arrival:
    """What a person did, as something to keep."""
    return Arrival(
        account=OPERATOR,
        source=Source.OPERATOR,
        form=acts.FORM,
        body=done.model_dump_json().encode(),
        dedupe_key=f"act:{uuid4()}",
    )


def attach(
    deps: Deps, shop: ShopName, number: ComplaintNumber, name: str, content: bytes, by: str
) -> acts.AttachFile:
    """Attach a file to a complaint.  Raises `files.FileRefused`.

    The content is kept first: an act without it could never be carried out.
    """
    kind = files.media_type(content)
    digest = deps.store.attachments.keep(content, kind, deps.clock())
    done = acts.AttachFile(
        shop=shop,
        by=by,
        number=number,
        digest=digest,
        name=files.safe_name(name, kind),
        media_type=kind,
    )
    act(deps, done)
    return done
