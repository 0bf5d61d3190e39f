"""Money, parcels, complaints, stock, staff and pages from the console."""

from __future__ import annotations

import pytest
from flask import Flask

from channels.context import Context
from crm_core import catalogue, complaints, customers, orders, payments, shop, staff
from crm_core.money import Rupiah
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Case, Desk, a_case, desk_of, member, words


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


@pytest.fixture
def admin(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "admin", "Admin"))


def states(here: Context, case: Case) -> tuple[str, str]:
    with here.unit_of_work() as session:
        order = orders.by_code(session, case.order)
        payment = payments.for_order(session, order)
        assert payment is not None
        return str(order.state), str(payment.state)


def test_a_reported_transfer_waits_with_amount_account_and_words(siti: Desk, case: Case) -> None:
    row = siti.text("/console/payments")
    assert case.order in row
    assert "sudah transfer kak" in row
    page = siti.get(f"/console/payments/{case.order}").get_data(as_text=True)
    whole = f"{case.amount_due:,}".replace(",", ".")
    assert f"Rp {whole[:-3]}<b>{whole[-3:]}</b>" in page
    assert 'name="amount" inputmode="numeric" autocomplete="off" required' in page
    assert "BCA" in page


def test_the_exact_amount_with_the_banks_reference_pays_the_order(
    asleep: Context, siti: Desk, case: Case
) -> None:
    data = {"amount": f"{case.amount_due:,}".replace(",", "."), "reference": "TRX 77"}
    shown = siti.send(f"/console/payments/{case.order}/accept", data)
    assert f"{case.order} lunas" in shown
    assert states(asleep, case) == ("paid", "accepted")


def test_without_a_reference_two_people_are_needed(
    asleep: Context, siti: Desk, manager: Desk, case: Case
) -> None:
    data = {"amount": str(case.amount_due)}
    assert "Perlu satu orang lagi" in siti.send(f"/console/payments/{case.order}/accept", data)
    assert states(asleep, case) == ("awaiting_payment", "reported")
    assert "Perlu orang lain" in siti.send(f"/console/payments/{case.order}/accept", data)
    assert states(asleep, case) == ("awaiting_payment", "reported")
    manager.send(f"/console/payments/{case.order}/accept", data)
    assert states(asleep, case) == ("paid", "accepted")


def test_too_little_money_is_said_with_the_gap_and_pays_nothing(
    asleep: Context, siti: Desk, case: Case
) -> None:
    data = {"amount": str(case.amount_due - 1000), "reference": "TRX 78"}
    assert "kurang Rp 1.000" in siti.send(f"/console/payments/{case.order}/accept", data)
    assert states(asleep, case) == ("awaiting_payment", "underpaid")


def test_too_much_money_is_said_with_the_gap(asleep: Context, siti: Desk, case: Case) -> None:
    data = {"amount": str(case.amount_due + 5000), "reference": "TRX 79"}
    assert "lebih Rp 5.000" in siti.send(f"/console/payments/{case.order}/accept", data)
    assert states(asleep, case) == ("awaiting_payment", "overpaid")


@pytest.mark.parametrize("amount", ["", "banyak", "-5", "0", "1,5"])
def test_an_amount_that_is_none_decides_nothing(
    asleep: Context, siti: Desk, case: Case, amount: str
) -> None:
    shown = siti.send(f"/console/payments/{case.order}/accept", {"amount": amount})
    assert "Jumlah" in shown
    assert states(asleep, case) == ("awaiting_payment", "reported")


def test_a_rejection_needs_a_reason_and_tells_it(asleep: Context, siti: Desk, case: Case) -> None:
    address = f"/console/payments/{case.order}/reject"
    assert "Tulis alasannya" in siti.send(address, {"reason": " "})
    assert states(asleep, case)[1] == "reported"
    siti.send(address, {"reason": "Uang belum masuk"})
    assert states(asleep, case) == ("awaiting_payment", "rejected")
    assert "Uang belum masuk" in siti.text(f"/console/conversations/{case.talk}")


