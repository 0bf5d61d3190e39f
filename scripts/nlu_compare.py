"""Compares pipelines for understanding: the table of docs/decisions/0016.

    python scripts/nlu_compare.py [FILE.tsv ...] [--seeds 3] [--epochs 15] [--only NAME ...]

Each pipeline is trained once per seed on a random nine tenths of data/nlu (the same for all), in a
process of its own and with nothing cached, and measured on the files (default: the held-out
messages, and nlu_dev.tsv in `$SAPA_EVAL_DIR` where that is set). Prints a Markdown table of means,
with the spread over the seeds. Needs bot/.venv; takes several minutes for each training.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import nlu_report  # noqa: E402 - after the path above
from scripts.nlu_figures import headline  # noqa: E402

PYTHON = ROOT / "bot" / ".venv" / "bin" / "python"
KEPT = 0.9
_KEEN = {"C": 100.0, "max_iter": 300, "tol": 0.001}
"""Sentence vectors lie close together: at Rasa's C of 1 hardly anything is learned of them."""
_COUNTS = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
_OURS = "ChatIntentClassifier"
_VECTORS = {"name": "scripts.nlu_candidates.MeaningFeaturizer"}


def pipelines(epochs: int) -> dict[str, list[dict[str, Any]]]:
    """The candidates; DIET with what `rasa init` puts before it, ours as config.yml has it.

    `words` is ours without sentence vectors, `everything` with one of every training message.
    """
    import yaml  # noqa: PLC0415 - scoring does without

    before_diet = [
        _COUNTS[0],
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        *_COUNTS[1:],
    ]
    ours = [
        part
        for part in yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["pipeline"]
        if part["name"].endswith((_OURS, "Normalizer"))
    ]
    return {
        "diet": [*before_diet, {"name": "DIETClassifier", "epochs": epochs}],
        "lean": [*_COUNTS, {"name": "LogisticRegressionClassifier"}],
        "vectors": [_COUNTS[0], _VECTORS, {"name": "LogisticRegressionClassifier", **_KEEN}],
        "words": [ours[0], {**ours[1], "meanings": 0}],
        "cascade": ours,
        "everything": [ours[0], {**ours[1], "meanings": 1_000_000}],
    }


def messages() -> list[tuple[str, str]]:
    """All training messages as (intent, text)."""
    import yaml  # noqa: PLC0415 - scoring does without

    found = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            if "intent" in block:
                lines = block["examples"].splitlines()
                found += [(block["intent"], line.removeprefix("- ")) for line in lines]
    return found


def write_inputs(folder: Path, pipeline: list[dict[str, Any]], seed: int) -> None:
    """config.yml and nlu.yml for one training."""
    import yaml  # noqa: PLC0415 - scoring does without

    chosen = random.Random(seed)  # noqa: S311 - a sample, not a secret
    by_intent: dict[str, list[str]] = {}
    for intent, text in messages():
        if chosen.random() < KEPT:
            by_intent.setdefault(intent, []).append(text)
    nlu = [
        {"intent": intent, "examples": "".join(f"- {line}\n" for line in lines)}
        for intent, lines in by_intent.items()
    ]
    config = {"recipe": "default.v1", "assistant_id": "compare", "language": "id"}
    for name, content in (
        ("nlu.yml", {"version": "3.1", "nlu": nlu}),
        ("config.yml", {**config, "pipeline": pipeline}),
    ):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


def run_one(pipeline: list[dict[str, Any]], seed: int, files: list[Path]) -> dict[str, float]:
    """Train and measure one pipeline with one seed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, pipeline, seed)
        begun = time.monotonic()
        train = ["-m", "rasa", "train", "nlu", "--config", "config.yml", "--nlu", "nlu.yml"]
        to = ["--out", "models", "--fixed-model-name", "one"]
        _called([*train, *to], folder, environment)
        seconds = time.monotonic() - begun
        model = str(folder / "models" / "one.tar.gz")
        told = _called([__file__, "--score", model, *map(str, files)], ROOT, environment)
    return {"training s": seconds, **json.loads(told.splitlines()[-1])}


def _called(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Output of a Python program in Rasa's environment; exits with its complaint if it fails."""
    done = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments[:4])} failed:\n{done.stderr[-3000:]}")
    return done.stdout


async def score(model: Path, files: list[Path]) -> dict[str, float]:
    """Figures of one model, measured in this process."""
    begun = time.perf_counter()
    agent = nlu_report.loaded(model)
    figures = {"start s": time.perf_counter() - begun}
    times: list[float] = []
    for path in files:
        rows = await nlu_report.parsed(agent, nlu_report.labelled(path))
        times += [row.milliseconds for row in rows]
        figures |= {
            f"{path.stem} {name}": value
            for name, value in headline(rows).items()
            if not name.startswith("group")
        }
    times.sort()
    figures["p50 ms"], figures["p95 ms"] = times[len(times) // 2], times[int(len(times) * 0.95)]
    figures["resident MB"] = nlu_report.resident_mb() or 0.0
    return figures


def printed(results: dict[str, list[dict[str, float]]]) -> list[str]:
    """A Markdown table: a row for each figure, a column for each pipeline, mean and spread."""
    names = list(results)
    lines = ["| figure | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for figure in next(iter(results.values()))[0]:
        cells = []
        for name in names:
            values = [one[figure] for one in results[name]]
            form = "{:.3f}" if max(values) <= 1 else "{:.1f}"
            cell = form.format(statistics.fmean(values))
            if len(values) > 1:
                cell += " ± " + form.format(statistics.stdev(values))
            cells.append(cell)
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return lines


def main() -> int:
    """Print the table; a pipeline's line on standard error as soon as it is measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=15, help="of DIET")
    parser.add_argument("--only", nargs="+", choices=list(pipelines(1)))
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    dev = Path(os.environ.get("SAPA_EVAL_DIR", "")) / "nlu_dev.tsv"
    files = given.files or [nlu_report.HELD_OUT, *([dev] if dev.is_file() else [])]
    if given.score:
        warnings.showwarning = lambda *_args, **_named: None  # type: ignore[assignment]
        logging.disable(logging.WARNING)
        print(json.dumps(asyncio.run(score(given.score, files))))
        return 0
    results: dict[str, list[dict[str, float]]] = {}
    for name, pipeline in pipelines(given.epochs).items():
        if given.only and name not in given.only:
            continue
        for seed in range(given.seeds):
            found = run_one(pipeline, seed, [path.resolve() for path in files])
            results.setdefault(name, []).append(found)
            print(name, seed, json.dumps(found), file=sys.stderr, flush=True)
    print(*printed(results), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
