"""Runs Celery and says when it is ready: ``python -m channels.supervisor.celery_child FILE ARGS…``.

The worker takes no remote commands, so it cannot be pinged; it writes ``FILE`` instead.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from celery.signals import beat_init, worker_ready

from channels.celery_app import app


def main() -> None:
    """Become the worker or beat with the given arguments."""
    ready = Path(sys.argv[1])

    def tell(**_: Any) -> None:
        ready.touch()

    worker_ready.connect(tell, weak=False)
    beat_init.connect(tell, weak=False)
    app.start(argv=sys.argv[2:])


if __name__ == "__main__":
    main()