def test_the_second_to_decide_learns_who_was_faster(siti: Desk, manager: Desk, case: Case) -> None:
    data = {"amount": str(case.amount_due), "reference": "TRX 80"}
    siti.send(f"/console/payments/{case.order}/accept", data)
    late = manager.send(f"/console/payments/{case.order}/reject", {"reason": "tidak ada"})
    assert "Sudah diputuskan oleh Siti" in late


def paid(siti: Desk, case: Case) -> None:
    siti.send(
        f"/console/payments/{case.order}/accept",
        {"amount": str(case.amount_due), "reference": "TRX 1"},
    )


def test_an_order_goes_from_paid_to_completed_by_its_buttons(
    asleep: Context, siti: Desk, case: Case
) -> None:
    paid(siti, case)
    address = f"/console/orders/{case.order}"
    assert "Perlu dikemas 1" in siti.text("/console/orders")
    assert "Sudah dikemas" in siti.text(address)
    siti.send(f"{address}/pack")
    siti.send(f"{address}/ship", {"courier": "JNE", "tracking_number": "BLIJN001"})
    assert "BLIJN001" in siti.text(address)
    siti.send(f"{address}/deliver")
    siti.send(f"{address}/complete")
    assert states(asleep, case)[0] == "completed"
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (9, 0)


def test_a_step_out_of_order_changes_nothing(asleep: Context, siti: Desk, case: Case) -> None:
    address = f"/console/orders/{case.order}"
    for step in ("pack", "ship", "deliver", "complete", "return"):
        data = {"courier": "JNE", "reason": "x"}
        assert "Tidak bisa" in siti.send(f"{address}/{step}", data)
        assert states(asleep, case)[0] == "awaiting_payment"


def test_only_the_next_steps_have_a_button(siti: Desk, case: Case) -> None:
    page = siti.get(f"/console/orders/{case.order}").get_data(as_text=True)
    assert "/pack" not in page
    assert "/ship" not in page
    assert 'data-open="cancel"' in page
    paid(siti, case)
    page = siti.get(f"/console/orders/{case.order}").get_data(as_text=True)
    assert f"/console/orders/{case.order}/pack" in page
    assert f"/console/orders/{case.order}/ship" not in page


def test_shipping_needs_a_courier(asleep: Context, siti: Desk, case: Case) -> None:
    paid(siti, case)
    siti.send(f"/console/orders/{case.order}/pack")
    assert "Isi kurirnya" in siti.send(f"/console/orders/{case.order}/ship", {"courier": " "})
    assert states(asleep, case)[0] == "packed"


def test_cancelling_frees_the_stock_once(asleep: Context, siti: Desk, case: Case) -> None:
    data = {"reason": "pelanggan batal"}
    siti.send(f"/console/orders/{case.order}/cancel", data)
    siti.send(f"/console/orders/{case.order}/cancel", data)
    assert states(asleep, case)[0] == "cancelled"
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (10, 0)


def test_orders_are_found_by_code_whatever_their_state(siti: Desk, case: Case) -> None:
    assert case.order not in siti.text("/console/orders")
    assert case.order in siti.text(f"/console/orders?q={case.order}")


def test_an_answer_to_a_complaint_reaches_the_customer_and_a_note_does_not(
    asleep: Context, siti: Desk, case: Case
) -> None:
    address = f"/console/complaints/{case.complaint}"
    siti.send(f"{address}/notes", {"text": "cek gudang dulu", "tell": "0"})
    siti.send(f"{address}/notes", {"text": "kami kirim ulang besok", "tell": "1"})
    talk = siti.text(f"/console/conversations/{case.talk}")
    assert "kami kirim ulang besok" in talk
    assert "cek gudang dulu" not in talk
    assert "cek gudang dulu" in siti.text(address)


