"""The trained assistant: trained when what it learns from changed, and how its server is run."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from channels.supervisor.processes import Child, Command
from crm_core.settings import ROOT, Settings

PYTHON = ROOT / "bot" / ".venv" / "bin" / "python"
SERVER = ROOT / "bot" / "serve.py"
LEARNS_FROM = (
    "config.yml",
    "bot/domain",
    "bot/components",
    "bot/requirements.txt",
    "data/nlu",
    "data/rules",
    "data/stories",
    "data/sentiment",
)
_NAME, _DRAFT = "assistant", "draft"
LOADING_HOLDS_S = 15.0


class TrainingError(RuntimeError):
    """Training ended with an error; the earlier model, if any, is untouched."""

    def __init__(self, log: Path) -> None:
        super().__init__("the assistant could not be trained")
        self.log = log


def learned_file(settings: Settings) -> Path:
    """What this shop's people taught the assistant, as training data; made by `sapa nlu learn`."""
    return settings.data_dir / "learned" / "nlu.yml"


def fingerprint(learned: Path) -> str:
    """A hash of everything that the assistant learns from; ``learned`` need not exist."""
    digest = hashlib.sha256()
    for name in LEARNS_FROM:
        top = ROOT / name
        paths = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    if learned.exists():
        digest.update(b"\0learned\0" + learned.read_bytes())
    return digest.hexdigest()


def model_file(settings: Settings) -> Path:
    """Where the trained model is (or will be)."""
    return settings.models / f"{_NAME}.tar.gz"


def is_trained(settings: Settings) -> bool:
    """Whether there is a model of the present training data."""
    now = fingerprint(learned_file(settings))
    with contextlib.suppress(FileNotFoundError):
        return model_file(settings).exists() and _stamp(settings).read_text().strip() == now
    return False


def model_identity(settings: Settings) -> tuple[int, int, int] | None:
    """Changes whenever another model takes the place; None while there is none."""
    try:
        found = model_file(settings).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def loading_mark(settings: Settings) -> Path:
    """A file that `sapa up` touches again and again while Rasa is loading another model."""
    return settings.data_dir / "ready" / "rasa-is-loading"


def is_loading(settings: Settings) -> bool:
    """Whether turns had better wait; a mark that nobody touches any more means nothing."""
    try:
        return time.time() - loading_mark(settings).stat().st_mtime < LOADING_HOLDS_S
    except FileNotFoundError:
        return False


def train(settings: Settings, log: Path) -> bool:
    """Train if the data changed; returns whether it did. Raises TrainingError.

    The earlier model stays in place until the new one is complete.
    """
    with alone(settings.models):
        if is_trained(settings):
            return False
        candidate = train_candidate(settings, learned_file(settings), log)
        candidate.take(settings)
        discard_draft(settings)
    return True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model beside the one in use, and what it learned from."""

    model: Path
    learned: Path
    fingerprint: str

    def take(self, settings: Settings) -> None:
        """Put it in the place of the present model. After a crash between two of the steps the
        next start sees that model and data differ, and trains."""
        place = learned_file(settings)
        if self.learned != place:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.learned, place.with_suffix(".new"))
            place.with_suffix(".new").replace(place)
        self.model.replace(model_file(settings))
        _stamp(settings).write_text(self.fingerprint + "\n")


def train_candidate(
    settings: Settings, learned: Path, log: Path, *, gently: bool = False
) -> Candidate:
    """Train beside the present model, which is not touched; the caller holds :func:`alone`.

    ``gently`` leaves the processor to others first. Raises TrainingError.
    """
    mark = fingerprint(learned)
    draft = settings.models / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    if not _rasa_train(draft, learned, log, gently=gently):
        raise TrainingError(log)
    return Candidate(draft / f"{_NAME}.tar.gz", learned, mark)


def discard_draft(settings: Settings) -> None:
    """Remove a candidate that was not taken, or what is left of one that was."""
    shutil.rmtree(settings.models / _DRAFT, ignore_errors=True)


def environment() -> dict[str, str]:
    """The environment of Rasa: without our settings and secrets, quiet, telling nobody."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SAPA_") and name not in {"VIRTUAL_ENV", "PYTHONHOME"}
    }
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        # Longer than the longest turn: an expired lock lets two turns of one person run at once.
        "TICKET_LOCK_LIFETIME": "120",
    }


def server_environment(settings: Settings) -> dict[str, str]:
    """The environment of ``bot/serve.py``: Rasa's own, and the few settings that it is told."""
    told = {"SAPA_REDIS_URL": settings.redis_url, "SAPA_ACTIONS_URL": settings.action_server}
    if settings.internal_token is not None:
        told["SAPA_INTERNAL_TOKEN"] = settings.internal_token.get_secret_value()
    return {**environment(), **{name: value for name, value in told.items() if value}}


def _stamp(settings: Settings) -> Path:
    return settings.models / f"{_NAME}.sha256"


def _rasa_train(target: Path, learned: Path, log: Path, *, gently: bool) -> bool:
    data = [name for name in ("data/nlu", "data/rules", "data/stories") if (ROOT / name).exists()]
    data += [str(learned)] if learned.exists() else []
    where = ["--config", "config.yml", "--domain", "bot/domain", "--data", *data]
    result = ["--out", str(target), "--fixed-model-name", _NAME]
    log.unlink(missing_ok=True)
    nice = shutil.which("nice") if gently else None
    training = Child(
        Command(
            name="training",
            arguments=[
                *([nice, "-n", "10"] if nice else []),
                *[str(PYTHON), "-m", "rasa", "train", *where, *result],
            ],
            log=log,
            environment=environment(),
            folder=ROOT,
        )
    )
    try:
        code = training.wait()
    finally:
        training.stop(grace_s=2)  # Ctrl-C while it learns
    return code == 0 and (target / f"{_NAME}.tar.gz").exists()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else trains into ``folder``, and keep others from it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
