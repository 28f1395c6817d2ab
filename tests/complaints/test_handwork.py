"""Manual actions and unknown outcomes: what people say of them, and what ends them."""

from __future__ import annotations

from typing import Any

import pytest

from complaints import flow, operating, rebuilding
from complaints.acts import AdoptRecord, AnyAct, DonePush, GiveUpPush, ResendPush, TakePush
from complaints.ports import Receipt
from complaints.store.escalations import UNKNOWN_OLD
from complaints.vocabulary import PushKind, Result, Status
from tests.complaints.fakes import House, document
from tests.complaints.records import BOT, CZ, DESK, ZENKI, change, external
from tests.complaints.test_matching import ORDER, act, rows, told
from tests.pipeline import Pipeline

LOST = Receipt(result=Result.UNKNOWN, detail="the answer was lost")
SAID = {"text": "The kettle leaks", "raiser": "WEB:1", "email": "eva@example.org"}


def raised(house: House) -> str:
    """A complaint whose create at the desk was sent, and whose answer was lost."""
    house.fakes[DESK].answers.append(LOST)
    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1", claim=SAID))
    house.settle()
    (lost,) = house.store.unknown_pushes()
    assert (lost.account, lost.kind) == (DESK, PushKind.CREATE)
    return lost.number


def about(house: House, kind: type[AnyAct], number: str, **more: Any) -> str:
    """A person does something about the create; returns its verdict and reason."""
    push = {"number": number, "account": DESK, "kind": PushKind.CREATE}
    return act(house, kind, **{**push, **more})


def state(house: House) -> list[tuple[str, str]]:
    """Of all pushes: kind and state."""
    query = "SELECT kind, state FROM push WHERE state <> 'superseded' ORDER BY id"
    return [tuple(row) for row in rows(house, query)]


def differences(house: House) -> list[str]:
    """What a rebuild finds."""
    return [str(one) for one in rebuilding.check(house.deps).differences]


# -- unknown outcomes --------------------------------------------------------------------


def test_a_lost_create_is_listed_with_what_it_may_have_made(house: House) -> None:
    """A case that began there about then with the same customer; no other one."""
    raised(house)
    for name, email in (("d7", "EVA@example.org"), ("d8", "bob@example.org")):
        told(house, DESK, Status.OPEN, name, claim={"email": email})
    (lost,) = house.store.unknown_pushes()
    assert [one.external_id for one in lost.candidates] == ["cz-desk-d7"]
    assert lost.detail == "the answer was lost"


def test_what_arrived_is_adopted(house: House) -> None:
    """The record is the complaint's from then on, is read, and nothing is sent again."""
    number = raised(house)
    house.fakes[DESK].documents[external("d9")] = document(change(Status.OPEN, external_id="d9"))
    assert about(house, AdoptRecord, number, external_id="d9") == "applied"
    house.settle()
    assert state(house) == [("create", "done")]
    assert rows(house, "SELECT status FROM complaint") == [("open",)]
    assert len(house.fakes[DESK].sent) == 1
    assert differences(house) == []


def test_a_record_that_opened_a_case_of_its_own_is_adopted_with_it(house: House) -> None:
    """Both are one complaint then."""
    number = raised(house)
    other = told(house, DESK, Status.OPEN, "9")
    assert about(house, AdoptRecord, number, external_id="cz-desk-9") == "applied"
    query = "SELECT c.number, r.number FROM complaint c JOIN complaint r ON r.id = c.merged_into"
    assert [tuple(row) for row in rows(house, query)] == [(other, number)]
    assert state(house) == [("create", "done")]
    assert differences(house) == []


def test_what_was_set_aside_is_sent_once_more(house: House) -> None:
    """When its account has mended what it refused; it has all its tries before it again."""
    house.fakes[DESK].answers.append(Receipt(result=Result.REFUSED, detail="no such variant"))
    house.hear(BOT, "raise", change(Status.NEW, BOT, external_id="c1", claim=SAID))
    house.settle()
    assert state(house) == [("create", "parked")]
    (parked,) = house.store.parked_pushes()
    assert (parked.account, parked.kind, parked.detail) == (DESK, "create", "no such variant")
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d9")))
    assert parked.number is not None
    assert about(house, ResendPush, parked.number) == "applied"
    house.settle()
    assert state(house) == [("create", "done")]
    assert house.store.parked_pushes() == []
    assert about(house, ResendPush, parked.number).startswith("quarantined: no such push is")
    assert differences(house) == []


def test_what_did_not_arrive_is_sent_once_more(house: House) -> None:
    """By a person's word alone; the second answer counts."""
    number = raised(house)
    house.fakes[DESK].answers.append(Receipt(result=Result.DONE, external_id=external("d9")))
    assert about(house, ResendPush, number) == "applied"
    house.settle()
    assert state(house) == [("create", "done")]
    assert len(house.fakes[DESK].sent) == 2
    assert differences(house) == []


