"""Commands that run until they are stopped: receiver, up, sandbox, demo."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from worker.cli import words
from worker.cli.reach import read_settings

PANEL = "Run"


def receiver(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="from the settings")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port.", show_default="from the settings"),
    ] = None,
) -> None:
    """Take webhooks and the chat's calls, on one port, until it is stopped."""
    from worker import app, logs, receiver, serving, wiring

    settings = read_settings(ctx)
    host = settings.receiver.host if host is None else host
    listener = _listen(host, settings.receiver.port if port is None else port)
    try:
        wired = wiring.Wiring.build(settings, app.create(settings, wiring.broker_url(settings)))
    except wiring.NotConfigured as fault:
        words.fail(str(fault), code=words.MISUSED)
    logs.configure()
    wiring.warn(settings)
    try:
        made = receiver.create(wired.deps, settings)
        words.err().print(f"Listening on http://{host}:{listener.getsockname()[1]}", markup=False)
        with _polite_ends():
            serving.server(made, settings.receiver.read_seconds).run(sockets=[listener])
    finally:
        wired.close()
    words.err().print("Stopped; what was received is stored.", markup=False)


def drain(ctx: typer.Context) -> None:
    """Do the work while the broker is away; wait while it answers.  `redress up` runs one."""
    import threading

    from worker import app, logs, schedule, wiring
    from worker.drain import Drain

    settings = read_settings(ctx)
    try:
        wired = wiring.Wiring.build(settings, app.create(settings, wiring.broker_url(settings)))
    except wiring.NotConfigured as fault:
        words.fail(str(fault), code=words.MISUSED)
    logs.configure()
    wiring.warn(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    words.err().print("Watching the broker.", markup=False)
    try:
        Drain(wired.deps, wired.broker_answers, schedule.periods(settings.sweep.seconds)).run(stop)
    finally:
        wired.close()
    words.err().print("Stopped.", markup=False)


def _listen(host: str, port: int) -> socket.socket:
    """A socket on that port; the command ends when it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        words.fail(
            f"port {port} of {host} can't be listened on ({error.strerror})",
            "is something else using it? --port takes another",
        )


@contextmanager
def _polite_ends() -> Iterator[None]:
    """Ending by Ctrl-C or SIGTERM is success: uvicorn would die of the signal afterwards."""

    def nothing(_number: int, _frame: FrameType | None) -> None:
        pass

    former = {number: signal.signal(number, nothing) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def up(
    ctx: typer.Context,
    world: Annotated[
        bool,
        typer.Option(
            "--world",
            help="With the sandbox and an invented shop whose weeks pass; needs no settings.",
        ),
    ] = False,
) -> None:
    """Start everything on this machine: database, broker, workers, schedule, receiver."""
    from worker import up as stack
    from worker.demo import live
    from worker.embedded import EmbeddedUnavailable, FolderInUse
    from worker.supervisor import PartFailed

    try:
        if world:
            live.run(Path("var") / "world")
        else:
            stack.start(read_settings(ctx))
    except (EmbeddedUnavailable, FolderInUse, PartFailed) as fault:
        words.fail(str(fault))


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8090,
    wire: Annotated[
        Path | None, typer.Option(help="Append every exchange to this file.", show_default=False)
    ] = None,
) -> None:
    """Serve local stand-ins of the providers; they need no account and reach nobody.

    A page at the root of the printed address shows their state.
    """
    from providers.sandbox.__main__ import main

    def tell(url: str) -> None:
        words.err().print(f"What it holds is shown at {url}", markup=False)

    arguments = ["--host", host, "--port", str(port)]
    main([*arguments, *(["--wire", str(wire)] if wire else [])], then=tell)


def demo(
    source: Annotated[
        Path | None,
        typer.Option(
            "--input", metavar="DIR", help="Real orders to play with.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same story.")] = 1,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS_PER_SECOND",
            min=0,
            help="How fast the story's days pass.",
            show_default="as fast as it goes",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The result for machines.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep the database, logs and wire log.", show_default=False
        ),
    ] = None,
    faults: Annotated[
        float,
        typer.Option(
            metavar="RATE",
            min=0,
            max=0.9,
            help="Spoil this share of all requests, as 0.2; webhooks and the chat suffer too.",
            show_default="none",
        ),
    ] = 0,
) -> None:
    """Play weeks of a shop's complaints against the sandbox, and prove that all agrees."""
    from worker import demo as story

    raise typer.Exit(
        story.run(source=source, seed=seed, speed=speed, as_json=as_json, keep=keep, faults=faults)
    )


def chaos(
    seed: Annotated[int, typer.Option(help="Fixes the world and the accidents.")] = 1,
    changes: Annotated[
        int,
        typer.Option(min=1, help="How many changes there are in the world, at least."),
    ] = 1000,
    kills: Annotated[
        int, typer.Option(min=0, help="So often something is killed; half are worker processes.")
    ] = 10,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="provider, network, clock, pause, or none; may be given several times.",
            show_default="all",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The result for machines.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the evidence and the logs.", show_default=False),
    ] = None,
) -> None:
    """Kill everything again and again while a story is played, and prove that nothing is lost.

    It starts servers, workers and providers of its own on this machine, and touches nothing else.
    """
    from worker.chaos.accidents import Fault
    from worker.chaos.run import tell

    wanted = list(Fault) if faults is None else []
    for kind in faults or ():
        if kind != "none" and kind not in set(Fault):
            words.fail(
                f"there is no fault {kind}", f"one of {', '.join(Fault)}, none", words.MISUSED
            )
        wanted += [Fault(kind)] if kind != "none" else []
    raise typer.Exit(
        tell(
            seed=seed,
            changes=changes,
            kills=kills,
            faults=frozenset(wanted),
            as_json=as_json,
            keep=keep,
        )
    )


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    for command in (up, demo, chaos, receiver, drain, sandbox):
        app.command(rich_help_panel=PANEL)(command)
