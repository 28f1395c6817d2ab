"""The audit holds for a faultless run, and each planted fault turns it red."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest

from tests.worker.demo.shadow import Shadow, shadow
from worker.demo import audit as auditing
from worker.demo.generator import generate
from worker.demo.planner import plan
from worker.demo.world import DESK, ZENKI, Case, Plan, Route, Verdict

PLAN = plan(generate(7), 7)
FAULTLESS = shadow(PLAN)


def case_with(wanted: Callable[[Case], bool], of: Plan = PLAN) -> Case:
    """The first case of which that is true."""
    return next(case for case in of.cases if wanted(case))


def is_chat(case: Case) -> bool:
    """A complaint from the chat that Zenki knows nothing of, and that nobody closed."""
    return case.route is Route.CHAT and not case.disputed and _last_word(case) != "closed"


def _last_word(case: Case) -> str:
    word: str = FAULTLESS.at_desk(case)["status"]
    return word


@pytest.fixture
def story() -> Shadow:
    """A faultless run, to be spoilt."""
    return deepcopy(FAULTLESS)


def test_faultless_run_holds(story: Shadow) -> None:
    """Everything was told, done and read, and the audit says so."""
    report = story.audit()
    assert report.sentences == ()
    assert report.failures == ()
    assert report.holds
    assert report.agreement.checked == len(PLAN.cases)
    assert report.agreement.agree + report.agreement.conflict == len(PLAN.cases)
    assert report.agreement.conflict == sum(case.opposite for case in PLAN.cases) > 0
    assert report.deadlines.overdue == sum(case.overdue for case in PLAN.cases) > 0


def test_arrivals_are_counted(story: Shadow) -> None:
    """A repeat is counted on its first arrival, and what is pending fails the audit."""
    seen = story.audit().observations
    assert (seen.received, seen.applied, seen.superseded, seen.duplicate) == (4, 1, 1, 2)
    story.store.append({"table": "receipt", "verdict": "pending", "deliveries": 1})
    report = story.audit()
    assert not report.holds
    assert report.failures == (
        "5 observations were received and 4 ended",
        "1 observations pending",
    )


def red(story: Shadow, *sentences: str) -> None:
    """The audit fails with these sentences and no other."""
    report = story.audit()
    assert not report.holds
    assert len(report.sentences) == len(sentences), report.sentences
    for told, wanted in zip(sorted(report.sentences), sorted(sentences), strict=True):
        assert told.endswith(wanted)
    assert report.agreement.unexplained == len(sentences)


def test_missing_case_is_found(story: Shadow) -> None:
    """A case that the store never heard of is missing, and what it left behind is strange."""
    case = case_with(is_chat)
    row = story.complaint(case)
    desk_id = f"desk-{row['id']}"
    story.forget(row, *[m for m in story.rows("mirror") if m["complaint_id"] == row["id"]])
    red(
        story,
        "is not in the store",
        f"BizKitHub's complaint {desk_id} is unknown to the store",
    )
    assert "200 complaints were planned and 199 are in the store" in story.audit().failures


def test_lost_create_is_found(story: Shadow) -> None:
    """A chat complaint that BizKitHub was never told of."""
    case = case_with(is_chat)
    number = story.complaint(case)["id"]
    del story.world["bizkithub"]["complaints"][f"desk-{number}"]
    story.forget(*[m for m in story.rows("mirror") if m["complaint_id"] == number])
    red(story, "was never told to BizKitHub")


def test_lost_status_is_found(story: Shadow) -> None:
    """Zenki decided, and the desk was never told."""
    case = case_with(
        lambda case: case.decided_by == "zenki" and FAULTLESS.complaint(case)["status"] != "closed"
    )
    desk = story.at_desk(case)
    desk["events"] = desk["events"][:-1]
    desk["status"] = desk["events"][-1]["status"]
    status = story.complaint(case)["status"]
    red(story, f"BizKitHub says {desk['status']}, and the store says {status}, {case.verdict}")


def test_wrong_status_is_found(story: Shadow) -> None:
    """The store believes something else than both providers say."""
    case = case_with(is_chat)
    story.complaint(case).update(status="open", outcome="none")
    red(story, f"BizKitHub says {_last_word(case)}, and the store says open, none")


def test_lost_refund_is_found(story: Shadow) -> None:
    """The desk upheld the case and the money never went back, though no person was needed."""
    case = case_with(
        lambda case: (
            case.disputed
            and case.decided_by == "desk"
            and case.verdict is Verdict.UPHELD
            and FAULTLESS.order(case).row.total <= PLAN.refund_allowance
        )
    )
    story.at_zenki(case).update(status="DISPUTED", dispute={"status": "OPEN"})
    stored = story.complaint(case)
    red(
        story,
        "Zenki's dispute is OPEN on an order DISPUTED, and the store says"
        f" {stored['status']}, upheld",
    )


def test_doubled_create_is_found(story: Shadow) -> None:
    """A complaint that was created twice at the desk."""
    case = case_with(is_chat)
    story.world["bizkithub"]["complaints"]["twin"] = dict(story.at_desk(case))
    story.world["duplicates"]["bizkithub"] = 1
    red(story, "BizKitHub's complaint twin is unknown to the store")
    assert "1 things created twice at a provider" in story.audit().failures


def test_doubled_case_is_found(story: Shadow) -> None:
    """Two complaints in the store for one case of the plan."""
    row = story.complaint(case_with(is_chat))
    story.store.append({**row, "id": 9001, "number": "R-9001", "key": "twin"})
    red(story, "complaint R-9001 is in the store and in no plan")


def test_merged_cases_are_found(story: Shadow) -> None:
    """Two cases of the plan that the store holds for one."""
    one, other = (case for case in [c for c in PLAN.cases if is_chat(c)][:2])
    rows = {row["complaint_id"]: row for row in story.world["chat"]["complaints"]}
    kept, gone = story.complaint(one), story.complaint(other)
    rows[gone["number"]]["complaint_id"] = kept["number"]
    report = story.audit()
    assert not report.holds
    assert f"complaint {kept['number']} stands for 2 cases of the plan" in report.sentences


def test_changed_words_are_found(story: Shadow) -> None:
    """The customer's white space was tidied away on the way to the desk."""
    case = case_with(lambda case: case.route is Route.CHAT and case.text != case.text.strip())
    desk = story.at_desk(case)
    desk["description"] = desk["description"].replace(case.text, case.text.strip())
    red(story, "the customer's words or our reference changed on the way to BizKitHub")


