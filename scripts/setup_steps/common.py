"""What the steps share: where things are, running a tool, remembering what is done."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
UV = TOOLS / "uv-env" / "bin" / "uv"


class SetupError(Exception):
    """A step cannot be done; the text says what a person can do about it."""


@dataclass(frozen=True)
class Step:
    """One thing that must be there. ``inputs`` decide when it has to be made again."""

    name: str
    title: str
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    perform: Callable[[], None]
    recipe: str = ""
    """Changes when what is done with the inputs changes."""

    def fingerprint(self) -> str:
        """A hash of everything that decides the result."""
        digest = hashlib.sha256(self.recipe.encode())
        for path in self.inputs:
            digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    @property
    def stamp(self) -> Path:
        """Where the fingerprint of the last success is kept."""
        return TOOLS / "stamps" / self.name

    def is_done(self) -> bool:
        """Whether the outputs are there and were made from these inputs."""
        if not all(path.exists() for path in self.outputs) or not self.stamp.exists():
            return False
        return self.stamp.read_text(encoding="ascii") == self.fingerprint()

    def mark_done(self) -> None:
        """Remember the success."""
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.fingerprint(), encoding="ascii")


def run(
    command: Sequence[str | Path],
    *,
    advice: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a tool, its words shown. Raises SetupError with ``advice`` when it does not succeed."""
    inherited = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env={**inherited, **_own_caches(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{command[0]}: {error.strerror}. {advice}") from None
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command[:4])
        raise SetupError(f"'{shown} ...' ended with code {done.returncode}. {advice}")


# An activated environment or a Python path of the person's own must not leak into ours.
_MISLEADING = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT"}


def _own_caches() -> dict[str, str]:
    """Keep caches inside the project where the person has no home that can be written."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    if home.is_dir() and os.access(home, os.W_OK):
        return {}
    return {
        name: os.environ.get(name, str(TOOLS / "cache" / folder))
        for name, folder in (
            ("UV_CACHE_DIR", "uv"),
            ("PIP_CACHE_DIR", "pip"),
            ("npm_config_cache", "npm"),
            ("UV_PYTHON_INSTALL_DIR", "python"),
        )
    }
