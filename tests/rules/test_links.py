"""Links to an order's page: signed, ending, naming nothing but the order."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer

from crm_core import links
from crm_core.errors import NotFound
from tests.factories import MOMENT

SECRET = "only-for-tests"


def refusal(token: str, secret: str = SECRET) -> str:
    with pytest.raises(NotFound) as refused:
        links.read_order_token(secret, token)
    return refused.value.code


def test_a_token_names_its_order_until_its_last_day() -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        token = links.order_token(SECRET, 4711)
        clock.shift(timedelta(days=links.DAYS))
        assert links.read_order_token(SECRET, token) == 4711
        clock.shift(timedelta(seconds=1))
        assert refusal(token) == "link_expired"


def test_nothing_but_our_own_token_is_read() -> None:
    token = links.order_token(SECRET, 7)
    name, moment, signature = token.split(".")
    other = links.order_token(SECRET, 8).split(".")[0]
    session = str(URLSafeTimedSerializer(SECRET, salt="webchat-visitor").dumps(7))
    a_word = str(URLSafeTimedSerializer(SECRET, salt="order-page").dumps("7"))
    wrong = ["", ".", "..", token[:-1], token + "A", f"{other}.{moment}.{signature}",
             f"{name}.{moment}.{'A' * 27}", session, a_word, "x" * 100_000]  # fmt: skip
    assert {refusal(one) for one in wrong} == {"link_unknown"}
    assert refusal(token, "another shop's key") == "link_unknown"


def test_a_link_is_short_enough_for_a_text_message() -> None:
    assert len(links.order_token(SECRET, 999_999)) <= 46


def test_a_process_that_does_not_know_its_address_writes_no_link() -> None:
    before = (links._own.secret, links._own.address)
    try:
        links.use("", "https://sapa.test")
        assert links.order_url(1) is None
        assert links.invoice_url(1) is None
        links.use(SECRET, "https://sapa.test/")
        page = links.order_url(1)
        assert page is not None
        assert page.startswith("https://sapa.test/o/")
        assert links.read_order_token(SECRET, page.rpartition("/")[2]) == 1
        assert (links.invoice_url(1) or "").endswith("/invoice.pdf")
    finally:
        links.use(*before)


@pytest.mark.parametrize("secret", [""])
def test_a_token_is_never_signed_with_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        links.order_token(secret, 1)
