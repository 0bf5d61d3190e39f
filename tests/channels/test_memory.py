"""A turn that Rasa finished for a worker that died: its answer is looked up, not asked again."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import redis

from channels import memory, tasks, turns
from channels.context import Context
from crm_core import conversations
from tests.fakes import FakeRasa


def user(turn_id: int | None, text: str) -> dict[str, object]:
    metadata = {"turn_id": turn_id} if turn_id else {}
    return {"event": "user", "text": text, "metadata": metadata}


def bot(text: str, buttons: list[dict[str, str]] | None = None) -> dict[str, object]:
    return {"event": "bot", "text": text, "data": {"buttons": buttons}, "metadata": {}}


def test_the_answer_is_what_was_said_between_that_message_and_the_next() -> None:
    events = [user(1, "halo"), bot("Halo Kak"), user(2, "Budi"), bot("Alamatnya?"), bot("Contoh")]
    assert [said.text for said in memory.answer_in(events, 2)] == ["Alamatnya?", "Contoh"]
    assert [said.text for said in memory.answer_in(events, 1)] == ["Halo Kak"]


def test_choices_come_back_with_the_answer() -> None:
    buttons = [{"title": "Ya", "payload": "/affirm"}]
    [said] = memory.answer_in([user(1, "x"), bot("Pesan?", buttons)], 1)
    assert [(choice.label, choice.payload) for choice in said.choices] == [("Ya", "/affirm")]


def test_a_message_that_got_no_answer_is_not_recalled() -> None:
    assert memory.answer_in([user(1, "x"), {"event": "action", "name": "listen"}], 1) == []


def test_an_apology_for_a_failed_action_is_not_recalled_as_the_answer() -> None:
    mark = {"event": "bot", "text": None, "data": {"custom": {"failed_action": "action_x"}}}
    assert memory.answer_in([user(1, "ya"), bot("Maaf Kak"), mark], 1) == []


def test_a_turn_unknown_to_the_dialogue_is_not_recalled() -> None:
    assert memory.answer_in([user(1, "x"), bot("y"), user(None, "z"), bot("w")], 9) == []


def test_a_form_answer_is_not_given_to_the_next_question_after_a_crash(
    asleep: Context,
    say: Callable[..., int],
    rasa_server: FakeRasa,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = urlsplit(asleep.settings.redis_url or "")  # other test workers have the other numbers
    monkeypatch.setattr(memory, "DATABASE", int(own.path.strip("/")))
    number = say("Budi")
    with asleep.unit_of_work() as session:
        work = conversations.begin_turn(session, number)
    assert work is not None
    key = memory.KEY.format(sender=work.conversation_public_id)
    dialogue = {"name": "x", "events": [user(work.turn_id, "Budi"), bot("Alamatnya di mana?")]}
    with redis.Redis.from_url(own.geturl()) as cache:
        cache.set(key, json.dumps(dialogue))
        turns.take(asleep, tasks.assistant(asleep.settings), number)
    assert rasa_server.asked == []
    with asleep.unit_of_work() as session:
        assert conversations.latest(session, number)[-1].text == "Alamatnya di mana?"
