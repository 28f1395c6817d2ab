"""Reading the form of POST /v1/api/disputes as strictly as its page describes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from providers.sandbox import zenki_shapes as shapes
from providers.sandbox.codec import BadJson
from providers.sandbox.exchange import Answer, Request
from providers.sandbox.multipart import BadForm, Part
from providers.sandbox.schema import Problem, check
from providers.sandbox.stage import Stage
from providers.sandbox.zenki_book import Evidence
from providers.sandbox.zenki_errors import error, invalid

_AT = "createDispute"
_TEXTS = ("orderId", "title", "description")
# The shopper portal takes JPG, GIF and PNG; they are known by their first bytes.
_IMAGES = (b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"\x89PNG\r\n\x1a\n")


@dataclass(slots=True)
class Filing:
    """A dispute as it was sent; `order_id` is Zenki's own id."""

    order_id: str
    title: str
    description: str
    attachments: list[Evidence] = field(default_factory=list)


def read(request: Request, stage: Stage) -> Filing | Answer:
    """The filing, or the answer that refuses it."""
    if request.media_type == "multipart/form-data":
        try:
            return _read_form(request.form, stage)
        except BadForm as problem:
            return error(stage, 400, f"The form is not readable: {problem}.")
    if request.media_type == "application/json" and stage.knobs.dispute_json_body == "accept":
        return _read_json(request, stage)
    return error(stage, 415, "The Content-Type must be multipart/form-data.")


def _read_json(request: Request, stage: Stage) -> Filing | Answer:
    try:
        document = request.document
    except BadJson:
        return error(stage, 400, "The body is not readable.")
    if not isinstance(document, dict):
        return error(stage, 400, "The body must be an object.")
    return _file(document, stage)


def _read_form(parts: Iterable[Part], stage: Stage) -> Filing | Answer:
    texts: dict[str, object] = {}
    files: list[Part] = []
    problems: list[Problem] = []
    for part in parts:
        if part.name == "attachments":
            files.append(part)
            if part.filename is None:
                problems.append(Problem("/attachments", "Expected a file part"))
        elif part.filename is not None:
            problems.append(Problem(f"/{part.name}", "Expected a text part"))
        elif part.name in texts:
            problems.append(Problem(f"/{part.name}", "Sent more than once"))
        else:
            texts[part.name] = part.text
    if problems:
        return invalid(stage, _AT, problems)
    filing = _file(texts, stage)
    if isinstance(filing, Answer):
        return filing
    refused = _refused_file(files, stage)
    if refused is not None:
        return refused
    filing.attachments = [
        Evidence(
            file.filename or "",
            file.content_type,
            len(file.content),
            hashlib.sha256(file.content).hexdigest(),
        )
        for file in files
    ]
    return filing


def _file(members: dict[str, object], stage: Stage) -> Filing | Answer:
    problems = check(members, shapes.DISPUTE, extra=stage.knobs.unknown_fields)
    problems.extend(
        Problem(f"/{name}", "Required property", missing=True)
        for name in _TEXTS
        if isinstance(text := members.get(name), str) and not text.strip()
    )
    if problems:
        return invalid(stage, _AT, problems)
    return Filing(str(members["orderId"]), str(members["title"]), str(members["description"]))


def _refused_file(files: Iterable[Part], stage: Stage) -> Answer | None:
    for file in files:
        if len(file.content) > stage.knobs.attachment_max_bytes:
            return error(stage, stage.knobs.attachment_too_large, "An attachment is too large.")
        if stage.knobs.attachment_types_checked and not file.content.startswith(_IMAGES):
            problem = Problem("/attachments", "Must be JPG, GIF or PNG")
            return invalid(stage, _AT, [problem])
    return None
