"""The supervisor on real processes: small ones first, then the whole shop (marked journey)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from channels.supervisor.folder import DataFolder, FolderInUseError
from channels.supervisor.keeper import RESTARTS_PER_MINUTE, Keeper, Kept
from channels.supervisor.processes import Child, Command, StartError, stop_all, wait_until
from crm_core.settings import ROOT

FOREVER = "import time\nwhile True: time.sleep(60)"
DEAF = (
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    f"print('deaf', flush=True)\n{FOREVER}"
)
PARENT_OF_SLEEPER = (
    "import subprocess, sys\n"
    f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
    f"print(child.pid, flush=True)\n{FOREVER}"
)


def eventually(true: Callable[[], bool], limit_s: float = 120) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def python(tmp_path: Path, program: str, name: str = "child") -> Command:
    return Command(name, [sys.executable, "-c", program], tmp_path / f"{name}.log")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    started: list[Child] = []

    def start(program: str, name: str = "child") -> Child:
        started.append(Child(python(tmp_path, program, name)))
        return started[-1]

    yield start
    stop_all(started, grace_s=0)


def printed(child: Child) -> str:
    eventually(lambda: child.command.log.read_text().endswith("\n"))
    return child.command.log.read_text().strip()


def outsider(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from channels.supervisor.processes import Child, Command\n"
        f"command = Command('c', [sys.executable, '-c', {FOREVER!r}], pathlib.Path(sys.argv[1]))\n"
        f"print(Child(command).pid, flush=True)\n{FOREVER}"
    )
    parent = outsider(program, tmp_path / "log")
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)
    parent.kill()
    parent.wait(60)
    parent.stdout.close()
    eventually(lambda: is_gone(pid))


def test_a_child_that_ignores_the_request_to_stop_is_killed_after_the_grace_time(
    start: Callable[..., Child],
) -> None:
    child = start(DEAF)
    assert printed(child) == "deaf"
    child.stop(grace_s=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_what_a_child_started_itself_ends_with_it(start: Callable[..., Child]) -> None:
    child = start(PARENT_OF_SLEEPER)
    grandchild = int(printed(child))
    child.stop(grace_s=5)
    eventually(lambda: is_gone(grandchild))


def test_a_child_that_ends_before_it_is_ready_is_reported_with_its_code(
    start: Callable[..., Child],
) -> None:
    child = start("raise SystemExit(3)")
    with pytest.raises(StartError, match="ended with code 3") as caught:
        wait_until(lambda: False, child, limit_s=20)
    assert caught.value.log == child.command.log


def test_a_child_that_never_becomes_ready_is_reported_after_its_limit(
    start: Callable[..., Child],
) -> None:
    with pytest.raises(StartError, match="was not ready after 0 s"):
        wait_until(lambda: False, start(FOREVER), limit_s=0.1)


def test_a_second_owner_of_a_data_folder_is_told_who_has_it(tmp_path: Path) -> None:
    first = DataFolder(tmp_path).claim()
    with pytest.raises(FolderInUseError, match=f"process {os.getpid()}"):
        DataFolder(tmp_path).claim()
    first.release()


def test_who_was_refused_a_data_folder_takes_nothing_from_its_owner(tmp_path: Path) -> None:
    owner = DataFolder(tmp_path).claim()
    refused = DataFolder(tmp_path)
    with pytest.raises(FolderInUseError):
        refused.claim()
    refused.release()
    assert refused.running() == owner.running()
    assert owner.running() is not None
    owner.release()


def test_a_released_data_folder_can_be_claimed_again(tmp_path: Path) -> None:
    DataFolder(tmp_path).claim().release()
    second = DataFolder(tmp_path).claim()
    assert second.running() is not None
    second.release()
    assert second.running() is None


def test_addresses_of_the_owner_are_found_by_others_and_readable_by_us_only(
    tmp_path: Path,
) -> None:
    owner = DataFolder(tmp_path).claim()
    owner.publish(database_url="postgresql+psycopg://u:p@h/d")
    found = DataFolder(tmp_path).running()
    assert found is not None
    assert found.addresses == {"database_url": "postgresql+psycopg://u:p@h/d"}
    assert (tmp_path / "running.json").stat().st_mode & 0o777 == 0o600
    owner.release()


def test_after_a_killed_owner_the_folder_is_free_and_its_left_over_process_is_stopped(
    tmp_path: Path,
) -> None:
    program = (  # the child is started around our launcher, so it survives its parent
        "import subprocess, sys, pathlib\n"
        "from channels.supervisor.folder import DataFolder\n"
        "folder = DataFolder(pathlib.Path(sys.argv[1])).claim()\n"
        "quiet = {'stdout': subprocess.DEVNULL, 'start_new_session': True}\n"
        f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}], **quiet)\n"
        f"folder.remember('survivor', child.pid)\nprint(child.pid, flush=True)\n{FOREVER}"
    )
    owner = outsider(program, tmp_path)
    assert owner.stdout is not None
    survivor = int(owner.stdout.readline())
    owner.kill()
    owner.wait(60)
    owner.stdout.close()
    assert not is_gone(survivor)
    folder = DataFolder(tmp_path).claim()
    assert is_gone(survivor)
    folder.release()


def test_a_process_that_only_got_the_number_of_an_old_child_is_left_alone(
    tmp_path: Path, start: Callable[..., Child]
) -> None:
    innocent = start(FOREVER, "innocent")
    crashed = DataFolder(tmp_path).claim()
    crashed.remember("old", innocent.pid)
    text = (tmp_path / "running.json").read_text()
    created = psutil.Process(innocent.pid).create_time()
    crashed.release()
    (tmp_path / "running.json").write_text(text.replace(str(created), str(created - 1000)))
    DataFolder(tmp_path).claim().release()
    assert innocent.exit_code is None


class Hands:
    """A clock that the test turns, and what the keeper said."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.said: list[str] = []

    def keeper(self) -> Keeper:
        return Keeper(self.said.append, lambda _name, _pid: None, lambda: self.now)


