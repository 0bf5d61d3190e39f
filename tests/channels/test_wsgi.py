"""The web server's workers are forks of one process that has imported everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from crm_core.settings import ROOT, Settings

LOADED = """
import gc, json, os, stat, threading
import channels.wsgi
folder = f"/proc/{os.getpid()}/fd"
kinds = [os.stat(f"{folder}/{one}").st_mode for one in os.listdir(folder)
         if os.path.exists(f"{folder}/{one}")]
print(json.dumps({
    "threads": threading.active_count(), "sockets": sum(map(stat.S_ISSOCK, kinds)),
    "frozen": gc.get_freeze_count() > 100_000, "collects": gc.isenabled(),
}))
"""


def test_what_workers_inherit_has_no_connection_and_no_thread(settings: Settings) -> None:
    told = {**os.environ, **settings.environment(), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=told, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"threads": 1, "sockets": 0, "frozen": True, "collects": True}
