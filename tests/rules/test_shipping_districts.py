"""Which district a line means, and what a weight costs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.shipping.rules import Place, cost, find

_KNOWN = [
    ("Kota Pontianak", ["Pontianak Barat", "Pontianak Kota", "Pontianak Selatan",
                        "Pontianak Tenggara", "Pontianak Timur", "Pontianak Utara"]),
    ("Kabupaten Kubu Raya", ["Kuala Mandor B", "Kubu", "Rasau Jaya", "Sungai Ambawang",
                             "Sungai Kakap", "Sungai Raya"]),
    ("Kabupaten Bengkayang", ["Bengkayang", "Sungai Raya", "Sungai Raya Kepulauan"]),
    ("Kabupaten Sambas", ["Pemangkat", "Sambas", "Tebas"]),
    ("Kabupaten Sintang", ["Sintang"]),
    ("Kabupaten Landak", ["Mandor", "Ngabang"]),
    ("Kabupaten Mempawah", ["Jongkat", "Mempawah Hilir"]),
    ("Kota Singkawang", ["Singkawang Barat", "Singkawang Tengah"]),
]  # fmt: skip
PLACES = [
    Place(number, name, regency, "Kalimantan Barat")
    for number, (regency, name) in enumerate(
        ((regency, name) for regency, names in _KNOWN for name in names), start=1
    )
]


def found(line: str) -> list[str]:
    return [f"{place.name}, {place.regency}" for place in find(line, PLACES)]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("pontianak kota", "Pontianak Kota, Kota Pontianak"),
        ("kec. sungai raya kubu raya", "Sungai Raya, Kabupaten Kubu Raya"),
        ("sungai raya bengkayang", "Sungai Raya, Kabupaten Bengkayang"),
        ("sungai raya kepulauan", "Sungai Raya Kepulauan, Kabupaten Bengkayang"),
        ("ptk selatan", "Pontianak Selatan, Kota Pontianak"),
        ("skw tengah", "Singkawang Tengah, Kota Singkawang"),
        ("sui kakap", "Sungai Kakap, Kabupaten Kubu Raya"),
        ("RASAUJAYA", "Rasau Jaya, Kabupaten Kubu Raya"),
        ("pontiank barat", "Pontianak Barat, Kota Pontianak"),
        ("jungkat", "Jongkat, Kabupaten Mempawah"),
        ("sungia ambawang", "Sungai Ambawang, Kabupaten Kubu Raya"),
        ("kuala mandor", "Kuala Mandor B, Kabupaten Kubu Raya"),
        ("mandor", "Mandor, Kabupaten Landak"),
        ("pemangkat, sambas", "Pemangkat, Kabupaten Sambas"),
        ("kec sambas kab sambas", "Sambas, Kabupaten Sambas"),
        ("rumah di kubu kab kubu raya", "Kubu, Kabupaten Kubu Raya"),
        ("kota pontianak kec pontianak utara", "Pontianak Utara, Kota Pontianak"),
    ],
)
def test_a_name_in_everyday_writing_means_one_district(line: str, meant: str) -> None:
    assert found(line) == [meant]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (
            "Jl. Sungai Raya Dalam Gg. Ceria 4 No. 12, Pontianak Tenggara, Pontianak",
            "Pontianak Tenggara, Kota Pontianak",
        ),
        ("jl sungai raya dalam pontianak tenggara", "Pontianak Tenggara, Kota Pontianak"),
        ("jl adisucipto no 12 sungai raya kubu raya", "Sungai Raya, Kabupaten Kubu Raya"),
        (
            "Jl. Adisucipto KM 9, Sungai Raya, Kubu Raya, Kalimantan Barat 78391",
            "Sungai Raya, Kabupaten Kubu Raya",
        ),
        ("rumah saya di gang merak 2, pontianak utara ya", "Pontianak Utara, Kota Pontianak"),
    ],
)
def test_the_district_is_read_out_of_a_whole_address(line: str, meant: str) -> None:
    assert found(line) == [meant]


def test_a_name_in_two_regencies_gives_both() -> None:
    assert found("Sei Raya") == [
        "Sungai Raya, Kabupaten Kubu Raya",
        "Sungai Raya, Kabupaten Bengkayang",
    ]


def test_a_regency_alone_gives_its_districts() -> None:
    assert found("kubu raya") == [
        "Kuala Mandor B, Kabupaten Kubu Raya",
        "Kubu, Kabupaten Kubu Raya",
        "Rasau Jaya, Kabupaten Kubu Raya",
        "Sungai Ambawang, Kabupaten Kubu Raya",
        "Sungai Kakap, Kabupaten Kubu Raya",
        "Sungai Raya, Kabupaten Kubu Raya",
    ]


@pytest.mark.parametrize("line", ["", "   ", "asdfgh", "siantan", "barat", "🙂", "2", "/restart"])
def test_what_names_no_district_finds_none(line: str) -> None:
    assert found(line) == []


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_search(line: str) -> None:
    assert len(find(line, PLACES, limit=5)) <= 5


@pytest.mark.parametrize(
    ("weight_g", "rupiah"),
    [(0, 9_000), (1, 9_000), (1_000, 9_000), (1_001, 11_000), (2_000, 11_000), (10_500, 29_000)],
)
def test_begun_kilograms_count_whole(weight_g: int, rupiah: int) -> None:
    assert cost(9_000, 2_000, weight_g) == rupiah