def test_what_is_given_up_is_not_sent_again(house: House) -> None:
    """It is parked with the reason, whatever comes later."""
    number = raised(house)
    assert about(house, GiveUpPush, number, reason="the shop has closed") == "applied"
    house.hear(BOT, "again", change(Status.OPEN, BOT, external_id="c1", claim=SAID))
    house.clock.pass_(days=1)
    house.settle()
    assert state(house) == [("create", "parked")]
    ((detail,),) = rows(house, "SELECT detail FROM push")
    assert detail == "given up by eva: the shop has closed"
    assert len(house.fakes[DESK].sent) == 1
    assert differences(house) == []


@pytest.mark.parametrize("kind", [AdoptRecord, GiveUpPush])
def test_what_is_known_is_not_decided_by_hand(house: House, kind: type[AnyAct]) -> None:
    """A second word about the same push is refused, with its reason."""
    number = raised(house)
    about(house, GiveUpPush, number, reason="x")
    more = {"reason": "x"} if kind is GiveUpPush else {"external_id": "d9"}
    assert about(house, kind, number, **more) == "quarantined: no such push is unknown"


def test_an_old_unknown_outcome_is_told_once(house: House) -> None:
    """Nobody has looked for hours."""
    number = raised(house)
    house.clock.pass_(hours=3)
    flow.escalate(house.deps)
    assert [note for note in house.notes.told if note.kind == UNKNOWN_OLD] == []
    house.clock.pass_(hours=1)
    for _ in range(2):
        flow.escalate(house.deps)
    (note,) = [note for note in house.notes.told if note.kind == UNKNOWN_OLD]
    assert (note.facts["number"], note.facts["account"]) == (number, DESK)


@pytest.mark.story
def test_a_create_that_was_lost_at_the_real_desk_is_adopted(pipeline: Pipeline) -> None:
    """Over HTTP: the desk has it, we don't know; a person names it; there is one."""
    pipeline.order(1)
    pipeline.settle()
    pipeline.control.fault("bizkithub", "drop_after_commit", path="/complaint/create")
    number = pipeline.complain(1)
    pipeline.settle()
    filed = pipeline.at_desk()[number]
    done = AdoptRecord.model_validate(
        {"shop": CZ, "by": "eva", "number": number, "account": DESK, "kind": "create",
         "external_id": str(filed["id"])}
    )  # fmt: skip
    operating.act(pipeline.deps, done)
    pipeline.settle(hours=1)
    assert pipeline.pushes() == [(DESK, "create", None, "done")]
    assert len(pipeline.at_desk()) == 1
    pipeline.staff(filed["id"], "open")
    pipeline.settle(hours=1)
    assert pipeline.state(number)[0] == Status.OPEN
    pipeline.calm()


# -- manual actions ----------------------------------------------------------------------


def to_be_done(house: House) -> dict[str, Any]:
    """A dispute that the desk has decided: what a person has to do in Zenki's portal."""
    told(house, ZENKI, Status.OPEN, order_keys=ORDER)
    told(house, DESK, Status.OPEN, order_keys=ORDER)
    told(house, DESK, Status.REJECTED, order_keys=ORDER)
    (action,) = [one for one in house.store.manual_actions() if one.account == ZENKI]
    return {
        "number": action.number,
        "account": action.account,
        "kind": action.kind,
        "target": action.target,
        "record": action.record,
    }


def test_a_manual_action_is_taken(house: House) -> None:
    """The list says whose it is; it stays open."""
    push = to_be_done(house)
    assert act(house, TakePush, **push) == "applied"
    (action,) = house.store.manual_actions()
    assert (action.owner, action.said_done_at) == ("eva", None)


def test_done_is_a_claim_until_it_is_seen(house: House) -> None:
    """It stays in the list, as said to be done, and ends with the observation."""
    push = to_be_done(house)
    assert act(house, DonePush, **push) == "applied"
    (action,) = house.store.manual_actions()
    assert (action.owner, action.said_done_at) == ("eva", house.clock())
    told(house, ZENKI, Status.REJECTED, order_keys=ORDER)
    assert house.store.manual_actions() == []
    assert ("portal", "done") in state(house)


def test_what_cannot_be_seen_ends_by_word(house: House) -> None:
    """With its reason; it isn't asked for again."""
    push = to_be_done(house)
    said = act(house, DonePush, **push, cannot_be_seen=True, reason="closed by phone")
    assert said == "applied"
    assert house.store.manual_actions() == []
    ((detail,),) = rows(house, "SELECT detail FROM push WHERE kind = 'portal'")
    assert detail == "done by eva, unseen: closed by phone"
    told(house, DESK, Status.REJECTED, order_keys=ORDER, word="again")
    assert house.store.manual_actions() == []
    assert differences(house) == []


def test_only_manual_actions_are_done_by_hand(house: House) -> None:
    """What is sent by itself isn't taken away from it."""
    push = to_be_done(house)
    assert act(house, TakePush, **{**push, "account": DESK}).startswith("quarantined")
