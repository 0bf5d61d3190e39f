"""Points that pay, notes, and "3 now, the rest later", as the actions answer them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from actions import remarkwords
from crm_core import carts, catalogue, loyalty, orders, stock
from crm_core.catalogue import Wish
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests.actions.conftest import Chat, Said
from tests.actions.test_cart import held
from tests.actions.test_checkout import PADS, fill


def with_points(chat: Chat, points: int) -> None:
    rina = chat.session.scalars(sa.select(Staff).where(Staff.role == "manager")).first()
    assert rina is not None
    loyalty.correct(chat.session, chat.customer.id, points, "hadiah", Actor.of_staff(rina))


def in_cart(chat: Chat, quantity: int = 2) -> None:
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=quantity)


def reach_summary(chat: Chat) -> Said:
    in_cart(chat)
    return fill(chat)


def note_of(chat: Chat) -> str | None:
    return carts.show(chat.session, chat.customer).note


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pakai poin ya kak", True), ("pake poin aja", True), ("use my points please", True),
        ("bisa pakai poin ga?", True), ("bayar sebagian pakai poin", True),
        ("can I pay with points?", True), ("tukar poin dong", True),
        ("ga jadi pakai poin", False), ("tanpa poin aja", False), ("don't use my points", False),
        ("poin saya berapa", None), ("cara tukar poin gimana", None), ("how do I use points", None),
        ("poin bisa ditukar apa", None), ("kenapa poin ga bisa dipakai", None),
        ("pakai voucher HEMAT10", None), ("mau 2 kampas", None),
    ],
)  # fmt: skip
def test_a_wish_to_use_points_is_told_from_a_question_about_them(
    text: str, wanted: bool | None
) -> None:
    assert remarkwords.points_wanted(text) is wanted


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("catatan: titip di satpam", "titip di satpam"), ("note: ring the bell", "ring the bell"),
        ("tolong tambahkan catatan jangan dilipat", "jangan dilipat"),
        ("Catatan ya kak, kirim sore aja", "kirim sore aja"),
        ("ganti catatan: titip di warung", "titip di warung"), ("catatan", ""),
        ("titip di satpam ya", "titip di satpam ya"),
        ("please leave it with the neighbour", "please leave it with the neighbour"),
        ("hapus catatan", ""), ("remove the note", ""), ("catatannya batal", ""),
        ("catatan saya apa?", None), ("mau 2 kampas", None), ("galaxy note 10", None),
        ("bisa titip di satpam?", None),
    ],
)  # fmt: skip
def test_a_note_is_known_by_its_name_or_by_with_whom_to_leave_the_parcel(
    text: str, note: str | None
) -> None:
    said = remarkwords.note_in(text)
    assert (said.words if said else None) == note


def test_points_are_offered_below_the_summary_taken_off_and_dropped_again(chat: Chat) -> None:
    with_points(chat, 300)
    first = reach_summary(chat)
    assert "300 poin" in first.values("utter_summary")["points"]
    total = first.slots["summary_total"]
    used = chat.act("action_ask_points", "pakai poin ya", intent="ask_points")
    assert used.names == ["utter_points_used", "utter_summary"]
    assert used.slots["summary_total"] == total - 30_000
    assert used.values("utter_summary")["points"] == ""
    assert "Pakai 300 poin: -Rp 30.000" in used.values("utter_summary")["lines"]
    dropped = chat.act("action_ask_points", "ga jadi pakai poin", intent="deny")
    assert dropped.names == ["utter_points_dropped", "utter_summary"]
    assert dropped.slots["summary_total"] == total


def test_who_says_yes_to_points_pays_that_much_less(chat: Chat) -> None:
    with_points(chat, 300)
    reach_summary(chat)
    total = chat.act("action_ask_points", "pake poin", intent="inform").slots["summary_total"]
    chat.act("action_place_order", "iya", intent="affirm")
    order = orders.of_customer(chat.session, chat.customer)[0]
    assert (int(order.total_idr), [one.kind for one in order.discounts]) == (total, ["points"])
    standing = loyalty.standing(chat.session, chat.customer.id)
    assert standing is not None
    assert standing.balance == 0


def test_points_that_went_between_summary_and_yes_show_the_summary_again(chat: Chat) -> None:
    with_points(chat, 300)
    reach_summary(chat)
    chat.act("action_ask_points", "pake poin", intent="inform")
    with_points(chat, -200)
    again = chat.act("action_place_order", "iya", intent="affirm")
    assert again.names == ["utter_summary_changed", "utter_summary"]
    assert orders.of_customer(chat.session, chat.customer) == []


@pytest.mark.parametrize(
    ("points", "pieces", "answer"),
    [(0, 2, "utter_points_too_few"), (9, 2, "utter_points_too_few"),
     (500, 0, "utter_points_cart_empty")],
)  # fmt: skip
def test_why_points_cannot_pay_is_said(chat: Chat, points: int, pieces: int, answer: str) -> None:
    if points:
        with_points(chat, points)
    if pieces:
        in_cart(chat, pieces)
    said = chat.act("action_ask_points", "pakai poin", intent="ask_points")
    assert said.names[0] == answer
    assert not carts.show(chat.session, chat.customer).use_points


def test_a_note_is_kept_added_to_replaced_and_taken_away(chat: Chat) -> None:
    in_cart(chat)
    said = chat.act("action_default_fallback", "catatan: titip di satpam", intent="nlu_fallback")
    assert (said.names[0], note_of(chat)) == ("utter_note_kept", "titip di satpam")
    chat.act("action_default_fallback", "catatan: telpon dulu", intent="inform")
    assert note_of(chat) == "titip di satpam; telpon dulu"
    chat.act("action_default_fallback", "ganti catatan: kirim sore", intent="change_cart")
    assert note_of(chat) == "kirim sore"
    gone = chat.act("action_default_fallback", "hapus catatan", intent="change_cart")
    assert (gone.names[0], note_of(chat)) == ("utter_note_dropped", None)


def test_a_note_that_names_a_part_of_the_cart_is_to_that_part(chat: Chat) -> None:
    in_cart(chat)
    said = chat.act("action_default_fallback", "catatan: kampasnya yang asli ya", intent="inform")
    (line,) = carts.show(chat.session, chat.customer).lines
    assert (said.names[0], line.note) == ("utter_note_kept_line", "kampasnya yang asli ya")
    assert note_of(chat) is None
    shown = chat.act("action_show_cart", "lihat keranjang", intent="show_cart")
    assert "(catatan: kampasnya yang asli ya)" in shown.values("utter_cart")["lines"]


def test_a_colour_that_no_such_part_has_is_a_note_to_the_line(chat: Chat) -> None:
    in_cart(chat)
    said = chat.act("action_order_part", "yg beat warna hitam ya", intent="order_part")
    (line,) = carts.show(chat.session, chat.customer).lines
    assert (said.names[0], line.note) == ("utter_note_kept_line", "yg beat warna hitam ya")


def test_a_note_at_the_end_of_an_order_is_kept_beside_it(chat: Chat) -> None:
    text = "mau 2 kampas rem depan beat 2019, catatan: titip di satpam"
    said = chat.act("action_order_part", text, intent="order_part")
    assert held(chat) == {PADS: 2}
    assert (said.names[:2], note_of(chat)) == (
        ["utter_cart_added", "utter_note_kept"], "titip di satpam",
    )  # fmt: skip


def test_a_note_after_ordering_goes_to_the_order_until_it_is_packed(chat: Chat) -> None:
    reach_summary(chat)
    chat.act("action_place_order", "iya", intent="affirm")
    said = chat.act("action_default_fallback", "catatan: titip di satpam", intent="inform")
    order = orders.of_customer(chat.session, chat.customer)[0]
    assert (said.names, order.note) == (["utter_note_kept_order"], "titip di satpam")
    order.state = orders.OrderState.SHIPPED
    order.pay_on_delivery = True
    chat.session.flush()
    late = chat.act("action_default_fallback", "catatan: kirim sore", intent="inform")
    assert (late.names, order.note) == (["utter_note_nothing"], "titip di satpam")


def few(chat: Chat, pieces: int = 3) -> None:
    part = catalogue.find_part(chat.session, PADS)
    stock.correct(chat.session, PADS, pieces, Actor.system("test"), "hitung ulang")
    assert part.stock_available >= pieces


def waited(chat: Chat) -> list[int | None]:
    query = sa.select(Wish.quantity).where(Wish.customer_id == chat.customer.id, Wish.notify)
    return list(chat.session.scalars(query))


@pytest.mark.parametrize("words", ["iya", "3 dulu, sisanya nanti kabari", "take 3, the rest later"])
def test_of_five_three_are_taken_now_and_two_are_told_of_later(chat: Chat, words: str) -> None:
    few(chat)
    asked = chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=5)
    assert asked.values("utter_stock_short")["rest"] == 2
    intent = "affirm" if words == "iya" else "order_part"
    said = chat.act("action_order_part", words, intent=intent)
    assert (said.names[0], held(chat), waited(chat)) == ("utter_taken_partly", {PADS: 3}, [2])


def test_who_wants_only_what_is_there_waits_for_nothing(chat: Chat) -> None:
    few(chat)
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=5)
    chat.act("action_give_quantity", "3 aja")
    assert (held(chat), waited(chat)) == ({PADS: 3}, [])


@pytest.mark.parametrize("words", ["3", "3 aja"])
def test_a_count_below_three_choices_is_not_the_third_of_them(chat: Chat, words: str) -> None:
    few(chat)
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=5)
    chat.act("action_request_part", words, intent="request_part", picked=True)
    assert (held(chat), waited(chat)) == ({PADS: 3}, [])


def test_to_take_a_note_away_erases_no_customer(chat: Chat) -> None:
    in_cart(chat)
    chat.act("action_default_fallback", "catatan: titip di satpam", intent="inform")
    said = chat.act("action_delete_my_data", "hapus catatan", intent="delete_my_data")
    assert (said.names[0], note_of(chat)) == ("utter_note_dropped", None)


def test_the_tap_takes_what_there_is_by_then(chat: Chat) -> None:
    few(chat)
    chat.act("action_order_part", intent="order_part", part_code=PADS, quantity=5)
    few(chat, 1)
    chat.act(
        "action_order_part", intent="order_part", part_code=PADS, quantity=5, choice="available"
    )
    assert (held(chat), waited(chat)) == ({PADS: 1}, [4])


def test_stock_that_went_before_the_yes_is_offered_in_part_and_nothing_is_ordered(
    chat: Chat,
) -> None:
    reach_summary(chat)
    few(chat, 1)
    said = chat.act("action_place_order", "iya", intent="affirm")
    assert said.names == ["utter_stock_short"]
    assert orders.of_customer(chat.session, chat.customer) == []
    taken = chat.act("action_checkout", "iya", intent="affirm")
    assert (taken.names[0], held(chat), waited(chat)) == ("utter_taken_partly", {PADS: 1}, [1])
