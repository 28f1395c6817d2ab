"""The supervisor runs real programs here: small Python scripts as parts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from worker.parts import Process
from worker.processes import Identity
from worker.supervisor import (
    Brake,
    FileExists,
    FolderInUse,
    LineSeen,
    Part,
    PartFailed,
    PortOpen,
    Stack,
)

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], {options})
print("child", child.pid, flush=True)
time.sleep(600)
"""
QUICK = Brake(delay_seconds=0.05, pause_seconds=0.05)


def script(name: str, code: str, **fields: Any) -> Part:
    """A part that runs some Python and counts as up when it has written "up"."""
    argv = [sys.executable, "-c", code]
    part = Part(name=name, argv=argv, address=f"address of {name}", ready=LineSeen("up"))
    return replace(part, **fields)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something that must come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it didn't come true in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process lives; a zombie doesn't."""
    return Identity.of(pid) is not None


def child_of(folder: Path, name: str) -> int:
    """The pid that a part running PARENT has written."""
    log = folder / "log" / f"{name}.log"
    until(lambda: log.exists() and "child" in log.read_text())
    return int(log.read_text().split("child")[-1].split()[0])


@contextmanager
def free_port() -> Iterator[int]:
    """A port that nobody else gets; bound without listening, a server may bind beside."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextmanager
def supervisor(folder: Path, *codes: str) -> Iterator[subprocess.Popen[str]]:
    """A process that calls `run` with one part per script, up when the block begins."""
    program = """
import sys
from pathlib import Path
from worker.supervisor import LineSeen, Part, run
folder, *codes = sys.argv[1:]
run([Part(name=f"part{i}", argv=[sys.executable, "-c", code], ready=LineSeen("up"))
     for i, code in enumerate(codes)], Path(folder))
"""
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), *codes],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(f"part{len(codes) - 1}"):
            break
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def recorded(folder: Path, name: str) -> int:
    """The pid that the records of a running stack tell."""
    return int(json.loads((folder / "run" / f"{name}.json").read_text())["pid"])


def nothing_left(folder: Path) -> bool:
    """Whether a stack has ended without a lock, a record or a process of this folder."""
    return not list(folder.glob("*.lock")) and not list((folder / "run").iterdir())


# --- start and end --------------------------------------------------------------------------


def test_every_part_is_announced_with_its_address_in_order(tmp_path: Path) -> None:
    """One line per part, in the order given, each when it is up."""
    said: list[str] = []
    with Stack([script("one", SLEEP), script("two", SLEEP)], tmp_path, say=said.append):
        assert [line.split(maxsplit=1) for line in said] == [
            ["one", "address of one"],
            ["two", "address of two"],
        ]


def test_a_part_starts_only_when_the_one_before_is_up(tmp_path: Path) -> None:
    """The second part finds what the first one made before it said it was up."""
    made = tmp_path / "made"
    first = f"import time; time.sleep(0.3); open({str(made)!r}, 'w').close(); {SLEEP}"
    second = f"import os; print('up' if os.path.exists({str(made)!r}) else 'early'); {SLEEP}"
    with Stack([script("first", first), script("second", second)], tmp_path):
        pass
    assert "early" not in (tmp_path / "log" / "second.log").read_text()


def test_parts_end_in_reverse_order_and_leave_nothing(tmp_path: Path) -> None:
    """Each writes its name when asked to end; the last started writes first."""
    ended = tmp_path / "ended"
    code = """
import signal, sys, time
def end(*_):
    open({path!r}, "a").write("{name} ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(600)
"""
    parts = [script(name, code.format(path=str(ended), name=name)) for name in ("a", "b", "c")]
    with Stack(parts, tmp_path / "data") as stack:
        pids = [stack.pid(name) for name in ("a", "b", "c")]
    assert ended.read_text() == "c b a "
    assert not any(alive(pid) for pid in pids)
    assert nothing_left(tmp_path / "data")


