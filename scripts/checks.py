#!/usr/bin/env python3
"""The named steps behind ``make test``, ``make test-fast`` and ``make check``.

Every step runs even when an earlier one failed, so that one look shows all that is wrong; the last
line counts the tests of all steps together. Exits 1 when any step failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DATA = ("data/nlu", "data/rules", "data/stories")
TWO = ("-n", "2", "--dist", "loadgroup")
"""Two at once: what a test waits for, another one uses. Each has servers' databases of its own."""
HALVES = ("-n", "2", "--dist", "worksteal")
"""For thousands of short tests: each of the two is given half of them at once, not test by test."""


@dataclass
class Run:
    """What happened so far."""

    counts: Counter[str] = field(default_factory=Counter)
    failed_steps: list[str] = field(default_factory=list)

    def step(self, title: str, work: Callable[[], bool]) -> None:
        """Do one step and say how it ended."""
        print(f"\n== {title}", flush=True)
        begun = time.monotonic()
        if not work():
            self.failed_steps.append(title)
        state = "FAILED" if title in self.failed_steps else "ok"
        print(f"== {title}: {state} in {time.monotonic() - begun:.0f} s", flush=True)

    def pytest(self, *arguments: str) -> bool:
        """Run pytest and count its tests. An empty selection fails: something was lost."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [BIN / "pytest", "--quiet", f"--junit-xml={report}", *arguments]
            code = _call(*command)
            if report.exists():
                self._count(report)
        return code == 0

    def _count(self, report: Path) -> None:
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
            total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            self.counts["passed"] += total - skipped - failed
            self.counts["failed"] += failed
            self.counts["skipped"] += skipped


NEITHER = "not rasa and not journey and not browser"
WITHOUT = "--ignore=tests/browser"
"""All there needs Chromium (its conftest says so): importing it takes seconds, to leave it out."""


def fast_tests(run: Run) -> None:
    """Rules, core, edges and laws: no Rasa, no browser, not all processes."""
    run.step("fast tests", lambda: run.pytest(*HALVES, WITHOUT, "-m", f"not slow and {NEITHER}"))


def slow_tests(run: Run) -> None:
    """Long ones of the same kind, the assistant's data and conversations, whole journeys, the
    browser."""
    run.step("slow tests", lambda: run.pytest(*TWO, WITHOUT, "-m", f"slow and {NEITHER}"))
    run.step("assistant: its data fit together", _validate_assistant)
    run.step("assistant: trained", lambda: _call(BIN / "sapa", "train") == 0)
    run.step("understanding: no recorded figure got worse", _understanding)
    talks = "rasa and not journey and not browser"
    run.step("conversations", lambda: run.pytest(*TWO, "-m", talks))
    run.step("journeys", lambda: run.pytest("-m", "journey and not browser"))
    drills = [BIN / "python", ROOT / "scripts" / "drills.py", "--short"]
    run.step("drills, the short ones", lambda: _call(*drills) == 0)
    browser = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    if browser:
        os.environ["CHROMIUM"] = browser
        run.step("browser", lambda: run.pytest(*TWO, "-m", "browser"))
    elif os.environ.get("CI"):
        run.step("browser", lambda: print("CI must have Chromium installed") is not None)
    else:
        print("\n== browser: skipped, no Chromium on the PATH (apt-get install chromium)")


def quality(run: Run) -> None:
    """Everything that is seen without running Sapa, and the migrations."""
    run.step("format", lambda: _call(BIN / "ruff", "format", "--check", ".") == 0)
    run.step("lint", lambda: _call(BIN / "ruff", "check", ".") == 0)
    run.step("types", lambda: _call(BIN / "mypy") == 0)
    run.step("import contracts", lambda: _call(BIN / "lint-imports", "--no-cache") == 0)


def _validate_assistant() -> bool:
    rasa = ROOT / "bot" / ".venv" / "bin" / "python"
    data = [name for name in DATA if (ROOT / name).exists()]
    where = ["--domain", "bot/domain", "--config", "config.yml", "--data", *data]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [rasa, "-m", "rasa", "data", "validate", *where]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:  # else hundreds of lines say that nothing is wrong
        print(done.stdout)
    return done.returncode == 0


def _understanding() -> bool:
    """Held-out messages against tests/understanding/recorded.json, beside which they lie."""
    folder = ROOT / "tests" / "understanding"
    compared = ["--recorded", folder / "recorded.json"]
    report = ROOT / "scripts" / "nlu_report.py"
    return _call(BIN / "python", report, folder / "heldout.tsv", *compared) == 0


def _call(*command: str | Path) -> int:
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def _keep_bytecode() -> None:
    """Where Python is told to write no bytecode, each of some hundred processes would compile all
    that it imports (Rasa: 12 s); it is written, but beside the sources as little as was wanted."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".sapa" / "bytecode"))


def main() -> int:
    """Run the asked group of steps."""
    _keep_bytecode()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["fast", "test", "check"])
    what = parser.parse_args().what
    run = Run()
    begun = time.monotonic()
    if what == "check":
        quality(run)
    fast_tests(run)
    if what != "fast":
        slow_tests(run)
    print(f"\n{time.monotonic() - begun:.0f} s altogether")
    for title in run.failed_steps:
        print(f"failed step: {title}")
    counts = run.counts
    line = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    print(line, flush=True)
    return 1 if run.failed_steps or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
