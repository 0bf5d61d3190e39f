import pytest

from bot.components.values import find_values


def pairs(written: str) -> list[tuple[str, str]]:
    return [(found.entity, found.value) for found in find_values(written)]


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("2 ya kak", "2"),
        ("duak jak bang", "2"),
        ("busi 3 pcs", "3"),
        ("oli 5btl", "5"),
        ("sepasang", "2"),
    ],
)
def test_a_count_beside_a_unit_or_alone_is_a_quantity(written: str, count: str) -> None:
    assert ("quantity", count) in pairs(written)


@pytest.mark.parametrize(
    "written",
    ["vario 150", "tahun 2018", "gang 2 nomor 7 siantan", "0 pcs", "5000 pcs", "ban 80/90-14"],
)
def test_other_numbers_are_no_quantity(written: str) -> None:
    assert "quantity" not in [entity for entity, _ in pairs(written)]


@pytest.mark.parametrize("written", ["P-7KM2Q", "p-7km2q", "P7KM2Q"])
def test_an_order_code_is_read_however_it_is_typed(written: str) -> None:
    assert pairs(f"pesanan {written} gimana") == [("order_code", "P-7KM2Q")]


@pytest.mark.parametrize("written", ["K-9TR4B", "pcx160", "P-1O0IL", "17210-K97-T00", "piston"])
def test_other_codes_and_words_are_no_order_code(written: str) -> None:
    assert "order_code" not in [entity for entity, _ in pairs(written)]


def test_a_bike_is_read_with_its_size_and_year() -> None:
    written = "kampas rem Vario 150 2018 ada?"
    (found,) = find_values(written)
    assert (found.entity, found.value) == ("bike", "vario 150 2018")
    assert written[found.start : found.end] == "Vario 150 2018"


def test_two_bikes_are_two_values() -> None:
    assert pairs("kampas beat sama scoopy sama?") == [("bike", "beat"), ("bike", "scoopy")]


def test_money_is_read_as_written() -> None:
    assert pairs("sudah tf Rp 150.000 kak") == [("money", "rp 150.000")]
