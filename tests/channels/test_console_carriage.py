"""Staff see how a message left, what it cost, and what still waits for the customer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from channels.context import Context
from crm_core import conversations, shop
from tests import factories
from tests.channels.desk import Desk, desk_of, member

Shown = Callable[..., str]


@pytest.fixture
def shown(asleep: Context, flask_app: Flask) -> Shown:
    """``shown(notice, status, …) -> the conversation's page`` with one such message."""

    def page(
        notice: str, status: str, carried_as: str | None = None, code: str | None = None,
        sms: bool = False,
    ) -> str:  # fmt: skip
        with asleep.unit_of_work() as session:
            budi = factories.customer(session)
            facts = {"order_code": "P-7KM2Q", "amount": 0, "name": "Busi", "part_code": "X1"}
            if sms:
                message = conversations.text_to(session, budi, "+6281234567890", notice, **facts)
            else:
                factories.received(session, "halo")
                message = conversations.notify(session, budi, notice, **facts)
            assert message is not None
            message.status, message.carried_as, message.error_code = status, carried_as, code
            talk = message.conversation.public_id
        desk: Desk = desk_of(flask_app, member(asleep))
        return desk.text(f"/console/conversations/{talk}")

    return page


@pytest.fixture
def priced(asleep: Context) -> None:
    with asleep.unit_of_work() as session:
        for name, cost in (("cost_sms", 450), ("cost_template", 460), ("cost_offer", 690)):
            shop.save_fact(session, name, str(cost))


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize(
    ("notice", "words"),
    [("payment_accepted", "Templat · Rp 460"), ("part_arrived", "Templat · Rp 690")],
)
def test_a_template_shows_what_it_cost_by_its_kind(shown: Shown, notice: str, words: str) -> None:
    assert words in shown(notice, "delivered", "template")


@pytest.mark.usefixtures("priced")
def test_an_sms_shows_its_parts_and_what_they_cost(shown: Shown) -> None:
    assert "SMS 1 bagian · Rp 450" in shown("payment_accepted", "sent", sms=True)


def test_without_prices_only_the_way_is_shown(shown: Shown) -> None:
    page = shown("payment_accepted", "sent", "template")
    assert "Templat" in page
    assert "Templat ·" not in page


@pytest.mark.usefixtures("priced")
def test_free_words_show_no_cost(shown: Shown) -> None:
    page = shown("payment_accepted", "delivered", "taps")
    assert "Templat" not in page
    assert "Rp 4" not in page


def test_news_that_came_too_late_waits_and_has_not_failed(shown: Shown) -> None:
    page = shown("payment_accepted", "failed", None, "63016")
    assert "Lewat 24 jam, dikirim begitu pelanggan menulis lagi" in page


def test_a_reminder_that_came_too_late_has_failed(shown: Shown) -> None:
    page = shown("part_arrived", "failed", None, "63014")
    assert "dikirim begitu pelanggan menulis lagi" not in page
    assert "Pelanggan memblokir nomor WhatsApp toko." in page
