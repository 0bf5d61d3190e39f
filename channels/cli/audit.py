"""``sapa audit``: whether the history of the shop is the one that was written."""

from __future__ import annotations

import typer

from channels.cli.database import unit_of_work
from channels.cli.errors import fail
from crm_core import timeline

app = typer.Typer(help="The timeline's hash chain.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Typer would make a lone command the whole group without this."""


@app.command()
def verify() -> None:
    """Check every entry against its seal; exits 1 and names the first entry that was touched.

    Entries that are not sealed yet are sealed first. Note the head somewhere else: only a noted
    head can show later that the newest entries were cut off together with their seals.
    """
    with unit_of_work() as session:
        found = timeline.verify(session)
        while found.broken_at is None and found.unsealed and timeline.seal(session):
            found = timeline.verify(session)
    if found.broken_at is not None:
        raise fail(f"the timeline was tampered with: entry {found.broken_at} does not fit its seal")
    typer.echo(f"{found.checked:,} entries are as they were written; head {found.head or '-'}")
