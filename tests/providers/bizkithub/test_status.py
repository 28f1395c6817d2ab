"""Setting a complaint's status: BizKitHub, POST /api/v1/shop/complaint/set-status."""

from __future__ import annotations

import httpx
import pytest
from pydantic import ValidationError

from complaints.ports import NeedsHuman, Transient
from complaints.vocabulary import PushKind, Result, Status
from providers.bizkithub.wire import SetStatus
from tests.providers.bizkithub.samples import (
    CLOSED,
    COMPLAINT,
    DETAIL,
    LOST,
    SET_STATUS,
    SURELY_NOT_DONE,
    complaint,
    copy,
    desk,
    refusal,
)
from tests.providers.wire import Script, answer, intend, observe


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (Status.NEW, "new"),
        (Status.OPEN, "open"),
        (Status.WAITING, "wait"),
        (Status.RESOLVED, "resolve"),
        (Status.REJECTED, "reject"),
        (Status.CLOSED, "closed"),
    ],
)
def test_p7_each_of_the_six_words_is_set_after_a_look(target: Status, word: str) -> None:
    """Read, then write, and the receipt names what is to be read back."""
    before = "new" if word == "open" else "open"
    script = Script([answer(**complaint(status=before)), answer(success=True)])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=target, seen=before))

    assert (receipt.result, receipt.external_id) == (Result.DONE, COMPLAINT)
    assert script.calls == [("GET", DETAIL), ("POST", SET_STATUS)]
    assert script.requests[0].url.params["id"] == COMPLAINT
    assert script.sent() == {"complaintId": COMPLAINT, "status": word}


def test_p7_a_status_that_is_there_is_not_set_again() -> None:
    """Each set-status adds an event, the same word twice as well."""
    script = Script([answer(**complaint(status="wait"))])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.WAITING))

    assert (receipt.result, receipt.external_id) == (Result.ALREADY, COMPLAINT)
    assert script.calls == [("GET", DETAIL)]


def test_p7_nothing_is_set_when_staff_were_quicker() -> None:
    """What the desk says now must be weighed before anything is written."""
    script = Script([answer(**complaint(status="reject"))])
    seen = intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED, seen="open")

    assert desk(script).push(seen).result is Result.OVERTAKEN
    assert script.calls == [("GET", DETAIL)]


def test_p7_a_long_word_is_no_news() -> None:
    """The desk's own word may be longer than what we keep of it."""
    word = "x" * 70
    script = Script([answer(**complaint(status=word)), answer(success=True)])
    adapter = desk(script)
    (change,) = adapter.parse(observe("complaint", complaint(status=word), COMPLAINT))
    seen = intend(PushKind.SET_STATUS, COMPLAINT, target=Status.RESOLVED, seen=change.word)

    assert adapter.push(seen).result is Result.DONE


@pytest.mark.parametrize(
    "step",
    [
        answer(exist=False),
        refusal(404, "INTERNAL_RESOURCE_NOT_FOUND"),
        refusal(400, "WHO_KNOWS"),
    ],
)
def test_p7_nothing_is_written_to_a_complaint_that_is_not_shown(step: httpx.Response) -> None:
    """Refused after the look."""
    script = Script([copy(step)])
    receipt = desk(script).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN))

    assert receipt.result is Result.REFUSED
    assert script.calls == [("GET", DETAIL)]


@pytest.mark.parametrize("step", [*LOST, *SURELY_NOT_DONE])
def test_p7_a_lost_set_status_may_be_repeated(step: httpx.Response | Exception) -> None:
    """The next try looks first, so nothing is doubled."""
    with pytest.raises(Transient):
        desk(Script([answer(**complaint()), copy(step)])).push(
            intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)
        )


@pytest.mark.parametrize("step", CLOSED)
def test_p7_a_bad_key_needs_a_person(step: httpx.Response) -> None:
    """At the look and at the write."""
    for steps in ([copy(step)], [answer(**complaint()), copy(step)]):
        with pytest.raises(NeedsHuman):
            desk(Script(steps)).push(intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN))


@pytest.mark.parametrize("document", [{}, {"success": False}, {"success": 1}, {"ok": True}])
def test_c17_only_success_true_is_a_status_that_was_set(document: dict[str, object]) -> None:
    """Also with HTTP 200: some of the vendor's samples say false."""
    receipt = desk(Script([answer(**complaint()), answer(**document)])).push(
        intend(PushKind.SET_STATUS, COMPLAINT, target=Status.OPEN)
    )

    assert receipt.result is Result.REFUSED


def test_c14_a_status_takes_no_message() -> None:
    """The admin's call has one, the public one hasn't: it can't even be written down."""
    with pytest.raises(ValidationError):
        SetStatus.model_validate({"complaintId": COMPLAINT, "status": "open", "message": "Hello"})


@pytest.mark.parametrize(
    ("target", "external_id"), [(Status.UNKNOWN, COMPLAINT), (Status.OPEN, None)]
)
def test_a_status_without_a_word_or_a_place_is_unsupported(
    target: Status, external_id: str | None
) -> None:
    """Unknown is no word of the desk, and a status needs a complaint."""
    receipt = desk(Script([])).push(intend(PushKind.SET_STATUS, external_id, target=target))

    assert receipt.result is Result.UNSUPPORTED
