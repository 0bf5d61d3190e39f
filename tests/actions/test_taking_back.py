"""Words that take something back or only suppose it, in the five registers, and their opposites."""

from __future__ import annotations

import pytest

from actions import correctwords
from actions.correctwords import Place
from crm_core import carts, customers
from crm_core.money import Rupiah, format_rupiah
from tests.actions.conftest import Chat
from tests.actions.test_checkout import fill

PADS, SHOES, PLUG = "06455K46N21", "06430K44V80", "31926K44U01"


def held(chat: Chat) -> dict[str, int]:
    return {line.part_code: line.quantity for line in carts.show(chat.session, chat.customer).lines}


def has(chat: Chat, **counts: int) -> None:
    for code, count in counts.items():
        chat.act("action_order_part", intent="order_part", part_code=code[1:], quantity=count)


def pads_and_shoes(chat: Chat) -> None:
    has(chat, **{f"_{SHOES}": 1, f"_{PADS}": 2})


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_order_part", "order_part", "Mohon kampas rem depannya dihapus saja."),
        ("action_checkout", "affirm", "ndak usahlah kampas depan tu"),
        ("action_deny", "deny", "kampas rem yg depan ga usah deh"),
        ("action_find_part", "find_part", "kmps dpn coret aj"),
        ("action_out_of_scope", "out_of_scope", "take the front brake pads out please"),
        ("action_inform", "inform", "eh yang depan ga usah, masih tebel"),
        ("action_order_part", "order_part", "kampas rem depannya jangan dimasukin ya"),
    ],
)
def test_what_is_taken_back_goes_out_whatever_the_words_were_read_as(
    chat: Chat, action: str, intent: str, words: str
) -> None:
    pads_and_shoes(chat)
    chat.act(action, words, intent=intent)
    assert held(chat) == {SHOES: 1}


@pytest.mark.parametrize(
    "words",
    [
        "jangan dihapus ya yang depan",
        "kampas depannya ga jadi dihapus",
        "don't take the front pads out",
        "ndak usah dikeluarkan kampas depan tu",
        "Mohon kampas depannya jangan dibatalkan.",
    ],
)
def test_what_is_not_to_be_taken_out_stays(chat: Chat, words: str) -> None:
    pads_and_shoes(chat)
    chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat) == {SHOES: 1, PADS: 2}


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_order_part", "order_part", "Mohon spion kirinya dihapus saja."),
        ("action_find_part", "find_part", "ndak usahlah saringan udare tu"),
        ("action_change_cart", "change_cart", "drop the horn"),
        ("action_change_cart", "change_cart", "yang kanan ga jadi"),
        ("action_inform", "inform", "klakson gausah"),
    ],
)
def test_what_is_not_in_the_cart_is_said_and_nothing_changes(
    chat: Chat, action: str, intent: str, words: str
) -> None:
    pads_and_shoes(chat)
    said = chat.act(action, words, intent=intent)
    assert held(chat) == {SHOES: 1, PADS: 2}
    assert said.names == ["utter_not_in_cart"]


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_order_part", "order_part", "yaudah deh satu aja ga jadi dua"),
        ("action_deny", "deny", "eh yang depan tu satu jak lah ndak jadi due"),
        ("action_change_cart", "change_cart", "wait, jangan 2, 1 dulu"),
        ("action_change_cart", "change_cart", "just 1 not 2"),
        ("action_cancel_order", "cancel_order", "dua ga jadi, satu aja"),
        ("action_change_cart", "change_cart", "Mohon 1 pasang saja, bukan 2."),
    ],
)
def test_of_two_numbers_the_refused_one_is_not_ordered(
    chat: Chat, action: str, intent: str, words: str
) -> None:
    pads_and_shoes(chat)
    chat.act(action, words, intent=intent)
    assert held(chat) == {SHOES: 1, PADS: 1}


@pytest.mark.parametrize("words", ["ga jadi 2", "jangan 2", "bukan 2"])
def test_a_refused_number_without_another_is_asked_back(chat: Chat, words: str) -> None:
    pads_and_shoes(chat)
    said = chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat) == {SHOES: 1, PADS: 2}
    assert said.names == ["utter_change_what"]


