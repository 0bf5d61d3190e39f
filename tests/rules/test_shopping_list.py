"""Pasted lists, read without a catalogue: what is a line, how many, for which bike."""

from __future__ import annotations

import pytest

from crm_core.catalogue.shoppingedits import Edit, read_edits
from crm_core.catalogue.shoppinglist import MOST_LINES, listed, pasted, read_list
from crm_core.errors import InvalidInput


def lines(text: str) -> list[tuple[str, int]]:
    return [(line.text, line.quantity) for line in listed(text)]


def bikes(text: str) -> list[str]:
    return [str(line.bike or "") for line in listed(text)]


def test_greeting_heading_and_closing_are_no_lines() -> None:
    text = (
        "list pesanan bengkel jaya:\n1. kampas rem depan beat 2019 2 set\n2. 2x busi vario\n"
        "3. 06455-KVB-N01 = 3pcs\n4) oli mpx2 6 btl\ntolong dicek harganya kak\ntotal brp?"
    )
    assert lines(text) == [
        ("kampas rem depan beat 2019", 2),
        ("busi vario", 2),
        ("06455-KVB-N01", 3),
        ("oli mpx2", 6),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "busi beat 2\noli mpx2 3\naki 1",
        "- busi beat x2\n- oli mpx2 3 btl\n- aki 1 unit",
        "• 2 busi beat\n• 3 oli mpx2\n• 1 aki",
        "1. busi beat 2 2. oli mpx2 3 3. aki 1",
        "busi beat 2, oli mpx2 3, aki 1",
        "busi beat 2; oli mpx2 3; aki 1",
        "busi beat\t2\noli mpx2\t3\naki\t1",
        "1\tbusi beat\t2\n2\toli mpx2\t3\n3\taki\t1",
        "busi beat | 2\noli mpx2 | 3\naki | 1",
        "busi beat (2)\noli mpx2 (3)\naki (1)",
        "[12/11 10.30] Budi: busi beat 2\n[12/11 10.31] Budi: oli mpx2 3\n[12/11 10.32] B: aki 1",
        "mau busi beat 2 sama oli mpx2 3 dan aki 1",
    ],
)
def test_every_way_to_write_a_list_gives_the_same_lines(text: str) -> None:
    assert lines(text) == [("busi beat", 2), ("oli mpx2", 3), ("aki", 1)]


def test_numbers_that_count_the_lines_are_no_quantities() -> None:
    text = "1 busi beat\n2 oli mpx2\n3 aki\n4 kampas rem vario"
    assert [quantity for _, quantity in lines(text)] == [1, 1, 1, 1]


def test_a_bike_in_a_heading_holds_for_the_lines_below_it() -> None:
    text = "utk beat 2019:\nkampas rem depan 2\nbusi\nutk vario 125:\nroller 6\nbusi scoopy"
    assert bikes(text) == ["Beat 2019", "Beat 2019", "Vario 125", ""]


def test_a_bike_at_the_end_holds_for_all_lines() -> None:
    text = "busi 2\nkampas kopling set\nv-belt 1\nbuat supra x 125 semua ya"
    assert bikes(text) == ["Supra X 125"] * 3


def test_a_part_in_a_heading_holds_for_the_bikes_below_it() -> None:
    assert lines("kampas rem:\nbeat 2\nvario 125 3\nscoopy 1") == [
        ("kampas rem beat", 2),
        ("kampas rem vario 125", 3),
        ("kampas rem scoopy", 1),
    ]


@pytest.mark.parametrize(
    ("text", "thing", "quantity"),
    [
        ("sama filter udara beat 2019 1 juga", "filter udara beat 2019", 1),
        ("one drive belt vario 125", "drive belt vario 125", 1),
        ("mau dua busi beat ya kak", "busi beat", 2),
        ("tambah busi beat 3", "busi beat", 3),
        ("satu set kampas kopling supra", "set kampas kopling supra", 1),
        ("busi beat ada?", "busi beat", 1),
    ],
)
def test_a_line_is_the_thing_without_what_is_said_around_it(
    text: str, thing: str, quantity: int
) -> None:
    (line,) = read_list(text)
    assert (line.text, line.quantity) == (thing, quantity)


def test_an_unknown_thing_with_a_number_is_a_line_too() -> None:
    assert ("glorbex", 3) in lines("busi beat 2\nglorbex 3\naki 1\noli mpx2 2")


