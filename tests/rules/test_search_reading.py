"""What is read out of chat messages: part, bike, position, size, colour, number of pieces."""

from __future__ import annotations

import re

import pytest
import yaml

from crm_core.catalogue.lexicon import REFERENCE, load, without_taking
from crm_core.catalogue.text import tokens
from crm_core.catalogue.types import BikeRef
from crm_core.catalogue.understanding import names_part, understand


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("kampas rem", ("kampas", "rem")),
        ("kanvas rem", ("kampas", "rem")),
        ("kmps rem", ("kampas", "rem")),
        ("brake pads", ("kampas", "rem")),
        ("laher roda", ("bearing", "roda")),
        ("seher set komplit", ("piston",)),
        ("v-belt", ("van", "belt")),
        ("vanbelt", ("van", "belt")),
        ("sokbreker", ("shock",)),
        ("kaca spion", ("spion",)),
        ("riting", ("lampu", "sein")),
        ("turn signal", ("lampu", "sein")),
        ("girset", ("girset",)),
        ("set rantai dan gear", ("girset",)),
        ("bos klep", ("bosh", "klep")),
        ("klep in", ("klep", "masuk")),
        ("air filter", ("filter", "udara")),
        ("pompa air", ("pompa", "air")),
        ("standar dua", ("standar", "tengah")),
        ("pelampung bensn", ("pelampung", "bensin")),
        ("knalpott", ("knalpot",)),
    ],
)
def test_nicknames_english_and_slips_mean_the_trades_own_word(
    message: str, words: tuple[str, ...]
) -> None:
    assert understand(message).part_terms == words


@pytest.mark.parametrize(
    ("message", "bike"),
    [
        ("beat karbu", BikeRef("Beat", "Karbu")),
        ("bit karburator", BikeRef("Beat", "Karbu")),
        ("scoopy 2018", BikeRef("Scoopy", "eSP K93", 2018)),
        ("skupi 2018", BikeRef("Scoopy", "eSP K93", 2018)),
        ("vrio 125", BikeRef("Vario 125")),
        ("vario", BikeRef("Vario")),
        ("vario125 k60r", BikeRef("Vario 125", "New eSP LED")),
        ("supra x 125", BikeRef("Supra X 125")),
        ("sprax 125", BikeRef("Supra X 125")),
        ("supra x 125 injeksi", BikeRef("Supra X 125", "PGM-FI")),
        ("revo fi", BikeRef("Revo", "110 FI")),
        ("tiger revo", BikeRef("Tiger", "Revolution")),
        ("pcx 150 k97", BikeRef("PCX 150", "K97")),
        ("crf 150l", BikeRef("CRF150L")),
        ("honda cs-1", BikeRef("CS1")),
        ("for a 2019 honda beat", BikeRef("Beat", year=2019)),
        ("2018 vario 125", BikeRef("Vario 125", year=2018)),
    ],
)
def test_a_bike_is_read_with_the_generation_and_year_that_are_said(
    message: str, bike: BikeRef
) -> None:
    read = understand(f"kampas rem {message} ada?").bike
    assert read is not None
    assert (read.model, read.year) == (bike.model, bike.year)
    if bike.generation:
        assert read.generation == bike.generation


def test_greetings_price_and_courtesy_leave_only_the_part() -> None:
    read = understand("Siang kak, mau tanya harga busi beat karbu berapa ya? makasih")
    assert read.part_terms == ("busi",)
    assert read.bike == BikeRef("Beat", "Karbu")
    assert read.leftover == ()


@pytest.mark.parametrize(
    ("message", "positions"),
    [
        ("spion kr", {"kiri"}),
        ("kampas rem dpn", {"depan"}),
        ("shock blkg kn", {"belakang", "kanan"}),
        ("front left turn signal", {"depan", "kiri"}),
        ("headlight", {"depan"}),
        ("stop lamp", {"belakang"}),
        ("handle rem depan", {"kanan"}),
        ("rear brake lever", {"kiri"}),
    ],
)
def test_positions_are_read_in_both_languages_and_short(message: str, positions: set[str]) -> None:
    assert set(understand(message).positions) == positions


