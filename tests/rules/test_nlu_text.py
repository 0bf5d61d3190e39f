import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.components.elsewhere import OTHER_GOODS, OTHER_MAKES
from bot.components.lexicon import BIKES, PARTS, SHORTHAND
from bot.components.text import normalize, skeleton, spelled_out, tokens, tone, with_word_classes


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("GW mo nanya2", "saya mau tanya"),
        ("brp hrg kmps rem dpn?", "berapa harga kampas rem depan ?"),
        ("ndak ade ke bang", "tidak ada ke abang"),
        ("tadak", "tidak"),
        ("sdh tf ya", "sudah transfer ya"),
        ("mahaaaal bangettt", "mahal sangat"),
        ("tanya-tanya", "tanya"),
        ("harganye barangnye", "harga barang"),
        ("makasiii", "terima kasih"),
        ("gamau", "tidak mau"),
        ("\uff22\uff35\uff33\uff29", "busi"),
        ("bu\u200bsi", "busi"),
    ],
)
def test_chat_writing_becomes_one_spelling(written: str, canonical: str) -> None:
    assert normalize(written) == canonical


@pytest.mark.parametrize(
    ("written", "shape"),
    [
        ("06455-KVB-T01", "xkode"),
        ("22535k0jn00", "xkode"),
        ("17210-K97", "xkode"),
        ("P-7KM2Q", "xpesanan"),
        ("150rb", "xuang"),
        ("Rp 1.250.000", "xuang"),
        ("185.123", "xuang"),
        ("0812-3456-7890", "xhp"),
        ("budi@contoh.id", "xsurel"),
        ("2018", "xtahun"),
        ("150", "xcc"),
        ("2", "xangka"),
        ("tujuh", "xangka"),
        ("90/90-14", "xukuran"),
        ("10w30", "xukuran"),
        ("12/5/2024", "xtanggal"),
        ("2pcs", "xangka pcs"),
    ],
)
def test_values_that_differ_in_every_message_become_shapes(written: str, shape: str) -> None:
    assert normalize(written) == shape


def test_places_point_into_the_text_as_written() -> None:
    written = "kak, kmps  rem\u200b 2pcs"
    pieces = [written[token.start : token.end] for token in tokens(written)]
    assert pieces == ["kak", "kmps", "rem", "2pcs"]


def test_sentences_about_any_part_and_bike_agree() -> None:
    asked = [with_word_classes(normalize(text)) for text in ("busi beat ada", "aki vario ada")]
    assert asked == ["xpart xmotor ada", "xpart xmotor ada"]


def test_what_others_sell_is_told_apart_from_parts() -> None:
    asked = [with_word_classes(normalize(text)) for text in ("stok beras ada", "busi mt25 ada")]
    assert asked == ["stok xasing ada", "xpart xlain ada"]


def test_no_word_of_our_shop_counts_as_someone_else_s() -> None:
    assert (OTHER_GOODS | OTHER_MAKES) & (BIKES | PARTS | set(SHORTHAND)) == set()


def test_a_word_without_its_vowels_meets_the_full_word() -> None:
    assert skeleton("kampas belakang") == "kmps blkng"
    assert skeleton("kmps blkng") == "kmps blkng"


def test_signs_alone_give_no_token() -> None:
    assert tokens("... 🙂 --") == []


@given(st.text(max_size=80))
def test_any_text_can_be_read_and_places_stay_inside_it_in_order(written: str) -> None:
    pieces = tokens(written)
    edges = [edge for token in pieces for edge in (token.start, token.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(written) for edge in edges)
    assert all(token.form.strip() for token in pieces)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("gueee mauuu", "saya mau"),
        ("gue gw aq sy", "saya saya saya saya"),
        ("ga gak nggak tak ndak tadak", "tidak tidak tidak tidak tidak tidak"),
        ("liat2 dl", "lihat dulu"),
        ("tlg cpt y bth bgt", "tolong cepat ya perlu sangat"),
        ("pesan sebelas", "pesan xangka"),
        ("tko dkt mn", "toko dekat mana"),
        ("kamek nak tengok dolok", "saya mau lihat dulu"),
    ],
)
def test_sms_shorthand_and_malay_meet_the_full_word(written: str, canonical: str) -> None:
    assert normalize(written) == canonical


@pytest.mark.parametrize(
    ("written", "signs"),
    [
        ("BALIKIN UANG SAYA!!", "shout bangs"),
        ("mana sih barangnya?!", "bang asked indignant"),
        ("lamaaa 😡", "stretched cross"),
        ("wkwk makasih :)", "laughs glad"),
        ("busi berapa", ""),
    ],
)
def test_the_tone_is_how_it_is_written(written: str, signs: str) -> None:
    assert tone(written) == signs


def test_what_a_sentence_model_reads_keeps_values_as_written() -> None:
    message = "brp hrg 06455-KVB-N01 3 pcs?"
    assert spelled_out(message, tokens(message)) == "berapa harga 06455-kvb-n01 3 pcs ?"
