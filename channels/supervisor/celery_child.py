"""Runs Celery and says when it is ready: ``python -m channels.supervisor.celery_child FILE ARGS…``.

The worker takes no remote commands, so it cannot be pinged; it writes ``FILE`` instead. Where
``SAPA_METRICS_PORT`` is set the worker shows its figures there from then on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from celery.signals import beat_init, worker_ready, worker_shutdown, worker_shutting_down

from channels import context, metrics, tasks, turns, wakeups
from channels.celery_app import app
from crm_core import timekeeping


def main() -> None:
    """Become the worker or beat with the given arguments."""
    ready = Path(sys.argv[1])
    timekeeping.begin()

    def tell(**_: Any) -> None:
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
