"""Parcels in the console: batches, papers, numbers, rates, cash at the door."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from crm_core import orders, payments, shipments, shipping
from crm_core.customers import Customer
from crm_core.orders import OrderState
from crm_core.shipping import CodTerms
from tests import factories, selling
from tests.channels.desk import Desk, desk_of, member, words

TERMS = CodTerms(True, 500_000, 0, 1, frozenset({"driver", "pickup"}))


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def made(asleep: Context, **to: object) -> str:
    """The code of an order that may leave: paid, or to be paid at the door."""
    with asleep.unit_of_work() as session:
        if shipping.cod_terms(session) != TERMS:
            shipping.set_cod_terms(session, TERMS, actor=selling.CLERK)
            selling.part(session, pieces=50)
            selling.account(session)
        known = session.scalars(sa.select(Customer)).first()
        customer = known or factories.conversation(session).customer
        delivery = selling.delivery(session, **to)
        order, payment = selling.placed(session, customer, delivery=delivery)
        if not order.pay_on_delivery:
            clerk = selling.Actor.of_staff(factories.member(session, name=order.order_code))
            selling.pay(session, payment, clerk, reference=order.order_code)
        return order.order_code


def state(asleep: Context, code: str) -> str:
    with asleep.unit_of_work() as session:
        return str(orders.by_code(session, code).state)


def upload(desk: Desk, path: str, text: str, **fields: str) -> str:
    data = {"file": (io.BytesIO(text.encode()), "daftar.csv"), **fields}
    answer = desk.post(path, data)
    assert answer.status_code == 200, answer.headers
    return words(answer)


def test_a_round_from_the_list_to_the_road(asleep: Context, siti: Desk) -> None:
    first, second = made(asleep), made(asleep, pay_on_delivery=True)
    page = siti.text("/console/shipping")
    assert first in page
    assert "COD Rp 59.000" in page
    form = {"method": "driver", "courier": "Pak Udin", "order": [first, second]}
    page = siti.send("/console/shipping/batches", form)
    assert "2 pesanan masuk rute" in page
    paper = siti.text("/console/shipping/batches/1/packing")
    assert selling.PADS in paper
    assert f"1. {first} Budi Santoso" in paper
    assert "Belum dikemas" in siti.send("/console/shipping/batches/1/close")
    siti.send("/console/shipping/batches/1/pack")
    siti.send("/console/shipping/batches/1/close")
    paper = siti.text("/console/shipping/batches/1/manifest")
    assert "Rp 59.000" in paper
    assert "Diterima oleh Pak Udin" in paper
    page = siti.send("/console/shipping/batches/1/hand-over")
    assert "2 paket berangkat" in page
    assert (state(asleep, first), state(asleep, second)) == ("shipped", "shipped")
    assert first in siti.text("/console/shipping/way")


def test_a_round_that_was_interrupted_is_gone_on_with(asleep: Context, siti: Desk) -> None:
    first, second = made(asleep), made(asleep)
    siti.send(
        "/console/shipping/batches",
        {"method": "driver", "courier": "Pak Udin", "order": [first, second]},
    )
    siti.send("/console/shipping/batches/1/pack")
    siti.send("/console/shipping/batches/1/close")
    with asleep.unit_of_work() as session:
        clerk = selling.Actor.of_staff(factories.member(session, name="Edi"))
        shipments.hand_over_batch(session, 1, actor=clerk)
        order = orders.by_code(session, first)
        shipments.ship_order(session, 1, order.id, actor=clerk)
    assert "Berangkatkan sisanya (1)" in siti.text("/console/shipping/batches/1")
    assert "1 paket berangkat" in siti.send("/console/shipping/batches/1/hand-over")
    assert state(asleep, second) == "shipped"


def test_cash_at_the_door_is_booked_and_completes_the_order(asleep: Context, siti: Desk) -> None:
    code = made(asleep, pay_on_delivery=True)
    address = f"/console/orders/{code}"
    siti.send(f"{address}/pack")
    siti.send(f"{address}/ship", {"courier": "Pak Udin"})
    siti.send(f"{address}/deliver")
    assert "Tagih tunai Rp 59.000" in siti.text(address)
    wrong = siti.send(f"{address}/cash", {"amount": "58.000", "receipt": "KW1"})
    assert "harus tepat Rp 59.000" in wrong
    assert "pesanan lunas" in siti.send(f"{address}/cash", {"amount": "59.000", "receipt": "KW1"})
    siti.send(f"{address}/complete")
    assert state(asleep, code) == "completed"
    books = siti.text("/console/bank/day")
    assert "Tunai Rp 59.000" in books
    assert "KW1" in books


def test_a_parcel_refused_at_the_door_comes_back_and_is_awaited_no_more(
    asleep: Context, siti: Desk
) -> None:
    code = made(asleep, pay_on_delivery=True)
    address = f"/console/orders/{code}"
    siti.send(f"{address}/pack")
    assert "Ditolak di tempat" not in siti.text(address)
    siti.send(f"{address}/ship", {"courier": "Pak Udin"})
    assert "Ditolak di tempat" in siti.text(address)
    gone = siti.send(f"{address}/refused", {"reason": "tidak ada orang"})
    assert f"{code} kembali, tidak ada tagihan lagi" in gone
    assert "Tagih tunai" not in gone
    assert state(asleep, code) == "returned"
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (50, 0)


def test_what_is_fetched_is_handed_over_at_the_counter(asleep: Context, siti: Desk) -> None:
    code = made(asleep, method="pickup")
    address = f"/console/orders/{code}"
    assert "Diambil di konter" in siti.text("/console/shipping")
    siti.send(f"{address}/pack")
    assert "Sudah diambil pelanggan" in siti.text(address)
    siti.send(f"{address}/hand-over")
    assert state(asleep, code) == "delivered"


def test_numbers_from_a_file_are_tried_then_kept(asleep: Context, siti: Desk) -> None:
    code = made(asleep)
    siti.send(f"/console/orders/{code}/pack")
    text = f"Kode Pesanan,Resi,Kurir\n{code},JP-00123,JNE\nP-ZZZZZ,JP9999,JNE\n"
    tried = upload(siti, "/console/shipping/numbers", text, mode="try", ship="1")
    assert "Percobaan" in tried
    assert "Baris 3 P-ZZZZZ Pesanan P-ZZZZZ tidak ada" in tried
    assert state(asleep, code) == "packed"
    upload(siti, "/console/shipping/numbers", text, mode="keep", ship="1")
    with asleep.unit_of_work() as session:
        order = orders.by_code(session, code)
        assert (order.state, order.tracking_number) == (OrderState.SHIPPED, "JP00123")


def test_news_is_written_down_and_shown(asleep: Context, siti: Desk) -> None:
    code = made(asleep)
    address = f"/console/orders/{code}"
    siti.send(f"{address}/pack")
    assert "belum berangkat" in siti.send(f"{address}/events", {"kind": "in_transit"})
    siti.send(f"{address}/ship", {"courier": "JNE"})
    siti.send(f"{address}/tracking", {"tracking_number": "JP777 123", "courier": "JNE"})
    siti.send(f"{address}/events", {"kind": "in_transit", "place": "Sintang"})
    page = siti.text("/console/shipping/way")
    assert "JP777123" in page
    assert "Dalam perjalanan, Sintang" in page


def test_rates_are_tried_kept_edited_and_exported(asleep: Context, manager: Desk) -> None:
    head = "province,regency,district,method,first_kg_idr,next_kg_idr,days_min,days_max\n"
    text = f"{head}Kalimantan Barat,Kota Singkawang,Singkawang Barat,courier,18000,8000,1,3\nx\n"
    tried = upload(manager, "/console/shipping/rates/import", text, mode="try")
    assert "Baru 1" in tried
    assert "Baris 3 Kabupaten atau kotanya kosong" in tried
    assert "Singkawang Barat" not in manager.text("/console/shipping/rates")
    upload(manager, "/console/shipping/rates/import", text, mode="keep")
    with asleep.unit_of_work() as session:
        rate = shipping.rates(session)[0]
    form = dict(zip(shipping.COLUMNS, map(str, rate.row()), strict=True))
    manager.send("/console/shipping/rates", form | {"first_kg_idr": "19500", "courier": "JNE"})
    table = manager.get("/console/shipping/rates.csv").get_data(as_text=True)
    assert '"Singkawang Barat","courier","19500","8000","1","3","JNE"' in table
    assert "Hari paling lama harus angka bulat" in manager.send(
        "/console/shipping/rates", form | {"days_max": "0", "days_min": "3"}
    )
    manager.send(f"/console/shipping/rates/{rate.id}/remove")
    with asleep.unit_of_work() as session:
        assert shipping.rates(session) == []


@pytest.mark.parametrize(
    ("most", "kept"), [("750.000", 750_000), ("1", 1), ("0", None), ("-5", None), ("x", None)]
)
def test_the_terms_of_cash_at_the_door(
    asleep: Context, manager: Desk, most: str, kept: int | None
) -> None:
    form = {"active": "1", "max_total_idr": most, "min_completed": "2", "most_open": "1",
            "method": ["driver"]}  # fmt: skip
    manager.send("/console/shipping/cod", form)
    with asleep.unit_of_work() as session:
        terms = shipping.cod_terms(session)
    assert (terms.active, terms.max_total_idr) == ((True, kept) if kept else (False, 1))


def test_the_first_word_on_a_cod_payment_is_not_a_bank_transfer(
    asleep: Context, siti: Desk
) -> None:
    code = made(asleep, pay_on_delivery=True)
    page = siti.text(f"/console/orders/{code}")
    assert "Menunggu pembayaran sampai" not in page
    with asleep.unit_of_work() as session:
        payment = payments.for_order(session, orders.by_code(session, code))
        assert payment is not None
        assert payments.view(session, payment).bank_account.cash