def test_a_complaint_moves_over_the_board_and_its_urgency_can_be_set(
    asleep: Context, siti: Desk, case: Case
) -> None:
    address = f"/console/complaints/{case.complaint}"
    assert case.complaint in siti.text("/console/complaints")
    siti.send(f"{address}/urgency", {"urgency": "high"})
    siti.send(f"{address}/state", {"state": "resolved"})
    assert case.complaint not in siti.text("/console/complaints")
    assert case.complaint in siti.text("/console/complaints?state=resolved")
    assert "Tidak bisa" in siti.send(f"{address}/state", {"state": "in_progress"})
    with asleep.unit_of_work() as session:
        found = complaints.by_code(session, case.complaint)
        assert (str(found.state), str(found.urgency)) == ("resolved", "high")


def test_a_manager_changes_price_and_stock_with_a_reason(
    asleep: Context, manager: Desk, case: Case
) -> None:
    address = f"/console/parts/{case.part}"
    manager.send(address, {"name": "Kampas Rem", "price": "62.500", "active": "1"})
    manager.send(f"{address}/receive", {"quantity": "5", "reason": "faktur 12"})
    assert "Tulis alasannya" in manager.send(f"{address}/correct", {"quantity": "3"})
    manager.send(f"{address}/correct", {"quantity": "12", "reason": "hitung ulang"})
    page = manager.text(address)
    assert "faktur 12" in page
    assert "hitung ulang" in page
    with asleep.unit_of_work() as session:
        part = catalogue.find_part(session, case.part)
        assert (part.name, part.price_idr) == ("Kampas Rem", Rupiah(62_500))
        assert selling.level(session) == (12, 1)


def test_fewer_pieces_than_are_held_for_orders_are_refused(
    asleep: Context, manager: Desk, case: Case
) -> None:
    data = {"quantity": "0", "reason": "rak kosong"}
    assert "1 sudah dipesan" in manager.send(f"/console/parts/{case.part}/correct", data)
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (10, 1)


def test_a_part_without_a_price_is_on_request(asleep: Context, manager: Desk, case: Case) -> None:
    manager.send(f"/console/parts/{case.part}", {"name": "Kampas", "price": "", "active": "1"})
    with asleep.unit_of_work() as session:
        assert catalogue.find_part(session, case.part).price_idr is None


def test_an_agent_sees_parts_but_no_way_to_change_them(siti: Desk, case: Case) -> None:
    page = siti.get(f"/console/parts/{case.part}").get_data(as_text=True)
    assert "Kampas Rem Depan" in page
    assert 'name="price"' not in page
    assert 'name="quantity"' not in page


