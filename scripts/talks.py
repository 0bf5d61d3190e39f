#!/usr/bin/env python3
"""The figures behind ``make talks``: how many written talks end as they were meant, by register.

Plays every talk of ``tests/conversations/talks`` against the trained assistant. ``--show`` prints
the talks that did not reach their goal and the answers that were beside the point; ``--record``
writes what was reached into ``recorded.json``, below which no later change may fall.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEST = "tests/conversations/talks"
HEAD = ("register", "talks", "reached", "answers", "beside", "not understood", "faults")


def played(book: Path, chosen: str) -> list[dict[str, Any]]:
    """What came of every talk; pytest says the rest."""
    pytest = [str(ROOT / ".venv" / "bin" / "pytest"), "-q", "-m", "rasa", "--show-capture=no"]
    options = ["--tb=no", "-n", "2", "-p", "no:cacheprovider", *(["-k", chosen] if chosen else [])]
    environment = {**os.environ, "TALKS_BOOK": str(book)}
    subprocess.run(
        [*pytest, *options, TEST], cwd=ROOT, env=environment, check=False, capture_output=True
    )
    if not book.exists():
        raise SystemExit("no talk was played; pytest -m rasa tests/conversations/talks says why")
    return [json.loads(line) for line in book.read_text(encoding="utf-8").splitlines()]


def row(name: str, entries: list[dict[str, Any]]) -> tuple[str, ...]:
    """A line of the table."""
    return (
        name,
        str(len(entries)),
        str(sum(not one["missed"] for one in entries)),
        str(sum(one["answers"] for one in entries)),
        str(sum(len(one["beside"]) for one in entries)),
        str(sum(one["misunderstood"] for one in entries)),
        str(sum(len(one["faults"]) for one in entries)),
    )


def main() -> None:
    """Play the talks and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="what went wrong, word for word")
    parser.add_argument("--only", default="", help="talks whose name holds this word")
    parser.add_argument("--record", action="store_true", help="keep the figures of every talk")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        entries = played(Path(folder) / "talks.jsonl", asked.only)
    registers = list(dict.fromkeys(one["register"] for one in entries))
    rows = [HEAD]
    rows += [row(name, [one for one in entries if one["register"] == name]) for name in registers]
    rows.append(row("all", entries))
    for line in rows:
        print("".join(f"{cell:>16}" for cell in line))
    for one in entries if asked.show else ():
        _show(one)
    if asked.record and not asked.only:
        _record(entries)


def _record(entries: list[dict[str, Any]]) -> None:
    rows = {
        one["talk"]: {
            "reached": not one["missed"],
            "beside": len(one["beside"]),
            "faults": len(one["faults"]),
        }
        for one in sorted(entries, key=lambda one: str(one["talk"]))
    }
    path = ROOT / TEST / "recorded.json"
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _show(entry: dict[str, Any]) -> None:
    print(f"\n{entry['register']}: {entry['talk']}")
    for what in ("missed", "beside", "faults"):
        for text in entry[what]:
            print(f"  {what}: {text}")
    if entry["missed"]:
        print("\n".join(f"    {line}" for line in entry["lines"]))


if __name__ == "__main__":
    main()
