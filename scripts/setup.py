#!/usr/bin/env python3
"""Makes a fresh checkout ready to run: both Python environments and the browser files.

Needs Python 3.11 or newer with ``venv``, and the package registries. Uses only the standard
library, because nothing is installed yet. Each step is skipped while its inputs and what it made
are unchanged, so calling this before every command costs a fraction of a second.

    python3 scripts/setup.py [--production] [--only STEP]… [--lock]
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said before anything an older one cannot read
    sys.exit(
        "Sapa needs Python 3.11 or newer; this is %d.%d (%s).\n"  # noqa: UP031 - same
        "Install one, or name one that is there: make PYTHON=python3.12 run"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import argparse
import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup_steps import assets, environments
from setup_steps.common import TOOLS, SetupError, Step


def steps(*, production: bool) -> list[Step]:
    """What a checkout needs, in order."""
    return [
        environments.installer(),
        environments.application(production=production),
        environments.assistant(),
        assets.browser_files(),
    ]


STEP_NAMES = ("installer", "application", "assistant", "browser-files")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let only one set-up of this checkout work at a time; a second one waits."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another set-up of this checkout is at work; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def perform(wanted: list[Step]) -> None:
    """Do each step that is not done, saying what and how long."""
    for step in wanted:
        if step.is_done():
            continue
        print(f"set-up: {step.title} ...", flush=True)
        begun = time.monotonic()
        step.perform()
        step.mark_done()
        print(f"set-up: {step.title}: done in {time.monotonic() - begun:.0f} s", flush=True)


def main() -> int:
    """Set up, or lock the requirements again. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--production", action="store_true", help="without tools for development")
    parser.add_argument(
        "--only", action="append", choices=STEP_NAMES, help="this step alone (may be repeated)"
    )
    parser.add_argument("--lock", action="store_true", help="lock requirements/*.in again instead")
    options = parser.parse_args()
    os.umask(0o022)  # PostgreSQL's programs must be readable by the account that runs them
    try:
        with alone():
            wanted = steps(production=options.production)
            perform([one for one in wanted if not options.only or one.name in options.only])
            if options.lock:
                environments.lock_requirements()
    except SetupError as failure:
        print(f"\nset-up failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up interrupted; the next start goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
