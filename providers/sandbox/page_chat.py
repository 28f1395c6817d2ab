"""The page's view of the chat: what was raised at our receiver, and what is hosted here."""

from __future__ import annotations

from collections.abc import Sequence

from providers.sandbox.chat import ChatComplaint
from providers.sandbox.chat_host import HostedComplaint
from providers.sandbox.markup import Markup, badge, joined, section, table, tag
from providers.sandbox.page_words import instant, latest, of_all, person_text, status_badge


def raised(found: Sequence[ChatComplaint]) -> Markup:
    """What people said to the bot, and the numbers they were promised."""
    shown = latest(found)
    rows = [
        [
            joined([complaint.uid, " ", badge(complaint.channel or "no channel")]),
            complaint.order_id,
            person_text(complaint.text or ""),
            _answer(complaint.status),
            _numbers(complaint),
            instant(complaint.at),
        ]
        for complaint in shown
    ]
    heads = ["Person", "Order", "Text", "Answer", "Number", "At"]
    return section("chat", "Raised in the chat", table(heads, rows), note=of_all(shown, found))


def _answer(status: int | None) -> Markup:
    if status is None:
        return badge("no answer", "bad")
    return badge(status, "good" if status == 200 else "bad")  # noqa: PLR2004  # success


def _numbers(complaint: ChatComplaint) -> Markup | None:
    if len(complaint.numbers) > 1:
        return badge(", ".join(complaint.numbers), "bad")
    return tag("code", complaint.complaint_id) if complaint.complaint_id else None


def hosted(found: Sequence[HostedComplaint]) -> Markup:
    """Complaints that shops raised at the middleware played here."""
    shown = latest(found)
    rows = [
        [
            tag("code", complaint.id),
            status_badge(complaint.state),
            joined([complaint.uid, " ", badge(complaint.channel)]),
            complaint.order_id,
            person_text(complaint.text or ""),
            instant(complaint.at),
        ]
        for complaint in shown
    ]
    heads = ["Number", "State", "Person", "Order", "Text", "At"]
    return section("hosted", "Hosted in the chat", table(heads, rows), note=of_all(shown, found))