def test_a_code_and_its_name_in_one_row_are_one_thing() -> None:
    text = "06455-KVB-N01,Kampas Rem Depan,2\n31500-KZR-602,Aki,1\n15400-PFB-014,Filter Oli,5"
    assert [quantity for _, quantity in lines(text)] == [2, 1, 5]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kampas rem beat sama busi vario 2", [("kampas rem beat", 1), ("busi vario", 2)]),
        ("kampas rem dan busi beat 2019 ada?", [("kampas rem", 1), ("busi beat 2019", 1)]),
        ("busi beat 2 + oli mpx2 3", [("busi beat", 2), ("oli mpx2", 3)]),
        (
            "kampas rem depan dan belakang beat",
            [("kampas rem depan", 1), ("kampas rem belakang Beat", 1)],
        ),
        ("kampas rem beat sama vario", [("kampas rem beat", 1), ("kampas rem Vario", 1)]),
        ("rantai dan gear depan revo", [("rantai", 1), ("gear depan revo", 1)]),
        ("sepasang spion kiri kanan beat", [("spion kiri", 1), ("spion kanan Beat", 1)]),
        ("spion beat sepasang kiri sama kanan", [("spion beat kiri", 1), ("spion kanan Beat", 1)]),
        ("busi beat 2 sama gir & rantai revo", [("busi beat", 2), ("gir set revo", 1)]),
    ],
)
def test_two_things_in_one_message_are_two_lines(text: str, found: list[tuple[str, int]]) -> None:
    assert lines(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "gan\nkampas rem vario\nyg dpn\n2 ya",
        "kampas rem depan vario, 2 ya",
        "halo kak\nmau tanya\nkampas rem beat ada?",
        "kampas rem\nkampas rem depan beat 2019",
        "kampas rem beat eh busi beat",
        "bukan kampas rem, busi kak",
        "busi beat ada? sama harganya berapa",
        "Budi\nJl. Gajah Mada 5\nPontianak Selatan",
        "barang yg datang salah: kampas rem, busi, sama oli ga ada",
        "kampas rem beat atau vario",
        "lampu depannya mati, bohlamnya ada?",
        "looking for a chain and sprocket set, supra x 125 fi 2017",
        "gir dan rantai supra x 125 fi",
        "halo", "", "2", "06455-KVB-N01",
    ],
)  # fmt: skip
def test_one_thing_and_talk_around_it_is_no_list(text: str) -> None:
    assert listed(text) == ()
    assert not pasted(text)


@pytest.mark.parametrize(
    "text",
    [
        "saya pesan\nkampas rem beat\nbusi\noli\ntapi yang datang cuma busi",
        "busi beat, oli mpx2, aki",
        "kampas rem beat sama busi vario 2",
        "nama saya Budi\nalamat jl merdeka\nkampas rem sudah sampai\nterima kasih",
    ],
)
def test_only_what_is_surely_a_list_goes_around_the_guess_of_what_is_wanted(text: str) -> None:
    assert not pasted(text)


def test_three_lines_of_parts_are_surely_a_list() -> None:
    assert pasted("busi beat 2\noli mpx2 3\naki 1")


def test_a_hundred_lines_are_read_and_one_more_is_refused_as_a_whole() -> None:
    assert len(read_list("\n".join(["busi beat 2"] * MOST_LINES))) == 100
    with pytest.raises(InvalidInput) as refused:
        read_list("\n".join(["busi beat 2"] * 101))
    assert (refused.value.code, refused.value.facts) == (
        "list_too_long",
        {"lines": 101, "most": 100},
    )


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("baris 2 jadi 5", [Edit(2, "quantity", 5)]),
        ("line 2 to 3", [Edit(2, "quantity", 3)]),
        ("baris 1 jadi 2 lusin", [Edit(1, "quantity", 24)]),
        ("hapus baris 4", [Edit(4, "remove")]),
        ("remove line 4 please", [Edit(4, "remove")]),
        ("no 3 skip", [Edit(3, "remove")]),
        ("no 3 ga usah kak", [Edit(3, "remove")]),
        ("baris 2 = 0", [Edit(2, "remove")]),
        ("hapus no 2 dan 4", [Edit(2, "remove"), Edit(4, "remove")]),
        ("buang baris 1, 2 dan 3", [Edit(1, "remove"), Edit(2, "remove"), Edit(3, "remove")]),
        ("baris 2 jadi 5, no 3 skip", [Edit(2, "quantity", 5), Edit(3, "remove")]),
        ("baris 3 itu kampas rem beat", [Edit(3, "say", None, "kampas rem beat")]),
    ],
)
def test_lines_are_changed_by_their_numbers(text: str, edits: list[Edit]) -> None:
    assert list(read_edits(text)) == edits


@pytest.mark.parametrize(
    "text",
    ["no 2", "jl merdeka no 5", "no 5 gang ceria", "3 aja", "hapus busi", "busi jadi 3", "skip",
     "nomor saya 0812 3456 7890", "baris 2 jadi 5 sama kampas rem", ""],
)  # fmt: skip
def test_what_names_no_line_or_says_more_changes_none(text: str) -> None:
    assert not any(edit.kind != "say" for edit in read_edits(text))
