"""The bank's files in the console: brought by managers, looked at by agents, settled with names."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from channels.context import Context
from crm_core import checkout, clock, orders, payments
from crm_core.orders import OrderState
from crm_core.timeline import Actor
from tests.channels.desk import Case, Desk, a_case, desk_of, member

FILES = "/console/bank/files"


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


@pytest.fixture
def tono(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Tono"))


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


def statement(*rows: tuple[str, int]) -> dict[str, object]:
    today = clock.local_date(clock.now())
    text = f"No. rekening : 0291234567\nPeriode : {today:%d/%m/%Y} - {today:%d/%m/%Y}\n\n"
    text += "Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo\n"
    text += "".join(f'\'{today:%d/%m},"{said}",0000,{sum_}.00,CR,0\n' for said, sum_ in rows)
    return {"file": (io.BytesIO(text.encode()), "mutasi.csv")}


def state_of(here: Context, code: str) -> tuple[str, str]:
    with here.unit_of_work() as session:
        order = orders.by_code(session, code)
        payment = payments.for_order(session, order)
        assert payment is not None
        return str(payment.state), str(order.state)


def only_mutation(here: Context, state: str = "open") -> int:
    with here.unit_of_work() as session:
        (found,) = payments.ledger.mutations(session, states=[state]).items
        return found.id


def only_task(here: Context) -> int:
    with here.unit_of_work() as session:
        (found,) = payments.worklist.differences(session)
        return found.id


def test_a_manager_brings_a_file_and_the_exact_amount_pays_the_order(
    asleep: Context, rina: Desk, case: Case
) -> None:
    page = rina.send(FILES, statement(("TRSF BUDI", case.amount_due), ("SETORAN", 75_000)))
    assert "1 dibukukan, 1 perlu dibereskan, 0 sudah ada, 0 ditolak" in page
    assert case.order in page
    assert state_of(asleep, case.order) == ("accepted", "paid")
    again = rina.send(FILES, statement(("TRSF BUDI", case.amount_due), ("SETORAN", 75_000)))
    assert "0 dibukukan, 0 perlu dibereskan, 2 sudah ada, 0 ditolak" in again
    assert "Semua baris sudah ada sebelumnya" in again


def test_a_wrong_file_is_refused_with_a_sentence_and_nothing_is_stored(
    asleep: Context, rina: Desk, case: Case
) -> None:
    for data, said in (
        (b"%PDF-1.4", "bukan berkas CSV"),
        (b"nama,harga\nBusi,1\n", "Kolom mutasi tidak ditemukan"),
        (b"", "Berkasnya kosong"),
        (b"\n" * 20_001 + b"x", "terlalu besar"),
    ):
        assert said in rina.send(FILES, {"file": (io.BytesIO(data), "x.csv")})
    assert "Berkasnya kosong" in rina.send(FILES, {})
    assert "Belum ada berkas" in rina.text(FILES)


def test_an_agent_looks_but_does_not_bring_or_settle(
    asleep: Context, rina: Desk, siti: Desk, case: Case
) -> None:
    rina.send(FILES, statement(("SETORAN", 75_000)))
    mutation = only_mutation(asleep)
    assert "Belum dikenal" in siti.text("/console/bank")
    page = siti.text(f"/console/bank/mutations/{mutation}")
    assert "SETORAN" in page
    assert "Bukan untuk pesanan" not in page
    assert "Bukukan" not in siti.text(FILES)
    refused = siti.post(f"/console/bank/mutations/{mutation}/not-ours", {"reason": "x"})
    assert refused.status_code == 403
    assert siti.post(FILES, statement(("A", 1_000))).status_code == 403
    assert only_mutation(asleep) == mutation


def test_unknown_money_is_assigned_to_the_order_that_is_suggested(
    asleep: Context, rina: Desk, case: Case
) -> None:
    rina.send(FILES, statement(("TRSF BUDI", case.amount_due - 1)))
    mutation = only_mutation(asleep)
    page = rina.text(f"/console/bank/mutations/{mutation}")
    assert case.order in page
    assert "kurang Rp 1" in page
    done = rina.send(f"/console/bank/mutations/{mutation}/assign", {"order": case.order})
    assert f"Dibukukan untuk {case.order}: Kurang" in done
    assert state_of(asleep, case.order) == ("underpaid", "awaiting_payment")
    assert "tidak ada" in rina.send(
        f"/console/bank/mutations/{mutation}/assign", {"order": "P-ZZZZZ"}
    )


def test_money_that_is_for_no_order_needs_a_reason(asleep: Context, rina: Desk, case: Case) -> None:
    rina.send(FILES, statement(("BUNGA", 12_000)))
    mutation = only_mutation(asleep)
    address = f"/console/bank/mutations/{mutation}/not-ours"
    assert "Tulis alasannya" in rina.send(address, {"reason": " "})
    rina.send(address, {"reason": "Bunga bank"})
    assert only_mutation(asleep, "not_ours") == mutation
    assert "Bunga bank" in rina.text(f"/console/bank/mutations/{mutation}")
    rina.send(f"/console/bank/mutations/{mutation}/reopen")
    assert only_mutation(asleep) == mutation


ACCOUNT = {"bank": "BCA", "number": "777-888", "holder": "Budi", "reason": "lebih transfer"}


def test_an_overpaid_order_is_settled_by_returning_the_extra(
    asleep: Context, rina: Desk, case: Case
) -> None:
    rina.send(FILES, statement((f"TRSF {case.order}", case.amount_due + 5_000)))
    task = only_task(asleep)
    assert "lebih Rp 5.000" in rina.text(f"/console/bank/differences/{task}")
    assert "Manajer" in rina.text("/console/bank")
    rina.send(f"/console/bank/differences/{task}/take")
    assert "Rina" in rina.text("/console/bank")
    wrong = rina.send(f"/console/bank/differences/{task}/refund", ACCOUNT | {"number": "abc"})
    assert "Isi rekening tujuan dengan benar" in wrong
    assert state_of(asleep, case.order) == ("overpaid", "awaiting_payment")
    done = rina.send(f"/console/bank/differences/{task}/refund", ACCOUNT)
    assert "Pengembalian Rp 5.000 dicatat" in done
    assert state_of(asleep, case.order) == ("accepted", "paid")


def test_a_large_refund_waits_for_another_manager(
    asleep: Context, rina: Desk, tono: Desk, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = asleep.settings.model_copy(update={"second_person_idr": 5_000})
    monkeypatch.setattr(asleep, "settings", small)
    rina.send(FILES, statement((f"TRSF {case.order}", case.amount_due + 5_000)))
    task = only_task(asleep)
    address = f"/console/bank/differences/{task}"
    assert "menunggu persetujuan orang kedua" in rina.send(f"{address}/refund", ACCOUNT)
    assert "Perlu orang lain" in rina.send(f"{address}/confirm")
    assert state_of(asleep, case.order) == ("overpaid", "awaiting_payment")
    assert "Pengembalian Rp 5.000 dicatat" in tono.send(f"{address}/confirm")
    assert state_of(asleep, case.order) == ("accepted", "paid")


def test_a_large_amount_typed_by_hand_needs_two_people_in_the_console_too(
    asleep: Context, rina: Desk, tono: Desk, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = asleep.settings.model_copy(update={"second_person_idr": 5_000})
    monkeypatch.setattr(asleep, "settings", small)
    form = {"amount": str(case.amount_due), "reference": "FT123"}
    rina.send(f"/console/payments/{case.order}/accept", form)
    assert state_of(asleep, case.order) == ("reported", "awaiting_payment")
    tono.send(f"/console/payments/{case.order}/accept", form)
    assert state_of(asleep, case.order) == ("accepted", "paid")


def test_a_paid_order_that_is_cancelled_is_refunded_from_its_payment(
    asleep: Context, rina: Desk, siti: Desk, case: Case
) -> None:
    rina.send(FILES, statement(("TRSF", case.amount_due)))
    with asleep.unit_of_work() as session:
        order = orders.by_code(session, case.order)
        clerk = Actor("staff", case.staff_id, "Gudang")
        checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    assert "Harus kembali" in rina.text("/console/bank")
    address = f"/console/payments/{case.order}/refund"
    assert siti.post(address, ACCOUNT).status_code == 403
    assert "dicatat" in rina.send(address, ACCOUNT)
    assert state_of(asleep, case.order) == ("refunded", str(OrderState.CANCELLED))


def test_the_books_of_a_day_show_money_and_owner_and_open_safely_in_a_spreadsheet(
    asleep: Context, rina: Desk, siti: Desk, case: Case
) -> None:
    rina.send(FILES, statement(("TRSF", case.amount_due), ("=1+1 KIRIMAN", 7_000)))
    page = siti.text("/console/bank/day")
    dotted = f"Rp {case.amount_due:,}".replace(",", ".")
    assert f"Ditunggu {dotted}" in page
    assert case.order in page
    assert "Belum dikenal" in page
    answer = siti.get("/console/bank/day.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert '"\'=1+1 KIRIMAN"' in text
    assert '"=1+1' not in text
    assert "Tanggalnya tidak benar" in siti.text("/console/bank/day?day=x")


def test_the_lists_are_filtered_by_state_amount_and_account(
    asleep: Context, rina: Desk, case: Case
) -> None:
    rina.send(FILES, statement(("TRSF BUDI", case.amount_due), ("SETORAN AGUS", 75_000)))
    assert "SETORAN AGUS" not in rina.text("/console/bank?tab=booked")
    assert "SETORAN AGUS" in rina.text("/console/bank?tab=open")
    assert "SETORAN AGUS" in rina.text("/console/bank?tab=all&q=75.000")
    assert "TRSF BUDI" not in rina.text("/console/bank?tab=all&q=agus")
    assert "SETORAN" not in rina.text("/console/bank?tab=all&account=999")
    assert "SETORAN" not in rina.text("/console/bank?tab=all&day=2020-01-01")


def test_what_a_bank_prints_is_text_and_never_runs(asleep: Context, rina: Desk, case: Case) -> None:
    rina.send(FILES, statement(("<script>alert(1)</script>{{7*7}}", 75_000)))
    mutation = only_mutation(asleep)
    for address in ("/console/bank?tab=open", f"/console/bank/mutations/{mutation}"):
        body = rina.get(address).get_data(as_text=True)
        assert "<script>alert" not in body
        assert "{{7*7}}" in body
