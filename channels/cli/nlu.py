"""``sapa nlu``: what the assistant understands."""

from __future__ import annotations

import json
import subprocess
import sys

import typer

from channels.cli.errors import fail, load_settings
from channels.supervisor import assistant
from channels.supervisor.processes import log_tail
from crm_core.conversations import rules
from crm_core.settings import ROOT

app = typer.Typer(help="What the assistant understands.", no_args_is_help=True)


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
