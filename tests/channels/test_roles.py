"""One process alone, as on many machines: what it needs, when it is ready, how it ends."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from channels.cli.app import app
from channels.supervisor.children import answers
from channels.supervisor.processes import Child, Command, free_port, wait_until
from crm_core.settings import ROOT, Settings

SAPA = [sys.executable, "-c", "from channels.cli import main; main()"]
NOTHING = {"SAPA_DATABASE_URL": "", "SAPA_REDIS_URL": "", "SAPA_ACTIONS_URL": ""}


@pytest.mark.parametrize("role", ["web", "worker", "beat", "actions"])
def test_a_process_alone_brings_no_databases_of_its_own(role: str, tmp_path: Path) -> None:
    environment = {**NOTHING, "SAPA_DATA_DIR": str(tmp_path)}
    refused = CliRunner().invoke(app, [role], env=environment)
    assert refused.exit_code == 1
    assert "SAPA_DATABASE_URL and SAPA_REDIS_URL must be set" in refused.stderr


def test_rasa_alone_says_that_it_is_not_trained(tmp_path: Path) -> None:
    environment = {**NOTHING, "SAPA_REDIS_URL": "redis://127.0.0.1:1/0"}
    environment |= {"SAPA_DATA_DIR": str(tmp_path), "SAPA_MODEL_DIR": str(tmp_path)}
    refused = CliRunner().invoke(app, ["rasa"], env=environment)
    assert refused.exit_code == 1
    assert "run `sapa train` first" in refused.stderr


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """``start(role, path, port, option)``: the process, once ``GET path`` is answered."""
    started: list[Child] = []

    def begin(role: str, path: str, port: int, option: str) -> Child:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.environment()}
        command = [*SAPA, role, option, str(port)]
        child = Child(Command(role, command, tmp_path / f"{role}.log", environment, ROOT))
        started.append(child)
        wait_until(partial(answers, "127.0.0.1", port, path), child, limit_s=90)
        return child

    yield begin
    for child in started:
        child.stop(grace_s=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "option", "path"),
    [("web", "--port", "/readyz/web"), ("worker", "--metrics-port", "/metrics")],
)
def test_a_process_alone_gets_ready_and_ends_in_order_when_asked(
    start: Callable[..., Child], role: str, option: str, path: str
) -> None:
    child = start(role, path, free_port(), option)
    child.ask_to_stop()
    assert child.command.stop_signal == signal.SIGTERM
    assert child.wait(120) == 0


@pytest.fixture(scope="module")
def serve() -> ModuleType:
    """``bot/serve.py``, which runs in Rasa's environment and needs nothing of it before Rasa."""
    spec = importlib.util.spec_from_file_location("serve", ROOT / "bot" / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rasa_is_told_where_dialogues_are_and_shows_the_token_to_actions(
    serve: ModuleType,
) -> None:
    found = serve.endpoints("rediss://ani:p%40ss@cache:6390/0", "http://a:5055/", "t")
    assert found == {
        "action_endpoint": {
            "url": "http://a:5055/webhook",
            "headers": {"Authorization": "Bearer t"},
        },
        "tracker_store": {
            "type": "bot.lean.dialogues.Dialogues", "url": "cache", "port": 6390, "db": 2,
            "password": "p@ss", "username": "ani", "use_ssl": True, "key_prefix": "sapa",
            "record_exp": 604_800,
        },
    }  # fmt: skip


def test_the_plain_channel_is_only_open_without_a_token(serve: ModuleType) -> None:
    assert serve.credentials("") == {"rest": None}
    assert serve.credentials("t") == {"bot.door.GuardedRest": {"token": "t"}}


def test_rasa_does_not_inherit_our_secrets(serve: ModuleType) -> None:
    kept = serve.environment({"SAPA_SECRET_KEY": "x", "SAPA_REDIS_URL": "y", "PATH": "/bin"})
    assert [name for name in kept if name.startswith("SAPA_")] == []
    assert (kept["PATH"], kept["RASA_TELEMETRY_ENABLED"]) == ("/bin", "false")


def test_without_a_token_none_is_shown(serve: ModuleType) -> None:
    found = serve.endpoints("", "http://a:5055", "")
    assert found == {"action_endpoint": {"url": "http://a:5055/webhook"}}


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("db", False)],  # noqa: S104 - refused
)
def test_only_this_machines_own_addresses_need_no_token(
    serve: ModuleType, host: str, *, loopback: bool
) -> None:
    assert serve.is_loopback(host) is loopback
