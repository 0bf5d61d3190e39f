"""A proof that looks like an earlier one stands beside it on the payment's page."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from flask import Flask

from channels import media, proofs
from channels.context import Context
from crm_core import customers, orders, payments
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Case, Desk, a_case, desk_of, member
from tests.receipts import Receipt, jpeg


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


def second_order(here: Context, case: Case) -> str:
    with here.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        return selling.placed(session, found)[0].order_code


def proven(here: Context, code: str, content: bytes) -> int:
    """The picture is uploaded, sent, reported for the order and compared; gives its id."""
    with here.unit_of_work() as session:
        kept = media.uploaded(here.settings, content)
        media_id = factories.received(session, "", media=(kept,)).message.media[0].id
        order = orders.by_code(session, code)
        payments.report(session, order, actor=Actor.bot(), media_ids=[media_id])
    proofs.compare(here, media_id)
    return media_id


def test_an_edited_copy_stands_beside_the_first_and_decides_nothing(
    asleep: Context, siti: Desk, case: Case
) -> None:
    receipt = Receipt.made(random.Random(3), bank=0, size=(1080, 2340), dark=False)  # noqa: S311
    first = proven(asleep, case.order, jpeg(receipt.draw()))
    code = second_order(asleep, case)
    edited = replace(receipt, amount=receipt.amount + 1_111_111)
    second = proven(asleep, code, jpeg(edited.draw(), 70))
    page = siti.get(f"/console/payments/{code}").get_data(as_text=True)
    pair = page[page.index('class="pair"') : page.index("</figure>")]
    assert pair.index(f"/console/media/{second}") < pair.index(f"/console/media/{first}")
    assert case.order in pair
    assert "mungkin diedit" in pair
    assert "Mirip bukti lain" in siti.text("/console/payments")
    assert 'class="pair"' not in siti.get(f"/console/payments/{case.order}").get_data(as_text=True)
    with asleep.unit_of_work() as session:
        states = payments.states_of(session, [orders.by_code(session, code).id])
    assert [str(state) for state in states.values()] == ["reported"]


def test_another_transfer_of_the_same_app_is_left_alone(
    asleep: Context, siti: Desk, case: Case
) -> None:
    chance = random.Random(4)  # noqa: S311
    receipt = Receipt.made(chance, bank=0, size=(720, 1600), dark=False)
    proven(asleep, case.order, jpeg(receipt.draw()))
    code = second_order(asleep, case)
    proven(asleep, code, jpeg(receipt.other(chance).draw()))
    assert 'class="pair"' not in siti.get(f"/console/payments/{code}").get_data(as_text=True)


def test_the_code_by_sms_is_seen_by_staff_sent_and_answered(
    asleep: Context, siti: Desk, case: Case
) -> None:
    assert "belum dijawab" in siti.text(f"/console/payments/{case.order}")
    with asleep.unit_of_work() as session:
        order = orders.by_code(session, case.order)
        payment = payments.for_order(session, order)
        assert payment is not None
        code = payments.make_sms_code(session, payment, actor=Actor.bot())
        assert payments.confirm_sms_code(session, payment, code, actor=Actor.bot())
    shown = siti.text(f"/console/payments/{case.order}")
    assert "Cocok" in shown
    assert "belum dijawab" not in shown