def test_a_customers_page_shows_orders_bikes_and_history(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        customers.add_bike(session, found, "Beat", "eSP", 2019)
    page = siti.text(f"/console/customers/{case.customer}")
    for wanted in (case.order, case.complaint, "Beat eSP 2019", "Pesanan dibuat"):
        assert wanted in page


def test_a_customer_is_renamed_with_the_actor_on_record(
    asleep: Context, siti: Desk, case: Case
) -> None:
    data = {"name": "Budi Santoso", "language": "en", "kind": "workshop"}
    siti.send(f"/console/customers/{case.customer}", data)
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        assert (found.name, found.language, found.kind) == ("Budi Santoso", "en", "workshop")


def test_an_admin_adds_changes_and_closes_accounts(asleep: Context, admin: Desk) -> None:
    data = {"email": "Baru@toko.example", "name": "Baru", "role": "agent"}
    assert "terlalu mudah" in admin.send("/console/staff", {**data, "password": "12345678"})
    admin.send("/console/staff", {**data, "password": factories.PASSWORD})
    with asleep.unit_of_work() as session:
        made = staff.by_email(session, "baru@toko.example")
    admin.send(f"/console/staff/{made.id}", {"role": "manager"})
    admin.send(f"/console/staff/{made.id}", {"active": "0"})
    with asleep.unit_of_work() as session:
        now = staff.by_id(session, made.id)
        assert (now.role, now.active, now.session_epoch) == ("manager", False, 1)


def test_the_last_admin_cannot_lock_everybody_out(asleep: Context, admin: Desk) -> None:
    assert admin.person is not None
    assert "admin terakhir" in admin.send(f"/console/staff/{admin.person.id}", {"active": "0"})
    with asleep.unit_of_work() as session:
        assert staff.by_id(session, admin.person.id).active


def test_a_page_that_is_saved_is_what_the_shop_shows(
    asleep: Context, manager: Desk, case: Case
) -> None:
    data = {"title": "Cara Membeli", "body": "Tanya saja.\n\n<script>alert(1)</script>"}
    manager.send("/console/pages/how_to_buy/id", data)
    shown = manager.get("/info/how_to_buy").get_data(as_text=True)
    assert "Tanya saja." in shown
    assert "<script>alert" not in shown
    assert manager.post("/console/pages/made_up/id", data).status_code == 303
    with asleep.unit_of_work() as session:
        assert [page.slug for page in shop.pages(session)] == ["how_to_buy"]


def test_the_first_page_counts_what_waits(asleep: Context, siti: Desk, case: Case) -> None:
    page = siti.text("/console")
    assert "Menunggu jawaban 1" in page
    assert "Pembayaran dicek 1" in page
    paid(siti, case)
    page = siti.text("/console")
    assert "Pembayaran dicek 0" in page
    assert "Dikemas dan dikirim 1" in page
    assert "1 lunas, 1 pesanan baru" in page


def test_wishes_that_could_not_be_met_are_on_the_first_page(asleep: Context, siti: Desk) -> None:
    with asleep.unit_of_work() as session:
        for _ in range(2):
            catalogue.record_wish(session, query="knalpot racing", reason="not_found")
    assert "knalpot racing Tidak dijual 2×" in siti.text("/console")


def test_a_fragment_that_is_refused_says_why_in_a_toast(siti: Desk) -> None:
    answer = siti.get("/console/customers/not-an-id", **{"HX-Request": "true"})
    assert answer.status_code == 404
    assert "Pelanggan ini tidak ada" in answer.headers["HX-Trigger"]


def test_a_crash_of_the_reader_is_told_in_their_language(
    asleep: Context, flask_app: Flask, siti: Desk
) -> None:
    siti.post("/console/language", {"language": "en"})
    assert "There is no such customer." in words(siti.get("/console/customers/not-an-id"))


def test_a_photo_is_served_to_staff_only_and_cannot_run(
    asleep: Context, flask_app: Flask, siti: Desk
) -> None:
    import io

    from PIL import Image

    from channels import media
    from channels.pictures import clean

    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(drawn, "PNG")
    picture = clean(drawn.getvalue())
    path = media.keep(asleep.settings, picture)
    with asleep.unit_of_work() as session:
        stored = factories.received(session, "ini", media=(inbound_media(path, picture),))
        media_id = stored.message.media[0].id
    answer = siti.get(f"/console/media/{media_id}")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()
    assert desk_of(flask_app, None).get(f"/console/media/{media_id}").status_code in {303, 401}


def inbound_media(path: str, picture: object) -> object:
    from channels.pictures import Picture
    from crm_core.conversations import InboundMedia

    assert isinstance(picture, Picture)
    return InboundMedia(None, "image/jpeg", path, picture.sha256, len(picture.content))


def test_the_same_proof_for_two_orders_is_pointed_out(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        second, _ = selling.placed(session, found)
        ids = []
        for _ in range(2):
            stored = factories.received(session, "bukti", media=(proof(),))
            ids.append(stored.message.media[0].id)
        first = orders.by_code(session, case.order)
        for order, media_id in ((first, ids[0]), (second, ids[1])):
            payments.report(
                session, order, actor=Actor.customer(found), text="bukti", media_ids=[media_id]
            )
        code = second.order_code
    assert code in siti.text(f"/console/payments/{case.order}")
    assert "Bukti dobel" in siti.text("/console/payments")


def proof() -> object:
    from crm_core.conversations import InboundMedia

    return InboundMedia(None, "image/jpeg", "media/aa/same.jpg", "f" * 64, 10)
