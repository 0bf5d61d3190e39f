"""Becomes a Rasa server: ``python bot/serve.py --model FILE --port N [--host H]``.

Run by bot/.venv (Rasa's Python 3.10) with three variables of ours, each also as ``…_FILE``:
``SAPA_REDIS_URL`` (where dialogues are remembered), ``SAPA_ACTIONS_URL`` (the action server) and,
beyond loopback, ``SAPA_INTERNAL_TOKEN``. They go into files that only this account can read, and
not into Rasa's environment.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
DIALOGUES = 2
"""Number of the Redis database; the broker and live updates use 0. Flushing it forgets only
dialogues. Rasa's locks stay in its memory: in Redis those of a server that was killed would hold
its conversations up for minutes, and the core's own lock lets one turn run at a time anyway."""
FORGET_AFTER_S = 7 * 24 * 3600


def told(name: str) -> str:
    """The value of ``SAPA_<name>``, or what is in the file that ``SAPA_<name>_FILE`` names."""
    file = os.environ.get(f"SAPA_{name}_FILE", "")
    if file and not os.environ.get(f"SAPA_{name}"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(f"SAPA_{name}", "")


def memory_at(url: str) -> dict[str, Any]:
    """Rasa's words for the memory of dialogues in the Redis at ``url``."""
    parts = urlsplit(url)
    found = {
        "type": "bot.lean.dialogues.Dialogues",
        "url": parts.hostname or "127.0.0.1",
        "port": parts.port or 6379,
        "db": DIALOGUES,
        "password": unquote(parts.password) if parts.password else None,
        "use_ssl": parts.scheme == "rediss",
        "key_prefix": "sapa",
        "record_exp": FORGET_AFTER_S,
    }
    return {**found, "username": unquote(parts.username)} if parts.username else found


def endpoints(redis_url: str, actions_url: str, token: str) -> dict[str, Any]:
    """Where the action server is and where dialogues are kept."""
    action: dict[str, Any] = {"url": f"{actions_url.rstrip('/')}/webhook"}
    if token:
        action["headers"] = {"Authorization": f"Bearer {token}"}
    found: dict[str, Any] = {"action_endpoint": action}
    if redis_url:
        found["tracker_store"] = memory_at(redis_url)
    return found


def credentials(token: str) -> dict[str, Any]:
    """The one channel: open on loopback, behind the secret elsewhere."""
    return {"bot.door.GuardedRest": {"token": token}} if token else {"rest": None}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def write(path: Path, content: dict[str, Any]) -> str:
    """Write YAML for this account's eyes only."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file)
    return str(path)


def environment(inherited: dict[str, str]) -> dict[str, str]:
    """Rasa's environment: without our settings and secrets, telling nobody."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("SAPA_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        # Longer than the longest turn: an expired lock lets two turns of one person run at once.
        "TICKET_LOCK_LIFETIME": "120",
    }


def main() -> None:
    """Write the two files and become Rasa."""
    parser = argparse.ArgumentParser(prog="python bot/serve.py", description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--folder", type=Path, help="for the two files; default: a temporary one")
    given = parser.parse_args()
    try:
        redis_url, token = told("REDIS_URL"), told("INTERNAL_TOKEN")
        actions_url = told("ACTIONS_URL") or "http://127.0.0.1:5055"
    except OSError as error:
        parser.error(f"cannot read {error.filename} ({error.strerror})")
    if not token and not is_loopback(given.host):
        parser.error("beyond loopback SAPA_INTERNAL_TOKEN must be set")
    folder = given.folder or Path(tempfile.mkdtemp(prefix="sapa-rasa-"))
    folder.mkdir(parents=True, exist_ok=True)
    found = endpoints(redis_url, actions_url, token)
    files = ["--endpoints", write(folder / "endpoints.yml", found)]
    files += ["--credentials", write(folder / "credentials.yml", credentials(token))]
    where = ["--interface", given.host, "--port", str(given.port)]
    command = [sys.executable, "-m", "bot.lean", "run", "--model", given.model, *where, *files]
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment(dict(os.environ)))  # noqa: S606 - as meant


if __name__ == "__main__":
    main()
