"""Suggestions and praise in a chat: kept from any state, thanked for, and no complaint."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crm_core.comments import Comment
from crm_core.complaints import Complaint
from tests.actions.conftest import Chat


def kept(chat: Chat) -> list[tuple[str, str, bool]]:
    rows = chat.session.scalars(sa.select(Comment).order_by(Comment.id))
    return [(str(one.kind), one.text, one.may_publish) for one in rows]


@pytest.mark.parametrize("action", ["out_of_scope", "complain", "find_part", "ask_store_info"])
def test_a_suggestion_is_kept_however_the_message_was_read(chat: Chat, action: str) -> None:
    said = chat.act(f"action_{action}", "saran: buka hari minggu dong", intent=action)
    assert said.names == ["utter_suggestion_kept"]
    assert kept(chat) == [("suggestion", "buka hari minggu dong", False)]
    assert chat.session.scalar(sa.select(sa.func.count()).select_from(Complaint)) == 0


def test_the_question_that_was_open_is_asked_again(chat: Chat) -> None:
    chat.slots["awaiting"] = "part"
    said = chat.act("action_out_of_scope", "kritik: tempat parkirnya sempit", intent="out_of_scope")
    assert said.names == ["utter_suggestion_kept", "utter_back_to_part"]


def test_what_went_wrong_with_goods_is_a_complaint_whatever_it_calls_itself(chat: Chat) -> None:
    text = "saran: kampas rem yang saya terima pecah, tolong diganti"
    said = chat.act("action_complain", text, intent="complain")
    assert "utter_suggestion_kept" not in said.names
    assert kept(chat) == []
    assert chat.session.scalar(sa.select(sa.func.count()).select_from(Complaint)) == 1


def test_too_many_in_a_day_are_refused_in_words(chat: Chat) -> None:
    for number in range(5):
        chat.act("action_out_of_scope", f"saran: rak nomor {number} ditambah", intent="x")
    said = chat.act("action_out_of_scope", "saran: satu lagi nih kak", intent="out_of_scope")
    assert said.names == ["utter_error_comments_too_many"]
    assert len(kept(chat)) == 5


def test_praise_in_a_thank_you_is_kept_and_a_plain_one_is_not(chat: Chat) -> None:
    plain = chat.act("action_thank", "makasih ya kak", intent="thank")
    assert (plain.names, kept(chat)) == (["utter_thank"], [])
    text = "makasih kak, pelayanannya ramah dan cepat"
    assert chat.act("action_thank", text, intent="thank").names == ["utter_praise_kept"]
    assert kept(chat) == [("praise", text, False)]


def test_a_form_gives_the_message_away_and_keeps_its_question(chat: Chat) -> None:
    chat.slots["requested_slot"], chat.form = "complaint_text", "complaint_form"
    text = "saran: buka hari minggu dong"
    said = chat.act("validate_complaint_form", text)
    assert (said.names, said.slots.get("complaint_text")) == ([], None)
    assert kept(chat) == []
    said = chat.act("action_out_of_scope", text)
    assert (said.names, said.next) == (["utter_suggestion_kept"], "complaint_form")
    assert len(kept(chat)) == 1
