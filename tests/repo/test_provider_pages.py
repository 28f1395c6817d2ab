"""The pages of `docs/providers` say what the code does: settings, capabilities, statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_origin

import pytest
from pydantic import BaseModel

from complaints.ports import Ability
from complaints.reconcile import settle
from complaints.vocabulary import Capability, OrderState, Outcome, Status
from complaints.wishes import Case
from providers.bizkithub.words import STATUS_OF_WORD, WORD_OF_STATUS, outcome_of
from providers.chat import read_track, reply_track
from providers.chat.sentences import OF_ORDER, SENTENCES, Say
from providers.registry import PROVIDERS
from providers.zenki.words import DELIVERED, ORDER_STATE, STANDINGS
from tests.complaints.records import ACCOUNTS, DESK, RULES, ZENKI, complaint, mirror, order
from tests.providers.chat.samples import raise_body, sent, track_body
from tests.providers.wire import ACCOUNT, observe
from tests.repo.provider_pages import PAGES, table
from tests.repo.tree import ROOT, text_of, tracked
from worker.inspection import inner_block

CREDENTIALS: Final = {
    "bizkithub": {"api_key": "DEV_" + "k" * 28},
    "zenki": {"client_id": "cid", "client_secret": "made-up"},
    "chat": {"username": "bot", "password": "made-up-for-this"},
}
"""The least that an account needs: everything else is as it is by default."""

each_page = pytest.mark.parametrize("name", list(PROVIDERS))


def _page(name: str) -> str:
    return text_of(PAGES / f"{name}.md")


# -- settings ----------------------------------------------------------------------------


def _keys(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, str]]:
    """Each key of a settings class, with its default as a page shows it."""
    for key, field in model.model_fields.items():
        inner = inner_block(field.annotation)
        several = get_origin(field.annotation) is tuple
        if inner is None or several:
            default = field.get_default(call_default_factory=True)
            yield before + key, "required" if field.is_required() else _shown(default)
        if inner is not None:
            yield from _keys(inner, f"{before}{key}.")


def _shown(default: object) -> str:
    if default is None or default in ("", (), {}):
        return "-"
    return json.dumps(default, default=list)


@each_page
def test_each_key_of_the_settings_stands_on_the_page(name: str) -> None:
    """With its default and a line about it; no key that there isn't."""
    rows = table(_page(name), "Settings").rows
    assert [row[:2] for row in rows] == list(_keys(PROVIDERS[name].settings))
    assert [row[0] for row in rows if len(row[2].split()) < 2] == []


# -- capabilities ------------------------------------------------------------------------


@each_page
def test_each_capability_stands_on_the_page(name: str) -> None:
    """On, off with the key that switches it on, or no: as an account is by default."""
    account = PROVIDERS[name].build(ACCOUNT, CREDENTIALS[name])
    account.close()
    rows = table(_page(name), "Capabilities").rows
    assert {row[0]: (row[2], row[3]) for row in rows} == {
        capability.value: _by_default(ability) for capability, ability in account.abilities.items()
    }
    assert len(rows) == len(Capability)
    assert [row[0] for row in rows if not row[1]] == []


def _by_default(ability: Ability) -> tuple[str, str]:
    if ability.able:
        return "on", "-"
    return ("off", ability.switch) if ability.switch else ("no", "-")


# -- statuses ----------------------------------------------------------------------------


def test_bizkithubs_words_stand_on_its_page() -> None:
    """Both ways."""
    text = _page("bizkithub")
    assert list(table(text, "What BizKitHub says").rows) == [
        (word, status.value, outcome_of(status, ()).value)
        for word, status in STATUS_OF_WORD.items()
    ]
    assert list(table(text, "What Redress sends").rows) == [
        (status.value, WORD_OF_STATUS.get(status, "-")) for status in Status
    ]


def _yes(value: bool | None) -> str:  # noqa: FBT001 - a cell
    return "-" if value is None else ("yes" if value else "no")


