"""What is kept of each turn: how it was read, and what people are to explain to the assistant."""

from __future__ import annotations

import sqlalchemy as sa

from crm_core.conversations import Turn
from crm_core.learning import Misunderstood
from tests.actions.conftest import Chat

RANKING = (("nlu_fallback", 0.7), ("ask_shipping", 0.213), ("ask_store_info", 0.2))


def nonsense(chat: Chat, text: str, **more: object) -> None:
    given = {"intent": "nlu_fallback", "confidence": 0.7, "ranking": RANKING} | more
    chat.act("action_default_fallback", text, **given)  # type: ignore[arg-type]


def rows(chat: Chat) -> list[Misunderstood]:
    return list(chat.session.scalars(sa.select(Misunderstood).order_by(Misunderstood.id)))


def turn(chat: Chat) -> tuple[str | None, int | None, str | None]:
    found = chat.session.get_one(Turn, chat.turn_id, populate_existing=True)
    return found.intent, found.confidence, found.outcome


def test_what_was_not_understood_is_on_the_list_with_the_best_guess(chat: Chat) -> None:
    nonsense(chat, "srawung wa 081234567890")
    [row] = rows(chat)
    assert (row.text, row.guess, row.confidence) == ("srawung wa 0812xxxxxxxx", "ask_shipping", 213)
    assert (row.reason, row.state, row.language) == ("low_confidence", "open", "id")
    assert row.conversation_id == chat.conversation.id
    assert turn(chat) == ("nlu_fallback", 213, "asked_again")


def test_a_dialogue_without_a_way_on_is_another_reason(chat: Chat) -> None:
    nonsense(chat, "srawung", intent="out_of_scope", ranking=(("out_of_scope", 0.6),))
    assert [row.reason for row in rows(chat)] == ["fallback"]


def test_the_third_time_says_that_a_person_had_to_take_over(chat: Chat) -> None:
    for text in ("srawung", "kelindan", "blekutuk"):
        nonsense(chat, text)
    assert [row.reason for row in rows(chat)] == ["low_confidence"] * 2 + ["handed_over"]
    assert turn(chat)[2] == "handed_over"


def test_a_turn_run_again_after_a_crash_is_on_the_list_once(chat: Chat) -> None:
    nonsense(chat, "srawung")
    nonsense(chat, "srawung", again=True)
    assert len(rows(chat)) == 1


def test_a_turn_that_was_understood_keeps_how_it_was_read(chat: Chat) -> None:
    ranking = (("greet", 0.934), ("thank", 0.02))
    chat.act("action_greet", "halo", intent="greet", confidence=0.934, ranking=ranking)
    assert turn(chat) == ("greet", 934, "understood")
    assert rows(chat) == []


def test_a_tap_is_no_reading(chat: Chat) -> None:
    chat.act("action_talk_to_human", intent="talk_to_human")
    assert turn(chat) == (None, None, None)
