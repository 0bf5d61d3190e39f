"""Finding a part: what is said, what is asked, what is kept as a wish."""

from __future__ import annotations

from sqlalchemy import select

from crm_core import carts, catalogue
from crm_core.catalogue import Wish
from tests.actions.conftest import Chat

PADS = "06455K46N21"
EMPTY = "06455KPPN01"


def test_a_part_with_its_bike_is_shown_with_price_stock_and_fit(chat: Chat) -> None:
    said = chat.act("action_find_part", "kampas rem depan beat 2019 ada?", intent="find_part")
    facts = said.values("utter_part_found")
    part = catalogue.find_part(chat.session, PADS)
    assert facts["code"] == PADS
    assert facts["price"] == "Rp 59.000"
    assert facts["stock"] == f"stok {part.stock_available}"
    assert facts["fit"].startswith("\nCocok untuk Beat 2019 (tercatat: Beat ")
    assert chat.slots["awaiting"] == "quantity"


def test_choices_of_a_quantity_stand_at_their_own_number(chat: Chat) -> None:
    said = chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    assert said.payloads == [
        f'/order_part{{"part_code": "{PADS}", "quantity": 1}}',
        f'/order_part{{"part_code": "{PADS}", "quantity": 2}}',
    ]


def test_a_part_without_bike_asks_for_the_bike_and_the_bike_completes_it(chat: Chat) -> None:
    first = chat.act("action_find_part", "kampas rem depan", intent="find_part")
    assert first.names == ["utter_which_bike"]
    assert chat.slots["awaiting"] == "bike"
    second = chat.act("action_give_bike", "beat 2019")
    assert second.values("utter_part_found")["code"] == PADS


def test_another_bike_replaces_the_first_instead_of_being_added_to_it(chat: Chat) -> None:
    chat.act("action_find_part", "v-belt beat 2019", intent="find_part")
    said = chat.act("action_check_fitment", "kalau buat scoopy karbu?", intent="check_fitment")
    assert said.names[0].startswith("utter_")
    assert "Beat" not in str(said.messages[0].get("bike", ""))
    assert chat.slots["bike"]["model"] == "Scoopy"


