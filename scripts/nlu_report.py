"""How well the assistant understands: by register, intent and confidence, and how it hears moods.

    python scripts/nlu_report.py [FILE.tsv ...] [--model PATH] [--recorded JSON | --record JSON]

A file has columns text, intent, register (tab and newline in a text written as \\t and \\n).
Without one, tests/understanding/heldout.tsv is read, and nlu_dev.tsv in `$SAPA_EVAL_DIR` where
that is set; sentiment.tsv beside the first file is read too. Exit 1 when a recorded figure got
worse by more than a point. Rasa lives in bot/.venv, so the script starts itself again with that
Python where Rasa cannot be imported.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import importlib.util
import json
import logging
import os
import sys
import tarfile
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.nlu_figures import (  # noqa: E402 - after the path above
    FALLBACK,
    Row,
    f1_of,
    headline,
    mood_headline,
    report,
    right_share,
    share,
    sizes,
    worsened,
)

__all__ = ["Row", "f1_of", "labelled", "share", "understood"]
HELD_OUT = ROOT / "tests" / "understanding" / "heldout.tsv"
MOODS = "sentiment.tsv"


def arguments() -> argparse.Namespace:
    """Command line; exits with a sentence when an evaluation file is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help="labelled messages (TSV)")
    parser.add_argument("--model", type=Path, help="model archive; default: the newest one")
    parser.add_argument("--least-accuracy", type=float, default=0.0, help="exit 1 below this")
    parser.add_argument("--recorded", type=Path, help="figures to compare with; exit 1 if worse")
    parser.add_argument("--record", type=Path, help="write the figures of the files there")
    parser.add_argument("--errors", action="store_true", help="print each wrong message")
    given = parser.parse_args()
    if not given.files:
        folder = os.environ.get("SAPA_EVAL_DIR")
        given.files = [HELD_OUT, *([Path(folder) / "nlu_dev.tsv"] if folder else [])]
    for path in given.files:
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return given


def newest_model() -> Path:
    """The last trained archive under models/ or the data folder; exits when there is none."""
    data = Path(os.environ.get("SAPA_DATA_DIR", ROOT / ".sapa"))
    found = [path for folder in (ROOT / "models", data) for path in folder.rglob("*.tar.gz")]
    if not found:
        sys.exit("No trained assistant found. Run `make train` first, or give --model.")
    return max(found, key=lambda path: path.stat().st_mtime)


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a tab-separated file by column; texts with their tabs and newlines."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{**row, "text": row["text"].replace("\\t", "\t").replace("\\n", "\n")} for row in rows]


def labelled(path: Path) -> list[tuple[str, str, str]]:
    """Rows (text, intent, register) of an evaluation file."""
    return [(row["text"], row["intent"], row.get("register") or "-") for row in table(path)]


def taught() -> set[str]:
    """The training messages in lower case: a few held-out ones happen to be among them."""
    found = set()
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found |= {line.strip()[2:].lower() for line in lines if line.strip().startswith("- ")}
    return found


def loaded(model: Path) -> Any:
    """Rasa's agent with the trained assistant."""
    import structlog  # noqa: PLC0415 - only bot/.venv has it, as Rasa's logger
    from rasa.core.agent import Agent  # noqa: PLC0415 - only bot/.venv has Rasa

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return Agent.load(str(model))


async def understood(model: Path, rows: list[tuple[str, str, str]]) -> list[Row]:
    """Parse every row with the trained assistant, in this process."""
    return await parsed(loaded(model), rows)


async def parsed(agent: Any, rows: list[tuple[str, str, str]]) -> list[Row]:
    """What the loaded assistant makes of each row."""
    await agent.parse_message("halo")
    result = []
    for text, intent, register in rows:
        started = time.perf_counter()
        found = await agent.parse_message(text)
        taken = (time.perf_counter() - started) * 1000
        ranking = [entry for entry in found["intent_ranking"] if entry["name"] != FALLBACK]
        best = ranking[0] if ranking else {"name": FALLBACK, "confidence": 0.0}
        mood = found.get("sentiment") or {}
        row = Row(
            text,
            intent,
            register,
            answered=found["intent"]["name"],
            guess=best["name"],
            confidence=best["confidence"],
            milliseconds=taken,
            sentiment=mood.get("label", "neutral"),
            angry=bool(mood.get("angry")),
        )
        result.append(row)
    return result