def test_a_team_ends_at_the_same_time(tmp_path: Path) -> None:
    """Three parts that need a second each to end need one together."""
    slow = "import signal, sys, time\n"
    slow += f"signal.signal(15, lambda *_: (time.sleep(1), sys.exit()))\n{SLEEP}"
    stack = Stack([script(name, slow, team="workers") for name in "abc"], tmp_path)
    with stack:
        begin = time.monotonic()
    assert 1 <= time.monotonic() - begin < 2.5


def test_a_deaf_part_and_its_children_are_killed_after_their_grace(tmp_path: Path) -> None:
    """A part that ignores its stop signal is killed, and so is what it forked."""
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + PARENT.format(
        options=""
    )
    said: list[str] = []
    part = script("deaf", code, ready=LineSeen("child"), grace_seconds=0.3)
    with Stack([part], tmp_path, say=said.append) as stack:
        pids = [stack.pid("deaf"), child_of(tmp_path, "deaf")]
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)
    assert said[-1] == "deaf didn't end in time and was killed"


def test_a_part_that_cannot_start_fails_the_whole_start(tmp_path: Path) -> None:
    """The error holds its last lines, and the parts before it are ended."""
    good, bad = script("good", SLEEP), script("bad", "raise SystemExit('no such account')")
    with pytest.raises(PartFailed, match="bad ended with 1:\nno such account"):
        Stack([good, bad], tmp_path, say=lambda _: None).__enter__()
    assert nothing_left(tmp_path)


def test_a_program_that_is_not_there_fails_the_start(tmp_path: Path) -> None:
    """A wrong path is told like any other death."""
    part = Part(name="gone", argv=[str(tmp_path / "gone")], ready=LineSeen("up"))
    with pytest.raises(PartFailed, match="No such file"):
        Stack([part], tmp_path / "data", say=lambda _: None).__enter__()


def test_a_part_that_stands_still_while_starting_is_given_up(tmp_path: Path) -> None:
    """It writes nothing for the part's limit; that it wakes up now and then is no progress."""
    idle = "import time\nwhile True: time.sleep(0.05)"
    part = script("still", idle, stall_seconds=1.0)
    with pytest.raises(PartFailed, match="still isn't up and stood still for 1 s"):
        Stack([part], tmp_path, say=lambda _: None).__enter__()


def test_a_slow_part_that_makes_progress_is_waited_for(tmp_path: Path) -> None:
    """It takes longer than the limit, but it is never silent for that long."""
    code = f"import time\nfor i in range(6): print(i, flush=True); time.sleep(0.4)\n{SLEEP}"
    with Stack([script("slow", code, stall_seconds=1.5)], tmp_path) as stack:
        assert alive(stack.pid("slow"))


def test_a_silent_part_that_computes_is_waited_for(tmp_path: Path) -> None:
    """Processor time is progress too: not every long start says that it goes on."""
    code = f"import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: pass\n{SLEEP}"
    with Stack([script("busy", code, stall_seconds=1.5)], tmp_path) as stack:
        assert alive(stack.pid("busy"))


def test_a_port_and_a_file_can_tell_that_a_part_is_up(tmp_path: Path) -> None:
    """Besides a line on its output."""
    made = tmp_path / "made"
    listen = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    time.sleep(600)
