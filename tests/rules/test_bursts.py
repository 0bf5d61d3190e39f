import pytest

from crm_core.conversations.rules import cuts_burst, settles


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "batal", "batal aja kak", "ga jadi deh", "gak jadi", "cancel", "never mind",
        "mau ngomong sama orang", "bisa bicara sama admin ga", "cs", "tolong sambungkan ke orang",
        "i want to talk to a human", "real person please",
    ],
)  # fmt: skip
def test_words_that_end_or_hand_over_what_goes_on_settle_it(text: str) -> None:
    assert settles(text)
    assert cuts_burst(text, tapped=False, pictured=False)


@pytest.mark.parametrize(
    "text",
    [
        "", "kampas rem beat 2019", "jadi 3 aja", "batal 1 kampasnya", "min, ada busi beat?",
        "kata orang bengkel kampasnya bagus yang ori punya", "orang rumah yang terima", "2",
    ],
)  # fmt: skip
def test_wishes_numbers_and_talk_about_people_settle_nothing(text: str) -> None:
    assert not settles(text)


def test_a_tap_a_picture_and_a_cry_for_help_are_answered_at_once() -> None:
    assert cuts_burst("x", tapped=True, pictured=False)
    assert cuts_burst("", tapped=False, pictured=True)
    assert cuts_burst("tolong!", tapped=False, pictured=False)
    assert not cuts_burst("tolong cek busi beat", tapped=False, pictured=False)