@pytest.mark.parametrize(
    ("message", "positions"),
    [
        ("lampu sein kanan beat, eh kiri", {"kiri"}),
        ("spion kiri... maksudnya kanan", {"kanan"}),
        ("kampas rem depan ralat belakang", {"belakang"}),
    ],
)
def test_a_correction_takes_the_place_of_what_was_said_first(
    message: str, positions: set[str]
) -> None:
    assert set(understand(message).positions) == positions


def test_the_bike_that_was_meant_replaces_the_one_that_was_said() -> None:
    read = understand("gir depan megapro... tiger maksudnya")
    assert read.part_terms == ("gear",)
    assert read.bike == BikeRef("Tiger")


@pytest.mark.parametrize(
    ("message", "sizes"),
    [
        ("seher 0,5 grand", ("0.50",)),
        ("ring piston os 0.25", ("0.25",)),
        ("seher std beat", ("std",)),
        ("ban 80/90-14", ("80/90-14",)),
        ("gir depan 14t", ("14t",)),
    ],
)
def test_sizes_are_read_in_one_spelling(message: str, sizes: tuple[str, ...]) -> None:
    assert understand(message).sizes == sizes


def test_a_standing_stand_is_no_standard_piston() -> None:
    assert understand("standar samping beat").sizes == ()


def test_colour_and_pieces_are_read_beside_the_part() -> None:
    read = understand("spakbor depan vario 110 karbu item ambil 2")
    assert (read.colour, read.quantity, read.part_terms) == ("hitam", 2, ("spakbor",))


@pytest.mark.parametrize("message", ["", "   ", "???", "\u200b", "halo kak", "makasih ya", "🙏🙏"])
def test_a_message_without_a_part_names_none(message: str) -> None:
    assert understand(message).part_terms == ()


@pytest.mark.parametrize(
    "message",
    [
        "saya budi dari siantan, mau tanya",
        "berapa duit bang",
        "kapan buka ya kak",
        "bu ani sama pak joni titip salam",
        "could you make it cheaper for me, mate?",
        "karet gelang roma",
    ],
)
def test_names_and_ordinary_words_are_not_repaired_into_parts(message: str) -> None:
    assert set(understand(message).part_terms) <= {"karet"}


@pytest.mark.parametrize(
    "message", ["spion beat 75rb", "spion beat 50ribu", "spion beat rp75000", "spion beat 2pcs"]
)
def test_money_and_pieces_are_no_sizes(message: str) -> None:
    assert understand(message).sizes == ()


@pytest.mark.parametrize(
    ("message", "sizes"),
    [
        ("ring piston os 50 grand", ("0.50",)),
        ("seher oversize 100 supra", ("1.00",)),
        ("laher 6301", ("6301",)),
        ("kabel 6301", ()),
        ("spion 50", ()),
    ],
)
def test_a_bare_number_is_a_size_beside_pistons_and_bearings_only(
    message: str, sizes: tuple[str, ...]
) -> None:
    assert understand(message).sizes == sizes


def test_both_ends_asked_for_in_one_breath_are_both_left_open() -> None:
    assert understand("kampas rem depan belakang beat").positions == ()
    assert understand("spion kanan kiri beat").positions == ()


@pytest.mark.parametrize(
    ("message", "first"),
    [
        ("busi 2 filter udara 1 beat karbu", ("busi",)),
        ("kampas ganda beat 2018 sama per nya sekalian", ("kampas", "ganda")),
        ("kunci kontak beat yg 1 set sama tutup tangki", ("kunci", "kontak")),
        ("set rantai dan gear supra x 125", ("girset",)),
        ("standar 2 beat", ("standar", "tengah")),
    ],
)
def test_two_things_in_one_breath_are_cut_apart_and_one_thing_is_not(
    message: str, first: tuple[str, ...]
) -> None:
    assert understand(message).part_terms == first


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("jari2 supra fit", ("jari",)),
        ("please find me a headlight", ("lampu",)),
        ("and a spark plug for it", ("busi",)),
        ("front brake pads for a 2018 vario 150", ("kampas", "rem")),
        ("kabel gas a cbr", ("kabel", "gas", "a")),
        ("gas cable supra", ("kabel", "gas")),
        ("cylinder head gasket vario", ("paking", "head")),
        ("velg ring 14 beat", ("velg",)),
        ("also spark plugs for it", ("busi",)),
        ("two headlight bulbs", ("bohlam",)),
        ("batteries for a scoopy", ("aki",)),
        ("bohlamnye ade bang", ("bohlam",)),
    ],
)
def test_doubling_english_order_and_little_words_are_read(
    message: str, words: tuple[str, ...]
) -> None:
    assert understand(message).part_terms == words


