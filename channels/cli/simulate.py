"""``sapa simulate``: the whole shop through a month, and its books audited at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from channels import simulation
from channels.cli.audit import print_report
from channels.cli.errors import explained
from channels.simulation import Outcome, Plan
from channels.supervisor.embedded import EmbeddedPostgres
from crm_core import db

app = typer.Typer(help="The whole shop, played through time.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Typer would make a lone command the whole group without this."""


@app.command()
def month(
    customers: Annotated[int, typer.Option(min=2, help="So many people.")] = 200,
    orders: Annotated[int, typer.Option(min=1, help="So many carts are ordered.")] = 1_000,
    days: Annotated[int, typer.Option(min=1, max=365, help="So long.")] = 30,
    seed: Annotated[int, typer.Option(help="Decides what people do.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help="So many at the same time.")] = 4,
    processes: Annotated[int, typer.Option(min=1, max=8, help="Over so many processes.")] = 2,
    database_url: Annotated[
        str | None, typer.Option(help="An EMPTY database; default: a fresh one, thrown away.")
    ] = None,
) -> None:
    """Customers order, pay rightly and wrongly, cancel and return; staff and the clock work.

    Everything goes through the same verbs and jobs as in the shop, several at the same time. At
    the end the audit is printed, to the rupiah and the piece; exits 1 on any finding. A big month
    is --customers 2000 --orders 10000.
    """
    plan = Plan(customers, orders, days, seed, workers, processes)
    with explained(), tempfile.TemporaryDirectory(prefix="sapa-month-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the embedded server may run as another account
        with _database(database_url, folder) as url:
            db.upgrade(url)
            outcome = simulation.run(plan, url, folder, lambda line: typer.echo(line, err=True))
    _print(outcome)
    if not outcome.report.clean:
        raise typer.Exit(1)


@contextmanager
def _database(url: str | None, folder: Path) -> Iterator[str]:
    """``url``, or a server of our own until the end of the ``with``."""
    if url is not None:
        yield url
        return
    # Thrown away at the end, so nothing is lost by not waiting for the disk.
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    server = EmbeddedPostgres(folder / "postgres", folder / "postgres.log", options=options)
    with server:
        yield server.url()


def _print(outcome: Outcome) -> None:
    plan = outcome.plan
    typer.echo(f"{plan.customers:,} customers, {plan.orders:,} carts, {plan.days} days, "
               f"seed {plan.seed}: {outcome.seconds:,.0f} s")  # fmt: skip
    for title, counted in (("what happened", outcome.tally), ("what was refused", outcome.refused)):
        typer.echo(f"\n{title}")
        for name, times in sorted(counted.items()):
            typer.echo(f"  {times:>8,}  {name}")
    typer.echo("")
    print_report(outcome.report)
