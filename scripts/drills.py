#!/usr/bin/env python3
"""Faults injected into a real shop of processes, each followed by the auditor: `make drills`.

Prints one line per drill: what was injected, the figure asked and the figure had. One drill that
fails or takes too long does not stop the rest; whatever was started is stopped. Exits 1 if anything
was found. ``--table`` writes the lines as Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crm_core.settings import Settings  # noqa: E402 - the project's folder is put on the path above
from tests.drills import catalogue  # noqa: E402
from tests.drills.crowd import Crowd  # noqa: E402
from tests.drills.drill import Bench, Drill, NotPlayedError, Outcome  # noqa: E402
from tests.drills.stage import Stage  # noqa: E402

SHORT_SCALE = 0.01
SHOWN = 6


@dataclass
class Line:
    """How one drill ended."""

    drill: Drill
    injected: str = "-"
    had: str = "-"
    wrong: list[str] = field(default_factory=list)
    findings: int = 0
    skipped: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        """One line for a terminal, what is wrong below it."""
        if self.skipped:
            return f"{self.drill.name:<4} SKIPPED, nothing was shown: {self.skipped}"
        state = "ok" if not self.wrong else "MISSED"
        text = (
            f"{self.drill.name:<4} {state}: {self.injected} | asked: {self.drill.asked}"
            f" | had: {self.had}; audit: {self.findings} findings ({self.seconds:.0f} s)"
        )
        return "\n       ".join([text, *self.wrong[:SHOWN]])

    def row(self) -> str:
        """A row of the table."""
        state = "yes" if not self.wrong else "**no**: " + "; ".join(self.wrong[:SHOWN])
        state = f"not played: {self.skipped}" if self.skipped else state
        cells = [self.drill.name, self.drill.title, self.injected, self.drill.asked, self.had,
                 f"{self.findings} findings", state]  # fmt: skip
        return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


class Theatre:
    """Keeps one stage for all drills that can share it, and a new one after a ruined one."""

    def __init__(self, folder: Path, models: Path, scale: float) -> None:
        self.folder, self.models, self.scale = folder, models, scale
        self._bench: Bench | None = None
        self._number = 0
        # One thread for all: a process ends with the thread that has started it.
        self._player = ThreadPoolExecutor(1)

    def bench(self, *, shared: bool) -> Bench:
        """A bench with a shop that runs, or with a folder only."""
        if not shared:
            self._number += 1
            folder = self.folder / f"own-{self._number}"
            stage = Stage(folder, self.models)
            return Bench(stage, Crowd(stage), self.scale, folder, self.models)
        if self._bench is None:
            self._number += 1
            stage = Stage(self.folder / f"stage-{self._number}", self.models)
            self._bench = Bench(stage, Crowd(stage), self.scale, self.folder, self.models)
            stage.start()
        return self._bench

    def close(self) -> None:
        """Stop everything."""
        if self._bench is not None:
            bench, self._bench = self._bench, None
            bench.stage.stop()

    def play(self, one: Drill) -> Line:
        """Play one drill with its limit, heal, audit."""
        line, begun = Line(one), time.monotonic()
        acting = self._player.submit(self._act, one, line)
        wait([acting], one.limit_s + 60)
        if not acting.done():
            line.wrong.append(f"did not end within {one.limit_s:.0f} s")
            self.close()  # whatever it waits for will not come any more
            wait([acting], 60)
            self._player = ThreadPoolExecutor(1)
        line.seconds = time.monotonic() - begun
        return line

    def _act(self, one: Drill, line: Line) -> None:
        try:
            bench = self.bench(shared=not one.own_stage)
            found = self._play(one, bench)
            line.injected, line.had = found.injected, found.had
            line.wrong += found.wrong
            if not one.own_stage:
                self._after(bench, line)
        except NotPlayedError as lacking:
            line.skipped = str(lacking)
        except Exception as error:  # noqa: BLE001 - one failure is a line of the report
            said = str(error).splitlines()
            line.wrong.append(f"{type(error).__name__}: {said[0] if said else error!r}")
            traceback.print_exc(limit=-4)
            if not one.own_stage:
                self._heal_or_end()

    @staticmethod
    def _play(one: Drill, bench: Bench) -> Outcome:
        try:
            return one.play(bench)
        finally:
            if one.own_stage:
                bench.stage.stop()

    def _after(self, bench: Bench, line: Line) -> None:
        bench.stage.heal()
        bench.settle()
        findings = bench.audit()
        line.findings = len(findings)
        line.wrong += [str(one) for one in findings]

    def _heal_or_end(self) -> None:
        try:
            if self._bench is not None:
                self._bench.stage.heal()
                self._bench.settle()
                self._bench.audit()  # what this drill left behind is not the next one's
        except Exception:  # noqa: BLE001 - then the next drill gets a new stage
            self.close()


def chosen(only: Sequence[str], *, short: bool) -> list[Drill]:
    """The drills to play, in their order. Raises SystemExit for an unknown name."""
    drills = catalogue.drills()
    unknown = [name for name in only if name not in drills]
    if unknown:
        raise SystemExit(f"no drill is called {', '.join(unknown)}; there are {', '.join(drills)}")
    if only:
        return [drills[name] for name in only]
    return [one for one in drills.values() if one.short or not short]


def table(lines: Sequence[Line], scale: float) -> str:
    """The report as Markdown."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    day = time.strftime("%d %B %Y", time.localtime())
    head = [
        f"Played on {day}, {machine}, at scale {scale:g} (1 is the full number of each case).", "",
        "| case | what | injected | asked | had | audit I1–I10 | met |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    return "\n".join([*head, *(line.row() for line in lines)]) + "\n"


def run(drills: Sequence[Drill], folder: Path, scale: float, report: Path | None) -> int:
    """Play them all; the exit code."""
    theatre = Theatre(folder, Settings().models, scale)
    lines: list[Line] = []
    try:
        for one in drills:
            lines.append(theatre.play(one))
            print(lines[-1], flush=True)
            if report is not None:  # what is there is there, whatever happens to the rest
                report.write_text(table(lines, scale), encoding="utf-8")
    finally:
        theatre.close()
    missed = [line.drill.name for line in lines if line.wrong]
    said = f"missed: {' '.join(missed)}" if missed else "all met"
    skipped = [line.drill.name for line in lines if line.skipped]
    said += f"; not played: {' '.join(skipped)}" if skipped else ""
    print(f"{len(lines)} drills at scale {scale:g}; {said}")
    return int(bool(missed))


def main() -> int:
    """Play the drills that are asked for; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="such as F2 K1")
    parser.add_argument("--scale", type=float, help="share of the full numbers (default 1)")
    parser.add_argument("--short", action="store_true", help="two minutes: the quickest drills")
    parser.add_argument("--folder", type=Path, help="keep logs and databases here")
    parser.add_argument("--table", type=Path, help="write the report here as Markdown")
    given = parser.parse_args()
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):  # each start would compile all it imports
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".sapa" / "bytecode"))
    scale = given.scale or (SHORT_SCALE if given.short else 1.0)
    drills = chosen(given.only, short=given.short)
    if given.folder:
        if given.folder.exists() and any(given.folder.iterdir()):
            raise SystemExit(f"{given.folder} is not empty: what is in it is another run's")
        return run(drills, given.folder.absolute(), scale, given.table)
    with tempfile.TemporaryDirectory(prefix="sapa-drills-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another account
        return run(drills, Path(folder), scale, given.table)


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    os._exit(ended)  # a drill that hangs may not keep this from its end; its processes go with it
