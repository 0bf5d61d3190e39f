"""Every process twice, restarted one after the other while customers order: `make rolling`.

Starts two web servers, workers, action servers and Rasa servers and a timetable by the commands
that a deployment uses, on one PostgreSQL and one Valkey and a twin of Twilio. Customers write one
after the other's reply; meanwhile each process is asked to stop (SIGTERM) and started again. Prints
what was lost, doubled, late or refused, then what the audit of the books says; exits 1 if anything.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from channels.cli import demo
from channels.supervisor.children import answers
from channels.supervisor.embedded import EmbeddedPostgres, EmbeddedValkey
from channels.supervisor.processes import Child, Command, free_port, stop_all
from channels.twin import Twin
from channels.twin.control import settings_of
from channels.twin.posting import post
from crm_core import catalogue, db
from crm_core.settings import ROOT, Settings
from scripts.relay import Relay

SAPA = [sys.executable, "-c", "from channels.cli import main; main()"]
PUBLIC = "http://sapa.drill"
WORDS = (
    "halo kak",
    "mau 1 kampas rem depan beat 2019",
    "1",
    "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan",
    "iya, pesankan",
    "pesanan saya sampai mana?",
    "ongkir ke Pontianak Kota berapa?",
    "jam buka toko?",
    "busi beat 2019 ada?",
)
REPLY_WITHIN_S = 90.0


class Fleet:
    """All processes of the drill, each by its own command."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.web = [free_port(), free_port()]
        self.actions = [free_port(), free_port()]
        self.rasa = [free_port(), free_port()]
        self.metrics = [free_port(), free_port()]
        self.balancer = Relay([("127.0.0.1", port) for port in self.actions])
        self.running: dict[str, Child] = {}

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        for name in self.names():
            self.launch(name)
        for name in self.names():
            self.wait(name)

    def names(self) -> list[str]:
        """Every process, in the order of a rolling restart."""
        kinds = ("actions", "rasa", "worker", "web")
        return [*(f"{kind}-{number}" for kind in kinds for number in (0, 1)), "beat"]

    def launch(self, name: str) -> None:
        """Start one process by its command."""
        kind, _, number = name.partition("-")
        n = int(number or 0)
        how = {
            "actions": ["--port", self.actions[n]],
            "rasa": ["--port", self.rasa[n]],
            "worker": ["--metrics-port", self.metrics[n]],
            "web": ["--port", self.web[n]],
            "beat": [],
        }[kind]
        told = {
            **self.settings.environment(),
            "SAPA_RASA_URL": ",".join(f"http://127.0.0.1:{port}" for port in self.rasa),
            "SAPA_ACTIONS_URL": self.balancer.url,
            "SAPA_DATA_DIR": str(self.folder / "shared"),
        }
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **told}
        arguments = [*SAPA, kind, *map(str, how)]
        log = self.folder / "logs" / f"{name}.log"
        self.running[name] = Child(Command(name, arguments, log, environment, ROOT))

    def wait(self, name: str, limit_s: float = 180) -> None:
        """Wait until one process is ready; ends the drill when it is not."""
        kind, _, number = name.partition("-")
        n = int(number or 0)
        ready: dict[str, Callable[[], bool]] = {
            "actions": partial(answers, "127.0.0.1", self.actions[n], "/health"),
            "rasa": partial(answers, "127.0.0.1", self.rasa[n], "/"),
            "worker": partial(answers, "127.0.0.1", self.metrics[n], "/metrics"),
            "web": partial(answers, "127.0.0.1", self.web[n], "/readyz/web"),
            "beat": (self.folder / "shared" / "ready" / "beat").exists,
        }
        deadline = time.monotonic() + limit_s
        while not ready[kind]():
            if time.monotonic() > deadline or self.running[name].exit_code is not None:
                raise SystemExit(f"{name} is not ready; see {self.folder / 'logs' / name}.log")
            time.sleep(0.1)

    def renew(self, name: str) -> tuple[float, int | None]:
        """Ask one process to stop, start it again; (seconds that it took to end, exit code)."""
        begun, child = time.monotonic(), self.running[name]
        child.ask_to_stop()
        code = child.wait(60)
        ended = time.monotonic() - begun
        child.signal(signal.SIGKILL)
        self.launch(name)
        self.wait(name)
        return ended, code

    def stop(self) -> None:
        """Stop everything."""
        stop_all(list(self.running.values()), grace_s=15)
        self.balancer.stop()


class Customers:
    """Phones that write through either web server and wait for each reply."""

    def __init__(self, twin: Twin, fleet: Fleet, count: int) -> None:
        self.twin, self.fleet = twin, fleet
        self.phones = [f"whatsapp:+62812790{number:05d}" for number in range(count)]
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.sent, self.refused, self.silent = 0, 0, 0
        self.waited: list[float] = []

    def live(self, phone: str) -> None:
        """Order once, then go on asking until the drill is over."""
        heard, step, chance = 0, 0, random.Random(phone)  # noqa: S311 - no secret
        while not self.over.is_set() or step < 5:
            text = WORDS[step] if step < len(WORDS) else chance.choice(WORDS[5:])
            self.say(phone, text)
            begun = time.monotonic()
            while (now := len(self.twin.bodies_to(phone))) <= heard:
                if time.monotonic() - begun > REPLY_WITHIN_S:
                    with self.lock:
                        self.silent += 1
                    return  # the bot is mute: a person has been promised, or something is wrong
                time.sleep(0.05)
            with self.lock:
                self.waited.append(time.monotonic() - begun)
            heard, step = now, step + 1

    def say(self, phone: str, text: str) -> None:
        """As a balancer before the web servers would: one that cannot be reached is passed over."""
        form = self.twin.inbound_form(phone, text)
        path = "/twilio/messages"
        while True:
            for port in random.sample(self.fleet.web, 2):
                reached = f"http://127.0.0.1:{port}{path}"
                code = post(reached, form, self.twin.token, PUBLIC + path)
                if code == 0:
                    continue
                with self.lock:
                    self.sent, self.refused = self.sent + 1, self.refused + (code >= 300)
                if code < 300:
                    return
            time.sleep(0.1)


