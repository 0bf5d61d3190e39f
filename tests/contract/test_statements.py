"""Statement files made by hand in the banks' shapes: every cell read, every bad row named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_core.errors import InvalidInput
from crm_core.payments.statements import MOST_BYTES, Mutation, Statement, read, read_shapes
from crm_core.payments.statements.values import UnreadableError, amount_of, balance_of, day_of

FOLDER = Path(__file__).parent / "statements"
TODAY = date(2026, 11, 23)


def statement(name: str, today: date = TODAY) -> Statement:
    return read((FOLDER / name).read_bytes(), today=today)


def facts(one: Mutation) -> tuple[object, ...]:
    return one.row, one.account, one.booked_on, int(one.amount), str(one.direction)


def test_bca_business_is_read_with_its_heading_footer_and_bad_rows() -> None:
    found = statement("bca_business.csv")
    assert (found.shape, found.bank) == ("bca_business", "BCA")
    assert [facts(one) for one in found.mutations] == [
        (8, "0291234567", date(2026, 11, 20), 150_123, "in"),
        (9, "0291234567", date(2026, 11, 20), 150_123, "in"),
        (11, "0291234567", date(2026, 11, 21), 2_000_000, "in"),
        (12, "0291234567", date(2026, 11, 21), 15_000, "out"),
    ]
    assert [(one.row, one.reason) for one in found.rejected] == [
        (13, "amount_with_sen"),
        (14, "pending"),
        (15, "date_unreadable"),
        (16, "amount_unreadable"),
        (17, "mark_missing"),
    ]
    assert found.mutations[2].description == "SETORAN TUNAI LOKET 2"
    assert found.mutations[0].balance == 1_650_123


def test_two_equal_transfers_of_a_file_share_a_fingerprint() -> None:
    first, second, other, _ = statement("bca_business.csv").mutations
    assert first.fingerprint == second.fingerprint != other.fingerprint


def test_dates_without_a_year_are_the_last_such_days() -> None:
    found = statement("bca_personal.csv", today=date(2027, 1, 3))
    assert [one.booked_on for one in found.mutations] == [date(2026, 12, 31), date(2027, 1, 2)]
    assert [facts(one)[1:] for one in found.mutations][1] == (
        "0291234567", date(2027, 1, 2), 50_000, "out",
    )  # fmt: skip


def test_mandiri_with_months_in_words_is_read() -> None:
    found = statement("mandiri_postdate.csv")
    assert found.shape == "mandiri_postdate"
    assert [facts(one) for one in found.mutations] == [
        (2, "1460012345678", date(2026, 11, 21), 150_123, "in"),
        (3, "1460012345678", date(2026, 11, 21), 6_500, "out"),
    ]
    assert found.mutations[0].description == "BUDI SANTOSO P-7KM2Q MCM InhouseTrf DARI BUDI"
    assert found.mutations[0].balance == 13_838_932
    assert [(one.row, one.reason) for one in found.rejected] == [(4, "currency_unknown")]


def test_mandiri_with_two_descriptions_and_a_reference_is_read() -> None:
    found = statement("mandiri_valuedate.csv")
    assert found.shape == "mandiri_valuedate"
    assert [facts(one) for one in found.mutations] == [
        (4, "1460012345678", date(2026, 11, 21), 453_684, "out"),
        (7, "1460012345678", date(2026, 11, 22), 150_123, "in"),
    ]
    assert [one.reference for one in found.mutations] == [None, "71831136319"]
    assert found.rejected == ()


def test_bri_business_is_read() -> None:
    found = statement("bri_business.csv")
    assert found.shape == "bri_business"
    assert [facts(one) for one in found.mutations] == [
        (2, "007101000123305", date(2026, 11, 21), 150_123, "in"),
        (3, "007101000123305", date(2026, 11, 21), 1_000, "out"),
    ]


def test_bri_with_indonesian_numbers_is_read() -> None:
    found = statement("bri_estatement.csv")
    assert (found.shape, found.mutations[0].account) == ("bri_estatement", "007101000123305")
    assert [(int(one.amount), str(one.direction)) for one in found.mutations] == [
        (1_234_567, "in"),
        (7_500, "out"),
    ]


def test_mt940_is_read_account_by_account_and_a_bad_line_takes_no_other_with_it() -> None:
    found = statement("statement.sta")
    assert found.shape == "mt940"
    assert [facts(one) for one in found.mutations] == [
        (6, "0291234567", date(2026, 11, 21), 150_123, "in"),
        (13, "0291234567", date(2026, 11, 21), 6_500, "out"),
        (15, "0291234567", date(2026, 11, 22), 2_000, "out"),
        (24, "1460012345678", date(2026, 11, 21), 75_000, "in"),
    ]
    assert [(one.row, one.reason) for one in found.rejected] == [
        (9, "amount_with_sen"),
        (11, "line_invalid"),
    ]
    first, *_, last = found.mutations
    assert first.description == "TRSF E-BANKING CR BUDI SANTOSO P-7KM2Q"
    assert (first.reference, last.reference) == ("2611210001", "REF987654")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_any_usual_encoding(encoding: str) -> None:
    text = (FOLDER / "bri_estatement.csv").read_text().replace("SITI", "JOSÉ")
    found = read(text.encode(encoding), today=TODAY)
    assert found.mutations[0].description == "Transfer dari JOSÉ"


def test_a_shop_maps_another_bank_with_a_table_of_columns() -> None:
    table = (
        "shape,bank,date,description,amount,debit,credit,balance,account,reference,currency\n"
        "bank_kalbar,Bank Kalbar,tgl,uraian,,keluar,masuk,,norek,,\n"
    )
    data = b"Norek|Tgl|Uraian|Masuk|Keluar\n8812345|21-Nov-2026|SETOR|75.000|\n"
    found = read(data, today=TODAY, shapes=read_shapes(table))
    assert (found.shape, found.bank) == ("bank_kalbar", "Bank Kalbar")
    assert [facts(one) for one in found.mutations] == [
        (2, "8812345", date(2026, 11, 21), 75_000, "in")
    ]


@pytest.mark.parametrize("row", ["x,B,tgl,,j,,,,,,", "x,B,tgl,u,,d,,,,,", ",B,tgl,u,j,,,,,,"])
def test_a_table_of_columns_that_lacks_something_is_refused(row: str) -> None:
    head = "shape,bank,date,description,amount,debit,credit,balance,account,reference,currency"
    with pytest.raises(InvalidInput) as refused:
        read_shapes(f"{head}\n{row}\n")
    assert (refused.value.code, refused.value.facts) == ("bank_columns_invalid", {"row": 2})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "statement_empty"),
        (b" \n\n", "statement_empty"),
        (b"%PDF-1.7 ...", "statement_not_text"),
        (b"PK\x03\x04sheet", "statement_not_text"),
        (b"Tanggal\x00,Keterangan", "statement_not_text"),
        (b"part_code,name,price\nA,B,1\n", "statement_unknown"),
        (b"halo kak, sudah transfer", "statement_unknown"),
        (b"Tanggal,Keterangan,Cabang,Jumlah,,Saldo\n", "statement_no_rows"),
        (b"x" * (MOST_BYTES + 1), "statement_too_large"),
        (b"\n" * 20_001 + b"x", "statement_too_large"),
        (
            b"Kode Mata Uang : USD\nTanggal,Keterangan,Cabang,Jumlah,,Saldo\n'1/1,A,0,1,CR,1\n",
            "statement_currency",
        ),
    ],
)
def test_a_file_that_is_no_statement_is_refused_whole(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(data, today=TODAY)
    assert refused.value.code == code


def test_a_quote_that_is_never_closed_costs_only_its_own_row() -> None:
    rows = [f"'21/11,TRSF {n},'0000,{n}000.00,CR,0.00" for n in range(1, 13)]
    rows[3] = "'21/11,\"TRSF 4,'0000,4000.00,CR,0.00"
    text = "Tanggal,Keterangan,Cabang,Jumlah,,Saldo\n" + "\n".join(rows)
    found = read(text.encode(), today=TODAY)
    assert [int(one.amount) for one in found.mutations] == [n * 1000 for n in range(1, 13)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234.567,00", (1_234_567, None)),
        ("1,234,567.00", (1_234_567, None)),
        ("150,123.00 CR", (150_123, "CR")),
        ("150.123", (150_123, None)),
        ("150123", (150_123, None)),
        ("Rp 150.123,00", (150_123, None)),
        (".00", (0, None)),
        ("-150.000,00", (150_000, "-")),
        ("(150,000.00)", (150_000, "-")),
        ("1.000,00 DB", (1_000, "DB")),
        ("2500.5", "amount_with_sen"),
        ("1,234.567", "amount_unreadable"),
        ("12.34.56", "amount_unreadable"),
        ("1.0.00", "amount_unreadable"),
        ("1e9", "amount_unreadable"),
        ("", "amount_unreadable"),
        ("=1+1", "amount_unreadable"),
        ("9" * 30, "amount_unreadable"),
    ],
)
def test_an_amount_is_read_in_both_number_formats_or_refused(text: str, value: object) -> None:
    if isinstance(value, str):
        with pytest.raises(UnreadableError, match=value):
            amount_of(text)
    else:
        assert amount_of(text) == value


@given(st.integers(0, 10**12))
@example(999)
@example(1_000)
def test_every_amount_survives_both_formats(amount: int) -> None:
    english = f"{amount:,}.00"
    indonesian = english.translate(str.maketrans(",.", ".,"))
    assert amount_of(english)[0] == amount_of(indonesian)[0] == amount_of(str(amount))[0] == amount


@given(st.binary(max_size=400))
def test_no_bytes_ever_break_the_reader(data: bytes) -> None:
    head = b"Tanggal,Keterangan,Cabang,Jumlah,,Saldo\n"
    for start in (b"", head, b":20:A\n:25:1\n:60F:C261120IDR0,00\n:61:"):
        try:
            found = read(start + data, today=TODAY)
        except InvalidInput:
            continue
        assert all(one.amount > 0 for one in found.mutations)


def test_a_balance_loses_its_sen_and_nothing_else() -> None:
    assert [balance_of(text) for text in ("13838932.64", "1.234,56", "x", "-5,000.00")] == [
        13_838_932, 1_234, None, -5_000,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["29/02/2026", "32/01/2026", "00/01/2026", "1/1/1", "kemarin"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        day_of(text, TODAY)
