import pytest

from bot.components.clauses import pieces


@pytest.mark.parametrize(
    ("written", "cut"),
    [
        (
            "mau 2 kampas rem beat 2019, ongkir ke sungai raya brp?",
            ["mau 2 kampas rem beat 2019", "ongkir ke sungai raya brp?"],
        ),
        (
            "2 kampas rem depan beat 2019 ongkir ke singkawang brp",
            ["2 kampas rem depan beat 2019", "ongkir ke singkawang brp"],
        ),
        (
            "makasih ya kak, oh iya busi vario 125 2018 ada?",
            ["makasih ya kak", "busi vario 125 2018 ada?"],
        ),
        (
            "pesanan saya udah dikirim blm? sama minta nota nya ya",
            ["pesanan saya udah dikirim blm?", "minta nota nya ya"],
        ),
        ("kampas rem beat 2019\nongkirnya brp", ["kampas rem beat 2019", "ongkirnya brp"]),
    ],
)
def test_a_message_with_two_wishes_is_cut_between_them(written: str, cut: list[str]) -> None:
    assert pieces(written) == cut


@pytest.mark.parametrize(
    "written",
    [
        "kampas rem beat 2019",
        "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan",
        "/order_part{}, ongkir ke sungai raya berapa ya",
        "ongkir ke sungai raya",
        "busi beat\noli beat\nkampas beat\nban beat\nlampu beat\nrantai beat\naki beat ongkir",
    ],
)
def test_one_wish_an_address_a_command_and_a_list_are_left_whole(written: str) -> None:
    assert pieces(written) == []
