"""`make bench` gives each of its rows; minutes, so only with ``SAPA_MANY=1``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from crm_core.settings import ROOT

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not os.environ.get("SAPA_MANY"), reason="minutes; SAPA_MANY=1"),
]

ROWS = (
    "turns through the whole shop",
    "CPU of a turn: worker",
    "a turn at 10 a second, p95",
    "memory of all processes",
    "acknowledged at 200 a second, p99",
    "acknowledged at 200 a second, worker answering, p99",
    "memory with 20 open pages",
)


def test_every_row_of_the_turns_is_measured() -> None:
    command = [sys.executable, ROOT / "scripts" / "bench.py", "--only", "turns"]
    command += ["--seconds", "2", "--pages", "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert [row for row in ROWS if f"{row}: " not in done.stdout] == []
