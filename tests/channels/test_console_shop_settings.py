"""The shop's facts, hours, closed days and accounts: four classes of values for each form."""

from __future__ import annotations

import html
from datetime import date

import pytest
from flask import Flask

from channels.context import Context
from crm_core import loyalty, payments, shop
from crm_core.payments import qris
from tests.channels.desk import Desk, desk_of, member, words

FIELDS = [
    qris.Field("00", "01"), qris.Field("01", "11"),
    qris.Field("26", "0016ID.CO.EXAMPLE.WWW"), qris.Field("52", "5533"), qris.Field("53", "360"),
    qris.Field("58", "ID"), qris.Field("59", "TOKO SUKU CADANG"), qris.Field("60", "PONTIANAK"),
]  # fmt: skip
CODE = qris.write(FIELDS)
FACTS = {
    "name": "Toko Kapuas", "return_days": "7", "reminder_hours": "24", "quiet_hours": "21.00-08.00",
}  # fmt: skip
POINTS = {
    "points_per_idr": "20000", "point_value_idr": "150", "points_silver": "200",
    "points_gold": "1.000", "points_least": "5", "points_most_percent": "40",
}  # fmt: skip
ACCOUNT = {"bank": "BCA", "number": "1234567890", "holder": "CV Kapuas"}
FULL: dict[str, dict[str, str]] = {
    "facts": FACTS, "hours": {"day0": "08.00-16.00"},
    "holidays": {"day": "2030-08-17", "holiday": "Kemerdekaan"}, "accounts": ACCOUNT,
    "points": POINTS,
}  # fmt: skip


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def state_of(here: Context) -> object:
    with here.unit_of_work() as session:
        accounts = [(one.bank, one.number, one.holder) for one in payments.accounts(session)]
        days = shop.holidays(session, date(2000, 1, 1))
        return shop.facts(session), shop.hours(session), days, accounts


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("facts", {}),
        ("facts", {"address": "Jl. Gajah Mada 1", "maps_url": "https://maps.example/1"}),
        ("facts", {"return_days": "365", "reminder_hours": "168", "qris": CODE}),
        ("facts", {"cost_sms": "450", "cost_template": "0", "cost_offer": "100.000"}),
        ("hours", {}),
        ("hours", {"day0": "08.00-12.00, 13:00-16:00", "day6": "00.00-23.59"}),
        ("holidays", {}),
        ("holidays", {"day": "2100-12-31", "holiday": "L" * 80}),
        ("accounts", {}),
        ("accounts", {"number": "123-456.789 0", "holder": "H" * 60}),
        ("points", {}),
        ("points", {"points_per_idr": "0", "point_value_idr": "0"}),
        (
            "points",
            {
                "points_per_idr": "10.000.000",
                "point_value_idr": "9.999.999",
                "points_silver": "999.999",
                "points_gold": "1.000.000",
                "points_least": "1.000.000",
                "points_most_percent": "90",
            },
        ),
    ],
)
def test_a_good_form_is_kept(
    asleep: Context, manager: Desk, form: str, more: dict[str, str]
) -> None:
    before = state_of(asleep)
    answer = manager.post(f"/console/shop/{form}", FULL[form] | more)
    assert answer.status_code == 303, words(answer)
    assert state_of(asleep) != before
    assert manager.get("/console/shop").status_code == 200


@pytest.mark.parametrize(
    ("form", "bad", "field", "told"),
    [
        ("facts", {"name": ""}, "name", "Wajib diisi"),
        ("facts", {"maps_url": "javascript:alert(1)"}, "maps_url", "https://"),
        ("facts", {"return_days": "366"}, "return_days", "Paling banyak 365"),
        ("facts", {"return_days": "-1"}, "return_days", "angka bulat"),
        ("facts", {"reminder_hours": "169"}, "reminder_hours", "Paling banyak 168"),
        ("facts", {"cost_sms": "100001"}, "cost_sms", "Paling banyak 100000"),
        ("facts", {"cost_offer": "-1"}, "cost_offer", "angka bulat"),
        ("facts", {"quiet_hours": "malam"}, "quiet_hours", "21.00-08.00"),
        ("facts", {"quiet_hours": "25.00-08.00"}, "quiet_hours", "21.00-08.00"),
        ("facts", {"qris": CODE[:-1] + "X"}, "qris", "QRIS"),
        ("hours", {"day3": "16.00-08.00"}, "day3", "tumpang tindih"),
        ("hours", {"day3": "08.00-12.00, 11.00-13.00"}, "day3", "tumpang tindih"),
        ("hours", {"day3": "pagi"}, "day3", "Tulis misalnya"),
        ("holidays", {"day": "2030-02-30"}, "day", "Tanggalnya tidak benar"),
        ("holidays", {"holiday": " "}, "holiday", "Wajib diisi"),
        ("accounts", {"bank": ""}, "bank", "Wajib diisi"),
        ("points", {"points_per_idr": ""}, "points_per_idr", "Wajib diisi"),
        ("points", {"points_per_idr": "10000001"}, "points_per_idr", "Paling banyak Rp 10.000.000"),
        ("points", {"points_per_idr": "sepuluh ribu"}, "points_per_idr", "angka bulat"),
        ("points", {"point_value_idr": "20000"}, "point_value_idr", "lebih kecil dari belanja"),
        ("points", {"points_silver": "0"}, "points_silver", "1 sampai 1.000.000"),
        ("points", {"points_gold": "200"}, "points_gold", "Lebih dari Perak"),
        ("points", {"points_least": "1000001"}, "points_least", "1 sampai 1.000.000"),
        ("points", {"points_most_percent": "91"}, "points_most_percent", "1 sampai 90"),
        ("points", {"points_most_percent": "-5"}, "points_most_percent", "angka bulat"),
        ("accounts", {"number": "12A4"}, "number", "hanya angka"),
        ("accounts", {"holder": "H" * 61}, "holder", "Paling panjang 60"),
    ],
)
def test_a_bad_form_says_so_beside_the_field_and_changes_nothing(
    asleep: Context, manager: Desk, form: str, bad: dict[str, str], field: str, told: str
) -> None:
    before = state_of(asleep)
    answer = manager.post(f"/console/shop/{form}", FULL[form] | bad)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert told in page.partition(f'id="{field}-wrong" role="alert">')[2].partition("<")[0]
    for name, typed in (FULL[form] | bad).items():
        assert f'name="{name}" type=' in page
        assert f'value="{html.escape(typed)}"' in page
    assert state_of(asleep) == before


def test_an_account_is_replaced_and_given_up(asleep: Context, manager: Desk) -> None:
    manager.send("/console/shop/accounts", ACCOUNT)
    with asleep.unit_of_work() as session:
        (old,) = payments.accounts(session)
        old_id = old.id
    new = ACCOUNT | {"number": "999", "account_id": str(old_id)}
    manager.send("/console/shop/accounts", new)
    with asleep.unit_of_work() as session:
        (now,) = payments.accounts(session)
        assert (now.number, now.id == old_id) == ("999", False)
        new_id = now.id
    manager.send(f"/console/shop/accounts/{new_id}/retire")
    with asleep.unit_of_work() as session:
        assert payments.accounts(session) == []


def test_the_points_that_are_set_are_those_that_count(asleep: Context, manager: Desk) -> None:
    manager.send("/console/shop/points", POINTS)
    with asleep.unit_of_work() as session:
        assert loyalty.terms(session) == loyalty.Terms(20_000, 150, 200, 1_000, 5, 40)
