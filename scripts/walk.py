#!/usr/bin/env python3
"""The long random walk behind ``make walk``: several walks one after the other, their turns summed.

Each walk has a seed and a process of its own, and is written down when it is done; so a walk that
was broken off goes on where it was, as long as the program and what the assistant learned are the
same. Faults are written to a file at once. Exits 1 if there is any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST = "tests/conversations/never_a_dead_end"
LANGUAGES = ("id", "en")
SOURCES = ("actions", "bot/components", "bot/domain", "channels", "crm_core", "data/nlu",
           "data/rules", "data/stories", "data/sentiment", "tests/understanding", TEST)  # fmt: skip
FILES = frozenset({".py", ".yml", ".yaml", ".csv", ".tsv", ".html"})


def state() -> str:
    """A short mark of everything that the answers of a walk depend on."""
    digest = hashlib.sha256((ROOT / "config.yml").read_bytes())
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in FILES:
                digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def done(book: Path, seed: int, turns: int) -> list[Mapping[str, int | str]]:
    """What ``book`` says of the walk with this seed and length: one entry for each language."""
    if not book.exists():
        return []
    entries = [json.loads(line) for line in book.read_text(encoding="utf-8").splitlines()]
    return [one for one in entries if (one["seed"], one["of"]) == (seed, turns)]


def walk(book: Path, faults: Path, seed: int, turns: int) -> None:
    """One walk; how it went is in ``book`` afterwards, unless it broke off."""
    known = {str(one["language"]) for one in done(book, seed, turns)}
    missing = [language for language in LANGUAGES if language not in known]
    if not missing:
        return
    environment = {
        **os.environ,
        "WALK_TURNS": str(turns),
        "WALK_SEED": str(seed),
        "WALK_BOOK": str(book),
        "WALK_LOG": str(faults),
    }
    pytest = [str(ROOT / ".venv" / "bin" / "pytest"), "-q", "-m", "rasa", "--show-capture=no"]
    chosen = ["-k", " or ".join(f"[{language}]" for language in missing), "--tb=line"]
    subprocess.run([*pytest, *chosen, TEST], cwd=ROOT, env=environment, check=False)


def summed(entries: Iterable[Mapping[str, int | str]]) -> dict[str, int]:
    """The figures of all walks together."""
    out = dict.fromkeys(("turns", "customers", "orders", "faults"), 0)
    for entry in entries:
        for name in out:
            out[name] += int(entry[name])
    return out


def main() -> None:
    """Walk what has not been walked, and print the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000, help="of all walks together")
    parser.add_argument("--walks", type=int, default=4, help="how many walks share the turns")
    parser.add_argument("--seed", type=int, default=1, help="of the first walk")
    asked = parser.parse_args()
    folder = ROOT / ".sapa" / "walks"
    folder.mkdir(parents=True, exist_ok=True)
    book, faults = (folder / f"{state()}.{end}" for end in ("jsonl", "faults"))
    each = asked.turns // asked.walks
    entries: list[Mapping[str, int | str]] = []
    for seed in range(asked.seed, asked.seed + asked.walks):
        walk(book, faults, seed, each)
        entries += done(book, seed, each)
    result = summed(entries)
    told = ", ".join(f"{count:,} {what}" for what, count in result.items())
    print(f"{told} in {len(entries)} of {asked.walks * len(LANGUAGES)} walks")
    if result["faults"]:
        print(f"the talks that led to faults: {faults}")
    complete = len(entries) == asked.walks * len(LANGUAGES)
    raise SystemExit(0 if complete and not result["faults"] else 1)


if __name__ == "__main__":
    main()
