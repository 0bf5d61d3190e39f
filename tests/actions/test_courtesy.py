"""Hello, thanks, a price: alone they lead on, before an open question they stay short."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.actions.conftest import Chat


@pytest.mark.parametrize("awaiting", ["offer_human", "rephrase", "profile", "district", None])
def test_thanks_lead_on_where_no_question_is_asked_again(chat: Chat, awaiting: str | None) -> None:
    chat.slots["awaiting"] = awaiting
    said = chat.act("action_thank", "ok trims", intent="thank")
    assert said.names == ["utter_thank"]


def test_thanks_before_an_open_question_are_short(chat: Chat) -> None:
    chat.slots["awaiting"] = "part"
    said = chat.act("action_thank", "makasih", intent="thank")
    assert said.names == ["utter_thank_short", "utter_back_to_part"]


def test_a_greeting_before_an_open_question_is_short(chat: Chat) -> None:
    chat.slots["awaiting"] = "part"
    said = chat.act("action_greet", "halo", intent="greet")
    assert said.names == ["utter_greet_short", "utter_back_to_part"]


@pytest.mark.parametrize(
    ("action", "intent", "words"),
    [
        ("action_thank", "thank", "utter_thank_short"),
        ("action_greet", "greet", "utter_greet_short"),
    ],
)
def test_inside_a_form_courtesy_is_short(chat: Chat, action: str, intent: str, words: str) -> None:
    chat.form = "checkout_form"
    assert chat.act(action, "pagi", intent=intent).names == [words]


@pytest.mark.parametrize(
    ("action", "intent"), [("action_thank", "thank"), ("action_greet", "greet")]
)
def test_the_open_question_is_looked_up_once(
    chat: Chat, demo_engine: sa.Engine, action: str, intent: str
) -> None:
    chat.act("action_order_part", "mau 1", intent="order_part", part_code="06455K46N21", quantity=1)
    assert chat.slots["awaiting"] == "more"
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if "cart_lines" in statement and statement.startswith("SELECT"):
            asked.append(statement)

    sa.event.listen(demo_engine, "before_cursor_execute", note)
    try:
        said = chat.act(action, "siang", intent=intent)
    finally:
        sa.event.remove(demo_engine, "before_cursor_execute", note)
    assert said.names[-1] == "utter_back_to_more"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("awaiting", "words"),
    [
        ("rephrase", ["utter_shipping"]),
        (None, ["utter_shipping"]),
        ("part", ["utter_shipping_only", "utter_back_to_part"]),
    ],
)
def test_a_price_for_shipping_asks_what_else_where_nothing_is_open(
    chat: Chat, awaiting: str | None, words: list[str]
) -> None:
    chat.slots["awaiting"] = awaiting
    said = chat.act("action_ask_shipping", "ongkir ke Pontianak Selatan", intent="ask_shipping")
    assert said.names == words