def resident_mb() -> float | None:
    """Memory of this process in MB, where the system tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def trained_in(model: Path) -> float | None:
    """Seconds that training the understanding took, as the model itself says."""
    with tarfile.open(model) as archive:
        for member in archive:
            if member.name.endswith("facts.json") and "ChatIntentClassifier" in member.name:
                stream = archive.extractfile(member)
                facts = json.load(stream) if stream else {}
                return float(facts["seconds"]) if "seconds" in facts else None
    return None


async def measured(
    model: Path, files: list[Path], counts: dict[str, dict[str, int]], *, errors: bool
) -> dict[str, dict[str, float]]:
    """Print the report of each file and of the moods; headline figures by file name.

    Fills `counts` with how many messages a figure rests on, by file name.
    """
    started = time.perf_counter()
    agent = loaded(model)
    seconds = time.perf_counter() - started
    figures: dict[str, dict[str, float]] = {}
    known = taught()
    for path in files:
        rows = await parsed(agent, labelled(path))
        figures[path.name], counts[path.name] = headline(rows), sizes(rows)
        print(f"\n== {path.name}", *report(rows), sep="\n")
        unseen = [row for row in rows if row.text.lower() not in known]
        print(f"\n{len(rows) - len(unseen)} are also training messages; ", end="")
        print(f"accuracy on the {len(unseen)} others {right_share(unseen):.3f}")
        if errors:
            wrong = [row for row in rows if row.guess != row.intent]
            for row in wrong:
                print(f"{row.intent}\t{row.guess}\t{row.confidence:.2f}\t{row.text}")
    moods = files[0].parent / MOODS
    if moods.is_file():
        told = table(moods)
        rows = await parsed(agent, [(row["text"], "", "-") for row in told])
        truth = [(row["sentiment"], row["angry"] == "yes") for row in told]
        figures[moods.name] = mood_headline(rows, truth)
        counts[moods.name] = {"anger_f1": sum(angry for _, angry in truth)}
        told_figures = "   ".join(f"{name} {value:.3f}" for name, value in figures[MOODS].items())
        print(f"\n== {moods.name}\nmessages {len(rows)}   {told_figures}")
    learning, memory = trained_in(model), resident_mb()
    print(f"\nloaded in {seconds:.1f} s with Rasa's libraries", end="")
    print(f"; resident {memory:.0f} MB" if memory else "", end="")
    print(f"; the understanding was trained in {learning:.0f} s" if learning else "")
    return figures


def main() -> int:
    """Exit 0, or 1 when a figure is below what was asked for."""
    given = arguments()
    if importlib.util.find_spec("rasa") is None:
        python = ROOT / "bot" / ".venv" / "bin" / "python"
        if not python.is_file():
            sys.exit("The assistant's environment bot/.venv is missing. Run `make setup`.")
        os.execv(str(python), [str(python), *sys.argv])  # noqa: S606 - the same script, Rasa's Python
    warnings.showwarning = lambda *_args, **_named: None  # type: ignore[assignment]
    logging.disable(logging.WARNING)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    model = given.model or newest_model()
    counts: dict[str, dict[str, int]] = {}
    figures = asyncio.run(measured(model, given.files, counts, errors=given.errors))
    if given.record:
        given.record.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    worse = []
    if given.recorded:
        recorded = json.loads(given.recorded.read_text(encoding="utf-8"))
        for name in figures.keys() & recorded.keys():
            told = worsened(figures[name], recorded[name], counts[name])
            worse += [f"{name}: {one}" for one in told]
        print(*(worse or ["No recorded figure got worse by more than a point."]), sep="\n")
    enough = figures[given.files[0].name]["accuracy"] >= given.least_accuracy
    return 0 if enough and not worse else 1


if __name__ == "__main__":
    sys.exit(main())
