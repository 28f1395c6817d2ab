"""What is logged: ids and counts, whoever logs; nothing of a person and no credential."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

LOGGING = """
import logging, sys
import structlog
from worker import logs
logs.configure()
{0}
"""
SECRETS = ("eva@example.org", "whsec_c2FuZGJveC13ZWJob29r", "+420 602 118 334", "hunter2hunter2")
SAID = (
    "mail eva@example.org key whsec_c2FuZGJveC13ZWJob29r"
    " phone +420 602 118 334 password=hunter2hunter2"
)


def logged(code: str) -> tuple[str, list[dict[str, Any]]]:
    """What a process of ours writes, as text and as its lines of JSON."""
    done = subprocess.run(
        [sys.executable, "-c", LOGGING.format(code)], capture_output=True, text=True, check=True
    )
    return done.stderr, [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    "code",
    [
        f'structlog.get_logger("redress.x").warning("it says {SAID}")',
        f'structlog.get_logger("redress.x").warning("it says", said="{SAID}")',
        f'structlog.get_logger("redress.x").warning("it says", said={{"deep": ["{SAID}"]}})',
        f'structlog.get_logger("redress.x").warning("it says", said=ValueError("{SAID}"))',
        f'logging.getLogger("celery.worker").error("it says %s", "{SAID}")',
        f"""
try:
    raise ValueError("{SAID}")
except ValueError:
    logging.getLogger("celery.app.trace").exception("task raised")
""",
        f"""
try:
    raise ValueError("{SAID}")
except ValueError:
    structlog.get_logger("redress.x").exception("step raised")
""",
    ],
    ids=["event", "fact", "deep", "object", "library", "traceback of a library", "traceback"],
)
def test_nothing_of_a_person_is_written(code: str) -> None:
    """However it came into the line."""
    text, lines = logged(code)
    assert len(lines) == 1
    assert [secret for secret in SECRETS if secret in text] == []
    assert "***" in text


def test_a_worker_keeps_its_name() -> None:
    """Whoever reads the log has to know which one it was."""
    _, (line,) = logged('logging.getLogger("celery.apps.worker").info("inside@vm ready.")')
    assert line["event"] == "inside@vm ready."


def test_ids_counts_and_times_stay() -> None:
    """They are what a log is for."""
    facts = "complaint=1001234567, seq=123456789012, of=[1, 2], share=0.5, done=True, why=None"
    _, (line,) = logged(
        f'structlog.get_logger("redress.x").info("decided", number="1001234567", {facts})'
    )
    assert line["number"] == "1001234567"
    assert (line["complaint"], line["seq"], line["of"]) == (1001234567, 123456789012, [1, 2])
    assert (line["share"], line["done"], line["why"]) == (0.5, True, None)
    assert line["timestamp"].startswith("20")
    assert line["logger"] == "redress.x"
