"""All commands of ``sapa``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from channels.cli import (
    audit,
    bank,
    database,
    nlu,
    parts,
    privacy,
    roles,
    shipping,
    simulate,
    staff,
    templates,
    webhooks,
)
from channels.cli.errors import explained, fail, load_settings
from channels.cli.twin import twilio_twin
from channels.supervisor import assistant
from channels.supervisor.processes import end_with_parent, log_tail

app = typer.Typer(
    name="sapa",
    help="Sapa, a conversational CRM: run the shop and look after it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold customers' data
)
app.add_typer(database.app, name="db")
app.add_typer(staff.app, name="staff")
app.add_typer(nlu.app, name="nlu")
app.add_typer(parts.app, name="parts")
app.add_typer(bank.app, name="bank")
app.add_typer(shipping.app, name="shipping")
app.add_typer(audit.app, name="audit")
app.add_typer(privacy.app, name="privacy")
app.add_typer(simulate.app, name="simulate")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(templates.app, name="templates")
app.command("twilio-twin")(twilio_twin)
for role in (roles.web, roles.worker, roles.beat, roles.actions, roles.rasa):
    app.command(rich_help_panel="One process, for many machines")(role)


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on [SAPA_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [SAPA_PORT].")] = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill in the demo shop.")] = True,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="Stop when the caller is gone.")
    ] = False,
) -> None:
    """Start everything in the foreground; Ctrl-C stops it."""
    from channels.supervisor import up as supervisor  # noqa: PLC0415 - not for other commands

    if with_parent:
        end_with_parent()
    settings = load_settings(host=host, port=port)
    with explained():
        raise typer.Exit(supervisor.run(settings, with_demo=demo))


@app.command()
def train() -> None:
    """Train the assistant if what it learns from has changed."""
    settings = load_settings()
    log = settings.data_dir / "logs" / "training.log"
    try:
        trained = assistant.train(settings, log)
    except assistant.TrainingError:
        raise fail(f"the assistant could not be trained; see {log}\n{log_tail(log)}") from None
    typer.echo("trained" if trained else "nothing changed since the last training")


@app.command()
def doctor() -> None:
    """Check every component and say what is wrong and what to do."""
    from channels.cli import doctor as checks  # noqa: PLC0415 - not for other commands

    if not checks.examine():
        raise typer.Exit(1)


def run() -> None:
    """The entry point."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