def test_overwritten_staff_is_found(story: Shadow) -> None:
    """All agree, and yet not on what the desk's staff decided."""
    case = case_with(is_chat)
    side = {Verdict.UPHELD: "reject", Verdict.REFUSED: "resolve"}[case.verdict]
    other = {Verdict.UPHELD: "refused", Verdict.REFUSED: "upheld"}[case.verdict]
    desk = story.at_desk(case)
    desk["status"] = side
    desk["events"].append({"status": side})
    story.complaint(case).update(
        status={"reject": "rejected", "resolve": "resolved"}[side], outcome=other
    )
    red(story, f"the desk decided {case.verdict}, and BizKitHub says {side}")


def test_hidden_conflict_is_found(story: Shadow) -> None:
    """The providers contradict each other, and the store doesn't say so."""
    story.complaint(case_with(lambda case: case.opposite))["conflict"] = False
    red(story, "the providers contradict each other, and the store doesn't know it")


def test_invented_conflict_is_found(story: Shadow) -> None:
    """The store sees a conflict where the providers agree."""
    story.complaint(case_with(is_chat))["conflict"] = True
    red(story, "the store sees a conflict that isn't there")


def test_missed_due_day_is_found(story: Shadow) -> None:
    """A case that ran past its due day without a flag."""
    story.complaint(case_with(lambda case: case.overdue))["overdue"] = False
    red(story, "the store holds it for in time, and by the plan it isn't")


def test_dispute_nobody_holds_is_found(story: Shadow) -> None:
    """A dispute at Zenki that hangs on no complaint."""
    order = next(
        order
        for order in PLAN.orders
        if order.paid and story.world["zenki"]["orders"][order.paid.id]["dispute"] is None
    )
    assert order.paid is not None
    story.world["zenki"]["orders"][order.paid.id]["dispute"] = {"status": "OPEN"}
    red(story, f"the dispute on Zenki's order {order.paid.id} is on no complaint")


def test_money_nobody_asked_for_is_found(story: Shadow) -> None:
    """A refund of an order that nobody disputes."""
    order = next(
        order
        for order in PLAN.orders
        if order.paid and story.world["zenki"]["orders"][order.paid.id]["dispute"] is None
    )
    assert order.paid is not None
    story.world["zenki"]["orders"][order.paid.id]["status"] = "REFUNDED"
    red(story, f"Zenki's order {order.paid.id} was refunded without a dispute")


# Manual actions


def for_person(case: Case) -> bool:
    """The desk rejected what Zenki holds a dispute for: no endpoint decides for the shop."""
    return case.disputed and case.decided_by == "desk" and case.verdict is Verdict.REFUSED


def test_manual_action_explains_a_difference(story: Shadow) -> None:
    """What no endpoint offers waits for a person, and the audit holds."""
    case = case_with(for_person)
    story.at_zenki(case).update(status="DISPUTED", dispute={"status": "OPEN"})
    story.push(case, ZENKI, "portal", "manual", "rejected")
    report = story.audit()
    assert report.sentences == ()
    assert report.agreement.manual == 1
    assert report.holds


def test_difference_without_manual_action_is_found(story: Shadow) -> None:
    """Nobody was asked to do what only a person can."""
    case = case_with(for_person)
    story.at_zenki(case).update(status="DISPUTED", dispute={"status": "OPEN"})
    stored = story.complaint(case)
    red(
        story,
        f"needs a person for rejected at {ZENKI}, and nobody is asked",
        "Zenki's dispute is OPEN on an order DISPUTED, and the store says"
        f" {stored['status']}, refused",
    )


def test_manual_action_without_difference_is_found(story: Shadow) -> None:
    """A person is still asked for what has long been done."""
    story.push(case_with(for_person), ZENKI, "portal", "manual", "rejected")
    red(story, f"asks a person for rejected at {ZENKI}, which nothing calls for")


