"""The exact steps of a turn and of a delivery at which a process can be caught.

Each is a context: inside it the step is armed, what it gives waits until somebody is there (and a
moment for the others) and says how many are; after it everything may go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from channels.twin import Trouble
from channels.twin.http import Answer, Request
from channels.twin.posting import Reports
from tests.drills.between import Between
from tests.drills.drill import Bench
from tests.drills.halts import halted
from tests.drills.stage import wait_for

Reached = Callable[[int], int]
Step = Callable[[Bench], AbstractContextManager[Reached]]
OTHERS_S = 1.5
"""How long the first one at a step waits for the others of its round."""


def _counted(here: Callable[[], int], what: str) -> Reached:
    def reached(wanted: int) -> int:
        wait_for(lambda: here() > 0, f"somebody is at: {what}", 25)
        until = time.monotonic() + OTHERS_S
        while here() < wanted and time.monotonic() < until:
            time.sleep(0.02)
        return here()

    return reached


def writing(table: str, deed: str, condition: str = "true") -> Step:
    """A row is being written and not committed."""

    @contextmanager
    def step(bench: Bench) -> Iterator[Reached]:
        with halted(bench.stage.engine, table, deed, condition) as halt:
            yield _counted(halt.waiting, f"{deed} {table}")

    return step


def asking(which: str) -> Step:
    """Rasa (or the action server) was asked; it never gets to hear it."""

    @contextmanager
    def step(bench: Bench) -> Iterator[Reached]:
        wire = _wire(bench, which)
        held: list[str] = []
        free = threading.Event()

        def hold(request: Request) -> Answer | None:
            if request.method != "POST":
                return None
            held.append(request.path)
            free.wait(40)
            return Answer(None)

        wire.fault = hold
        try:
            yield _counted(lambda: len(held), f"asking {which}")
        finally:
            wire.fault = None
            free.set()

    return step


def answered(which: str) -> Step:
    """Rasa (or the action server) has done its work, and whoever asked does not know."""

    @contextmanager
    def step(bench: Bench) -> Iterator[Reached]:
        wire = _wire(bench, which)
        wire.keep_answers()
        try:
            yield _counted(lambda: wire.kept, f"answered by {which}")
        finally:
            wire.let_go()

    return step


def posting(*, accepted: bool) -> Step:
    """The message is on its way to Twilio, which takes it (or not) when the sender is gone."""

    @contextmanager
    def step(bench: Bench) -> Iterator[Reached]:
        twin = bench.stage.twin
        twin.reports = Reports()
        before = len(twin.troubles.injected)
        status = 200 if accepted else None
        twin.troubles.extend(
            [Trouble(status, accepted=accepted, delay_s=3.0) for _ in range(bench.count(20, 2))]
        )
        try:
            yield _counted(lambda: len(twin.troubles.injected) - before, "posting")
        finally:
            twin.troubles.clear()
            twin.reports = Reports(("sent", "delivered"), delay_s=0.05)

    return step


@contextmanager
def noting(bench: Bench) -> Iterator[Reached]:
    """Twilio has answered; that it was sent is being written."""
    twin = bench.stage.twin
    twin.reports = Reports()
    condition = "NEW.direction = 'outbound' AND OLD.status = 'sending' AND NEW.status = 'sent'"
    queued = condition.replace("= 'sent'", "IN ('sent', 'queued')")
    try:
        with halted(bench.stage.engine, "messages", "UPDATE", queued) as halt:
            yield _counted(halt.waiting, "noting what was sent")
    finally:
        twin.reports = Reports(("sent", "delivered"), delay_s=0.05)


def _wire(bench: Bench, which: str) -> Between:
    return bench.stage.rasa if which == "rasa" else bench.stage.actions


OF_THE_WORKER: dict[str, Step] = {
    "turn not claimed": writing("turns", "INSERT"),
    "turn claimed, Rasa not asked": asking("rasa"),
    "effect made, not committed": writing("effects", "UPDATE"),
    "effect committed, answer not heard": answered("rasa"),
    "answer heard, not stored": writing("messages", "INSERT", "NEW.author = 'bot'"),
    "reply stored, not claimed": writing(
        "messages", "UPDATE", "OLD.status = 'queued' AND NEW.status = 'sending'"
    ),
    "claimed, Twilio never got it": posting(accepted=False),
    "claimed, Twilio took it, no answer": posting(accepted=True),
    "Twilio answered, not noted": noting,
}
OF_THE_ACTIONS: dict[str, Step] = {
    "effect not begun": writing("effects", "INSERT"),
    "effect made, not committed": writing("effects", "UPDATE"),
    "effect committed, answer not heard": answered("actions"),
}
OF_RASA: dict[str, Step] = {
    "action not asked": asking("actions"),
    "action done, Rasa not told": answered("actions"),
    "Rasa has answered, not heard": answered("rasa"),
}
