"""What people do through Redress, as use cases: each ends as an observation that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import acts, files
from complaints.flow import keep
from complaints.keeping import arrival_of

if TYPE_CHECKING:
    from complaints.flow import Deps
    from complaints.store.receipts import Kept
    from complaints.vocabulary import ComplaintNumber, ShopName


def act(deps: Deps, done: acts.Act) -> Kept:
    """Keep what a person did: an observation like any other, decided by reconcile."""
    return keep(deps, [arrival_of(done)], deps.clock())[0]


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
