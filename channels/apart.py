"""A turn at which workers have died is run in a process of its own.

Whatever is wrong with it then takes nobody else's turns along. After as many attempts as any other
turn it goes to a person.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import structlog

from channels import context
from crm_core import timekeeping
from crm_core.settings import ROOT

log = structlog.get_logger(__name__)

LIMIT_S = 120.0
"""Longer than the longest turn; then it is ended."""
_ONE = threading.Lock()
"""One at a time in a worker: each costs the start of a process."""


def take(here: context.Context, conversation_id: int) -> None:
    """Answer what is due in the conversation, in another process; returns when that has ended."""
    command = [sys.executable, "-m", "channels.apart", str(conversation_id)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **here.settings.environment()}
    with _ONE:
        try:
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, timeout=LIMIT_S,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            log.warning("turn_apart_ended", reason="timeout")
            return
    if ended.returncode:
        log.warning("turn_apart_ended", reason=ended.returncode)


def main() -> None:
    """Answer and send what is due in the conversation named."""
    from channels import live, logs, tasks, turns  # noqa: PLC0415 - tasks import this module

    conversation_id = int(sys.argv[1])
    here = context.current()
    logs.setup(here.settings.log_level)
    timekeeping.begin()
    live.install()
    turns.take(here, tasks.assistant(here.settings), conversation_id, apart=True)
    tasks.send_due(conversation_id)


if __name__ == "__main__":
    main()
