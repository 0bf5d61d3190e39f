"""Every form of the console: values that are easy, typical, extreme, and illegal.

On an illegal one nothing in the whole database changes, and the reader is told what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from crm_core.db import Base
from tests import factories
from tests.channels.desk import SITE, Case, Desk, a_case, desk_of, member, words
from tests.channels.test_console_access import console_rules

ELSEWHERE = {
    "test_console_goods": {"add_part", "change_part", "save_category", "retire_category",
                           "receive_goods", "import_parts"},
    "test_console_prices": {"add_promotion", "change_promotion", "end_promotion", "set_prices",
                            "save_margin", "decide_bargain"},
    "test_console_shop_settings": {"save_facts", "save_hours", "add_holiday", "remove_holiday",
                                   "save_account", "retire_account", "save_points"},
    "test_console_returns": {"approve_return", "refuse_return", "receive_return", "settle_return",
                             "withdraw_return", "reopen_return"},
    "test_console_bank": {"import_bank_file", "assign_mutation", "not_ours", "reopen_mutation",
                          "take_difference", "refund_difference", "confirm_refund",
                          "withdraw_refund", "credit_difference"},
    "test_points_and_notes": {"correct_points"},
    "test_comments": {"answer_comment", "publish_comment", "hide_comment"},
    "test_console_shipping": {"import_rates", "bring_numbers", "pack_batch", "take_out_of_batch",
                              "close_batch", "reopen_batch", "hand_over_batch", "remove_rate"},
    "test_console_learning": {"label_misunderstood", "dismiss_misunderstood", "flag_message",
                              "reopen_misunderstood", "train_labels"},
    "test_console_privacy": {"export_customer", "correct_customer", "erase_customer"},
    "test_console_faces": {"face"},
    "test_console_webhooks": {"add_webhook", "change_webhook", "pause_webhook", "resume_webhook",
                              "remove_webhook", "renew_webhook_secret", "resend_webhook",
                              "show_webhook_secret", "try_webhook"},
}  # fmt: skip
"""Forms with a test of their values of their own."""
NOTHING_TYPED = {
    "login_page", "login", "logout", "language", "claim", "hand_back", "release", "reveal_phone",
    "send_again", "typing",
    "pack_order", "deliver_order", "complete_order", "hand_over_order", "refused_at_door",
}  # fmt: skip
"""Buttons, and the way in and out (test_console_access)."""

RATE = {
    "province": "Kalimantan Barat", "regency": "Kota Singkawang", "district": "Singkawang Barat",
    "method": "courier", "first_kg_idr": "18000", "next_kg_idr": "8000",
    "days_min": "1", "days_max": "3", "courier": "JNE",
}  # fmt: skip
COD = {"active": "1", "max_total_idr": "500000", "min_completed": "1", "most_open": "1",
       "method": "driver"}  # fmt: skip
SOMEBODY = {"name": "Tono", "email": "tono@toko.example", "role": "agent",
            "password": "kereta-api-9"}  # fmt: skip
UNREADABLE = "Jumlahnya tidak terbaca. Tulis misalnya 150.123"

Typed = tuple[dict[str, Any], str]


def illegal(case: Case) -> dict[str, tuple[str, list[Typed]]]:
    """View → its address, and values that it refuses with the words that it says."""
    order = f"/console/orders/{case.order}"
    part, paid = f"/console/parts/{case.part}", f"/console/payments/{case.order}"
    customer = f"/console/customers/{case.customer}"
    complaint = f"/console/complaints/{case.complaint}"
    staff = f"/console/staff/{case.staff_id}"
    pieces = {f"pieces_{case.part}": "1"}
    to = {"bank": "BCA", "number": "12345", "holder": "Budi"}
    return {
        "change_customer": (customer, [
            ({"name": "x" * 81}, "Paling panjang 80 huruf."),
            ({"name": "a\x00b"}, "Ada tanda yang tidak terlihat."),
            ({"name": "Budi", "language": "fr"}, "Bahasa itu tidak ada."),
            ({"name": "Budi", "kind": "raja"}, "Jenis itu tidak ada."),
            ({"name": "Budi", "honorific": "Yang Mulia"}, "Sapaan itu tidak ada."),
        ]),
        "set_price_class": (f"{customer}/price-class", [
            ({"price_class": ""}, "Kelas harga itu tidak ada."),
            ({"price_class": "keluarga"}, "Kelas harga itu tidak ada."),
        ]),
        "note_complaint": (f"{complaint}/notes", [
            ({"text": ""}, "Tulis dulu isinya."),
            ({"text": " \n ", "tell": "1"}, "Tulis dulu isinya."),
        ]),
        "move_complaint": (f"{complaint}/state", [
            ({"state": ""}, "Status itu tidak ada."),
            ({"state": "closed"}, "Tidak bisa dari Baru ke Ditutup."),
        ]),
        "complaint_urgency": (f"{complaint}/urgency", [
            ({"urgency": "mega"}, "Pilihan itu tidak ada."),
        ]),
        "reply": (f"/console/conversations/{case.talk}/reply", [
            ({"text": " \n "}, "Tulis dulu jawabannya."),
        ]),
        "receive_stock": (f"{part}/receive", [
            ({"quantity": said, "reason": "kiriman"}, "Jumlahnya tidak benar.")
            for said in ("", "0", "-1", "dua", "1.5", "9" * 30)
        ] + [({"quantity": "2", "reason": " "}, "Tulis alasannya.")]),
        "correct_stock": (f"{part}/correct", [
            ({"quantity": "-1", "reason": "hitung"}, "Jumlahnya tidak benar."),
            ({"quantity": "0", "reason": "hilang"}, "1 sudah dipesan pelanggan"),
            ({"quantity": "9", "reason": ""}, "Tulis alasannya."),
        ]),
        "ship_order": (f"{order}/ship", [
            ({"courier": ""}, "Isi kurirnya."),
            ({"courier": "JNE"}, "Tidak bisa dari Menunggu bayar ke"),
        ]),
        "cancel_order": (f"{order}/cancel", [({"reason": "  "}, "Tulis alasannya.")]),
        "set_tracking": (f"{order}/tracking", [
            ({"tracking_number": said}, "Nomor resi 5 sampai 60 huruf dan angka, ada angkanya.")
            for said in ("", "!!", "A" * 200)
        ]),
        "add_news": (f"{order}/events", [
            ({"kind": "terbang"}, "Pilih jenis kabarnya."),
            ({"kind": "in_transit"}, f"Paket {case.order} belum berangkat."),
        ]),
        "take_cash": (f"{order}/cash", [
            ({"amount": "1000", "receipt": ""}, "Tulis nomor kuitansinya."),
            ({"amount": "-5", "receipt": "K-1"}, f"{case.order} tidak menunggu uang tunai."),
        ]),
        "open_return": (f"{order}/returns", [
            ({"kind": "pinjam", "reason": "x"} | pieces, "Pilih jenis returnya."),
            ({"kind": "return", "reason": ""} | pieces, "Tulis alasannya."),
            ({"kind": "return", "reason": "rusak"} | pieces, "belum ada barang yang dikirim."),
        ]),
        "accept_payment": (f"{paid}/accept", [
            ({"amount": said}, UNREADABLE) for said in ("", "-1", "nol", "1" + "0" * 20)
        ] + [({"amount": "0"}, "Jumlahnya tidak benar.")]),
        "reject_payment": (f"{paid}/reject", [({"reason": " "}, "Tulis alasannya.")]),
        "refund_payment": (f"{paid}/refund", [
            (to | {"reason": ""}, "Tulis alasannya."),
            (to | {"reason": "dobel"}, "Tidak ada uang yang diterima."),
        ]),
        "save_page": ("/console/pages/how_to_buy/id", [
            ({"title": "", "body": "isi"}, "Judul dan isi harus ada."),
            ({"title": "judul", "body": " "}, "Judul dan isi harus ada."),
        ]),
        "make_batch": ("/console/shipping/batches", [
            ({"method": "driver", "courier": "Udin"}, "Pilih dulu pesanannya."),
            ({"order": case.order, "method": "kapal", "courier": "X"}, "Cara kirim ini tidak"),
            ({"order": case.order, "method": "driver", "courier": ""}, "Isi kurirnya."),
            ({"order": case.order, "method": "driver", "courier": "Udin", "day": "kemarin"},
             "Tanggalnya tidak benar."),
            ({"order": case.order, "method": "driver", "courier": "Udin"}, "belum boleh dikirim."),
        ]),
        "save_rate": ("/console/shipping/rates", [
            (RATE | {"province": ""}, "Provinsinya kosong"),
            (RATE | {"district": "a" * 121}, "Kecamatannya kosong atau terlalu panjang."),
            (RATE | {"method": "kapal"}, "Cara kirimnya harus driver atau courier."),
            (RATE | {"first_kg_idr": "9" * 12}, "Ongkir kg pertama harus angka"),
            (RATE | {"next_kg_idr": "-1"}, "Ongkir kg berikutnya harus angka"),
            (RATE | {"days_min": "4"}, "tidak kurang dari yang paling cepat."),
            (RATE | {"courier": "a" * 61}, "Nama kurirnya tidak terbaca."),
        ]),
        "rename_district": ("/console/shipping/districts/1", [
            ({"district": "", "regency": "x", "province": "y"}, "Kecamatannya kosong"),
        ]),
        "set_cod": ("/console/shipping/cod", [
            (COD | {"max_total_idr": "x"}, "Total paling besar harus angka rupiah"),
            (COD | {"min_completed": "-1"}, "0 sampai 1.000."),
            (COD | {"most_open": "0"}, "1 sampai 100."),
            ({**COD, "method": ""}, "Pilih paling sedikit satu cara kirim."),
        ]),
        "add_staff": ("/console/staff", [
            (SOMEBODY | {"name": " "}, "Isi namanya."),
            (SOMEBODY | {"email": "bukan"}, "E-mail tidak benar."),
            (SOMEBODY | {"role": "raja"}, "Peran itu tidak ada."),
            (SOMEBODY | {"password": "12345678"}, "Kata sandi terlalu mudah ditebak."),
            (SOMEBODY | {"password": "x" * 257}, "Kata sandi terlalu mudah ditebak."),
            (SOMEBODY | {"email": "gudang@toko.example"}, "gudang@toko.example sudah dipakai."),
        ]),
        "change_staff": (staff, [({"role": "raja"}, "Peran itu tidak ada.")]),
        "reset_password": (f"{staff}/password", [
            ({"password": ""}, "Kata sandi terlalu mudah ditebak."),
            ({"password": "password"}, "Kata sandi terlalu mudah ditebak."),
        ]),
        "password": ("/console/password", [
            ({"old": "salah", "new": "kereta-api-99", "again": "kereta-api-99"}, "Kata sandi"),
            ({"old": factories.PASSWORD, "new": "1", "again": "1"}, "terlalu mudah ditebak"),
            ({"old": factories.PASSWORD, "new": "kereta-api-99", "again": "beda"}, "tidak sama"),
        ]),
    }  # fmt: skip


def legal(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Values that are easy, typical and extreme, in an order in which all of them are possible."""
    part, customer = f"/console/parts/{case.part}", f"/console/customers/{case.customer}"
    complaint = f"/console/complaints/{case.complaint}"
    return [
        (customer, {"name": "B"}),
        (customer, {"name": "Budi Santoso", "language": "en", "kind": "workshop"}),
        (customer, {"name": "x" * 80, "language": "id", "honorific": "Pak"}),
        (f"{customer}/price-class", {"price_class": "reseller"}),
        (f"{complaint}/notes", {"text": "a"}),
        (f"{complaint}/notes", {"text": "Kami cek dulu, Kak", "tell": "1"}),
        (f"{complaint}/notes", {"text": "a" * 4000}),
        (f"{complaint}/urgency", {"urgency": "high"}),
        (f"{complaint}/state", {"state": "in_progress"}),
        (f"/console/conversations/{case.talk}/reply", {"text": "a"}),
        (f"/console/conversations/{case.talk}/reply", {"text": "Siap, Kak. Besok dikirim."}),
        (f"/console/conversations/{case.talk}/reply", {"text": "a" * 4000}),
        (f"{part}/receive", {"quantity": "1", "reason": "x"}),
        (f"{part}/receive", {"quantity": "100000", "reason": "y" * 300}),
        (f"{part}/correct", {"quantity": "12", "reason": "hitung ulang"}),
        (f"{part}/correct", {"quantity": "1", "reason": "hanya yang dipesan"}),
        ("/console/pages/how_to_buy/id", {"title": "x", "body": "y"}),
        ("/console/pages/how_to_buy/en", {"title": "x" * 120, "body": "y" * 20_000}),
        ("/console/shipping/rates", RATE),
        ("/console/shipping/rates", RATE | {"first_kg_idr": "0", "days_max": "365"}),
        ("/console/shipping/districts/1",
         {"district": "a" * 120, "regency": "Kota", "province": "Kalbar"}),
        ("/console/shipping/cod", COD),
        ("/console/shipping/cod", COD | {"max_total_idr": "1.500.000", "most_open": "100"}),
        ("/console/staff", SOMEBODY),
        ("/console/staff", SOMEBODY | {"email": "b@toko.example", "password": "x1y2" * 64}),
        (f"/console/staff/{case.staff_id}", {"role": "manager"}),
        (f"/console/staff/{case.staff_id}/password", {"password": "kereta-api-8"}),
        (f"/console/payments/{case.order}/accept",
         {"amount": str(case.amount_due), "reference": "F" * 60}),
        ("/console/shipping/batches",
         {"order": case.order, "method": "driver", "courier": "Udin", "day": "2030-01-07"}),
        (f"/console/orders/{case.order}/pack", {}),
        (f"/console/orders/{case.order}/ship", {"courier": "JNE", "tracking_number": "JP0012345"}),
        (f"/console/orders/{case.order}/tracking", {"tracking_number": "A1" * 30}),
        (f"/console/orders/{case.order}/events", {"kind": "in_transit", "place": "Sintang"}),
        (f"/console/orders/{case.order}/returns",
         {"kind": "exchange", "reason": "z" * 500, f"pieces_{case.part}": "1"}),
    ]  # fmt: skip


