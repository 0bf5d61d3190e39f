"""The files that four banks would write of a day's bookings, in the shapes that we read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking on an account of ours, in rupiah; ``number`` is the bank's own."""

    account: str
    amount: int
    text: str
    number: int
    out: bool = False


def bca(day: date, rows: Sequence[Booking], before: int) -> str:
    """BCA's business banking: the mark stands in a column without a name."""
    when = f"{day:%d/%m/%Y}"
    lines = [
        "Informasi Rekening - Mutasi Rekening",
        f"No. rekening : {rows[0].account}",
        f"Periode : {when} - {when}",
        "Kode Mata Uang : Rp",
        "",
        "Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo",
    ]
    for row, balance in _balanced(rows, before):
        mark = "DB" if row.out else "CR"
        lines.append(
            f'\'{day:%d/%m},\'{row.text},\'0000,"{row.amount:,}.00",{mark},"{balance:,}.00"'
        )
    return "\n".join(lines)


def mandiri(day: date, rows: Sequence[Booking], before: int) -> str:
    """Mandiri: semicolons and a date in words."""
    lines = [
        "AccountNo;Ccy;PostDate;Remarks;AdditionalDesc;Credit Amount;Debit Amount;Close Balance"
    ]
    when = f"{day.day} {MONTHS[day.month - 1]} {day.year} 11:27:10"
    for row, balance in _balanced(rows, before):
        into, out = (0, row.amount) if row.out else (row.amount, 0)
        lines.append(
            f"{row.account};IDR;{when};{row.text};MCM InhouseTrf;{into}.00;{out}.00;{balance}.00"
        )
    return "\n".join(lines)


def bri(day: date, rows: Sequence[Booking], before: int) -> str:
    """BRI's business banking: everything quoted, both balances."""
    lines = [
        (
            "ID,NOREK,TGL_TRAN,TGL_EFEKTIF,JAM_TRAN,SEQ,DESK_TRAN,SALDO_AWAL_MUTASI,MUTASI_DEBET,"
            "MUTASI_KREDIT,SALDO_AKHIR_MUTASI,GLSIGN,TRUSER,KODE_TRAN,KODE_TRAN_TELLER,TRREMK,TLBDS1,"
            "TLBDS2,REMARK_CUSTOM"
        )
    ]
    held = before
    for number, (row, balance) in enumerate(_balanced(rows, before), start=1):
        into, out = (0, row.amount) if row.out else (row.amount, 0)
        cells = (
            number, row.account, f"{day} 23:44:44", f"{day} 23:44:44", "234444", row.number,
            row.text, f"{held}.00", f"{out}.00", f"{into}.00", f"{balance}.00",
            "Db" if row.out else "Cr", "8888079", "4", "6670", "", "", "", "",
        )  # fmt: skip
        lines.append(",".join(f'"{cell}"' for cell in cells))
        held = balance
    return "\n".join(lines)


def mt940(day: date, rows: Sequence[Booking], before: int) -> str:
    """SWIFT's MT940, with the bank's own reference of each booking."""
    stamp = f"{day:%y%m%d}"
    lines = [
        f":20:STMT{stamp}", f":25:{rows[0].account}", ":28C:00001/001",
        f":60F:C{stamp}IDR{before},00",
    ]  # fmt: skip
    end = before
    for row, balance in _balanced(rows, before):
        mark, kind = ("D", "NCHG") if row.out else ("C", "NTRF")
        lines += [
            f":61:{stamp}{day:%m%d}{mark}{row.amount},00{kind}NONREF//{stamp}{row.number:06}",
            f":86:{row.text}",
        ]
        end = balance
    return "\n".join([*lines, f":62F:C{stamp}IDR{end},00", "-"])


SHAPES: dict[str, Callable[[date, Sequence[Booking], int], str]] = {
    "BCA": bca, "Mandiri": mandiri, "BRI": bri, "BNI": mt940,
}  # fmt: skip
"""How each bank of the simulated shop writes."""


def balance_after(rows: Sequence[Booking], before: int) -> int:
    """What is on the account after these bookings."""
    return before + sum(-row.amount if row.out else row.amount for row in rows)


def _balanced(rows: Sequence[Booking], before: int) -> list[tuple[Booking, int]]:
    found = []
    for row in rows:
        before = balance_after([row], before)
        found.append((row, before))
    return found
