"""``sapa up``: everything that a shop needs, in the foreground, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

from pydantic import SecretStr

from channels.cli import demo
from channels.supervisor import assistant, children
from channels.supervisor.assistant import TrainingError
from channels.supervisor.folder import DataFolder, FolderInUseError
from channels.supervisor.keeper import Keeper, Kept
from channels.supervisor.modelwatch import ModelWatch
from channels.supervisor.processes import Child, StartError, free_port, port_is_free
from channels.supervisor.screen import Screen
from channels.supervisor.services import embedded_postgres, embedded_valkey
from crm_core import catalogue, db
from crm_core.settings import Settings, kept_secret

_LOOK_EVERY_S = 0.2
_GRACE_S = 10.0


class _StopRequested(BaseException):
    """Ctrl-C or SIGTERM; like KeyboardInterrupt it passes every ``except Exception``."""


class Shop:
    """One start of all processes on one data folder."""

    def __init__(self, settings: Settings, screen: Screen, *, with_demo: bool) -> None:
        """``with_demo`` fills an empty shop with the demo catalogue and logins."""
        if settings.api_token is None:
            token = kept_secret(settings.data_dir / "api_token")
            settings = settings.model_copy(update={"api_token": SecretStr(token)})
        self.settings = settings
        self.own_assistant = settings.rasa_url is None
        self.watch: ModelWatch | None = None
        self.screen = screen
        self.with_demo = with_demo
        self.demo: demo.DemoShop | None = None
        self.folder = DataFolder(settings.data_dir)
        self.keeper = Keeper(screen.say, self.folder.remember)
        self.servers = Keeper(screen.say, self.folder.remember)

    def start(self) -> None:
        """Every step in order. Raises StartError, TrainingError, FolderInUseError."""
        self._require_port()
        self.folder.claim(wait_s=10)
        keep_bytecode(self.settings)
        self._start_servers()
        self._prepare_database()
        if self.own_assistant:
            self._train()
        self._start_processes()

    def keep(self) -> None:
        """Watch over the processes until a signal ends it."""
        while True:
            self.servers.look()
            self.keeper.look()
            if self.watch is not None:
                self.watch.look()
            time.sleep(_LOOK_EVERY_S)

    def stop(self) -> None:
        """Stop everything that was started, databases last."""
        self.keeper.stop(_GRACE_S)
        self.servers.stop(_GRACE_S)
        self.folder.release()

    def kill(self) -> None:
        """End everything at once: databases recover at the next start."""
        for child in [*self.keeper.children, *self.servers.children]:
            child.signal(signal.SIGKILL)

    def _train(self) -> None:
        log = self.folder.logs / "training.log"
        with self.screen.step("Assistant trained") as remarks:
            if assistant.is_trained(self.settings):
                remarks.append("nothing changed")
                return
            self.screen.say(f"its data changed: training takes some minutes; details in {log}")
            assistant.train(self.settings, log)

    def _require_port(self) -> None:
        host, port = self.settings.host, self.settings.port
        if not port_is_free(host, port):
            advice = "end what listens there, or choose another with SAPA_PORT (sapa up --port)"
            raise StartError("web", f"port {port} on {host} is taken; {advice}")

    def _start_servers(self) -> None:
        if not self.settings.database_url:
            postgres = embedded_postgres(self.folder)
            self._start_server("postgres", "PostgreSQL", lambda: postgres.start().child)
            self._use(database_url=postgres.url())
        if not self.settings.redis_url:
            valkey = embedded_valkey(self.folder)
            self._start_server("valkey", "Valkey", lambda: valkey.start().child)
            self._use(redis_url=valkey.url())

    def _start_server(self, name: str, title: str, start: Callable[[], Child]) -> None:
        with self.screen.step(title):
            # start() returns when the server answers, so it is ready at once.
            server = Kept(name, title, start, lambda: True, limit_s=60)
            self.servers.add(server)
            self.servers.wait_ready(server)

    def _use(self, **changes: object) -> None:
        """Go on with changed settings, here and in every child."""
        self.settings = self.settings.model_copy(update=changes)
        os.environ.update(self.settings.environment())
        told = {name: str(value) for name, value in changes.items() if name.endswith("_url")}
        self.folder.publish(**told)

    def _prepare_database(self) -> None:
        assert self.settings.database_url is not None  # noqa: S101 - set by _start_servers
        with self.screen.step("Database schema"):
            db.upgrade(self.settings.database_url)
        with self.screen.step("Bikes and demo shop" if self.with_demo else "Bikes") as remarks:
            engine = db.engine_for(self.settings.database_url)
            try:
                with db.unit_of_work(db.sessions(engine)) as session:
                    catalogue.load_reference(session)
                    if self.with_demo:
                        self.demo = demo.load(session, self.settings.data_dir)
                        remarks.append(self.demo.summary)
            finally:
                engine.dispose()

    def _start_processes(self) -> None:
        actions_port = self.settings.actions_port or free_port()
        self._use(actions_port=actions_port)
        if self.own_assistant:
            rasa_port = self.settings.rasa_port or free_port()
            self._use(rasa_port=rasa_port, rasa_url=f"http://127.0.0.1:{rasa_port}")
            self.watch = ModelWatch(self.settings, self.keeper, self.screen.say)
        for one in children.processes(self.settings):
            self.keeper.add(one)
        # All load at the same time; the slowest is waited for last.
        for one in sorted(self.keeper.kept, key=lambda one: one.name == "rasa"):
            with self.screen.step(one.title):
                self.keeper.wait_ready(one)


def run(settings: Settings, *, with_demo: bool) -> int:
    """Start, keep, stop. Returns the exit code: 0 after Ctrl-C or SIGTERM, 1 when it failed."""
    screen = Screen()
    shop = Shop(settings, screen, with_demo=with_demo)
    code = 1
    _on_signals(_request_stop)
    try:
        shop.start()
        screen.addresses(_rows(shop), "Ctrl-C stops everything.")
        shop.keep()
    except _StopRequested:
        _on_signals(partial(_kill_now, shop))  # before it is said: the second may come at once
        screen.say("stopping (once more Ctrl-C: at once) …")
        code = 0
    except (StartError, TrainingError, FolderInUseError) as error:
        screen.failure(error)
    finally:
        _on_signals(partial(_kill_now, shop))
        shop.stop()
    if code == 0:
        screen.say("stopped; nothing of Sapa runs any more")
    return code


def keep_bytecode(settings: Settings) -> None:
    """Where Python is told to write no bytecode (many images do), children write it beside the
    models after all: else each one compiles all that it imports at every start, Rasa for 12 s."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(settings.models.parent / "bytecode"))


def _rows(shop: Shop) -> dict[str, str]:
    settings, here = shop.settings, shop.settings.public_url
    rows = {"Shop and web chat": f"{here}/"}
    if settings.sender == "loopback":
        rows["Phone simulator"] = f"{here}/phone"
    rows["Console"] = f"{here}/console"
    rows["API"] = f"{here}/api/v1/openapi.json"
    if settings.api_token is not None and shop.demo is not None:
        rows["API token"] = settings.api_token.get_secret_value()
    if shop.demo is not None:
        rows["Logins"] = ", ".join(shop.demo.logins)
        rows["Password"] = shop.demo.password
    rows["Logs"] = str(shop.folder.logs)
    return rows


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    raise _StopRequested


def _kill_now(shop: Shop, _number: int, _frame: FrameType | None) -> None:
    shop.kill()
    os._exit(130)  # the orderly way is what the person did not want to wait for
