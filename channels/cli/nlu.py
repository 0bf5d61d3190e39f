"""``sapa nlu``: what the assistant understands, what it learns, what another model would do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from channels.cli import database
from channels.cli.errors import explained, fail, load_settings
from channels.supervisor import assistant, lessons, services
from channels.supervisor.processes import log_tail
from crm_core import db, learning
from crm_core.conversations import rules
from crm_core.learning import TrainingView
from crm_core.settings import ROOT, Settings
from crm_core.timeline import Actor

app = typer.Typer(help="What the assistant understands.", no_args_is_help=True)

FAILURES = {
    "training_failed": "the candidate could not be trained; see {log}",
    "scoring_failed": "the models could not be scored; see {log}",
    "assistant_elsewhere": "Rasa's environment (bot/.venv) is not here: run this where Rasa runs",
    "interrupted": "the training was interrupted",
}
EXAMPLES = 3
"""How many messages are shown for each kind of difference."""


@app.command()
def parse() -> None:
    """Read one text per line from standard input; write one JSON object per line.

    Each has text, intent, confidence and entities. Trains the assistant first if its data changed.
    """
    settings = load_settings()
    log = settings.data_dir / "logs" / "training.log"
    try:
        if not assistant.is_trained(settings):
            typer.echo("training the assistant first …", err=True)
            assistant.train(settings, log)
    except assistant.TrainingError:
        raise fail(f"the assistant could not be trained; see {log}\n{log_tail(log)}") from None
    reader = subprocess.Popen(
        [
            str(assistant.PYTHON),
            str(ROOT / "bot" / "parse.py"),
            str(assistant.model_file(settings)),
        ],
        cwd=ROOT,
        env=assistant.environment(),
        stdin=subprocess.PIPE,
        stdout=sys.stdout.fileno(),
        text=True,
    )
    assert reader.stdin is not None  # noqa: S101 - asked for above
    with reader.stdin as pipe:
        for line in sys.stdin:
            text = line.rstrip("\r\n")
            # As in a conversation: a customer's text is never read as a command.
            pipe.write(json.dumps({"text": text, "read": rules.neutralise(text)}) + "\n")
            pipe.flush()
    code = reader.wait()
    if code != 0:
        raise fail(f"the assistant's reader ended with code {code}")


@app.command()
def learn() -> None:
    """Train what people labelled and take the new model if it makes nothing worse.

    The model in use is not touched meanwhile. A running `sapa up` takes a new model over by itself.
    """
    settings = load_settings()
    elsewhere = settings.rasa_url  # a running `sapa up` tells of its own, which it renews itself
    if not assistant.model_file(settings).exists():
        raise fail("there is no trained assistant yet: run `sapa train` first")
    with explained(), services.database(settings) as settings:
        url = database.url_of(settings)
        db.upgrade(url)
        engine = db.engine_for(url)
        try:
            training = lessons.learn(
                engine,
                settings,
                actor=Actor.system("sapa nlu learn"),
                say=lambda text: typer.echo(text, err=True),
            )
        finally:
            engine.dispose()
    if training is None:
        raise fail("another process has run this training; see the console")
    _tell(settings, training)
    if elsewhere and training.state == "taken":
        model = assistant.model_file(settings)
        typer.echo(f"Rasa at {elsewhere} loads {model} when it is restarted")


def _tell(settings: Settings, training: TrainingView) -> None:
    """Print how a training ended; exit 1 unless its model was taken."""
    if training.before is not None and training.after is not None:
        after = dict(training.after.rows())
        table = Table("", "before %", "after %", "")
        for name, value in training.before.rows():
            now = after.get(name)
            shown = "–" if now is None else f"{now // 10}.{now % 10}"
            mark = "worse" if name in training.worse else ""
            table.add_row(name, f"{value // 10}.{value % 10}", shown, mark)
        Console().print(table)
        typer.echo(f"measured on {training.after.messages} messages that neither has learned")
    if training.state == "failed":
        sentence = FAILURES.get(training.error or "", "the training failed")
        raise fail(sentence.format(log=lessons.log_file(settings)))
    if training.state == "refused":
        raise fail(
            "not taken, the old model stays; worse by more than 0.5: " + ", ".join(training.worse)
        )
    typer.echo(f"taken: {training.labels} labels learned")


@app.command()
def replay(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back to look.")] = 30,
    model: Annotated[
        Path | None, typer.Option(exists=True, help="A model archive; default: the one in use.")
    ] = None,
) -> None:
    """How many stored messages another model would understand differently, and which."""
    settings = load_settings()
    with database.unit_of_work() as session:
        turns = learning.read_turns(session, days=days)
    if not turns:
        typer.echo(f"no typed messages were read in the last {days} days")
        return
    try:
        found = lessons.read_again(
            model or assistant.model_file(settings), [turn.text for turn in turns]
        )
    except lessons.ScoringError as error:
        raise fail(f"the model could not read the messages: {error}") from None
    changed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for turn, read in zip(turns, found, strict=True):
        now = "nlu_fallback" if read["fallback"] else str(read["intent"])
        if now != turn.intent:
            changed[turn.intent, now].append(turn.text)
    count = sum(len(texts) for texts in changed.values())
    typer.echo(f"{count} of {len(turns)} typed messages would be understood differently")
    if not changed:
        return
    table = Table("understood as", "would be", "times", "for example")
    for (old, new), texts in sorted(changed.items(), key=lambda pair: -len(pair[1])):
        shown = "\n".join(learning.shown(list(dict.fromkeys(texts))[:EXAMPLES]))
        table.add_row(old, new, str(len(texts)), shown)
    Console().print(table)
