"""From Paperdesk's documents to canonical changes.  Pure and total."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ValidationError

from complaints.model import Change, Claim, Observation, OrderKey
from complaints.vocabulary import ComplaintNumber, ExternalId, OrderSpace, Outcome, Status, Subject
from providers.codec import Loose, UnreadableError, identifier, loads_object
from providers.imports import IMPORT_COMPLAINT, read_import_complaint
from tests.providers.paperdesk.words import OUTCOME_OF_STATUS, STATUS_OF_WORD

CASE: Final = "case"
MISSING: Final = "missing"
REFUSED: Final = "refused"

_WORD_LIMIT: Final = 64
_Id = Annotated[str, BeforeValidator(identifier)]


class Case(BaseModel):
    """What ``GET /cases/{case}`` answers; we depend on id and state alone."""

    case: _Id
    state: str
    text: Loose[str] = None
    name: Loose[str] = None
    order: Loose[_Id] = None
    reference: Loose[_Id] = None


def read(observation: Observation) -> tuple[Change, ...]:
    """Translate one observation of any form."""
    asked = observation.external_id
    try:
        match observation.form:
            case "case":
                return (_case(loads_object(observation.body), asked),)
            case "missing":
                reason = "Paperdesk doesn't show it"
                return (Change(subject=Subject.GONE, external_id=asked, reason=reason),)
            case form if form == IMPORT_COMPLAINT:
                return (read_import_complaint(observation.body),)
            case "refused":
                raise UnreadableError("Paperdesk refused the read")
        raise UnreadableError("a form that Paperdesk's adapter doesn't know")
    except UnreadableError as error:
        reason = str(error)
    except ValidationError as error:
        fields = sorted({str(row["loc"][0]) for row in error.errors()})
        reason = f"fields missing or of the wrong type: {', '.join(fields)}"
    return (Change(subject=Subject.UNREADABLE, external_id=asked, reason=reason),)


def _case(document: dict[str, object], asked: ExternalId | None) -> Change:
    found = Case.model_validate(document)
    if asked is not None and found.case != asked:
        raise UnreadableError("another case than the one asked for")
    status = STATUS_OF_WORD.get(found.state, Status.UNKNOWN)
    keys = (OrderKey(space=OrderSpace.NUMBER, value=found.order),) if found.order else ()
    return Change(
        subject=Subject.COMPLAINT,
        external_id=ExternalId(found.case),
        order_keys=keys,
        reference=ComplaintNumber(found.reference) if found.reference else None,
        word=found.state[:_WORD_LIMIT],
        status=status,
        covers=frozenset() if status is Status.UNKNOWN else frozenset({status}),
        outcome=OUTCOME_OF_STATUS.get(status, Outcome.NONE),
        claim=Claim(text=found.text or "", name=found.name or ""),
    )
