"""The assistant offers parts in the order in which the search found them."""

from __future__ import annotations

import re

import pytest

from crm_core import catalogue
from tests.actions.conftest import Chat


@pytest.mark.parametrize("question", ["spion kanan scoopy", "v-belt beat", "busi vario 125"])
def test_the_chat_answers_as_the_search(chat: Chat, question: str) -> None:
    said = chat.act("action_find_part", question, intent="find_part")
    if said.names == ["utter_which_bike"]:
        said = chat.act("action_search_without_bike", "ga tau", intent="deny")
    offered = list(dict.fromkeys(re.findall(r'"part_code": "(\w+)"', " ".join(said.payloads))))
    hits = catalogue.search(chat.session, question).hits
    assert offered
    assert offered == [hit.part.part_code for hit in hits if hit.fit != "no"][: len(offered)]
