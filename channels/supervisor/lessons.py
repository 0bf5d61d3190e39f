"""The assistant learns what people labelled: a candidate is trained, scored, and taken or not.

The model in use is not touched before the candidate has shown, on messages that neither has seen,
that nothing got worse.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine

from channels.supervisor import assistant
from channels.supervisor.assistant import TrainingError
from crm_core import db, learning
from crm_core.conversations import rules as reading
from crm_core.errors import Conflict
from crm_core.learning import Figures, LabelledText, TrainingView
from crm_core.learning.rules import example
from crm_core.settings import ROOT, Settings
from crm_core.timeline import Actor

HELD_OUT = ROOT / "tests" / "understanding" / "heldout.tsv"
OWN_REGISTER = "shop"
"""The register under which the shop's own held-back messages are measured."""
_SCORING_LIMIT_S = 900


class ScoringError(RuntimeError):
    """A model could not be scored; the message is the end of what the scorer said."""


def learn(
    engine: Engine,
    settings: Settings,
    *,
    training_id: int | None = None,
    actor: Actor | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> TrainingView | None:
    """Run one training to its end: the one asked for, one that waits, or a new one of ``actor``.

    None when the training has been run already. ``say`` hears what is being done. What cannot be
    done is kept with the training (``failed``). Raises Conflict ("training_busy",
    "nothing_to_learn").
    """
    sessions = db.sessions(engine)
    with db.unit_of_work(sessions) as session:
        learning.end_interrupted(session)
    with engine.connect() as connection, learning.alone(connection) as mine:
        if not mine:
            raise Conflict("training_busy")
        with db.unit_of_work(sessions) as session:
            if training_id is None:
                waiting = learning.requested(session)
                known = actor or Actor.system("learning")
                training_id = waiting[0] if waiting else learning.request(session, known).id
            if not learning.begin(session, training_id):
                return None
        try:
            _attempt(sessions, settings, training_id, say)
        except Exception as error:  # whatever it was, the training has ended and says so
            with db.unit_of_work(sessions) as session:
                learning.fail(session, training_id, _code(error))
            if isinstance(error, ScoringError):
                with log_file(settings).open("a", encoding="utf-8") as log:
                    log.write(f"{error}\n")
            if not isinstance(error, (TrainingError, ScoringError, OSError)):
                raise
    with db.unit_of_work(sessions) as session:
        return learning.training_view(session, training_id)


def _attempt(
    sessions: db.Sessions, settings: Settings, training_id: int, say: Callable[[str], None]
) -> None:
    if not assistant.PYTHON.exists():
        raise FileNotFoundError(assistant.PYTHON)
    folder = settings.data_dir / "learned"
    candidate_data, held_out = folder / "candidate.yml", folder / "heldout.tsv"
    with assistant.alone(settings.models):
        try:
            with db.unit_of_work(sessions) as session:
                texts = learning.labelled_texts(session)
            lessons = [one for one in texts if not one.measures]
            new = sum(not one.learned for one in lessons)
            write_lessons(candidate_data, lessons)
            _write_held_out(held_out, [one for one in texts if one.measures])
            say(f"training a candidate with {new} new labels; the model in use is not touched …")
            candidate = assistant.train_candidate(
                settings, candidate_data, log_file(settings), gently=True
            )
            say("scoring the model in use and the candidate …")
            before = score(assistant.model_file(settings), held_out)
            after = score(candidate.model, held_out)
            with db.unit_of_work(sessions) as session:
                taken = learning.finish(
                    session,
                    training_id,
                    before=before,
                    after=after,
                    learned={one.key: one.label for one in lessons},
                    labels=new,
                )
                if taken:  # before the commit: a model without its note is learned again, no harm
                    candidate.take(settings)
        finally:
            assistant.discard_draft(settings)
            for path in (candidate_data, held_out):
                path.unlink(missing_ok=True)


def log_file(settings: Settings) -> Path:
    """Where the training of a candidate, and a failed scoring, can be read."""
    return settings.data_dir / "logs" / "learning.log"


def write_lessons(path: Path, texts: Sequence[LabelledText]) -> int:
    """Write labelled texts as Rasa's training data; returns how many lines there are.

    Each wording also stands without its last signs: the model tells "ada?" from "ada", and a
    person who explained one has explained both.
    """
    by_intent: dict[str, list[str]] = defaultdict(list)
    for one in texts:
        for wording in one.wordings:
            for said in (wording, wording.rstrip("?!., ")):
                line = example(said)
                if line is not None and line not in by_intent[one.label]:
                    by_intent[one.label].append(line)
    data = {
        "version": "3.1",
        "nlu": [
            {"intent": intent, "examples": "".join(f"- {line}\n" for line in lines)}
            for intent, lines in sorted(by_intent.items())
            if lines
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return sum(len(lines) for lines in by_intent.values())


def _write_held_out(path: Path, own: Sequence[LabelledText]) -> None:
    """The project's held-out messages, and below them the shop's own."""
    path.write_bytes(HELD_OUT.read_bytes().rstrip(b"\n") + b"\n")
    with path.open("a", encoding="utf-8", newline="") as file:
        for one in own:
            line = example(one.text)
            if line is not None:
                file.write("\t".join((line, one.label, OWN_REGISTER)) + "\n")


def score(model: Path, labelled: Path) -> Figures:
    """What the scorer of `make nlu-report` says of a model. Raises ScoringError."""
    try:
        done = subprocess.run(
            [str(assistant.PYTHON), str(ROOT / "bot" / "score.py"), str(model), str(labelled)],
            cwd=ROOT,
            env=assistant.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=_SCORING_LIMIT_S,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        return Figures(
            messages=int(told["messages"]),
            accuracy=round(told["accuracy"] * 1000),
            out_of_scope_f1=round(told["out_of_scope_f1"] * 1000),
            registers={name: round(value * 1000) for name, value in told["registers"].items()},
        )
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", None) or str(error)
        raise ScoringError(str(said)[-2000:]) from None
    except (ValueError, KeyError, IndexError) as error:
        raise ScoringError(f"unreadable figures: {error!r}") from None


def read_again(model: Path, texts: Sequence[str]) -> list[dict[str, Any]]:
    """How ``model`` reads customers' texts: intent, confidence, fallback. Raises ScoringError."""
    lines = "".join(
        json.dumps({"text": text, "read": reading.neutralise(text)}) + "\n" for text in texts
    )
    try:
        done = subprocess.run(
            [str(assistant.PYTHON), str(ROOT / "bot" / "parse.py"), str(model)],
            cwd=ROOT,
            env=assistant.environment(),
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise ScoringError(str(error.stderr)[-2000:]) from None
    return [json.loads(line) for line in done.stdout.splitlines()]


def _code(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and str(assistant.PYTHON) in str(error):
        return "assistant_elsewhere"
    if isinstance(error, TrainingError):
        return "training_failed"
    return "scoring_failed" if isinstance(error, ScoringError) else "learning_failed"