def kept(tmp_path: Path, program: str) -> Kept:
    command = python(tmp_path, program)
    return Kept("child", "Child", lambda: Child(command), lambda: True, limit_s=20)


def test_a_child_that_dies_is_started_again_after_a_pause_and_that_is_said(tmp_path: Path) -> None:
    hands = Hands()
    keeper = hands.keeper()
    one = kept(tmp_path, FOREVER)
    keeper.add(one)
    assert one.child is not None
    first = one.child
    first.signal(signal.SIGKILL)
    first.wait(60)
    keeper.look()
    assert one.child is first
    assert hands.said[0].startswith("child ended with code -9; starting it again in 0.5 s")
    hands.now += 0.5
    keeper.look()
    keeper.look()
    assert one.child is not first
    assert one.child.exit_code is None
    assert hands.said[-1] == "child is back"
    keeper.stop()


def test_a_renewed_child_is_replaced_at_once_and_that_is_no_crash(tmp_path: Path) -> None:
    hands = Hands()
    keeper = hands.keeper()
    one = kept(tmp_path, FOREVER)
    keeper.add(one)
    first = one.child
    assert first is not None
    keeper.renew("child")
    first.wait(60)
    keeper.look()
    keeper.look()
    assert one.child is not first
    assert one.child is not None
    assert one.child.exit_code is None
    assert list(one.restarts) == []
    assert hands.said == ["child is back"]
    keeper.stop()


def test_a_child_that_is_deaf_to_renewal_is_killed_after_the_grace_time(tmp_path: Path) -> None:
    hands = Hands()
    keeper = hands.keeper()
    one = kept(tmp_path, DEAF)
    keeper.add(one)
    first = one.child
    assert first is not None
    assert printed(first) == "deaf"
    keeper.renew("child")
    hands.now += 9.9
    keeper.look()
    assert first.exit_code is None
    hands.now += 0.1
    keeper.look()
    assert first.wait(60) == -signal.SIGKILL
    keeper.look()
    assert one.child is not first
    keeper.stop(grace_s=0)


def test_a_child_that_keeps_dying_is_started_with_growing_pauses_and_a_limit_per_minute(
    tmp_path: Path,
) -> None:
    hands = Hands()
    keeper = hands.keeper()
    one = kept(tmp_path, "raise SystemExit(1)")
    keeper.add(one)
    begun, pauses = hands.now, []
    for _ in range(RESTARTS_PER_MINUTE + 1):
        assert one.child is not None
        one.child.wait(60)
        keeper.look()
        assert one.due_at is not None
        pauses.append(one.due_at - hands.now)
        hands.now = one.due_at
        keeper.look()
    assert pauses[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert hands.now - begun == pytest.approx(
        60.5
    )  # the sixth waits until the first is a minute old
    keeper.stop()


def test_two_databases_run_side_by_side_and_keep_their_own_data(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "a", tmp_path / "a.log") as one,
        EmbeddedPostgres(tmp_path / "b", tmp_path / "b.log") as other,
    ):
        with one.connect("sapa") as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        with other.connect("sapa") as connection:
            found = connection.execute("SELECT to_regclass('only_here')").fetchone()
    assert found == (None,)


def test_committed_data_survive_a_killed_database_server(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", tmp_path / "pg.log").start()
    with server.connect("sapa") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.child.signal(signal.SIGKILL)
    server.child.wait(60)
    port = server.port
    server.start()
    with server.connect("sapa") as connection:
        answer = connection.execute("SELECT answer FROM kept").fetchone()
    server.stop()
    assert answer == (42,)
    assert server.port == port


def test_a_database_server_left_over_by_a_crash_is_replaced(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path / "pg", tmp_path / "pg.log").start()
    second = EmbeddedPostgres(tmp_path / "pg", tmp_path / "pg.log").start()
    assert first.child.wait(60) is not None
    with second.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()


def test_the_embedded_servers_refuse_a_wrong_password(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "pg", tmp_path / "pg.log") as postgres,
        EmbeddedValkey(tmp_path / "valkey", tmp_path / "valkey.log") as valkey,
    ):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://sapa:wrong@127.0.0.1:{postgres.port}/sapa")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=valkey.port, password="wrong").ping()
