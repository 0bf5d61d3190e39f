"""What is read out of chat messages: part, bike, position, size, colour, number of pieces."""

from __future__ import annotations

import pytest

from crm_core.catalogue.types import BikeRef
from crm_core.catalogue.understanding import understand


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
