import pytest

from bot.components.language import detect_language


@pytest.mark.parametrize(
    "written",
    [
        "kampas rem vario ada?",
        "brp hrgnya kak",
        "bang, kitak ade jual busi ke ndak",
        "saya sudah transfer ya",
        "min ready stock ga",
        "udh dikirim blm",
        "Mohon informasi ketersediaan barang tersebut",
    ],
)
def test_indonesian_in_any_register_is_heard(written: str) -> None:
    assert detect_language(written) == "id"


@pytest.mark.parametrize(
    "written",
    [
        "do you have brake pads for Vario 160?",
        "where is my package",
        "i want to cancel the order please",
        "How much is it",
        "whats my total now",
        "can u ship it tmrw",
        "dont send it yet",
        "hi there",
        "hello shop",
    ],
)
def test_english_is_heard(written: str) -> None:
    assert detect_language(written) == "en"


@pytest.mark.parametrize(
    "written",
    [
        "ok",
        "2",
        "lampu LED scoopy baru plug and play ke scoopy 2017?",
        "06455-KVB-T01",
        "Vario 150 2018",
        "",
        "👍",
        "checkout",
        "STOP",
        "thanks",
        "Budi",
        "bca",
        "boss",
        "ok sis gotta run",
        "already tf, pls confirm ya sis",
        "cek status P-UP2CU",
        "status PUP2CU",
        "P-NTBUY",
        "hi admin",
        "hey sis",
        "hi Budi there",
    ],
)
def test_what_both_speakers_type_says_nothing(written: str) -> None:
    assert detect_language(written) is None


def test_one_english_word_in_an_indonesian_sentence_changes_nothing() -> None:
    assert detect_language("kak barangnya available ga") == "id"


def test_a_doubled_word_is_no_code() -> None:
    assert detect_language("kakak2 orang2") == "id"
