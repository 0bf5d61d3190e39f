"""What Sapa's turns, acknowledgements and open pages are measured beside, in the same run: the
assistant of ``rasa init`` behind Rasa's own REST channel, and bare Flask pages under gunicorn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench_load import Lines
from flask import Flask, Response

from channels.supervisor import assistant
from channels.supervisor.children import answers
from channels.supervisor.processes import Child, Command, free_port
from tests.drills.stage import wait_for

REST = "/webhooks/rest/webhook"
SMALL_TALK = ("hello", "are you a bot?", "I am great", "goodbye")
"""Each is answered by the starter without a further question."""


def starter_in(folder: Path) -> Path:
    """The folder of the trained starter, made and trained there once (a minute or two)."""
    models = folder / "models"
    if not any(models.glob("*.tar.gz")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [assistant.PYTHON, "-m", "rasa", "init", "--no-prompt"]
        with (folder / "init.log").open("w") as log:
            environment = {**assistant.environment(), "PYTHONPATH": ""}
            subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=True)
    return folder


class Starter:
    """The stock assistant: default pipeline and policies, dialogues in memory."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.port = free_port()
        where = ["--interface", "127.0.0.1", "--port", str(self.port)]
        environment = {**assistant.environment(), "PYTHONPATH": ""}
        command = [str(assistant.PYTHON), "-m", "rasa", "run", *where]
        self.child = Child(Command("starter", command, log, environment, folder))
        self.lines = Lines(self.port)
        self._senders = 0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Until it answers, which is when its model is loaded."""
        wait_for(lambda: answers("127.0.0.1", self.port, "/"), "the starter", 900)

    def stop(self) -> None:
        """End it."""
        self.lines.close()
        self.child.stop(grace_s=3)

    def sender(self) -> str:
        """A new one."""
        with self._lock:
            self._senders += 1
            return f"peer-{self._senders}"

    def says(self, sender: str, text: str) -> bool:
        """One turn; whether it was answered with words."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        code, said = self.lines.post(REST, body, {"Content-Type": "application/json"})
        return code == 200 and any(item.get("text") for item in json.loads(said))

    def talks(self, at_once: int, lasts_s: float) -> int:
        """Closed loop: turns that ``at_once`` senders had within the time."""
        end = time.monotonic() + lasts_s

        def talk() -> int:
            had = 0
            while True:
                sender = self.sender()
                for text in SMALL_TALK:
                    good = self.says(sender, text)
                    if time.monotonic() > end:
                        return had
                    had += good

        with ThreadPoolExecutor(at_once) as pool:
            return sum(one.result() for one in [pool.submit(talk) for _ in range(at_once)])

    def turns(self, count: int, beside: int) -> list[Callable[[], int]]:
        """``count`` turns of ``beside`` senders at a time, for the open loop."""
        acts: list[Callable[[], int]] = []
        while len(acts) < count:
            senders = [self.sender() for _ in range(beside)]
            for text in SMALL_TALK:
                acts += [lambda s=s, t=text: 200 if self.says(s, t) else 500 for s in senders]
        return acts[:count]


def bare() -> Flask:
    """A page that answers, one that reads a form, and a stream that says a word every second."""
    app = Flask(__name__)

    @app.post("/hello")
    def hello() -> tuple[str, int]:
        return "", 204

    @app.get("/events")
    def events() -> Response:
        def words() -> Iterator[str]:
            yield "data: hello\n\n"
            while True:
                time.sleep(15)
                yield ": still here\n\n"

        return Response(words(), mimetype="text/event-stream")

    @app.get("/")
    def root() -> str:
        return "ready"

    return app


@contextmanager
def bare_server(folder: Path, how: Sequence[str]) -> Iterator[tuple[int, Child]]:
    """The bare pages under gunicorn, started as our web server is (``how``)."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "bench_peers:bare()", *how]
    command += ["--bind", f"127.0.0.1:{port}"]
    here = Path(__file__).resolve().parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parent}"}
    child = Child(Command("bare", command, folder / "bare.log", environment, here))
    try:
        wait_for(lambda: answers("127.0.0.1", port, "/"), "the bare pages", 60)
        yield port, child
    finally:
        child.stop(grace_s=2)
