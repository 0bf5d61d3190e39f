"""Wants a person, gets one, and comes back to the bot."""

from __future__ import annotations

import pytest

from crm_core import handoffs, staff
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.rasa


def test_the_bot_is_silent_until_the_agent_hands_back(budi: Phone) -> None:
    budi.says("mau 2 kampas rem depan beat 2019")
    promised = budi.says("mau ngomong sama orang dong")
    assert "paling lambat" in promised
    assert budi.is_left_alone("halo? ada orang?")

    def serve(session: object, talk: object) -> None:
        agent = staff.listing(session)[0]  # type: ignore[arg-type]
        handoffs.claim(session, talk, agent)  # type: ignore[arg-type]
        handoffs.hand_back(session, talk, agent)  # type: ignore[arg-type]

    budi.look(serve)
    back = budi.waits()
    assert "Halo lagi" in back
    assert "keranjang" in back
