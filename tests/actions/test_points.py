"""Asking for points: what there is, what it is worth, and what comes next."""

from __future__ import annotations

import sqlalchemy as sa

from crm_core import loyalty, shop
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests.actions.conftest import Chat


def with_points(chat: Chat, points: int) -> None:
    rina = chat.session.scalars(sa.select(Staff).where(Staff.role == "manager")).first()
    assert rina is not None
    actor = Actor.of_staff(rina)
    loyalty.correct(chat.session, chat.customer.id, points, "hadiah", actor)


def test_the_balance_its_worth_the_tier_and_the_next_step_are_told(chat: Chat) -> None:
    with_points(chat, 1250)
    said = chat.act("action_ask_points", "poin saya berapa kak?", intent="ask_points")
    assert said.names == ["utter_points"]
    values = said.values("utter_points")
    assert (values["balance"], values["worth"], values["tier"], values["per"]) == (
        "1.250", "Rp 125.000", "Perunggu", "Rp 10.000",
    )  # fmt: skip
    assert "100 poin lagi ke tingkat Perak" in values["step"]


def test_at_the_top_there_is_no_next_step(chat: Chat) -> None:
    for fact in ("points_silver", "points_gold"):
        shop.save_fact(chat.session, fact, "0")
    said = chat.act("action_ask_points", "poin saya berapa", intent="ask_points")
    values = said.values("utter_points")
    assert (values["balance"], values["tier"]) == ("0", "Emas")
    assert "tertinggi" in values["step"]


def test_an_english_customer_is_told_in_english(chat: Chat) -> None:
    chat.slots["language"] = "en"
    said = chat.act("action_ask_points", "how many points do I have?", intent="ask_points")
    values = said.values("utter_points")
    assert (values["tier"], "100 more points to Silver" in values["step"]) == ("Bronze", True)


def test_a_shop_without_a_programme_says_so(chat: Chat) -> None:
    shop.save_fact(chat.session, "points_per_idr", "0")
    said = chat.act("action_ask_points", "poin saya berapa", intent="ask_points")
    assert said.names == ["utter_no_points"]
