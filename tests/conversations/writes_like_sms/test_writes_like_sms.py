"""Writes as on an old phone: no vowels, no spaces to spare, on SMS itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels import sms
from tests.conversations.conftest import Phone, held

pytestmark = pytest.mark.rasa


@pytest.fixture
def old_phone(phone: Callable[..., Phone]) -> Phone:
    return phone("sms")


def test_a_part_is_found_and_the_answer_is_one_or_two_sms(old_phone: Phone) -> None:
    answer = old_phone.says("kmps rem dpn beat 2019 ad g? brp hrgny")
    assert "Kampas Rem Depan" in answer
    assert "59.000" in answer
    assert all(sms.is_gsm7(body) and sms.parts(body) <= 2 for body in answer.bodies)


def test_the_number_of_a_choice_is_typed(old_phone: Phone) -> None:
    old_phone.says("ad kmps rem dpn beat 2019")
    old_phone.says("2")
    assert held(old_phone) == {"06455K46N21": 2}


def test_brp_ongkir_to_a_district(old_phone: Phone) -> None:
    answer = old_phone.says("brp ongkr k sungai raya kubu raya")
    assert "Ongkirnya Rp" in answer


def test_stop_by_sms_ends_everything_and_start_brings_it_back(old_phone: Phone) -> None:
    old_phone.says("ad busi beat karbu g")
    assert old_phone.is_left_alone("STOP")
    stopped = old_phone.look(lambda _, c: c.customer.addresses[0].stopped_at)
    assert stopped is not None


def test_y_and_g_are_answers(old_phone: Phone) -> None:
    old_phone.says("ad kmps rem dpn beat 2019")
    old_phone.says("y")
    assert held(old_phone) == {"06455K46N21": 1}