@pytest.mark.parametrize(
    ("message", "bike"),
    [
        ("kabel gas supra x 125 yg injeksi", "Supra X 125 PGM-FI"),
        ("velg scoopy esp k2f ring 12", "Scoopy K2F"),
        ("spion scoopy. eh salah, spion beat karbu", "Beat Karbu"),
    ],
)
def test_the_bike_is_read_across_little_words_codes_and_corrections(
    message: str, bike: str
) -> None:
    assert str(understand(message).bike) == bike


def test_every_part_number_that_tells_a_function_begins_like_one() -> None:
    wrong = [code for code in load().functions if not re.fullmatch(r"[A-Z0-9]{5}", code)]
    assert wrong == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("shock belakang vario 160 udah bocor olinya", ("shock",)),
        ("spion kiri beat pecah kacanya", ("spion",)),
        ("bocor olinya", ("oli",)),
        ("kampas remnya ada", ("kampas", "rem")),
        ("remnya bunyi, kampasnya brp?", ("kampas", "rem")),
        ("sama lampu depannya mati jg, bohlamnya ada?", ("bohlam",)),
        ("sein kiri mati, bohlamnya ada?", ("bohlam", "sein")),
    ],
)
def test_how_a_thing_is_broken_is_no_second_thing(message: str, words: tuple[str, ...]) -> None:
    assert understand(message).part_terms == words


@pytest.mark.parametrize("message", ["eh slh vario 125 2018 mksdnya", "eh salah, vario 125 2018"])
def test_words_that_take_back_are_no_parts(message: str) -> None:
    said = understand(message)
    assert (said.part_terms, said.bike) == ((), BikeRef("Vario 125", "New eSP LED", 2018))


@pytest.mark.parametrize(
    "message",
    [
        "nomor berapa bang",
        "paketnya sampai mana",
        "udah masuk belum",
        "ok gas",
        "iya betol",
        "bisa bayar pakai kartu?",
        "ini dibalas mesin ya",
        "how do I start over",
        "skip dulu",
        "sampai senin ya",
    ],
)
def test_words_that_parts_share_with_everything_else_name_no_part(message: str) -> None:
    assert not names_part(understand(message))


@pytest.mark.parametrize("message", ["klep masuk", "mesin beat", "paking head", "tutup oli"])
def test_with_a_word_of_the_trade_or_a_bike_they_do(message: str) -> None:
    assert names_part(understand(message))


@pytest.mark.parametrize(
    "section", ["words", "colours", "bike_words", "positions", "light", "chatter", "foreign",
                "brands", "markers"]
)  # fmt: skip
def test_a_list_that_reads_single_words_holds_no_others(section: str) -> None:
    data = yaml.load((REFERENCE / "lexicon.yml").read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    held = data[section]
    entries = [one for said in held.values() for one in said] if isinstance(held, dict) else held
    assert [one for one in entries if len([t.text for t in tokens(one)]) != 1] == []


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("yodah sikat 2", "yodah 2"),
        ("Gaskeun, 3 bos", ", 3 bos"),
        ("kabel gasnya 1", "kabel gasnya 1"),
        ("BUNGKUS!", "!"),
    ],
)
def test_the_slang_for_taking_a_thing_is_no_part(said: str, left: str) -> None:
    assert without_taking(said) == left
