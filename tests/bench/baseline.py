"""What Redress is measured against: one Celery task and one transaction for every change.

``celery -A tests.bench.baseline worker`` runs the production app, wired as in production, with
four more tasks.  The decision code is Redress's own, with a batch of one.  What a task for each
change can do without is left out, to its advantage: a claim in a commit of its own, nudges, the
look at which accounts were released, and log lines.
"""

from __future__ import annotations

import logging
from functools import cache
from uuid import uuid4

import redis
from kombu import Queue
from sqlalchemy import text

from complaints import flow
from complaints.model import Observation
from complaints.store import casework, saving
from complaints.store.receipts import Batch
from tasks.step import wired
from tests.bench.names import CHANGE, CHANGES, DONE, DONE_KEY, NOTHING, QUEUE
from worker import wiring
from worker.app import app

_TAKE = text("""
WITH taken AS (
  UPDATE receipt SET attempts = attempts + 1, lease = :lease
  WHERE seq = :seq AND verdict = 'pending'
  RETURNING seq, received_at
)
SELECT o.seq, o.account, o.source, o.form, o.external_id, o.received_at, o.as_of, o.number, p.body
FROM taken t JOIN observation o ON o.seq = t.seq AND o.received_at = t.received_at
JOIN payload p ON p.seq = t.seq
""")

for _talker in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(_talker).setLevel(logging.WARNING)

app.conf.update(
    task_queues=[Queue(QUEUE)],
    task_default_queue=QUEUE,
    # Small tasks want to lie ready.
    worker_prefetch_multiplier=32,
)


@app.task(name=NOTHING)
def nothing(seq: int) -> None:
    """Do nothing: what Celery alone costs."""


@app.task(name=CHANGE)
def change(seq: int) -> None:
    """Decide one observation in one transaction."""
    deps = wired(app).deps
    lease = uuid4()
    with deps.store.engine.begin() as connection:
        row = connection.execute(_TAKE, {"seq": seq, "lease": lease}).mappings().one()
        observation = Observation.model_validate(dict(row))
        now = deps.clock()
        news = [(observation, deps.providers[observation.account].parse(observation))]
        docket = casework.load(connection, news, deps.accounts)
        flow.take_all(docket, news, deps, now)
        batch = Batch(lease, (observation,))
        saving.save(connection, docket, batch, now, deps.accounts, frozenset())


@app.task(name=CHANGES)
def changes(seqs: list[int]) -> None:
    """The same for many observations, without a message for each: what Celery adds."""
    for seq in seqs:
        change(seq)


@app.task(name=DONE)
def done() -> None:
    """Say that everything before this was begun."""
    _broker().rpush(DONE_KEY, 1)


@cache
def _broker() -> redis.Redis:
    return redis.Redis.from_url(wiring.broker_url(app.settings))
