"""The search on a small made-up catalogue: what comes first, and when nothing may come."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crm_core.catalogue.building import part_reader
from crm_core.catalogue.documents import IndexedPart
from crm_core.catalogue.index import CatalogueIndex, index_of
from crm_core.catalogue.lexicon import load
from crm_core.catalogue.queries import bike_table
from crm_core.catalogue.segbuilding import Builder

PARTS = {
    "06455ZZA001": "Kampas Rem Depan Honda Beat FI",
    "06455ZZB001": "Kampas Rem Depan Honda Vario 125 eSP",
    "43125ZZB001": "Kampas Rem Belakang Honda Vario 125 eSP",
    "88110ZZA001": "Spion Kanan Honda Beat FI",
    "88120ZZA001": "Spion Kiri Honda Beat FI",
    "23100ZZB001": "Van Belt Honda Vario 125 eSP",
    "31500ZZC001": "Aki GTZ5S",
    "13102ZZD001": "Seher, Piston 0.25 Honda Grand",
    "13103ZZD001": "Seher, Piston 0.50 Honda Grand",
    "41241ZZE001": "Karet Tromol Honda Supra X 125",
    "42635ZZE001": "Tromol Roda Belakang Honda Supra X 125",
    "64301K93A00ZA": "Cover Tameng Depan Merah Honda Scoopy eSP K93",
    "64301K93A00ZB": "Cover Tameng Depan Hitam Honda Scoopy eSP K93",
    "33110K2FA01": "Lampu Depan Honda Scoopy K2F",
    "33110K93A01": "Lampu Depan Honda Scoopy eSP K93",
    "35010KVBA01": "Kunci Kontak Set",
    "06435ZZF001": "Kampas Rem (Disk) Cakram Belakang Honda CBR 150R",
    "22201KPHZ01": "Kampas Kopling Honda Karisma, Supra X 125",
    "22201KYZZ01": "Kampas Kopling Honda Supra X 125 Helm-In",
    "91051ZZG001": "Laher, Bearing Nap Gear Honda Supra X 125 FI",
    "91052ZZG001": "Laher, Bearing Roda Depan Honda Supra X 125 FI",
    "31926ZZH001": "Busi CR7EH-9 Honda Vario 110 Karbu",
    "52141ZZI001": "Collar,Bosh Swingarm Honda Tiger",
    "52109ZZI001": "Rubber Bush RR Fork Pivot Honda Grand",
    "52101ZZI001": "As Swingarm Honda Tiger",
    "17254ZZI001": "Karet Filter Udara Honda Tiger",
    "43141ZZI001": "Per Kampas Rem Honda Kharisma",
    "40543ZZI001": "Setelan Rantai Honda Tiger",
    "15651ZZI001": "Oil Seal 14x20 Honda Tiger",
}  # fmt: skip
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
        ("kampas rem dpn bit fi", "06455ZZA001"),
        ("brake pad front vario 125", "06455ZZB001"),
        ("kanvas rem blkg vario 125 esp brp kak", "43125ZZB001"),
        ("vbelt vrio 125", "23100ZZB001"),
        ("sepion kr beat", "88120ZZA001"),
        ("piston oversize 0,50 grend", "13103ZZD001"),
        ("tromol blkg supra x125", "42635ZZE001"),
        ("karet tromol supra x 125", "41241ZZE001"),
        ("tameng depan scoopy 2018 item", "64301K93A00ZB"),
        ("lampu depan skupi 2022", "33110K2FA01"),
        ("kunci kontak vario karbu", "35010KVBA01"),
        ("aki", "31500ZZC001"),
        ("06455 zza 001", "06455ZZA001"),
        ("ada 88110-ZZA-001 ga gan", "88110ZZA001"),
        ("88110-ZZA-O01", "88110ZZA001"),
        ("88101-ZZA-001", "88110ZZA001"),
        ("88110 ZZA", "88110ZZA001"),
        ("kampas kopling kph", "22201KPHZ01"),
        ("kampas kopling kyz", "22201KYZZ01"),
        ("laher, bearing nap gear supra x 125 fi", "91051ZZG001"),
        ("busi cr7eh-9", "31926ZZH001"),
        ("do you still have van belt vario 125 in stock?", "23100ZZB001"),
        ("spakor... eh sepion kanan beat fi", "88110ZZA001"),
        ("bos suing arm tiger", "52141ZZI001"),
        ("bos arem tiger brp", "52141ZZI001"),
        ("bushing swing arm tiger", "52141ZZI001"),
        ("bosing arm grand", "52109ZZI001"),
        ("karet arem grand", "52109ZZI001"),
        ("as suwing arm tiger", "52101ZZI001"),
        ("karet tabung tiger", "17254ZZI001"),
        ("per kampas rem belakang kharisma", "43141ZZI001"),
        ("abis servis kata mekanik kampas rem depan beat fi harus ganti", "06455ZZA001"),
        ("servis cvt, butuh van belt vario 125", "23100ZZB001"),
        ("kemarin tune up, disuruh ganti busi vario 110 karbu", "31926ZZH001"),
        ("beli helm sekalian kampas rem depan beat fi", "06455ZZA001"),
        ("setelan rantai tiger", "40543ZZI001"),
    ],
)
def test_the_part_that_is_meant_comes_first(index: CatalogueIndex, message: str, code: str) -> None:
    assert found(index, message)[0] == code


@pytest.mark.parametrize(
    "message",
    [
        "kampas rem nmax",
        "kampas rem mio soul",
        "spion avanza",
        "van belt yamaha lexi",
        "oli gardan",
        "sarung tangan motor",
        "pulsa 50rb",
        "nasi goreng",
        "jual beli sapi",
        "halo kak",
        "beat fi",
        "99999-XXX-999",
        "lampu depan rumah",
        "kampas rem xyz",
        "rantai kapal",
        "kampas rem depan genio",
        "busi beat fi",
        "jas hujan setelan",
        "ganti oli sekalian tune up",
        "ganti oli mesin ongkosnya brp",
        "bisa servis cvt ga kak",
        "jasa pasang kampas rem",
        "service karburator",
        "tambal ban tubeless",
        "korter blok seher",
        "press stang bengkok",
        "holder hp di stang",
        "gembok cakram motor",
        "kunci gembok cakram",
        "cover motor anti air",
        "saklar lampu dinding",
        "baut dinding",
        "kabel listrik rumah",
        "gigi palsu",
        "tabung gas elpiji",
        "kipas angin kosmos",
        "setelan jas pria",
        "karet gelang",
        "sarung bantal",
        "tempat sampah",
        "piston kompresor angin",
        "kampas rem hr-v",
        "spion mt-15",
        "busi rx-king",
    ],
)
def test_nothing_is_found_where_nothing_is_right(index: CatalogueIndex, message: str) -> None:
    assert found(index, message) == []


def test_what_was_understood_is_told_even_when_nothing_is_found(index: CatalogueIndex) -> None:
    answer = index.search("kampas rem depan genio")
    assert answer.found == []
    assert answer.understood.part_terms == ("kampas", "rem")
    assert str(answer.understood.bike) == "Genio"


NOISE = [
    "min mau tanya {} ada ga ya? yang lama udah rusak parah",
    "permisi kak, saya lagi cari {} untuk dipasang besok pagi",
    "halo admin apakah {} masih tersedia? terima kasih sebelumnya",
    "woi bro, butuh {} cepet nih, motor mau dipake mudik",
    "Hi, do you still have {} in stock? how much is it",
    "{} barangnya asli kan? jangan yg kw",
    "kak {} kalo beli 2 dapet diskon ga",
]


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize(
    ("part", "code"),
    [("van belt vario 125", "23100ZZB001"), ("tromol belakang supra x 125", "42635ZZE001")],
)
def test_the_talk_around_a_part_does_not_change_what_is_found(
    index: CatalogueIndex, noise: str, part: str, code: str
) -> None:
    assert found(index, noise.format(part))[0] == code


def test_the_opposite_side_is_never_offered_first(index: CatalogueIndex) -> None:
    assert found(index, "spion kanan beat fi")[0] == "88110ZZA001"
    assert found(index, "kampas rem belakang beat fi") == []


def test_one_sensible_part_is_sure(index: CatalogueIndex) -> None:
    answer = index.search("van belt vario 125 esp")
    assert (answer.sure, answer.missing) == (True, None)


def test_without_a_bike_the_bike_is_what_is_missing(index: CatalogueIndex) -> None:
    answer = index.search("kampas rem depan")
    assert (answer.sure, answer.missing) == (False, "bike")


def test_without_a_side_the_position_is_what_is_missing(index: CatalogueIndex) -> None:
    answer = index.search("spion beat fi")
    assert (answer.sure, answer.missing) == (False, "position")


def test_the_askers_own_bike_decides_where_none_is_named(index: CatalogueIndex) -> None:
    own = index.bikes.mask("Vario 125", "eSP")
    answer = index.search("kampas rem depan", garage=[own])
    assert CODES[answer.found[0].part_id] == "06455ZZB001"
    assert answer.sure


def test_the_part_number_knows_better_than_a_word_in_brackets(index: CatalogueIndex) -> None:
    hits = index.search("piringan cakram belakang cbr 150r").found
    assert all(hit.score < 0.7 for hit in hits)


HORN = IndexedPart(1, "99110ZZZ001", "Klakson Beat FI")
PADS = IndexedPart(2, "06455ZZZ001", "Kampas Rem Depan Beat FI")


def changed(*new: IndexedPart, gone: Sequence[int] = ()) -> CatalogueIndex:
    """An index whose base holds the horn and the pads, and what came later."""
    read = part_reader().read
    builder = Builder(bike_table(), load())
    for part in (HORN, PADS):
        builder.add(read(part))
    return CatalogueIndex(bike_table(), load(), builder.finish(), map(read, new), gone)


def ids(index: CatalogueIndex, text: str) -> list[int]:
    return [hit.part_id for hit in index.search(text).found]


def test_a_changed_part_is_found_by_its_new_name_only() -> None:
    index = changed(IndexedPart(1, "99110ZZZ001", "Bendik Starter Beat FI"))
    assert ids(index, "bendik starter beat fi") == [1]
    assert ids(index, "klakson beat fi") == []
    assert ids(index, "99110-ZZZ-001") == [1]
    assert len(index) == 2


def test_a_bike_glued_to_the_makers_name_is_read() -> None:
    part = IndexedPart(1, "16950KCJ661", "Kran Bensin HondaTiger New Revolution")
    answer = index_of([part], bike_table()).search("kran bensin tiger revo")
    assert [found.part_id for found in answer.found] == [1]


def test_a_removed_part_is_found_neither_by_name_nor_by_code() -> None:
    index = changed(gone=[1])
    assert ids(index, "klakson beat fi") == []
    assert ids(index, "99110-ZZZ-001") == ids(index, "99110-ZZZ-O01") == []
    assert ids(index, "kampas rem depan beat fi") == [2]
    assert len(index) == 1


def test_a_later_part_stands_beside_those_of_the_base() -> None:
    index = changed(IndexedPart(3, "06455ZZZ002", "Kampas Rem Depan Beat FI"))
    assert ids(index, "kampas rem depan beat fi") == [2, 3]
    assert ids(index, "06455-ZZZ") == [2, 3]


def test_a_word_that_only_a_later_part_has_is_known() -> None:
    index = changed(IndexedPart(3, "86100ZZZ002", "Zorbit Beat FI"))
    assert ids(index, "zorbit beat fi") == [3]


@pytest.mark.parametrize(
    "text", ["a" * 4000, "rem " * 900, "0" * 4000, "\x00", "(" * 500, "1-" * 900]
)
def test_odd_texts_are_answered_like_any_other(index: CatalogueIndex, text: str) -> None:
    assert index.search(text).found == [] or index.search(text).found[0].score <= 1.0


def test_the_clutch_of_a_scooter_is_called_otherwise() -> None:
    names = {1: "Kampas Ganda Honda Beat FI", 2: "Kampas Kopling Honda Supra X 125"}
    parts = (IndexedPart(at, f"99110ZZA00{at}", name) for at, name in names.items())
    index = index_of(parts, bike_table())
    assert ids(index, "kampas kopling beat fi") == [1]
    assert ids(index, "kampas kopling supra x 125") == [2]


THINGS = {
    "35700ZZA001": "Switch Standar Samping Honda Beat FI",
    "90113ZZA001": "Baut Handle Kopling Honda CBR 150R",
    "31926ZZA001": "Busi CPR9EA-9 Honda Vario 150",
    "37110ZZA001": "LCD Speedometer Honda Vario 150",
    "64320ZZA001": "Cap,Battery Honda Vario 150",
    "08600ZZA001": "Gantungan Aspira Honda Vario 150",
}


@pytest.fixture(scope="module")
def things() -> CatalogueIndex:
    parts = (IndexedPart(at, code, name) for at, (code, name) in enumerate(THINGS.items()))
    return index_of(parts, bike_table())


@pytest.mark.parametrize(
    "message",
    [
        "standar samping beat fi",
        "handle kopling cbr 150r",
        "speedometer vario 150",
        "aki vario 150",
        "busi philips vario 150",
    ],
)
def test_a_thing_named_after_what_is_asked_for_is_not_offered(
    things: CatalogueIndex, message: str
) -> None:
    assert things.search(message).found == []


def test_a_maker_whose_goods_are_sold_here_is_no_stranger(things: CatalogueIndex) -> None:
    hits = things.search("gantungan aspira vario 150").found
    assert [list(THINGS)[hit.part_id] for hit in hits] == ["08600ZZA001"]


def test_a_makers_mark_may_be_cut_short(things: CatalogueIndex) -> None:
    (hit,) = things.search("busi cpr9 vario 150").found
    assert hit.score > 0.9


OILS = {
    "08232ZZJ001": "AHM Oil MPX2 10W-30 0,8L",
    "08294ZZJ001": "Oli Gardan AHM Transmission Gear Oil 120ml",
    "08203ZZJ001": "Minyak Rem Honda DOT 3 300ml",
    "08999ZZJ001": "Air Radiator Coolant AHM 1L",
}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("oli mpx2", "08232ZZJ001"),
        ("mau 2 oli mesin beat", "08232ZZJ001"),
        ("do you have oil?", "08232ZZJ001"),
        ("oli gardan beat", "08294ZZJ001"),
        ("oli transmisi", "08294ZZJ001"),
        ("gear oil", "08294ZZJ001"),
        ("minyak rem", "08203ZZJ001"),
        ("brake fluid", "08203ZZJ001"),
        ("air radiator", "08999ZZJ001"),
        ("cairan radiator", "08999ZZJ001"),
    ],
)
def test_oil_is_sold_where_the_catalogue_holds_it(
    index: CatalogueIndex, message: str, code: str
) -> None:
    codes = [*PARTS, *OILS]
    names = {**PARTS, **OILS}
    shop = index_of((IndexedPart(at, c, names[c]) for at, c in enumerate(codes)), bike_table())
    assert [codes[hit.part_id] for hit in shop.search(message).found][:1] == [code]
    assert found(index, message) == []