def found(url: str, twin: Twin, customers: Customers) -> dict[str, int]:
    """What is wrong in the database and at the provider when all is over."""
    ours = "m.conversation_id IN (SELECT c.id FROM conversations c)"
    counts = {
        "messages lost": f"SELECT {customers.sent - customers.refused} - count(*) FROM messages m"  # noqa: S608 - a number of ours
        " WHERE direction = 'inbound'",
        "messages unanswered": "SELECT count(*) FROM messages WHERE awaits_bot",
        "replies not sent": f"SELECT count(*) FROM messages m WHERE direction = 'outbound'"  # noqa: S608
        f" AND status NOT IN ('sent', 'delivered', 'read', 'dropped') AND {ours}",
        "customers with two orders": "SELECT count(*) FROM (SELECT customer_id FROM orders"
        " GROUP BY customer_id HAVING count(*) > 1) AS twice",
    }
    engine = db.engine_for(url)
    with engine.connect() as connection:
        result = {name: int(connection.scalar(sa.text(sql)) or 0) for name, sql in counts.items()}
        sent = connection.scalar(sa.text(
            "SELECT count(*) FROM messages WHERE direction = 'outbound'"
            " AND status IN ('sent', 'delivered', 'read')"
        ))  # fmt: skip
        orders = connection.scalar(sa.text("SELECT count(*) FROM orders"))
        people = connection.scalar(
            sa.text("SELECT count(*) FROM conversations WHERE handler <> 'bot'")
        )
    engine.dispose()
    taken = sum(len(twin.bodies_to(phone)) for phone in customers.phones)
    result["replies doubled or lost at the provider"] = abs(taken - int(sent or 0))
    result["customers without an order"] = len(customers.phones) - int(orders or 0)
    result["requests refused"] = customers.refused
    print(f"{people} conversation(s) were given to a person, as their turn could not be answered")
    result["customers left without a reply or a person"] = max(
        0, customers.silent - int(people or 0)
    )
    return result


def drill(folder: Path, models: Path, count: int, rounds: int) -> int:
    """Run it; returns the exit code."""
    logs = folder / "logs"
    with (
        EmbeddedPostgres(folder / "postgres", logs / "postgres.log") as postgres,
        EmbeddedValkey(folder / "valkey", logs / "valkey.log") as valkey,
    ):
        db.upgrade(postgres.url())
        engine = db.engine_for(postgres.url())
        with db.unit_of_work(db.sessions(engine)) as session:
            catalogue.load_reference(session)
            demo.load(session, folder)
        engine.dispose()
        twin = Twin(keeps_windows=False)
        given = {
            name.removeprefix("SAPA_").lower(): value for name, value in settings_of(twin).items()
        }
        settings = Settings.load(
            env_file=None, **{**given, "public_url": PUBLIC, "database_url": postgres.url(),
            "redis_url": valkey.url(), "model_dir": models, "burst_window_ms": 0,
            "data_dir": folder / "shared"},
        )  # fmt: skip
        fleet = Fleet(settings, folder)
        try:
            fleet.start()
            customers = Customers(twin, fleet, count)
            print(f"{len(fleet.names())} processes, {count} customers, {rounds} rolling restart(s)")
            with ThreadPoolExecutor(count) as crowd:
                living = [crowd.submit(customers.live, phone) for phone in customers.phones]
                for name in fleet.names() * rounds:
                    seconds, code = fleet.renew(name)
                    print(
                        f"  {name:<10} ended by itself in {seconds:4.1f} s, code {code}", flush=True
                    )
                customers.over.set()
                for one in living:
                    one.result()
            return report(postgres.url(), settings, twin, customers)
        finally:
            fleet.stop()
            twin.stop()


def report(url: str, settings: Settings, twin: Twin, customers: Customers) -> int:
    """Print the findings; the exit code."""
    time.sleep(6)  # the sweep finds within five seconds what is still due
    waits = sorted(customers.waited)
    print(f"{customers.sent} messages; replies after p50 {waits[len(waits) // 2]:.2f} s,"
          f" p95 {waits[int(len(waits) * 0.95)]:.2f} s, longest {waits[-1]:.1f} s")  # fmt: skip
    wrong = found(url, twin, customers)
    for name, number in wrong.items():
        print(f"  {number:>4}  {name}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.environment()}
    audit = subprocess.run([*SAPA, "audit", "all"], env=environment, cwd=ROOT, check=False)
    return int(any(wrong.values()) or audit.returncode != 0)


def main() -> int:
    """Run the drill; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep logs and databases here")
    given = parser.parse_args()
    models = Settings().models
    if given.folder:
        return drill(given.folder.absolute(), models, given.customers, given.rounds)
    with tempfile.TemporaryDirectory(prefix="sapa-rolling-") as folder:
        return drill(Path(folder), models, given.customers, given.rounds)


if __name__ == "__main__":
    sys.exit(main())
