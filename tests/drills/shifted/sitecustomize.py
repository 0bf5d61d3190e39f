"""Read by Python at its start in a process whose clock a drill has put wrong."""

from __future__ import annotations

import datetime
import os

import time_machine

_OFFSET_S = int(os.environ.get("DRILL_CLOCK_S", "0"))
if _OFFSET_S:
    _then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=_OFFSET_S)
    time_machine.travel(_then, tick=True).start()
