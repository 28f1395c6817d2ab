"""Holds a receiver to the expectations of the chat's provider sheet, one row after the other.

The rows are design on top of the document, so all are inferred but those of its own examples.
What only the receiver's store could show isn't asked: one row stored, what is in its warnings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from providers.sandbox import chat_reply
from providers.sandbox.acts import Act
from providers.sandbox.chat import ChatPlayer, Said
from providers.sandbox.chat_body import Raise, Track
from providers.sandbox.chat_variants import applied
from providers.sandbox.stage import ALNUM, Stage

_OK, _UNREADABLE = 200, 422


class ContractAct(Act):
    """Whom the rows are played with: one raiser, an order that is theirs, one that isn't."""

    uid: str = "70214"
    order_id: str = "00591837"
    foreign_order_id: str = "00000000"
    complaint_id_of_nobody: str = "1111111111"


@dataclass(frozen=True, slots=True)
class Row:
    """One expectation and what came; `said` holds statuses and sentences."""

    name: str
    expected: str
    passed: bool
    said: list[str]


class Contract:
    """Plays the rows; each run complains in words of its own, so that no run repeats another."""

    def __init__(self, stage: Stage, player: ChatPlayer, act: ContractAct) -> None:
        self._stage = stage
        self._player = player
        self._act = act
        self._rows: list[Row] = []

    async def run(self) -> list[Row]:
        """All rows. Raises BadRequest when no receiver is configured."""
        self._rows.clear()
        number = await self._raises()
        await self._deviations()
        await self._refusals()
        await self._tracks(number)
        return list(self._rows)

    async def _raises(self) -> str:
        """The example's own form and its repeats; returns the number promised."""
        act = self._raise()
        (first,) = await self._player.call(act)
        number = first.number or ""
        names = ("orderId", "complaintId", "Category")
        told = [chat_reply.attribute(first.answer, name) for name in names]
        self._note(
            "section 3 body",
            "200, container, attributes orderId, complaintId and Category",
            passed=first.status == _OK
            and chat_reply.kind(first.answer) == "container"
            and told == [self._act.order_id, number, "product-related"],
            replies=[first],
        )
        for name, copies in (("the same body again", {}), ("in parallel", {"at_once": True})):
            replies = await self._player.call(act.model_copy(update={"copies": 3, **copies}))
            self._note_same(name, number, replies)
        for variant in ("table", "flat", "spelt_rightly", "numeric_ids", "entity_elsewhere"):
            replies = await self._player.call(applied(act.model_copy(update={"variant": variant})))
            self._note_same(f"the same, {variant}", number, replies)
        fresh = self._raise().model_copy(update={"copies": 4, "at_once": True})
        replies = await self._player.call(fresh)
        self._note(
            "a new body, only in parallel",
            "200 and one number for all",
            passed=len({said.number for said in replies}) == 1 and replies[0].number is not None,
            replies=replies,
        )
        return number

    async def _deviations(self) -> None:
        """What is accepted although it deviates."""
        for variant in (
            "no_text",
            "empty_text",
            "no_order",
            "order_list",
            "lower_case_channel",
            "template_channel",
            "template_names",
            "uid_and_uuid",
            "no_category",
            "language_gr",
            "language_uk",
            "language_inside",
            "no_language",
            "empty_response",
            "wishes",
        ):
            replies = await self._player.call(self._raise(variant))
            self._note(
                variant,
                "200 and a number",
                passed=replies[0].number is not None,
                replies=replies,
            )
        (plural,) = await self._player.call(self._raise("plural_category"))
        self._note(
            "plural_category",
            "attribute Category echoes products-related",
            passed=chat_reply.attribute(plural.answer, "Category") == "products-related",
            replies=[plural],
        )
        own, foreign = [
            (await self._player.call(self._raise().model_copy(update={"order_id": order_id})))[0]
            for order_id in (self._act.order_id, self._act.foreign_order_id)
        ]
        self._note(
            "an order that isn't theirs",
            "200 and the same kind of sentence as for their own",
            passed=own.number is not None and _kind_of(own) == _kind_of(foreign),
            replies=[own, foreign],
        )

    async def _refusals(self) -> None:
        """What is refused, and with which status."""
        for variant, status in (
            ("no_uid", _UNREADABLE),
            ("template_uid", _UNREADABLE),
            ("copied_interest", _UNREADABLE),
            ("broken_json", 400),
            ("wrong_basic", 401),
            ("no_auth", 401),
        ):
            (said,) = await self._player.call(self._raise(variant))
            in_envelope = said.sentence is not None or status != _UNREADABLE
            self._note(
                variant,
                f"{status}" + (", error in the envelope" if status == _UNREADABLE else ""),
                passed=said.status == status and in_envelope,
                replies=[said],
            )

    async def _tracks(self, number: str) -> None:
        """How a complaint stands: to its raiser, and the same to everybody else."""
        mine, foreign, unknown = [
            (await self._player.call(act))[0]
            for act in (
                self._track(number),
                applied(self._track(number).model_copy(update={"variant": "foreign_uid"})),
                self._track(self._act.complaint_id_of_nobody),
            )
        ]
        self._note(
            "the raiser asks at once",
            "200, text, one sentence with the number",
            passed=mine.status == _OK
            and chat_reply.kind(mine.answer) == "text"
            and number != ""
            and number in (mine.sentence or ""),
            replies=[mine],
        )
        nobody = self._act.complaint_id_of_nobody
        sentences = [
            (foreign.sentence or "").replace(number or nobody, "#"),
            (unknown.sentence or "").replace(nobody, "#"),
        ]
        self._note(
            "somebody else asks, or for a number of nobody",
            "200, text, the identical sentence that it isn't found",
            passed=foreign.status == unknown.status == _OK
            and sentences[0] == sentences[1] != ""
            and sentences[0] != (mine.sentence or "").replace(number or nobody, "#"),
            replies=[foreign, unknown],
        )

    def _raise(self, variant: str | None = None) -> Raise:
        """A complaint in new words."""
        text = f"Kettle leaks from the base. {self._stage.fresh_id(8, ALNUM)}"
        act = Raise(
            uid=self._act.uid,
            text=text,
            order_id=self._act.order_id,
            first_name="Asha",
            last_name="Rao",
            username="asha_r",
            variant=variant,
        )
        return applied(act)

    def _track(self, number: str) -> Track:
        return Track(uid=self._act.uid, order_id=self._act.order_id, complaint_id=number)

    def _note_same(self, name: str, number: str, replies: Sequence[Said]) -> None:
        self._note(
            name,
            "200 and the identical number",
            passed=number != "" and all(said.number == number for said in replies),
            replies=replies,
        )

    def _note(self, name: str, expected: str, *, passed: bool, replies: Sequence[Said]) -> None:
        said = [f"{reply.status or 'no answer'}: {reply.sentence}" for reply in replies]
        self._rows.append(Row(name, expected, passed, said))


def _kind_of(said: Said) -> tuple[int | None, str]:
    """Status and sentence without the ids in it."""
    return said.status, re.sub(r"[0-9]+", "#", said.sentence or "")


def view(rows: Sequence[Row]) -> dict[str, object]:
    """The rows for the control API."""
    return {
        "passed": all(row.passed for row in rows),
        "rows": [
            {
                "name": row.name,
                "expected": row.expected,
                "passed": row.passed,
                "said": row.said,
            }
            for row in rows
        ],
    }
