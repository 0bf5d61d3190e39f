"""Runs Celery and says when it is ready: ``python -m channels.supervisor.celery_child FILE ARGS…``.

The worker takes no remote commands, so it cannot be pinged; it writes ``FILE`` instead. Where
``SAPA_METRICS_PORT`` is set the worker shows its figures there from then on.
"""

from __future__ import annotations

import gc

gc.disable()  # what is imported stays: looking through it for garbage takes a quarter of a start

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from celery.signals import (  # noqa: E402
    beat_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from channels import context, metrics, tasks, turns, wakeups  # noqa: E402
from channels.celery_app import app  # noqa: E402
from crm_core import garbage, timekeeping  # noqa: E402

gc.enable()


def main() -> None:
    """Become the worker or beat with the given arguments."""
    ready = Path(sys.argv[1])
    timekeeping.begin()

    def tell(**_: Any) -> None:
        garbage.started()
        ready.touch()

    def show_figures(**_: Any) -> None:
        settings = context.current().settings
        if settings.metrics_port:
            metrics.serve(settings.metrics_port, settings.host)

    def end_soon(**_: Any) -> None:
        turns.STOPPING.set()

    takers: list[wakeups.Takers] = []

    def begin_turns(sender: Any, **_: Any) -> None:
        takers.append(wakeups.Takers(sender.controller.concurrency, tasks.take_turn.run))
        takers[0].start()

    def end_turns(**_: Any) -> None:
        for one in takers:
            one.join()

    worker_shutting_down.connect(end_soon, weak=False)
    worker_shutdown.connect(end_turns, weak=False)
    worker_ready.connect(begin_turns, weak=False)
    worker_ready.connect(tell, weak=False)
    worker_ready.connect(show_figures, weak=False)
    beat_init.connect(tell, weak=False)
    app.start(argv=sys.argv[2:])


if __name__ == "__main__":
    main()