def test_manual_action_that_an_endpoint_offers_is_found(story: Shadow) -> None:
    """A person is asked for a status that BizKitHub's API can set."""
    case = case_with(is_chat)
    story.push(case, DESK, "portal", "manual", "resolved")
    red(story, f"asks a person for resolved at {DESK}, which nothing calls for")


def test_refund_above_the_allowance_is_for_a_person(story: Shadow) -> None:
    """The same refund is a person's above the allowance, and Redress's own below."""
    case = case_with(
        lambda case: case.disputed and case.decided_by == "desk" and case.verdict is Verdict.UPHELD
    )
    story.at_zenki(case).update(status="DISPUTED", dispute={"status": "OPEN"})
    story.push(case, ZENKI, "portal", "manual", "resolved")
    total = story.order(case).row.total
    for allowance, holds in ((total, False), (total - Decimal("0.01"), True)):
        story.plan = PLAN.model_copy(update={"refund_allowance": allowance})
        assert story.audit().holds is holds


# Pushes that aren't done


def lost_create(story: Shadow, case: Case) -> None:
    """The answer to a create was cut: it happened, and Redress doesn't know its id."""
    row = story.complaint(case)
    story.forget(*[m for m in story.rows("mirror") if m["complaint_id"] == row["id"]])
    story.push(case, DESK, "create", "unknown", None)
    story.wire.append(
        {
            "account": "bizkithub",
            "method": "POST",
            "path": "/api/v1/shop/complaint/create",
            "request": {"description": story.at_desk(case)["description"]},
            "status": None,
            "outcome": "cut",
        }
    )


def test_unknown_push_is_explained_by_a_cut_line(story: Shadow) -> None:
    """A create whose answer was cut lies with a person, and the audit holds."""
    lost_create(story, case_with(is_chat))
    report = story.audit()
    assert report.sentences == ()
    assert report.agreement.unknown == 1
    assert report.holds


def test_unknown_push_needs_a_cut_line(story: Shadow) -> None:
    """A push is unknown though its answer came: the store has lost it."""
    lost_create(story, case_with(is_chat))
    story.wire[0].update(outcome="answered", status=200)
    red(story, f"its create at {DESK} is unknown, and the wire was whole")


def test_cut_line_needs_an_unknown_push(story: Shadow) -> None:
    """A cut create of which the store knows nothing may have been sent twice."""
    lost_create(story, case_with(is_chat))
    story.wire[0]["request"] = {"description": "Something else.\n\n[ref R-9999]"}
    red(
        story,
        f"its create at {DESK} is unknown, and the wire was whole",
        "the answer of /api/v1/shop/complaint/create was lost, and no push of the store is unknown",
    )


def test_cut_line_is_settled_by_a_later_read(story: Shadow) -> None:
    """A dispute whose answer was cut and that was seen on the order afterwards is done."""
    case = case_with(lambda case: case.disputed and case.route is not Route.DISPUTE)
    paid = story.order(case).paid
    assert paid is not None
    line = {
        "account": "zenki",
        "method": "POST",
        "path": "/v1/api/disputes",
        "request": [{"name": "orderId", "value": paid.id}],
        "status": 500,
        "outcome": "answered",
    }
    story.wire.append(line)
    assert not story.audit().holds
    story.push(case, ZENKI, "open_dispute", "done", None)
    assert story.audit().holds


@pytest.mark.parametrize(("state", "name"), [("parked", "parked"), ("due", "pending")])
def test_push_that_never_went_out_fails(state: str, name: str, story: Shadow) -> None:
    """A parked or waiting push explains a difference, and the audit still fails."""
    case = case_with(is_chat)
    number = story.complaint(case)["id"]
    del story.world["bizkithub"]["complaints"][f"desk-{number}"]
    story.forget(*[m for m in story.rows("mirror") if m["complaint_id"] == number])
    story.push(case, DESK, "create", state, None)
    report = story.audit()
    assert report.sentences == ()
    assert report.failures == (f"1 cases {name}",)


# Files


def test_stranger_can_repeat_the_audit(
    story: Shadow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kept files say the same as the run itself did."""
    (tmp_path / auditing.PLAN).write_text(PLAN.model_dump_json())
    (tmp_path / auditing.WORLD).write_text(json.dumps(story.world, default=str))
    (tmp_path / auditing.STORE).write_text("\n".join(map(json.dumps, story.store)))
    (tmp_path / auditing.WIRE).write_text("")
    assert auditing.audit_folder(tmp_path) == story.audit()
    assert auditing.main([str(tmp_path)]) == 0
    assert "The audit holds." in capsys.readouterr().out
    story.complaint(case_with(is_chat))["status"] = "open"
    (tmp_path / auditing.STORE).write_text("\n".join(map(json.dumps, story.store)))
    assert auditing.main([str(tmp_path)]) == 1
    assert "1 differences unexplained" in capsys.readouterr().out


def test_missing_files_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the files there is no audit."""
    assert auditing.main([str(tmp_path)]) == 2
    assert "No such file" in capsys.readouterr().err
