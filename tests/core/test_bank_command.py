"""``sapa bank``: what a person or a script at the terminal gets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from channels.cli.bank import app
from crm_core import clock, payments
from crm_core.orders import Order, OrderState
from crm_core.payments import BankFile, BankMutation
from tests import factories, selling
from tests.world import committed

Sapa = Callable[..., Result]


@pytest.fixture
def sapa(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sapa:
    """Runs ``sapa bank …`` on the test database."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments])

    return run


@pytest.fixture
def due(database: sa.Engine) -> tuple[str, int]:
    """(order code, rupiah due) of an order that waits."""

    def prepare(session: Session) -> tuple[str, int]:
        selling.part(session)
        selling.account(session)
        order, payment = selling.placed(session, factories.conversation(session).customer)
        return order.order_code, int(payment.amount_due_idr)

    return committed(database, prepare)


def today() -> date:
    return clock.local_date(clock.now())


def bca(*rows: str, account: str = "0291234567") -> str:
    day = today().strftime("%d/%m/%Y")
    head = f"No. rekening : {account}\nPeriode : {day} - {day}\n\n"
    columns = "Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo\n"
    return head + columns + "\n".join(f"'{today():%d/%m},{row}" for row in rows) + "\n"


def written(folder: Path, text: str, name: str = "mutasi.csv") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def numbers(database: sa.Engine) -> tuple[int, int]:
    with Session(database) as session:
        return tuple(  # type: ignore[return-value]
            session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            for model in (BankFile, BankMutation)
        )


def test_a_file_is_imported_and_every_row_accounted_for(
    sapa: Sapa, tmp_path: Path, database: sa.Engine, due: tuple[str, int]
) -> None:
    code, amount = due
    rows = [
        f'TRSF BUDI,0000,"{amount:,}.00",CR,0',
        'SETORAN,0000,"75,000.00",CR,0',
        'BIAYA ADM,0000,"6,500.00",DB,0',
        "RUSAK,0000,x,CR,0",
    ]
    done = sapa("import", written(tmp_path, bca(*rows)))
    assert done.exit_code == 0, done.output
    assert "matched 1  unmatched 1  already known 0  rejected 1  outgoing 1  (bca" in done.output
    assert f"row 5: Rp {amount:,}".replace(",", ".") + f" {code} accepted" in done.output
    assert "row 6: Rp 75.000 unknown none SETORAN" in done.output
    assert "row 8: amount_unreadable" in done.output
    with Session(database) as session:
        assert session.scalars(sa.select(Order.state)).one() == OrderState.PAID


def test_the_same_file_again_is_all_known(
    sapa: Sapa, tmp_path: Path, database: sa.Engine, due: tuple[str, int]
) -> None:
    file = written(tmp_path, bca('SETORAN,0000,"75,000.00",CR,0'))
    sapa("import", file)
    again = sapa("import", file)
    assert again.exit_code == 0
    assert "matched 0  unmatched 0  already known 1  rejected 0" in again.output
    assert numbers(database) == (2, 1)


def test_a_dry_run_shows_the_same_and_keeps_nothing(
    sapa: Sapa, tmp_path: Path, database: sa.Engine, due: tuple[str, int]
) -> None:
    code, amount = due
    file = written(tmp_path, bca(f'TRSF BUDI,0000,"{amount:,}.00",CR,0'))
    done = sapa("import", file, "--dry-run")
    assert done.exit_code == 0
    assert "matched 1" in done.output
    assert code in done.output
    assert "nothing kept" in done.output
    assert numbers(database) == (0, 0)
    with Session(database) as session:
        assert session.scalars(sa.select(Order.state)).one() == OrderState.AWAITING_PAYMENT


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("part_code,name\nA,B\n", "no statement columns found"),
        ("Tanggal,Keterangan,Cabang,Jumlah,,Saldo\n", "holds no transactions"),
        (bca("TRSF,0000,1.00,CR,0", account="1112223334"), "not the shop's; nothing was stored"),
    ],
)
def test_a_wrong_file_fails_with_a_sentence_and_stores_nothing(
    sapa: Sapa, tmp_path: Path, database: sa.Engine, due: tuple[str, int], text: str, sentence: str
) -> None:
    done = sapa("import", written(tmp_path, text))
    assert (done.exit_code, sentence in " ".join(done.output.split())) == (1, True), done.output
    assert numbers(database) == (0, 0)


def test_a_file_with_no_usable_row_fails_and_names_the_reasons(
    sapa: Sapa, tmp_path: Path, due: tuple[str, int]
) -> None:
    done = sapa("import", written(tmp_path, bca("TRSF,0000,x,CR,0")))
    assert done.exit_code == 1
    assert "row 5: amount_unreadable" in done.output


def test_a_missing_file_fails_with_a_sentence(sapa: Sapa, tmp_path: Path) -> None:
    done = sapa("import", str(tmp_path / "none.csv"))
    assert (done.exit_code, "none.csv" in done.output) == (1, True)


def test_the_shops_own_table_of_columns_in_the_data_folder_is_used(
    sapa: Sapa, tmp_path: Path, due: tuple[str, int]
) -> None:
    table = (
        "shape,bank,date,description,amount,debit,credit,balance,account,reference,currency\n"
        "kalbar,BCA,tgl,uraian,,keluar,masuk,,norek,,\n"
    )
    written(tmp_path, table, "bank_columns.csv")
    text = f"norek;tgl;uraian;keluar;masuk\n0291234567;{today():%d/%m/%Y};SETOR;;75.000\n"
    done = sapa("import", written(tmp_path, text))
    assert "unmatched 1" in done.output
    assert "(kalbar)" in done.output


def test_the_books_of_a_day_are_printed_and_given_as_csv(
    sapa: Sapa, tmp_path: Path, due: tuple[str, int]
) -> None:
    code, amount = due
    rows = [f'TRSF BUDI,0000,"{amount:,}.00",CR,0', '"=HYPERLINK(""http://x"")",0000,"5.00",CR,0']
    sapa("import", written(tmp_path, bca(*rows)))
    done = sapa("day", today().isoformat())
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    dotted = f"{amount:,}".replace(",", ".")
    assert f"expected Rp {dotted}" in lines
    assert f"received (bank files) Rp {f'{amount + 5:,}'.replace(',', '.')}" in lines
    assert "differs unknown Rp 5 - open, managers" in lines
    read = list(csv.reader(io.StringIO(sapa("day", "--csv").output.removeprefix("\ufeff"))))
    received = [row for row in read if row[1] == "received"]
    assert [(row[4], row[5]) for row in received] == [(code, str(amount)), ("", "5")]
    assert received[1][9].startswith("'=HYPERLINK")


@pytest.mark.parametrize("arguments", [["day", "kemarin"], ["day", "--account", "1"]])
def test_a_day_or_account_that_is_none_fails_with_a_sentence(
    sapa: Sapa, due: tuple[str, int], arguments: list[str]
) -> None:
    done = sapa(*arguments)
    assert (done.exit_code, "Traceback" in done.output) == (1, False)


def test_what_a_crash_left_unsettled_is_settled_later(
    database: sa.Engine, due: tuple[str, int]
) -> None:
    from channels import bankfiles
    from crm_core import db
    from tests.banking import row, taken

    committed(database, lambda session: taken(session, [row(due[1])]))
    work = lambda: db.unit_of_work(db.sessions(database))  # noqa: E731
    assert bankfiles.settle_left(work) == 1
    assert bankfiles.settle_left(work) == 0
    with Session(database) as session:
        assert session.scalars(sa.select(Order.state)).one() == OrderState.PAID
        assert payments.waiting_new(session) == []