@pytest.mark.parametrize("words", ["ga jadi 2", "jangan 2 kak", "not 2"])
def test_how_many_of_the_only_part_then_is_asked(chat: Chat, words: str) -> None:
    has(chat, **{f"_{PADS}": 2})
    said = chat.act("action_change_cart", words, intent="change_cart")
    assert said.names == ["utter_quantity_unclear"]
    chat.act("action_inform", "1 aja")
    assert held(chat) == {PADS: 1}


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("gangnya melati bukan mawar", "jl merdeka gang melati no 4, Pontianak Selatan"),
        ("bukan mawar tapi melati", "jl merdeka gang melati no 4, Pontianak Selatan"),
        ("jalan sudirman bukan merdeka", "jl sudirman gang mawar no 4, Pontianak Selatan"),
        ("pontianak utara bukan pontianak selatan", None),
        ("kampas bukan busi", None),
    ],
)
def test_a_name_in_the_address_is_put_in_the_place_of_another(
    words: str, address: str | None
) -> None:
    before = "jl merdeka gang mawar no 4, Pontianak Selatan"
    assert correctwords.renamed(before, words) == address


def test_one_goes_out_and_the_other_comes_in(chat: Chat) -> None:
    pads_and_shoes(chat)
    words = "kampas belakangnya ga usah, tambah klakson scoopy 2018 1"
    chat.act("action_change_cart", words, intent="change_cart")
    assert held(chat) == {PADS: 2, "38110K93N01": 1}


@pytest.mark.parametrize("words", ["ga jadi businya", "busi gausah deh", "skip the spark plug"])
def test_what_is_to_be_chosen_is_dropped_and_the_cart_stays(chat: Chat, words: str) -> None:
    pads_and_shoes(chat)
    shown = chat.act("action_find_part", "busi vario 125 2018", intent="find_part")
    assert len(shown.payloads) > 1
    said = chat.act("action_find_part", words, intent="find_part")
    assert said.names == ["utter_search_dropped"]
    assert held(chat) == {SHOES: 1, PADS: 2}


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_order_part", "order_part", "Bila mengambil 12 pasang, apakah ada harga khusus?"),
        ("action_give_quantity", "inform", "kalo ambil 12 bisa kurang ga?"),
        ("action_order_part", "order_part", "kalau kamek ambek lime bise murah ke?"),
        ("action_order_part", "order_part", "if i take 3 is there a discount"),
        ("action_order_part", "order_part", "jika kami membeli selusin"),
    ],
)
def test_a_number_that_is_only_supposed_orders_nothing(
    chat: Chat, action: str, intent: str, words: str
) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    said = chat.act(action, words, intent=intent)
    assert held(chat) == {}
    assert "utter_part_found_n" in said.names


@pytest.mark.parametrize(
    "words", ["kalau gitu ambil 2", "kalau masih ada ambil 2 ya", "ok i take 2"]
)
def test_a_number_that_is_meant_is_ordered(chat: Chat, words: str) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS: 2}


@pytest.mark.parametrize(
    ("action", "intent", "words", "number"),
    [
        ("action_change_cart", "change_cart", "nomor rumahnya salah, harusnya 54", "54"),
        ("action_bot_challenge", "bot_challenge", "bukan no 5, no 7", "7"),
        ("action_deny", "deny", "bukan 5, 15", "15"),
        ("action_order_part", "order_part", "rumahnye nomor 9 bang, bukan 5", "9"),
        ("action_inform", "inform", "it's number 12b not 5", "12b"),
        ("action_inform", "inform", "Mohon nomor rumahnya diubah menjadi 8.", "8"),
    ],
)
def test_the_number_of_a_house_is_no_number_of_pieces(
    chat: Chat, action: str, intent: str, words: str, number: str
) -> None:
    pads_and_shoes(chat)
    fill(chat)
    said = chat.act(action, words, intent=intent)
    after = customers.default_address(chat.session, chat.customer)
    assert held(chat) == {SHOES: 1, PADS: 2}
    assert said.names == ["utter_summary"]
    assert after is not None
    assert after.address.startswith(f"Jl. Gajah Mada No. {number},")


