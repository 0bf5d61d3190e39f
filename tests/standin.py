"""A stand-in for Rasa's own programs, for tests of what surrounds them: it trains in no time and
scores as it is told. It is started as a process, in the place of ``bot/.venv/bin/python``."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.supervisor import assistant

_PROGRAM = '''#!{python}
"""Stands for bot/.venv's Python: `-m rasa train` and bot/score.py, told what to do by a file."""
import json, pathlib, sys
plan = json.loads(pathlib.Path({plan!r}).read_text())
if sys.argv[1].endswith("parse.py"):
    for line in sys.stdin:
        text = json.loads(line)["text"]
        intent = plan["intents"].get(text, "find_part")
        print(json.dumps({{"intent": intent, "confidence": 0.9, "entities": [],
                          "fallback": intent == "nlu_fallback"}}))
elif sys.argv[1:4] == ["-m", "rasa", "train"]:
    if plan["training"] != 0:
        sys.exit(plan["training"])
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
    out.mkdir(parents=True)
    learned = [name for name in sys.argv if name.endswith("candidate.yml")]
    (out / "assistant.tar.gz").write_text(pathlib.Path(learned[0]).read_text())
else:
    model, asked = map(pathlib.Path, sys.argv[2:4])
    which = "before" if model.read_text() == "the first model" else "after"
    rows = asked.read_text().splitlines()[1:]
    told = {{"messages": len(rows), "accuracy": plan[which], "out_of_scope_f1": 0.9,
            "registers": {{row.split("\\t")[2]: plan[which] for row in rows}}}}
    print("Rasa likes to talk")
    print(json.dumps(told) if plan[which] else "nothing")
'''


@dataclass
class Rasa:
    """The stand-in; ``plan`` says what it shall do."""

    path: Path

    def plan(
        self,
        *,
        training: int = 0,
        before: float = 0.91,
        after: float = 0.92,
        intents: dict[str, str] | None = None,
    ) -> None:
        """Exit code of training, shares of right answers, and how texts are read."""
        plan = {"training": training, "before": before, "after": after, "intents": intents or {}}
        self.path.write_text(json.dumps(plan))


def standin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Rasa:
    """Put it in ``folder`` and into the place of Rasa's Python."""
    made = Rasa(folder / "plan.json")
    program = folder / "python"
    program.write_text(_PROGRAM.format(python=sys.executable, plan=str(made.path)))
    program.chmod(0o755)
    monkeypatch.setattr(assistant, "PYTHON", program)
    made.plan()
    return made