def all_rows(here: Context) -> dict[str, str]:
    """A fingerprint of each table."""
    text = "select md5(coalesce(string_agg(x::text, chr(10) order by x::text), '')) from {} x"
    with here.unit_of_work() as session:
        return {
            table.name: str(session.scalar(sa.text(text.format(f'"{table.name}"'))))
            for table in Base.metadata.sorted_tables
        }


def said(desk: Desk, address: str, typed: dict[str, Any]) -> tuple[int, str]:
    """Send the form; the status, and the page that is read in the end."""
    answer = desk.post(address, typed, Referer=f"{SITE}/console/shop")
    code = answer.status_code
    page = desk.get(answer.headers["Location"]) if code == 303 else answer
    return code, words(page).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def boss(asleep: Context, flask_app: Flask, case: Case) -> Desk:
    desk = desk_of(flask_app, member(asleep, "admin", "Bos"))
    desk.send(f"/console/conversations/{case.talk}/claim")  # theirs, and read
    return desk


def test_what_is_illegal_changes_nothing_anywhere_and_is_told(
    asleep: Context, case: Case, boss: Desk
) -> None:
    before = all_rows(asleep)
    for view, (address, cases) in illegal(case).items():
        for typed, told in cases:
            code, page = said(boss, address, typed)
            assert code in {303, 422}, (view, typed)
            assert told in page, (view, typed, page[-300:])
        assert all_rows(asleep) == before, view


def test_what_is_legal_is_kept_however_small_or_large(
    asleep: Context, case: Case, boss: Desk
) -> None:
    for address, typed in legal(case):
        before = all_rows(asleep)
        answer = boss.post(address, typed, Referer=f"{SITE}/console/shop")
        assert answer.status_code == 303, (address, typed)
        page = boss.get(answer.headers["Location"]).get_data(as_text=True)
        assert 'class="toast-s error"' not in page, (address, typed)
        assert all_rows(asleep) != before, (address, typed)


def test_every_form_has_a_test_of_its_values(flask_app: Flask, case: Case) -> None:
    forms = {view for view, rule in console_rules(flask_app) if "POST" in (rule.methods or ())}
    tested = set(illegal(case)) | NOTHING_TYPED | set().union(*ELSEWHERE.values())
    assert forms - tested == set()


def test_a_refusal_names_states_in_words_in_both_languages(case: Case, boss: Desk) -> None:
    address = f"/console/complaints/{case.complaint}/state"
    boss.post("/console/language", {"language": "en"})
    _, page = said(boss, address, {"state": "closed"})
    assert re.search(r"Not possible from New to Closed\.", page)