@pytest.mark.parametrize("words", ["2 bukan 3", "1 aja bukan 2", "yang depan 1 aja"])
def test_a_number_below_the_summary_is_still_one_of_pieces(chat: Chat, words: str) -> None:
    has(chat, **{f"_{PADS}": 3})
    fill(chat)
    chat.act("action_change_cart", words, intent="change_cart")
    after = customers.default_address(chat.session, chat.customer)
    assert held(chat) == {PADS: int(words.replace("yang depan ", "")[0])}
    assert after is not None
    assert after.address.startswith("Jl. Gajah Mada No. 5")


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("bukan km 20, km 22", Place("km", "22")),
        ("kmnye 22 bang bukan 20", Place("km", "22")),
        ("rt 3 bukan rt 2", Place("rt", "3")),
        ("bloknya C6 bukan C5", Place("block", "C6")),
        ("salah, no 8", Place("house", "8")),
        ("jl merdeka no 5 rt 2 rw 3 pontianak kota", None),
        ("nomor hp saya 08123456789", None),
        ("mau 2 busi", None),
    ],
)
def test_the_number_of_an_address_is_read_with_its_kind(words: str, place: Place | None) -> None:
    assert correctwords.place_in(words) == place


@pytest.mark.parametrize(
    ("place", "address"),
    [
        (Place("km", "22"), "jl trans kalimantan km 22 no 4, ambawang"),
        (Place("house", "9"), "jl trans kalimantan km 20 no 9, ambawang"),
        (Place("rt", "3"), "jl trans kalimantan km 20 no 4 rt 3, ambawang"),
    ],
)
def test_only_the_number_of_that_kind_changes_in_the_address(place: Place, address: str) -> None:
    assert correctwords.moved("jl trans kalimantan km 20 no 4, ambawang", place) == address


def test_a_short_form_of_yes_or_no_below_the_summary_is_asked_back_once(chat: Chat) -> None:
    pads_and_shoes(chat)
    fill(chat)
    total = format_rupiah(Rupiah(chat.slots["summary_total"]))
    chat.events[-1]["text"] = f"Total {total}. Sudah benar?"
    said = chat.act("action_place_order", "btl", intent="affirm")
    assert said.names == ["utter_back_to_confirm_order"]
    assert held(chat) == {SHOES: 1, PADS: 2}
    said = chat.act("action_place_order", "btl", intent="affirm")
    assert said.names == ["utter_order_placed"]


@pytest.mark.parametrize(
    ("words", "pieces"),
    [("cool then 2 it is", 2), ("berarti jadi 3 ya", 3), ("make it 2", 2), ("tambah 2 lagi", 3)],
)
def test_of_a_part_in_the_cart_it_is_said_how_many_in_all_or_more(
    chat: Chat, words: str, pieces: int
) -> None:
    has(chat, **{f"_{PADS}": 1})
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {PADS: pieces}


@pytest.mark.parametrize(
    "words", ["tunggok lok, kampas depannye tige lah", "eh bntr kampas depannya jd 3"]
)
def test_the_part_of_the_cart_gets_the_number_and_no_other_is_looked_for(
    chat: Chat, words: str
) -> None:
    pads_and_shoes(chat)
    chat.act("action_order_part", words, intent="order_part")
    assert held(chat) == {SHOES: 1, PADS: 3}


def test_what_was_offered_long_ago_is_not_taken_by_a_later_yes(chat: Chat) -> None:
    has(chat, **{f"_{PADS}": 1})
    chat.act("action_change_cart", "9000 aja", intent="change_cart")
    chat.act("action_show_cart", "total berapa", intent="show_cart")
    chat.act("action_checkout", "oke lanjut", intent="affirm")
    assert held(chat) == {PADS: 1}
