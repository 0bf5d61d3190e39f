"""QRIS: the shop's printed code with an amount in it, checked against somebody else's reading."""

from __future__ import annotations

import csv
import io

import pytest
import qriskit
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crm_core.errors import InvalidInput
from crm_core.payments import qris
from crm_core.settings import ROOT

PRINTED = (
    "00020101021126660014ID.CO.SAPA.WWW011893600999000001234902150000000123456780303UME"
    "51440014ID.CO.QRIS.WWW0215ID10260000123450303UME5204553353033605802ID"
    "5923SAPA MOTOR KHATULISTIWA6009PONTIANAK61057812263041AFE"
)
FOR_150123 = (
    "00020101021226660014ID.CO.SAPA.WWW011893600999000001234902150000000123456780303UME"
    "51440014ID.CO.QRIS.WWW0215ID10260000123450303UME52045533530336054061501235802ID"
    "5923SAPA MOTOR KHATULISTIWA6009PONTIANAK61057812263040063"
)


def changed(**fields: str) -> str:
    """The printed code with some fields replaced (``t53="840"``), or left out by an empty value."""
    values = {field.tag: field.value for field in qris.read(PRINTED)}
    values |= {name.removeprefix("t"): value for name, value in fields.items()}
    return qris.write([qris.Field(tag, value) for tag, value in values.items() if value])


def test_the_printed_code_becomes_one_that_names_the_amount() -> None:
    assert qris.with_amount(PRINTED, 150_123) == FOR_150123


def test_the_checksum_is_the_published_one() -> None:
    assert qris.checksum("123456789") == "29B1"  # the check value of CRC-16/IBM-3740


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9_999_999_999_999))
def test_another_implementation_makes_and_reads_the_same_code(amount: int) -> None:
    ours = qris.with_amount(PRINTED, amount)
    assert ours == qriskit.parse(PRINTED).to_dynamic(amount).dumps()
    theirs = qriskit.parse(ours)
    assert (theirs.amount, theirs.is_dynamic, theirs.nmid) == (amount, True, "ID1026000012345")
    assert qriskit.validate(ours) == []


def test_a_code_that_asks_for_a_tip_or_has_an_amount_asks_for_ours_only() -> None:
    tipping = changed(t54="1000", t55="01")
    assert qriskit.parse(tipping).tip is not None
    made = {field.tag: field.value for field in qris.read(qris.with_amount(tipping, 25_000))}
    assert made["54"] == "25000"
    assert "55" not in made


def test_what_is_drawn_is_read_back_by_a_scanner() -> None:
    drawn = io.BytesIO()
    segno.make(FOR_150123, error="m", micro=False).save(drawn, kind="png", scale=4)
    with Image.open(drawn) as picture:
        [read] = zxingcpp.read_barcodes(picture.convert("L"))
    assert read.text == FOR_150123


def test_the_shop_of_the_demo_has_a_whole_code() -> None:
    with (ROOT / "data/demo/shop.csv").open(encoding="utf-8") as file:
        facts = {row["key"]: row["value"] for row in csv.DictReader(file)}
    assert qris.check(facts["qris"]) == qris.Merchant("SAPA MOTOR KHATULISTIWA", "PONTIANAK")
    assert qriskit.validate(facts["qris"]) == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "length"),
        (PRINTED + "0" * 400, "length"),
        (PRINTED[:-1] + "F", "checksum"),
        (PRINTED.replace("PONTIANAK", "PONTIANAQ"), "checksum"),
        (changed(t51="", t26=""), "missing"),
        (changed(t59=""), "missing"),
        (changed(t53="840"), "country"),
        (changed(t58="SG"), "country"),
        (qris.write([*qris.read(PRINTED), qris.Field("60", "PONTIANAK")]), "twice"),
        ("0002010102115303360" + "6304" + qris.checksum("00020101021153033606304"), "missing"),
        ("00020101021159ZZSAPA6304" + qris.checksum("00020101021159ZZSAPA6304"), "field"),
        ("00020101021159995802ID6304" + qris.checksum("00020101021159995802ID6304"), "field"),
    ],
)
def test_a_code_that_is_not_whole_is_refused_by_name(payload: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        qris.check(payload)
    assert (refused.value.code, refused.value.facts["reason"]) == ("qris_invalid", reason)


@pytest.mark.parametrize("amount", [0, -5, 10**13])
def test_an_amount_that_no_order_has_is_refused(amount: int) -> None:
    with pytest.raises(InvalidInput, match="amount_invalid"):
        qris.with_amount(PRINTED, amount)
