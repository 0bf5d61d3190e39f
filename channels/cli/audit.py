"""``sapa audit``: whether the history and the books of the shop are right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import typer

from channels.cli.database import sessions, unit_of_work
from channels.cli.errors import fail
from crm_core import auditing, timeline
from crm_core.auditing import AccountSums, AuditReport, StockSums

app = typer.Typer(
    help="The history's hash chain, and the books to the rupiah.", no_args_is_help=True
)

_SHOWN = 100


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


@app.command()
def books() -> None:
    """Check money, promotions and points: every rupiah that came has one place."""
    _run({"money", "promotions", "points", "I8"})


@app.command(name="all")
def all_() -> None:
    """Check everything that the database can show (I3 to I9, money, stock, promotions)."""
    _run(auditing.CHECKS)


def _run(wanted: Collection[str]) -> None:
    with sessions() as (settings, make_session), make_session() as session:
        report = auditing.audit(session, second_person_from=settings.second_person_idr)
    print_report(report, wanted)
    if any(one.check in wanted for one in report.findings):
        raise typer.Exit(1)


def print_report(report: AuditReport, wanted: Collection[str] = tuple(auditing.CHECKS)) -> None:
    """The audit as text: sums, what was looked at, and each finding by its row."""
    _print_money(report.accounts)
    _print_stock(report.stock)
    looked = [*report.checked.items(), *report.notes.items(), ("unsealed entries", report.unsealed)]
    typer.echo("looked at: " + ", ".join(f"{number:,} {name}" for name, number in looked))
    for check in auditing.CHECKS:
        if check in wanted:
            number = sum(one.check == check for one in report.findings)
            typer.echo(f"{check:<12}{'holds' if not number else f'{number:,} findings'}")
    found = [one for one in report.findings if one.check in wanted]
    for one in found[:_SHOWN]:
        typer.echo(str(one))
    if len(found) > _SHOWN:
        typer.echo(f"... and {len(found) - _SHOWN:,} more")
    typer.echo("clean" if not found else f"{len(found):,} findings")


_ROWS = (
    ("on bank files", "on_statements"), ("on word, cash, gateway", "on_word"),
    ("from other accounts", "moved_in"), ("RECEIVED", "received"),
    ("kept for orders", "kept"), ("part of waiting orders", "part_paid"),
    ("open differences", "open"), ("credited", "credited"), ("sent back", "refunded"),
    ("not ours", "not_ours"), ("PLACED", "placed"), ("gap", "gap"),
)  # fmt: skip


def _print_money(accounts: Sequence[AccountSums]) -> None:
    together = sum(accounts, AccountSums("all"))
    columns = [*accounts, AccountSums("all") + together]
    typer.echo(f"{'money, Rp':<24}" + "".join(f"{one.account[-20:]:>22}" for one in columns))
    for label, name in _ROWS:
        typer.echo(f"{label:<24}" + "".join(f"{getattr(one, name):>22,}" for one in columns))


def _print_stock(stock: StockSums) -> None:
    kinds = ", ".join(f"{pieces:+,} {kind}" for kind, pieces in sorted(stock.by_kind.items()))
    typer.echo(f"stock, pieces: {kinds}; on hand {stock.on_hand:,}, held {stock.reserved:,}, "
               f"gap {stock.gap:,}")  # fmt: skip
