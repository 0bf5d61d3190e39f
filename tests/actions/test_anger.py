"""Anger that no list of words knows, but the assistant's model hears."""

from __future__ import annotations

import sqlalchemy as sa
import time_machine

from crm_core import handoffs
from crm_core.complaints import Complaint
from tests.actions.conftest import Chat

FRIDAY_TEN = "2026-11-20T10:00:00+07:00"
QUIETLY = "sudah tiga kali begini, saya tidak mau disuruh sabar lagi"


@time_machine.travel(FRIDAY_TEN)
def test_a_complaint_in_anger_is_urgent_and_gets_a_person(chat: Chat) -> None:
    said = chat.act("action_complain", QUIETLY, intent="complain", angry=True)
    assert said.names == ["utter_complaint_filed", "utter_complaint_person"]
    assert chat.conversation.handler == "queue"
    filed = chat.session.scalars(sa.select(Complaint).order_by(Complaint.id.desc())).first()
    assert filed is not None
    assert (filed.text, filed.urgency) == (QUIETLY, "high")


def test_the_same_words_without_anger_stay_with_the_bot(chat: Chat) -> None:
    said = chat.act("action_complain", QUIETLY, intent="complain")
    assert "utter_complaint_person" not in said.names
    assert chat.conversation.handler == "bot"


def test_the_person_is_told_of_the_anger(chat: Chat) -> None:
    chat.act("action_talk_to_human", "mana orangnya", intent="talk_to_human", angry=True)
    (handoff,) = handoffs.waiting(chat.session)
    assert handoff.packet["mood"] == "angry"


@time_machine.travel(FRIDAY_TEN)
def test_who_is_angry_and_not_understood_is_not_asked_again(chat: Chat) -> None:
    said = chat.act("action_default_fallback", "hadeh apaan sih", intent="nlu_fallback", angry=True)
    assert said.names == ["utter_repair_person"]
    assert chat.conversation.handler == "queue"


@time_machine.travel(FRIDAY_TEN)
def test_a_curse_is_no_topic_but_brings_an_apology_and_a_person(chat: Chat) -> None:
    chat.slots["language"] = "id"
    said = chat.act("action_out_of_scope", "dasar toko tolol", intent="out_of_scope", angry=True)
    assert said.names == ["utter_repair_person"]
    assert chat.conversation.handler == "queue"


def test_question_marks_alone_are_no_anger(chat: Chat) -> None:
    said = chat.act("action_default_fallback", "???", intent="nlu_fallback", angry=True)
    assert said.names == ["utter_repair_rephrase"]
    assert chat.conversation.handler == "bot"