def test_not_knowing_the_bike_shows_what_there_is(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan", intent="find_part")
    said = chat.act("action_search_without_bike", "ga tau", intent="deny")
    assert said.names == ["utter_choose_part"]
    assert 2 <= len(said.payloads) <= 5


def test_at_most_five_parts_are_offered(chat: Chat) -> None:
    said = chat.act("action_find_part", "spion scoopy", intent="find_part")
    assert len(said.payloads) <= 5


def test_the_part_is_picked_by_its_price(chat: Chat) -> None:
    chat.act("action_find_part", "v-belt beat 2019", intent="find_part")
    said = chat.act("action_inform", "yang 129rb")
    assert said.values("utter_part_found")["price"] == "Rp 129.000"


def test_what_is_not_found_is_repeated_kept_as_a_wish_and_a_person_is_offered(chat: Chat) -> None:
    said = chat.act("action_find_part", "kampas rem yamaha nmax", intent="find_part")
    assert said.values("utter_not_found")["query"] == "kampas rem yamaha nmax"
    assert said.payloads == ["/talk_to_human"]
    wish = chat.session.scalars(select(Wish).where(Wish.customer_id == chat.customer.id)).one()
    assert (wish.reason, wish.query, wish.notify) == ("not_found", "kampas rem yamaha nmax", False)


def test_an_empty_shelf_offers_what_replaces_the_part_and_to_tell_when_it_is_back(
    chat: Chat,
) -> None:
    said = chat.act("action_find_part", intent="find_part", part_code=EMPTY)
    assert said.names == ["utter_out_of_stock_substitutes"]
    assert said.payloads[-1] == f'/request_part{{"part_code": "{EMPTY}"}}'
    assert '/find_part{"part_code": "06455KPPN02"}' in said.payloads


def test_a_number_that_was_replaced_finds_its_successor_and_says_so(chat: Chat) -> None:
    said = chat.act("action_order_part", "06455-KPP-N01 2 pcs", intent="order_part")
    assert said.names == ["utter_superseded", "utter_part_found_n"]
    assert said.values("utter_superseded")["old"] == EMPTY
    assert said.values("utter_part_found_n")["code"] == "06455KPPN02"


def test_yes_to_being_told_keeps_a_wish_that_notifies(chat: Chat) -> None:
    chat.act("action_find_part", intent="find_part", part_code=EMPTY)
    said = chat.act("action_request_part", "iya", intent="affirm")
    assert said.names == ["utter_wish_kept"]
    wish = chat.session.scalars(select(Wish).where(Wish.customer_id == chat.customer.id)).one()
    assert (wish.reason, wish.notify) == ("out_of_stock", True)


def test_a_part_that_fits_is_confirmed_with_its_evidence(chat: Chat) -> None:
    said = chat.act(
        "action_check_fitment", f"{PADS} cocok buat beat esp 2018?", intent="check_fitment"
    )
    assert said.names in (["utter_fits"], ["utter_fit_needs_year"])


def test_whether_it_fits_without_a_bike_asks_for_the_bike(chat: Chat) -> None:
    chat.act("action_find_part", intent="find_part", part_code=PADS)
    said = chat.act("action_check_fitment", "cocok ga ya?", intent="check_fitment")
    assert said.names == ["utter_fit_which_bike"]
    assert chat.slots["awaiting"] == "bike"


def test_a_tapped_code_that_does_not_exist_is_refused_and_nothing_is_remembered(
    chat: Chat,
) -> None:
    said = chat.act("action_find_part", intent="find_part", part_code="99999XXX999")
    assert said.names == ["utter_error_part_not_found"]
    assert "part_code" not in said.slots


def test_detail_names_brand_description_and_bikes(chat: Chat) -> None:
    chat.act("action_find_part", intent="find_part", part_code=PADS)
    said = chat.act("action_ask_part_detail", "ini asli ga?", intent="ask_part_detail")
    facts = said.values("utter_part_detail")
    assert facts["genuine"] == "Asli Honda"
    assert facts["description"].strip() == catalogue.find_part(chat.session, PADS).description
    assert facts["fits"].startswith("\nUntuk: ")


def test_does_it_go_into_that_one_speaks_of_the_part_shown_last(chat: Chat) -> None:
    chat.act("action_find_part", "kampas rem depan beat 2019", intent="find_part")
    said = chat.act("action_check_fitment", "kalau buat pcx 160 masuk ga?", intent="check_fitment")
    assert said.names == ["utter_fit_unknown"]
    assert said.values("utter_fit_unknown")["bike"] == "PCX 160"


def test_a_number_said_in_a_word_is_no_part_of_the_name(chat: Chat) -> None:
    text = "Saya bermaksud membeli dua pasang kampas rem depan untuk Beat 2019, mohon dicatat."
    chat.act("action_order_part", text, intent="order_part")
    assert [line.quantity for line in carts.show(chat.session, chat.customer).lines] == [2]


def test_who_wants_more_than_there_is_can_be_told_when_there_is_enough(chat: Chat) -> None:
    part = catalogue.find_part(chat.session, PADS)
    short = chat.act("action_order_part", f"{PADS} {part.stock_available + 5} pcs")
    assert short.names == ["utter_stock_short"]
    assert short.payloads[2].endswith(f'"quantity": {part.stock_available + 5}}}')
    said = chat.act(
        "action_request_part",
        intent="request_part",
        part_code=PADS,
        quantity=part.stock_available + 5,
    )
    assert said.names == ["utter_wish_kept"]
    query = select(Wish).where(Wish.customer_id == chat.customer.id, Wish.notify)
    wish = chat.session.scalars(query).one()
    assert wish.understood["at_least"] == part.stock_available + 5
