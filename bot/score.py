"""Scores a trained model on labelled messages: ``python bot/score.py MODEL FILE.tsv``.

Run by bot/.venv. Writes one JSON object: messages, accuracy, out_of_scope_f1 and accuracy by
register, each from 0 to 1; the measuring itself is that of `make nlu-report`.
"""

import asyncio
import json
import logging
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
warnings.showwarning = lambda *_args, **_named: None  # type: ignore[assignment]
logging.disable(logging.WARNING)

from scripts import nlu_report  # noqa: E402 - after the path above


def main(model: Path, file: Path) -> None:
    """Print the figures; Rasa's own words go elsewhere than to standard output."""
    rows = asyncio.run(nlu_report.understood(model, nlu_report.labelled(file)))
    registers = {row.register for row in rows}
    figures = {
        "messages": len(rows),
        "accuracy": nlu_report.share(row.guess == row.intent for row in rows),
        "out_of_scope_f1": nlu_report.f1_of(rows, "out_of_scope"),
        "registers": {
            name: nlu_report.share(row.guess == row.intent for row in rows if row.register == name)
            for name in sorted(registers)
        },
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
