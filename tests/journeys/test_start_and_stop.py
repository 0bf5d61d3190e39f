"""``sapa up`` as a person meets it: start, Ctrl-C, kill -9, a taken port, two at once."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence

import psutil
import pytest

from channels.supervisor.processes import is_gone
from tests.journeys.conftest import Sapa

pytestmark = pytest.mark.journey

PARTS = {"postgres", "valkey", "rasa", "actions", "web", "worker", "beat"}


def wait_gone(processes: Sequence[psutil.Process], limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while left := [process for process in processes if not is_gone(process)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.fixture(scope="module")
def own_shop(start_sapa: Callable[..., Sapa]) -> Sapa:
    return start_sapa("shop").wait_ready()


@pytest.fixture
def shop(own_shop: Sapa) -> Sapa:
    """A shop without Twilio; started again if the test before has stopped it."""
    if own_shop.process.poll() is not None:
        own_shop.start()
    return own_shop.wait_ready()


def test_all_seven_processes_run_and_are_known_to_other_commands(shop: Sapa) -> None:
    running = shop.running()
    assert set(running.children) == PARTS
    assert all(psutil.pid_exists(pid) for pid, _ in running.children.values())


def test_a_command_finds_the_database_of_the_running_shop(shop: Sapa) -> None:
    added = shop.command(
        "staff", "add", "baru@sapa.example", "--role", "agent", "--password-stdin",
        typed="kata-sandi-panjang\n",
    )  # fmt: skip
    assert (added.returncode, added.stdout) == (0, "baru@sapa.example added as agent\n")
    assert "baru@sapa.example  agent" in shop.command("staff", "list").stdout


def test_the_doctor_finds_nothing_wrong(shop: Sapa) -> None:
    found = shop.command("doctor")
    assert found.returncode == 0, found.stdout


def test_a_second_start_on_the_same_folder_is_refused_and_the_first_runs_on(shop: Sapa) -> None:
    second = shop.command("up", "--port", str(shop.port + 1))
    assert second.returncode == 1
    assert f"process {shop.process.pid}" in second.stdout
    assert shop.is_ready()


def test_a_killed_worker_is_started_again(shop: Sapa) -> None:
    before = shop.running().children["worker"][0]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while shop.running().children["worker"][0] == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert shop.process.poll() is None


def test_a_backup_brings_back_what_was_lost(shop: Sapa) -> None:
    written = shop.command("db", "backup", str(shop.data_dir / "one.dump"))
    assert written.returncode == 0, written.stderr
    shop.command(
        "staff", "add", "nanti@sapa.example", "--role", "agent", "--password-stdin",
        typed="kata-sandi-panjang\n",
    )  # fmt: skip
    restored = shop.command("db", "restore", str(shop.data_dir / "one.dump"), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert "nanti@sapa.example" not in shop.command("staff", "list").stdout
    assert "siti@sapa.example" in shop.command("staff", "list").stdout


def test_after_kill_9_nothing_is_left_and_the_next_start_finds_its_data(shop: Sapa) -> None:
    children = shop.children()
    assert len(children) >= len(PARTS)
    shop.process.kill()
    shop.process.wait(20)
    said = len(shop.screen.read_text())
    shop.start().wait_ready()
    assert [process for process in children if not is_gone(process)] == []
    assert "demo shop loaded before" in shop.screen.read_text()[said:]
    assert shop.stop() == 0


def test_ctrl_c_stops_everything_and_leaves_no_note_of_a_running_shop(shop: Sapa) -> None:
    children = shop.children()
    assert shop.stop(signal.SIGINT) == 0
    wait_gone(children)
    assert not (shop.data_dir / "running.json").exists()


def test_a_second_ctrl_c_ends_everything_at_once(shop: Sapa) -> None:
    children = shop.children()
    said = len(shop.screen.read_text())
    shop.process.send_signal(signal.SIGINT)
    while "stopping" not in shop.screen.read_text()[said:] and shop.process.poll() is None:
        time.sleep(0.01)
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(10) in {0, 130}
    wait_gone(children, limit_s=5)


def test_a_taken_port_is_refused_naming_the_setting(start_sapa: Callable[..., Sapa]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sapa = start_sapa("taken", port=port)
        assert sapa.process.wait(60) == 1
    screen = sapa.screen.read_text()
    assert f"port {port} on 127.0.0.1 is taken" in screen
    assert "SAPA_PORT" in screen
