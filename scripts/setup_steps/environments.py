"""The installer ``uv`` and the two Python environments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from setup_steps.common import ROOT, TOOLS, UV, SetupError, Step, run

LOCKS = ROOT / "requirements"
NETWORK = "Is a package registry reachable from here? See the message above."
VENV_MISSING = (
    "Python's venv module could not make an environment; on Debian and Ubuntu it comes with "
    "'apt-get install python3-venv'."
)
NO_PYTHON_310 = """\
the assistant (Rasa 3.6) needs Python 3.10, and none could be found or downloaded.
Any of these is enough, then start again:
  - a working python3.10 on the PATH
  - pyenv install 3.10
  - .tools/uv-env/bin/uv python install 3.10   (on a machine that may download it)"""


def installer() -> Step:
    """``uv`` in ``.tools/uv-env``, from the registry, checked by hash."""

    def perform() -> None:
        folder = TOOLS / "uv-env"
        python = folder / "bin" / "python"
        run([sys.executable, "-m", "venv", "--clear", folder], advice=VENV_MISSING)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "-r", LOCKS / "uv.txt"], advice=NETWORK)

    return Step(
        name="installer",
        title="the package installer uv",
        inputs=(LOCKS / "uv.txt",),
        outputs=(UV,),
        perform=perform,
    )


def application(*, production: bool) -> Step:
    """``.venv`` for web, worker, beat, actions and the command line."""
    folder = ROOT / ".venv"
    lock = LOCKS / ("app.txt" if production else "dev.txt")

    def perform() -> None:
        if not _runs(folder / "bin" / "python"):
            run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder], advice="")
        target = ["--quiet", "--python", folder / "bin" / "python"]
        # Only ready-made wheels: there may be no compiler.
        wheels = ["--require-hashes", "--no-build"]
        run([UV, "pip", "sync", *target, *wheels, lock], advice=NETWORK)
        own = ["--no-deps", "--no-build-isolation", "--offline", "--editable", ROOT]
        run([UV, "pip", "install", *target, *own], advice="pyproject.toml cannot be installed.")

    return Step(
        name="application",
        title=f"the application's environment (.venv, {lock.name})",
        inputs=(lock, ROOT / "pyproject.toml"),
        outputs=(folder / "bin" / "python", folder / "bin" / "sapa"),
        perform=perform,
        recipe=lock.name,
    )


def assistant() -> Step:
    """``bot/.venv`` for Rasa, which needs an older Python and older libraries."""
    folder = ROOT / "bot" / ".venv"
    lock = ROOT / "bot" / "requirements.txt"

    def perform() -> None:
        if _version(folder / "bin" / "python") != (3, 10):
            python = find_python_310()
            run([UV, "venv", "--quiet", "--clear", "--python", python, folder], advice="")
        target = ["--quiet", "--python", folder / "bin" / "python"]
        run([UV, "pip", "sync", *target, "--require-hashes", lock], advice=NETWORK)

    return Step(
        name="assistant",
        title="the assistant's environment (bot/.venv, about 2 GB)",
        inputs=(lock,),
        outputs=(folder / "bin" / "python", folder / "bin" / "rasa"),
        perform=perform,
    )


def find_python_310() -> Path:
    """A Python 3.10 that really runs: on the PATH, from pyenv, or downloaded by uv.

    Raises SetupError saying how to get one.
    """
    for candidate in _installed_pythons():
        if _version(candidate) == (3, 10):
            return candidate
    print("set-up: no Python 3.10 on this machine; asking uv to download one ...", flush=True)
    try:
        run([UV, "python", "install", "--quiet", "3.10"], advice="")
    except SetupError:
        raise SetupError(NO_PYTHON_310) from None
    found = subprocess.run(
        [str(UV), "python", "find", "--managed-python", "3.10"],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        raise SetupError(NO_PYTHON_310)
    return Path(found.stdout.strip())


def _installed_pythons() -> Iterator[Path]:
    on_path = shutil.which("python3.10")
    if on_path:
        yield Path(on_path)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/3.10*/bin/python"), reverse=True)


def _version(python: Path) -> tuple[int, int] | None:
    """The version of an interpreter, found by running it: a pyenv shim may exist yet fail."""
    program = "import sys, ssl, sqlite3; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", program], capture_output=True, text=True, timeout=30, check=False
        )
        major, minor = done.stdout.split()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return int(major), int(minor)


def _runs(python: Path) -> bool:
    version = _version(python)
    return version is not None and version >= (3, 11)


def lock_requirements() -> None:
    """Resolve every ``.in`` file again, with hashes and no addresses."""
    quiet = ["--quiet", "--no-header", "--no-annotate", "--no-emit-index-url"]
    # The assistant's libraries agree on one NumPy for all systems only in much older versions.
    assistant_only = ["--python-version", "3.10", "--python-platform", "x86_64-manylinux_2_28"]
    everywhere = ["--python-version", "3.11", "--universal"]
    jobs = [(LOCKS / f"{name}.in", everywhere) for name in ("uv", "node", "app", "dev")]
    for source, how in [*jobs, (ROOT / "bot" / "requirements.in", assistant_only)]:
        target = source.with_suffix(".txt")
        flags = [*quiet, "--generate-hashes", "--upgrade", *how]
        run([UV, "pip", "compile", *flags, source, "-o", target], advice=NETWORK)
        print(f"locked {target.relative_to(ROOT)}")
