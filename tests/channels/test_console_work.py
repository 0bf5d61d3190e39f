"""Money, parcels and complaints from the console, and the day at a glance."""

from __future__ import annotations

import pytest
from flask import Flask

from channels.context import Context
from crm_core import catalogue, complaints, customers, orders, payments
from crm_core.money import format_rupiah
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
    for step in ("pack", "ship", "deliver", "complete"):
        data = {"courier": "JNE", "reason": "x"}
        assert "Tidak bisa" in siti.send(f"{address}/{step}", data)
        assert states(asleep, case)[0] == "awaiting_payment"


def test_only_the_next_steps_have_a_button(siti: Desk, case: Case) -> None:
    page = siti.get(f"/console/orders/{case.order}").get_data(as_text=True)
    assert f"/console/orders/{case.order}/pack" not in page
    assert f"/console/orders/{case.order}/ship" not in page
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


def test_a_manager_reads_what_was_asked_for_in_vain_by_rupiah(
    asleep: Context, manager: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        for quantity in (1, 4):
            catalogue.record_wish(
                session,
                query="kampas",
                reason="out_of_stock",
                part_code=case.part,
                quantity=quantity,
            )
        price = catalogue.view_part(session, case.part).price_idr or 0
    page = manager.text("/console/wishes?by=value&days=7")
    assert f"2 0 5 {format_rupiah(price * 5)} 0" in page


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
    path = media.keep(asleep.settings, picture.content, ".jpg")
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
