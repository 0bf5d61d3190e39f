"""Which words are a wish of their own, and how two answers become one."""

from __future__ import annotations

from actions.reply import Option, ask, open_form, say
from actions.wishes import Wish, as_read, divide, joined, left_over

ORDER = Wish("order_part", "mau 2 kampas rem beat 2019", 0.9)
SHIPPING = Wish("ask_shipping", "ongkir ke sungai raya brp?", 0.9)
THANKS = Wish("thank", "makasih ya", 0.9)


def divided(intent: str, *clauses: Wish, in_form: bool = False) -> tuple[str, list[str]]:
    text = ", ".join(clause.text for clause in clauses)
    own, also = divide(text, intent, clauses, in_form=in_form)
    return own, [wish.intent for wish in also]


def test_each_wish_keeps_its_own_words() -> None:
    assert divided("order_part", ORDER, SHIPPING) == (ORDER.text, ["ask_shipping"])
    assert divided("ask_shipping", ORDER, SHIPPING) == (SHIPPING.text, ["order_part"])


def test_thanks_do_not_disturb_a_search() -> None:
    assert divided("find_part", THANKS, Wish("find_part", "busi beat ada?", 0.9)) == (
        "busi beat ada?",
        [],
    )


def test_a_clause_that_is_only_guessed_at_is_no_wish() -> None:
    guessed = Wish("ask_shipping", "yg murah ya", 0.3)
    assert divided("order_part", ORDER, guessed) == (f"{ORDER.text}, {guessed.text}", [])


def test_few_words_are_a_wish_only_when_they_are_sure() -> None:
    price = Wish("show_cart", "brp hrgny", 0.8)
    assert divided("order_part", ORDER, price)[1] == []
    assert divided("order_part", ORDER, Wish("show_cart", "liat keranjang", 0.95))[1] == [
        "show_cart"
    ]


def test_what_belongs_together_is_not_cut() -> None:
    status = Wish("order_status", "pesanan saya mana", 0.9)
    parcel = Wish("track_shipment", "udah sampai mana", 0.9)
    assert divided("order_status", status, parcel)[1] == []


def test_a_complaint_is_kept_as_it_was_written() -> None:
    story = Wish("complain", "kampasnya pecah", 0.9)
    status = Wish("order_status", "pesanan P-7KM2Q sampai mana", 0.9)
    own, also = divided("complain", story, status)
    assert own == "kampasnya pecah, pesanan P-7KM2Q sampai mana"
    assert also == ["order_status"]


def test_in_a_form_only_questions_are_cut_off() -> None:
    name = Wish("inform", "Budi, Jl. Gajah Mada 5", 0.9)
    assert divided("ask_shipping", name, SHIPPING, in_form=True) == (name.text, ["ask_shipping"])
    assert divided("inform", name, ORDER, in_form=True)[1] == []


def test_words_that_name_a_part_are_a_search_even_when_not_understood() -> None:
    clauses = [
        {"text": "kampas rem beat 2", "intent": "inform", "confidence": 0.9},
        {"text": "apa ya", "intent": "nlu_fallback", "confidence": 0.2},
    ]
    read = as_read(clauses, lambda words: "kampas" in words, lambda _: False)
    assert [wish.intent for wish in read] == ["find_part", "nlu_fallback"]


ADDED = say("utter_cart_added") + ask("utter_more", [Option("a", "/checkout")], awaiting="more")
RATE = say("utter_shipping_cart")


def names(reply: object) -> list[str]:
    return [said.response for said in reply.says]  # type: ignore[attr-defined]


def test_a_remark_goes_before_the_question() -> None:
    both = joined(ADDED, RATE)
    assert both is not None
    assert names(both) == ["utter_cart_added", "utter_shipping_cart", "utter_more"]
    assert both.awaiting == "more"


def test_a_real_question_takes_the_place_of_anything_else() -> None:
    both = joined(ADDED, ask("utter_shipping_where", awaiting="district"))
    assert both is not None
    assert names(both) == ["utter_cart_added", "utter_shipping_where"]
    assert both.awaiting == "district"


def test_a_form_opens_after_what_was_put_into_the_cart() -> None:
    both = joined(ADDED, open_form("checkout_form"))
    assert both is not None
    assert (names(both), both.form) == (["utter_cart_added"], "checkout_form")


def test_two_real_questions_are_not_asked_at_once() -> None:
    bike = ask("utter_which_bike", awaiting="bike")
    assert joined(bike, ask("utter_shipping_where", awaiting="district")) is None


def test_a_wish_put_off_comes_back_from_its_slot() -> None:
    assert left_over([SHIPPING.to_slot()]) == (Wish("ask_shipping", SHIPPING.text),)
    assert left_over(None) == ()
