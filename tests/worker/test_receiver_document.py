"""The receiver against its own OpenAPI document: it has those doors, and answers as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import status_code_conformance
from starlette.routing import Route

from tests.worker.test_receiver import LOGIN, Mouth
from tests.worker.test_receiver_fuzz import TOKEN, mouth
from worker import receiver

__all__ = ["mouth"]

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "receiver.openapi.json").read_text(encoding="utf-8")
)
ACCOUNTS = ("demo-pay", "demo-desk", "demo-bot", "nobody")
UNHURRIED = list(HealthCheck)
OPERATIONS = sorted(
    (path, method) for path, methods in DOCUMENT["paths"].items() for method in methods
)


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Path and method of each door; what a path goes on with is called by the document's names."""
    for route in app._app.routes:
        assert isinstance(route, Route)
        path = re.sub(r"\{path:path\}", "/api/rest/v1/ecom/integrations/{call}", route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield re.sub(r":path\}", "}", path), method.lower()


def test_the_document_has_the_doors_that_there_are(mouth: Mouth) -> None:
    """Each, and no other."""
    app = receiver.create(mouth.wired.deps, mouth.settings)
    assert sorted(routes(app)) == OPERATIONS


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda one: one.strip("/"))
@pytest.mark.parametrize("known", [False, True], ids=["nobody", "somebody"])
def test_it_answers_as_the_document_says(
    mouth: Mouth, path: str, method: str, *, known: bool
) -> None:
    """Whatever is asked: a status that the document has, and no 5xx but "not ready"."""
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method.upper()]
    base = str(mouth.http.base_url)

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=UNHURRIED)
    @given(case=operation.as_strategy(), account=st.sampled_from(ACCOUNTS))
    def ask(case: Any, account: str) -> None:
        if "account" in (case.path_parameters or {}):
            case.path_parameters["account"] = account
        headers = {"authorization": f"Bearer {TOKEN}"} if known and "/api/c" in path else None
        login = LOGIN if known and path.startswith("/chat/") else None
        answer = case.call(base_url=base, headers=headers, auth=login)
        case.validate_response(answer, checks=[status_code_conformance])
        assert answer.status_code < 500 or path == "/health/ready"

    ask()
    if not known:
        assert mouth.rows("SELECT count(*) FROM receipt") == [(0,)]