"""
    with free_port() as port:
        parts = [
            Part(
                name="port",
                argv=[sys.executable, "-c", listen, str(port)],
                ready=PortOpen(port),
            ),
            script("file", f"open({str(made)!r}, 'w').close(); {SLEEP}", ready=FileExists(made)),
        ]
        with Stack(parts, tmp_path):
            assert PortOpen(port)("")
            assert made.exists()
        assert not PortOpen(port)("")


def test_a_part_sees_its_environment_and_only_that_when_asked(tmp_path: Path) -> None:
    """`env` is added to ours, or is all there is."""
    code = f"import os; print(sorted(os.environ)); {SLEEP}"
    only = script("only", code, env={"A": "1"}, inherit_env=False)
    more = script("more", code, env={"A": "1"})
    with Stack([only, more], tmp_path):
        pass
    assert "PATH" not in (tmp_path / "log" / "only.log").read_text()
    assert "'A'" in (tmp_path / "log" / "more.log").read_text()
    assert "PATH" in (tmp_path / "log" / "more.log").read_text()


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    """The next start begins a new file and keeps the old one beside it."""
    log = tmp_path / "log" / "noisy.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * 20_000_001)
    with Stack([script("noisy", SLEEP)], tmp_path):
        assert log.stat().st_size < 100
    assert (tmp_path / "log" / "noisy.log.1").stat().st_size == 20_000_001


# --- deaths ---------------------------------------------------------------------------------


def test_the_brake_holds_only_for_deaths_that_come_close_together() -> None:
    """Five deaths within a minute are a crash loop; five in an hour are not."""
    brake = Brake(delay_seconds=1, deaths=5, within_seconds=60, pause_seconds=30)
    assert brake.wait([]) == 1
    assert brake.wait([0, 1, 2, 3]) == 1
    assert brake.wait([0, 1, 2, 3, 4]) == 30
    assert brake.wait([0, 15, 30, 45, 60]) == 30
    assert brake.wait([0, 15, 30, 45, 61]) == 1


@pytest.mark.kill
def test_a_killed_part_comes_back_under_another_pid(tmp_path: Path) -> None:
    """And its neighbour isn't touched."""
    with Stack([script("one", SLEEP), script("two", SLEEP)], tmp_path, brake=QUICK) as stack:
        neighbour, old = stack.pid("one"), stack.kill("two")
        new = stack.wait_up("two", after=old, timeout=10)
        assert new != old
        assert stack.pid("one") == neighbour
        assert not alive(old)


@pytest.mark.kill
def test_the_children_of_a_killed_part_do_not_outlive_it(tmp_path: Path) -> None:
    """A worker's forked children would go on working beside the new ones."""
    part = script("parent", PARENT.format(options=""), ready=LineSeen("child"))
    with Stack([part], tmp_path, brake=QUICK) as stack:
        child = child_of(tmp_path, "parent")
        stack.wait_up("parent", after=stack.kill("parent"), timeout=10)
        assert not alive(child)


def test_a_crash_loop_is_braked_and_told_with_the_last_lines(tmp_path: Path) -> None:
    """It runs once, then never again; the supervisor must not spin."""
    flag, said = tmp_path / "ran", list[str]()
    code = f"""
import os, sys, time
print("up", flush=True)
if not os.path.exists({str(flag)!r}):
    open({str(flag)!r}, "w").close()
    time.sleep(0.3)
sys.exit("the table is gone")
"""
    brake = Brake(delay_seconds=0.05, deaths=3, within_seconds=60, pause_seconds=600)
    with Stack([script("loop", code)], tmp_path / "data", say=said.append, brake=brake):
        until(lambda: any("died 3 times" in line for line in said))
        told = said[-1]
        time.sleep(0.5)
    assert "next try in 600 s" in told
    assert "the table is gone" in told
    assert sum("starting it again" in line for line in said) == 2


@pytest.mark.kill
def test_deaths_that_a_person_asked_for_do_not_count_for_the_brake(tmp_path: Path) -> None:
    """A test may kill a part as often as it likes."""
    brake = Brake(delay_seconds=0.01, deaths=2, within_seconds=60, pause_seconds=600)
    with Stack([script("victim", SLEEP)], tmp_path, brake=brake) as stack:
        pids = {stack.wait_up("victim", after=stack.kill("victim")) for _ in range(4)}
    assert len(pids) == 4


