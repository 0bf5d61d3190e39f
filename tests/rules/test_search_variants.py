"""Bikes of one model with ABS or CBS brakes, with and without the idling stop."""

from __future__ import annotations

import pytest

from crm_core.catalogue import variants
from crm_core.catalogue.documents import IndexedPart
from crm_core.catalogue.index import CatalogueIndex, index_of
from crm_core.catalogue.queries import bike_table

PARTS = {
    "30400ZZA001": "ECM,ECU (Eng Control Unit) Honda PCX 160 K1Z ABS",
    "30400ZZA002": "ECM,ECU (Eng Control Unit) Honda PCX 160 K1Z CBS",
    "38770ZZB001": "ECM,ECU (Eng Control Unit) Honda BeAT K1A CBS ISS",
    "38770ZZB002": "ECM,ECU (Eng Control Unit) Honda BeAT K1A NON ISS",
    "53178ZZC001": "Handle Rem Kiri Honda Vario 125 FI Non CBS",
    "53178ZZC002": "Handle Rem Kiri Honda Vario 125 FI",
    "06455ZZD001": "Kampas Rem Depan Honda Vario 160",
    "57110ZZE001": "Modulator Assy ABS Honda PCX 160 K1Z",
    "43460ZZF001": "Kabel CBS Honda Vario 125 FI",
}
CODES = list(PARTS)


@pytest.fixture(scope="module")
def index() -> CatalogueIndex:
    parts = (IndexedPart(at, code, name) for at, (code, name) in enumerate(PARTS.items()))
    return index_of(parts, bike_table())


def found(index: CatalogueIndex, text: str) -> list[str]:
    return [CODES[hit.part_id] for hit in index.search(text).found]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("ecm pcx 160 abs", "30400ZZA001"),
        ("ecu pcx 160 yg abs ada kak?", "30400ZZA001"),
        ("abs punya, ecm pcx 160", "30400ZZA001"),
        ("ecm pcx 160 cbs", "30400ZZA002"),
        ("ecm pcx 160 non abs", "30400ZZA002"),
        ("ecm pcx 160 nonabs brp", "30400ZZA002"),
        ("ecm pcx 160 yg bukan abs", "30400ZZA002"),
        ("ecm pcx160 ga pake abs", "30400ZZA002"),
        ("ecm pcx 160 abs eh yang cbs", "30400ZZA002"),
        ("pcx 160 ecu without abs please", "30400ZZA002"),
        ("ecu beat k1a iss", "38770ZZB001"),
        ("ecu beat k1a tanpa iss", "38770ZZB002"),
        ("handle rem kiri vario 125 fi non cbs", "53178ZZC001"),
    ],
)
def test_the_version_asked_for_is_found_alone(
    index: CatalogueIndex, message: str, code: str
) -> None:
    first, *others = found(index, message)
    assert first == code
    assert all(other[:8] != code[:8] or code[:5] == "53178" for other in others)


def test_without_a_wish_both_versions_come_and_neither_is_sure(index: CatalogueIndex) -> None:
    answer = index.search("ecm pcx 160")
    assert [CODES[hit.part_id] for hit in answer.found] == ["30400ZZA001", "30400ZZA002"]
    assert not answer.sure


def test_a_version_asked_for_is_sure(index: CatalogueIndex) -> None:
    assert index.search("ecm pcx 160 abs").sure


def test_a_part_that_names_no_version_is_found_for_any(index: CatalogueIndex) -> None:
    assert found(index, "kampas rem depan vario 160 abs") == ["06455ZZD001"]


def test_a_question_whether_there_is_one_is_no_refusal_of_it(index: CatalogueIndex) -> None:
    assert found(index, "ecm pcx 160 ada ga abs nya?")[0] == "30400ZZA001"


@pytest.mark.parametrize(
    ("message", "code"),
    [("modulator abs pcx 160", "57110ZZE001"), ("kabel cbs vario 125 fi", "43460ZZF001")],
)
def test_a_part_of_the_brakes_themselves_is_no_version(
    index: CatalogueIndex, message: str, code: str
) -> None:
    assert found(index, message) == [code]


def test_what_was_understood_names_the_version(index: CatalogueIndex) -> None:
    assert index.search("ecm beat k1a cbs non iss").understood.variants == ("cbs", "non iss")


def test_who_asks_for_either_kind_of_brakes_has_no_wish(index: CatalogueIndex) -> None:
    assert found(index, "ecm pcx 160 abs atau cbs") == ["30400ZZA001", "30400ZZA002"]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("non abs", ["non-abs"]),
        ("yang bukan versi abs", ["yang", "non-abs"]),
        ("nonabs", ["non-abs"]),
        ("ada ga abs", ["ada", "ga", "abs"]),
        ("no rangka", ["no", "rangka"]),
        ("abs", ["abs"]),
    ],
)
def test_a_version_declined_is_one_word(said: str, read: list[str]) -> None:
    assert variants.joined(said.split()) == read