def test_zenkis_words_stand_on_its_page() -> None:
    """What a dispute and its order say together, and each word of an order alone."""
    text = _page("zenki")
    assert list(table(text, "What Zenki says").rows) == [
        (
            dispute or "none",
            status or "any other",
            found.status.value,
            found.outcome.value,
            _yes(found.money_moved),
        )
        for (dispute, status), found in STANDINGS.items()
    ]
    assert {row[0]: row[1:] for row in table(text, "Orders").rows} == {
        word: (state.value if state else "-", _yes(DELIVERED.get(word)))
        for word, state in ORDER_STATE.items()
    }


def _sent_to_zenki(status: Status, outcome: Outcome, *, refund: bool) -> str:
    """What a running dispute's account is asked to do when the desk says so much."""
    zenki = ACCOUNTS[ZENKI]
    if not refund:
        without = zenki.capabilities - {Capability.REFUND}
        zenki = zenki.model_copy(update={"capabilities": without})
    said = (mirror(DESK, status, outcome=outcome), mirror(ZENKI, Status.OPEN))
    # An order that costs less than the shop's allowance.
    case = Case(complaint(), said, (), order())
    wanted = settle(case, (), RULES, {DESK: ACCOUNTS[DESK], ZENKI: zenki}).wanted
    return ", ".join(push.kind.value for push in wanted if push.account == ZENKI) or "-"


def test_what_is_sent_to_zenki_stands_on_its_page() -> None:
    """For each status and who won, with and without the refund call."""
    rows = table(_page("zenki"), "What Redress sends").rows
    assert {row[0] for row in rows} == {status.value for status in Status}
    assert list(rows) == [
        (
            status,
            outcome,
            _sent_to_zenki(Status(status), Outcome(outcome), refund=False),
            _sent_to_zenki(Status(status), Outcome(outcome), refund=True),
        )
        for status, outcome, *_ in rows
    ]


def test_what_a_raise_says_stands_on_the_chats_page() -> None:
    """It is new, and agrees with everything."""
    account = PROVIDERS["chat"].build(ACCOUNT, CREDENTIALS["chat"])
    account.close()
    (change,) = account.parse(observe("raise", raise_body()))
    ((said, status, outcome),) = table(_page("chat"), "What the chat says").rows
    assert (said, status, outcome) == ("raise", change.status, change.outcome)
    assert change.covers == set(Status) - {Status.UNKNOWN}


def _spoken(status: Status, outcome: Outcome) -> str:
    """The sentence that a raiser hears about complaint 40817, with the number taken out."""
    request = read_track(sent(track_body("40817")))
    document = json.dumps(reply_track(request, status, outcome))
    found = re.search(r'"responseText": "([^"]*)"', document)
    assert found is not None
    return found.group(1).replace(request.number, "{number}")


def test_the_chats_sentences_stand_on_its_page() -> None:
    """One for each canonical status; of a closed case by who won; one for each order state."""
    rows = table(_page("chat"), "What Redress sends").rows
    assert {row[0] for row in rows} == {status.value for status in Status}
    for status in Status:
        mine = {row[1]: row[2:] for row in rows if row[0] == status.value}
        rest = mine.get("any") or mine.get("any other")
        for outcome in Outcome:
            key, sentence = mine.get(outcome.value) or rest or ("", "")
            assert sentence == _spoken(status, outcome) == SENTENCES["en"][Say(key)]
    orders = table(_page("chat"), "Orders").rows
    assert list(orders) == [
        (state.value, OF_ORDER[state].value, SENTENCES["en"][OF_ORDER[state]])
        for state in OrderState
    ]


# -- the index ---------------------------------------------------------------------------


def test_the_index_names_each_page() -> None:
    """And no page is left that is no provider's."""
    text = text_of(PAGES / "README.md")
    pages = {path.stem for path in tracked() if path.parent == PAGES} - {"README"}
    assert pages == set(PROVIDERS)
    assert [name for name in PROVIDERS if f"]({name}.md)" not in text] == []


@pytest.mark.parametrize("page", [path for path in tracked() if path.suffix == ".md"], ids=str)
def test_each_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    """A file that is linked is there; addresses of the web aren't asked."""
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(page))
    inside = [target for target in found if "://" not in target]
    assert [target for target in inside if not (ROOT / page.parent / target).exists()] == []
