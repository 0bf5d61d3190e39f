"""``sapa shipping``: rates in and out, tracking numbers in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from channels import parcels
from channels.cli.database import sessions
from channels.cli.errors import fail
from crm_core import db, shipping
from crm_core.errors import CrmError
from crm_core.timeline import Actor

app = typer.Typer(help="Districts, rates and tracking numbers.", no_args_is_help=True)

_SHOWN = 50
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show it and keep nothing.")]
Show = Annotated[int, typer.Option(min=0, help="Rejected rows to print; 0 = all.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Rates as CSV with a header.")],
    dry_run: DryRun = False,
    show: Show = _SHOWN,
) -> None:
    """Insert and update rates by district and method. A bad row is reported and skipped.

    Columns: province, regency, district, method (driver or courier), first_kg_idr, next_kg_idr,
    days_min, days_max, courier (may be missing). Rates that the file does not name stay.
    """
    rows = _rows(file, *shipping.COLUMNS[:8])
    with sessions() as (_, make_session):
        report = parcels.bring_rates(
            lambda: db.unit_of_work(make_session),
            rows,
            actor=Actor.system("sapa shipping import"),
            dry_run=dry_run,
        )
    kept = "  (dry run: nothing kept)" if dry_run else ""
    typer.echo(
        f"added {report.added}  changed {report.changed}  unchanged {report.unchanged}  "
        f"rejected {len(report.rejected)}  new districts {report.new_districts}{kept}"
    )
    _print([f"row {row}: {reason}" for row, reason in report.rejected], show)
    if not report.loaded:
        raise fail(f"{file} has no row that can be used")


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; default: the terminal.")] = None,
) -> None:
    """All rates as CSV, in the columns that import takes."""
    with sessions() as (_, make_session), make_session() as session:
        table = parcels.rates_csv(shipping.rates(session))
    if file is None:
        typer.echo(table, nl=False)
        return
    try:
        file.write_text(table, encoding="utf-8", newline="")
    except OSError as error:
        raise fail(f"{file} cannot be written: {error.strerror}") from None
    typer.echo(f"written: {file}")


@app.command()
def track(
    file: Annotated[Path, typer.Argument(help="CSV: order_code, tracking_number, courier.")],
    ship: Annotated[bool, typer.Option(help="Packed orders leave with it.")] = False,
    dry_run: DryRun = False,
    show: Show = _SHOWN,
) -> None:
    """Note tracking numbers; customers whose parcel has left are told. Known ones stay silent."""
    rows = _rows(file, "order_code", "tracking_number")
    with sessions() as (_, make_session):
        report = parcels.bring_numbers(
            lambda: db.unit_of_work(make_session),
            rows,
            actor=Actor.system("sapa shipping track"),
            ship=ship,
            dry_run=dry_run,
        )
    kept = "  (dry run: nothing kept)" if dry_run else ""
    typer.echo(
        f"sent {len(report.sent)}  noted {len(report.noted)}  unchanged {len(report.unchanged)}  "
        f"rejected {len(report.rejected)}{kept}"
    )
    _print([f"row {row} {code}: {_why(error)}" for row, code, error in report.rejected], show)
    if rows and len(report.rejected) == len(rows):
        raise fail(f"{file} has no row that can be used")


def _rows(file: Path, *needed: str) -> list[parcels.Row]:
    try:
        return parcels.read_rows(file.read_bytes(), *needed)
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}") from None
    except CrmError as error:
        raise fail(f"{file} cannot be used: {_why(error)}") from None


def _print(lines: list[str], show: int) -> None:
    shown = lines if show == 0 else lines[:show]
    for line in shown:
        typer.echo(f"  {line}")
    if len(shown) < len(lines):
        typer.echo(f"  … and {len(lines) - len(shown)} more (--show 0 prints all)")


def _why(error: CrmError) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in error.facts.items())
    return f"{error.code} ({facts})" if facts else error.code