def test_restart_ends_a_part_with_grace(tmp_path: Path) -> None:
    """It hears its stop signal, and the new one is up when the call returns."""
    code = f"import signal, sys; signal.signal(15, lambda *_: sys.exit('bye')); {SLEEP}"
    with Stack([script("part", code)], tmp_path) as stack:
        old = stack.pid("part")
        new = stack.restart("part", timeout=10)
        assert new != old
        assert "bye" in (tmp_path / "log" / "part.log").read_text()
        with pytest.raises(TimeoutError):
            stack.wait_up("part", after=new, timeout=0.1)


# --- one folder, one stack ------------------------------------------------------------------


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """The text names the folder and the process; the first stack goes on."""
    with Stack([script("one", SLEEP)], tmp_path) as stack:
        with pytest.raises(FolderInUse, match=f"{tmp_path} is in use by process {os.getpid()}"):
            Stack([script("other", SLEEP)], tmp_path).__enter__()
        assert alive(stack.pid("one"))


def test_two_stacks_in_two_folders_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Neither takes the other's parts for orphans."""
    with (
        Stack([script("part", SLEEP)], tmp_path / "a") as a,
        Stack([script("part", SLEEP)], tmp_path / "b") as b,
    ):
        assert alive(a.pid("part"))
        assert alive(b.pid("part"))


@pytest.mark.kill
def test_parts_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    """The kernel ends them; nobody else could."""
    with supervisor(tmp_path, SLEEP, SLEEP) as child:
        pids = [recorded(tmp_path, name) for name in ("part0", "part1")]
        child.kill()
        until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.kill
def test_what_a_killed_supervisor_left_is_ended_by_the_next_start(tmp_path: Path) -> None:
    """A deaf part, and a child that went away into a session of its own."""
    runaway = PARENT.format(options="start_new_session=True").replace('"child"', '"up child"')
    with supervisor(tmp_path, DEAF, runaway) as child:
        left = [recorded(tmp_path, "part0"), child_of(tmp_path, "part1")]
        child.kill()
        child.wait()
        time.sleep(0.3)
        assert all(alive(pid) for pid in left)
        said: list[str] = []
        stack = Stack([], tmp_path, say=said.append, leftover_grace_seconds=0.3)
        with stack:
            assert not any(alive(pid) for pid in left)
        assert said == ["Ending 2 processes that an earlier run left behind"]


def test_a_process_that_got_a_recorded_pid_later_is_spared(tmp_path: Path) -> None:
    """A pid alone proves nothing: the start time must be the recorded one too."""
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        record = tmp_path / "run" / "worker.json"
        record.parent.mkdir()
        record.write_text(json.dumps({"pid": stranger.pid, "started": "some boot/1"}))
        with Stack([], tmp_path, say=lambda _: None):
            assert stranger.poll() is None
        assert nothing_left(tmp_path)
    finally:
        stranger.kill()
        stranger.wait()


# --- in the foreground ----------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a service manager's TERM and a closed terminal are the same to it."""
    with supervisor(tmp_path, SLEEP) as child:
        pid = recorded(tmp_path, "part0")
        child.send_signal(number)
        assert child.wait(10) == 0
        assert not alive(pid)
        assert nothing_left(tmp_path)


def test_a_second_ctrl_c_ends_without_grace(tmp_path: Path) -> None:
    """A person who is in a hurry needn't wait for a deaf part's ten seconds."""
    with supervisor(tmp_path, DEAF) as child:
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        time.sleep(1.2)
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 0
        assert time.monotonic() - begin < 5
        assert nothing_left(tmp_path)


def test_a_process_leaves_no_zombie(tmp_path: Path) -> None:
    """Ending twice is harmless, and the exit code is known afterwards."""
    process = Process(script("short", "raise SystemExit(3)"), tmp_path)
    until(lambda: process.exit_code() is not None)
    assert process.end()
    assert process.end()
    assert process.exit_code() == 3
    assert not Path(f"/proc/{process.pid}").exists()
