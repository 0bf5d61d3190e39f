"""How well the assistant understands: accuracy and macro-F1, overall, per register and intent.

    python scripts/nlu_report.py [EVAL_TSV] [--model PATH] [--least-accuracy 0.85]

EVAL_TSV has columns text, intent, register (tab and newline in a text written as \\t and \\n).
Without an argument `$SAPA_EVAL_DIR/nlu_dev.tsv` is read. Rasa lives in bot/.venv, so the script
starts itself again with that Python where Rasa cannot be imported.
"""

import argparse
import asyncio
import csv
import importlib.util
import logging
import os
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Row:
    """One labelled message and what the assistant made of it."""

    text: str
    intent: str
    register: str
    answered: str
    guess: str
    confidence: float
    milliseconds: float


def arguments() -> argparse.Namespace:
    """Command line; exits with a sentence when no evaluation file can be found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, help="labelled messages (TSV)")
    parser.add_argument("--model", type=Path, help="model archive; default: the newest one")
    parser.add_argument("--least-accuracy", type=float, default=0.0, help="exit 1 below this")
    parser.add_argument("--errors", action="store_true", help="print each wrong message")
    given = parser.parse_args()
    folder = os.environ.get("SAPA_EVAL_DIR")
    if given.file is None and folder:
        given.file = Path(folder) / "nlu_dev.tsv"
    if given.file is None:
        parser.error(
            "no evaluation file. Give one: make nlu-report ARGS=path/to/nlu_dev.tsv, "
            "or set SAPA_EVAL_DIR to the folder that holds nlu_dev.tsv."
        )
    if not given.file.is_file():
        parser.error(f"there is no file {given.file}")
    return given


def newest_model() -> Path:
    """The last trained archive under models/ or the data folder; exits when there is none."""
    data = Path(os.environ.get("SAPA_DATA_DIR", ROOT / ".sapa"))
    found = [path for folder in (ROOT / "models", data) for path in folder.rglob("*.tar.gz")]
    if not found:
        sys.exit("No trained assistant found. Run `make train` first, or give --model.")
    return max(found, key=lambda path: path.stat().st_mtime)


def labelled(path: Path) -> list[tuple[str, str, str]]:
    """Rows (text, intent, register) of an evaluation file."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (
            row["text"].replace("\\t", "\t").replace("\\n", "\n"),
            row["intent"],
            row.get("register") or "-",
        )
        for row in rows
    ]


async def understood(model: Path, rows: list[tuple[str, str, str]]) -> list[Row]:
    """Parse every row with the trained assistant, in this process."""
    import structlog  # noqa: PLC0415 - only bot/.venv has it, as Rasa's logger
    from rasa.core.agent import Agent  # noqa: PLC0415 - only bot/.venv has Rasa

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    agent = Agent.load(str(model))
    await agent.parse_message("halo")
    result = []
    for text, intent, register in rows:
        started = time.perf_counter()
        parsed = await agent.parse_message(text)
        taken = (time.perf_counter() - started) * 1000
        ranking = [entry for entry in parsed["intent_ranking"] if entry["name"] != FALLBACK]
        best = ranking[0] if ranking else {"name": FALLBACK, "confidence": 0.0}
        answered = parsed["intent"]["name"]
        result.append(
            Row(text, intent, register, answered, best["name"], best["confidence"], taken)
        )
    return result


def share(values: Iterable[bool]) -> float:
    """Share of true values; 0 for none."""
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


def f1_of(rows: list[Row], intent: str) -> float:
    """F1 of one intent, on the guess before any fallback."""
    right = sum(row.guess == intent == row.intent for row in rows)
    named = sum(row.guess == intent for row in rows) + sum(row.intent == intent for row in rows)
    return 2 * right / named if named else 0.0


def print_report(rows: list[Row]) -> float:
    """Print all tables; returns the accuracy of the best guess."""
    intents = sorted({row.intent for row in rows})
    accuracy = share(row.guess == row.intent for row in rows)
    macro = sum(f1_of(rows, intent) for intent in intents) / len(intents)
    fallen = [row for row in rows if row.answered == FALLBACK]
    print(f"messages {len(rows)}   accuracy {accuracy:.3f}   macro-F1 {macro:.3f}")
    strict = share(row.answered == row.intent for row in rows)
    print(f"accuracy with fallback counted as wrong {strict:.3f}")
    saved = share(row.guess == row.intent for row in fallen)
    print(f"fallback {len(fallen)} ({len(fallen) / len(rows):.1%}), the guess right in {saved:.2f}")
    times = sorted(row.milliseconds for row in rows)
    middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"ms per message p50 {middle:.1f}  p95 {late:.1f}")
    print_groups(rows, intents)
    return accuracy


def print_groups(rows: list[Row], intents: list[str]) -> None:
    """Tables by register, confidence and intent, and the worst confusions."""
    print("\nregister     n    accuracy")
    registers = defaultdict(list)
    for row in rows:
        registers[row.register].append(row.guess == row.intent)
    for register, right in sorted(registers.items()):
        print(f"{register:<11}{len(right):>4}    {share(right):.3f}")
    print("\nconfidence   n    mean confidence   accuracy")
    edges = (0.0, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.01)
    for low, high in pairwise(edges):
        band = [row for row in rows if low <= row.confidence < high]
        if band:
            mean = sum(row.confidence for row in band) / len(band)
            right_share = share(row.guess == row.intent for row in band)
            label = f"{low:.1f}-{min(high, 1.0):.1f}"
            print(f"{label}{len(band):>8}    {mean:.2f}              {right_share:.3f}")
    print("\nintent                n    F1")
    for intent in sorted(intents, key=lambda name: f1_of(rows, name)):
        count = sum(row.intent == intent for row in rows)
        print(f"{intent:<20}{count:>3}    {f1_of(rows, intent):.2f}")
    print("\nworst confusions (said to be -> taken for)")
    wrong = Counter((row.intent, row.guess) for row in rows if row.intent != row.guess)
    for (intent, guess), count in wrong.most_common(15):
        print(f"{count:>3}  {intent} -> {guess}")


def main() -> int:
    """Exit 0, or 1 when the accuracy is below --least-accuracy."""
    given = arguments()
    if importlib.util.find_spec("rasa") is None:
        python = ROOT / "bot" / ".venv" / "bin" / "python"
        if not python.is_file():
            sys.exit("The assistant's environment bot/.venv is missing. Run `make setup`.")
        os.execv(str(python), [str(python), *sys.argv])  # noqa: S606 - the same script, Rasa's Python
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    sys.path.insert(0, str(ROOT))
    rows = asyncio.run(understood(given.model or newest_model(), labelled(given.file)))
    accuracy = print_report(rows)
    if given.errors:
        for row in rows:
            if row.guess != row.intent:
                print(f"{row.intent}\t{row.guess}\t{row.confidence:.2f}\t{row.text}")
    return 0 if accuracy >= given.least_accuracy else 1


if __name__ == "__main__":
    sys.exit(main())
