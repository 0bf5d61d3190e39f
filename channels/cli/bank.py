"""``sapa bank``: the bank's files in, the books of a day out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from channels import bankfiles, booksheet
from channels.bankfiles import Brought
from channels.cli.database import sessions
from channels.cli.errors import fail
from crm_core import db, payments
from crm_core.money import format_rupiah
from crm_core.payments import Books, MutationView
from crm_core.payments.statements import MOST_BYTES
from crm_core.timeline import Actor

app = typer.Typer(help="Bank statements: what came, for which order.", no_args_is_help=True)

_SHOWN = 50
Account = Annotated[str | None, typer.Option(help="Account number, digits.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Mutations: CSV of BCA, Mandiri, BRI, or MT940.")],
    account: Account = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it and keep nothing.")] = False,
    show: Annotated[int, typer.Option(min=0, help="Rows to print of each kind; 0 = all.")] = _SHOWN,
) -> None:
    """Store a statement file once and book what came: matched, unmatched, already known, rejected.

    An exact amount pays its order at once; the rest waits in the console with an owner. The same
    file again changes nothing. --account is asked only where the file names none.
    """
    data = _bytes(file)
    with sessions() as (settings, make_session):
        found = bankfiles.bring(
            lambda: db.unit_of_work(make_session),
            data,
            name=file.name,
            actor=Actor.system("sapa bank import"),
            account=account,
            shapes=bankfiles.own_shapes(settings.data_dir),
            dry_run=dry_run,
        )
    _print(found, show or 10**9, dry_run=dry_run)
    if not found.statement.mutations:
        raise fail(f"{file} has no row that can be used")


@app.command()
def day(
    day: Annotated[str | None, typer.Argument(help="2026-11-21; default: today.")] = None,
    account: Account = None,
    csv: Annotated[bool, typer.Option("--csv", help="All rows as CSV.")] = False,
) -> None:
    """The books of a day: expected, received, sent back, and every difference with its owner."""
    with sessions() as (_, make_session), make_session() as session:
        wanted = payments.read_day(day)
        found = [
            one
            for one in payments.accounts(session, active=False)
            if account is None or one.number == account
        ]
        if account is not None and not found:
            raise fail(f"the shop has no account {account}")
        account_id = found[0].id if account is not None else None
        books = payments.books.of_day(session, wanted, account_id=account_id)
    if csv:
        typer.echo(booksheet.csv_of(books), nl=False)
    else:
        _print_books(books)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise fail(f"{file} is larger than {MOST_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}") from None


def _print(found: Brought, most: int, *, dry_run: bool) -> None:
    rejected = found.statement.rejected
    kept = ", dry run: nothing kept" if dry_run else ""
    typer.echo(
        f"matched {len(found.matched)}  unmatched {len(found.unmatched)}  "
        f"already known {found.taken.known}  rejected {len(rejected)}  "
        f"outgoing {len(found.outgoing)}  ({found.statement.shape}{kept})"
    )
    _lines("matched", [_said(one) for one in found.matched], most)
    _lines("unmatched", [_said(one) for one in found.unmatched], most)
    _lines("outgoing", [_said(one) for one in found.outgoing], most)
    _lines("already known", [f"row {row}" for row in found.taken.known_rows], most)
    _lines("rejected", [f"row {one.row}: {one.reason}  {one.text}" for one in rejected], most)


def _lines(kind: str, lines: list[str], most: int) -> None:
    for line in lines[:most]:
        typer.echo(f"  {kind:<13} {' '.join(line.split())}")
    if len(lines) > most:
        typer.echo(f"  {kind:<13} … and {len(lines) - most} more (--show 0 prints all)")


def _said(one: MutationView) -> str:
    sign = "-" if one.direction == "out" else ""
    said = [f"row {one.row}: {sign}{format_rupiah(one.amount_idr)}", one.order_code or ""]
    if one.difference is not None:
        said += [str(one.difference.kind), one.reason or ""]
    elif one.payment_state is not None:
        said.append(str(one.payment_state))
    return " ".join([*said, one.description[:60]])


def _print_books(books: Books) -> None:
    sums = {
        "expected": books.expected_sum(),
        "  paid": books.expected_sum("paid"),
        "  still open": books.expected_sum("open"),
        "  ended unpaid": books.expected_sum("ended"),
        "received (bank files)": books.came_sum(),
        **{f"  {state}": books.came_sum(state) for state in payments.MutationState
           if books.came_sum(state)},
        "on a person's word only": books.word_sum,
        "cash counted": books.cash_sum,
        "left the accounts": books.went_sum,
        "refunds recorded": books.sent_back_sum,
        "differences still open": books.open_sum,
    }  # fmt: skip
    typer.echo(f"books of {books.day.isoformat()}")
    for name, total in sums.items():
        typer.echo(f"  {name:<26} {format_rupiah(total):>18}")
    for came in (one for one in books.came if one.incoming):
        place = f"{came.account.bank} {came.account.number}"
        state = came.state or ("cash" if came.cash else "on a person's word")
        order = came.order_code or "-"
        typer.echo(f"  came  {place}  {order:<8} {format_rupiah(came.amount_idr):>16}  {state}")
    for one in books.differences:
        amount, owner = format_rupiah(one.amount_idr), one.owner or "managers"
        order = one.order_code or "-"
        typer.echo(f"  differs  {one.kind:<11} {amount:>16}  {order:<8} {one.state}, {owner}")
