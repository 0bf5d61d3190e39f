"""Something came broken, wrong or not at all, and it is to be put right."""

from __future__ import annotations

import pytest

from crm_core import complaints
from crm_core.complaints import Complaint
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def filed(phone: Phone) -> list[Complaint]:
    return phone.look(lambda s, c: list(complaints.of_customer(s, c.customer)))


def test_wants_the_money_back_and_gets_a_number(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("barangnya cacat dari sananya, saya minta uang dikembalikan")
    (complaint,) = filed(budi)
    assert complaint.complaint_code in answer
    assert complaint.order_id is not None


def test_wants_it_exchanged_and_may_send_a_photo(budi: Phone) -> None:
    budi.orders_pads()
    answer = budi.says("mau tuker kampasnya, yang dateng kekecilan ga masuk di kaliper")
    (complaint,) = filed(budi)
    assert complaint.complaint_code in answer
    assert "foto" in answer.text.lower()


def test_two_complaints_have_different_numbers(budi: Phone) -> None:
    first = budi.says("paket saya kurang satu, cuma dateng kampas doang padahal pesen dua")
    second = budi.says("terus kardusnya juga penyok basah semua, barang di dalam karatan")
    codes = {complaint.complaint_code for complaint in filed(budi)}
    assert len(codes) == 2
    assert first.text != second.text


def test_a_failing_brake_is_looked_at_by_a_person_at_once(budi: Phone) -> None:
    budi.says("kampas yang saya beli kemarin bikin rem blong, saya hampir kecelakaan!")
    assert budi.look(lambda _, c: c.handler) == "queue"
    assert filed(budi)[0].urgency == "high"


def test_a_calm_question_about_failing_brakes_is_a_search(budi: Phone) -> None:
    answer = budi.says("rem motor beat 2019 saya blong, ada kampas rem depannya?")
    assert "Kampas Rem Depan" in answer
    assert filed(budi) == []
    assert budi.look(lambda _, c: c.handler) == "bot"


def test_how_far_the_complaint_is(budi: Phone) -> None:
    budi.says("barang yang saya terima salah, saya pesan beat dikasih scoopy")
    (complaint,) = filed(budi)
    answer = budi.says("keluhan saya kemarin udah sampe mana prosesnya?")
    assert complaint.complaint_code in answer
