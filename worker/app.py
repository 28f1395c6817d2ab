"""The Celery app: ``celery -A worker.app worker`` and ``celery -A worker.app beat``.

The app is made when `app` is first asked for, so that importing this module reads nothing.
Engines and clients are made after the fork, in each worker process.
"""

from __future__ import annotations

import gc
import random
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    task_received,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)
from celery.worker import state
from kombu import Queue

from complaints import store
from tasks.step import QUEUES
from worker import deaths, liveness, schedule
from worker.logs import configure as configure_logs

if TYPE_CHECKING:
    from worker.settings import Settings
    from worker.wiring import Wiring

PREFIX = "redress:"
"""Of all keys of the broker."""

PUBLISH_SECONDS = 5.0
"""How long a publish may hang on a broker that doesn't answer."""


class Redress(Celery):
    """A Celery app that carries its settings, and in a worker process the wiring."""

    settings: Settings
    wiring: Wiring | None = None


def create(settings: Settings, broker_url: str) -> Redress:
    """Make the app for these settings.  Connects to nothing."""
    app = Redress("redress", broker=broker_url, set_as_current=False)
    app.conf.update(
        # Anybody who can write to the broker could otherwise run code through a pickle.
        task_serializer="json",
        accept_content=["json"],
        # Outcomes live in PostgreSQL; a result backend only grows.
        task_ignore_result=True,
        result_backend=None,
        # The lease and the sweep are the retry: late acknowledgement would add a second one.
        task_acks_late=False,
        # A step takes all there is; a prefetched message would only wait behind it.
        worker_prefetch_multiplier=1,
        # A step's queue has its name; a queue of another name is a mistake.
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue="sweep",
        task_create_missing_queues=False,
        # A nudge that can't be sent now is worth nothing later: the sweep finds the row.
        task_publish_retry=False,
        broker_transport_options={
            "socket_timeout": PUBLISH_SECONDS,
            "socket_connect_timeout": 3.0,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "global_keyprefix": PREFIX,
        },
        broker_connection_timeout=4,
        # Wait for the broker for ever: Celery's own default gives up after 100 tries.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        # On TERM a running step ends within its round of 20 s; this is the grace beyond.
        worker_soft_shutdown_timeout=60.0,
        # A step that hangs is killed; its rows come back when their leases run out.
        task_time_limit=600,
        task_soft_time_limit=540,
        # Leaks stay small.
        worker_max_tasks_per_child=5000,
        worker_max_memory_per_child=400_000,
        # Celery 5.7.0 ends on about every second broker loss without it.
        worker_consumer="worker.consumer:SafeConsumer",
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        beat_schedule=schedule.entries(settings.sweep.seconds),
        beat_max_loop_interval=min(settings.sweep.seconds, 5.0),
        enable_utc=True,
        timezone="UTC",
        imports=("tasks.step",),
    )
    app.settings = settings
    return app


def __getattr__(name: str) -> Redress:
    if name != "app":
        raise AttributeError(name)
    from worker import wiring  # noqa: PLC0415 - reading settings is for processes that ask

    made = wiring.celery_app()
    globals()["app"] = made
    return made


@setup_logging.connect
def _logs(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    configure_logs()


@worker_process_init.connect
def _wire(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    """Make what must not be shared over a fork."""
    from worker import wiring  # noqa: PLC0415

    random.seed()
    app = globals()["app"]
    app.wiring = wiring.Wiring.build(app.settings, app)
    # All that was made by now stays: the collector needn't go through it again and again.
    gc.collect()
    gc.freeze()


@worker_ready.connect
def _watch(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    """Find out, from the main process, when nothing is consumed any more."""
    from worker import wiring  # noqa: PLC0415

    app = globals()["app"]
    client = wiring.redis_client(app.conf.broker_url)
    names = list(app.amqp.queues.consume_from)
    watch = liveness.Liveness(
        waiting=lambda: liveness.queued(client, names, PREFIX),
        busy=lambda: bool(state.active_requests or state.reserved_requests),
        end=liveness.end_this_process,
    )
    task_received.connect(lambda **_: watch.took(), weak=False)
    watch.begin()
    deaths.watch(partial(_note_death, wiring.database_url(app.settings)))


def _note_death(url: str, worker: str, how: str) -> None:
    """Write down how a child ended; this process keeps no connection of its own."""
    opened = store.open(url)
    try:
        opened.accounts.died(worker, how)
    finally:
        opened.close()


@worker_process_shutdown.connect
def _unwire(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    wired = getattr(globals().get("app"), "wiring", None)
    if wired is not None:
        wired.close()


@beat_init.connect
def _beat(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    configure_logs()
