"""Stop what? Promotions, the chat and an order are told apart, in both languages."""

from __future__ import annotations

import pytest

from crm_core.conversations.ending import only_thanks, wants_to_end


@pytest.mark.parametrize(
    "text",
    [
        "stop promo", "Stop promonya ya kak", "berhenti promosi", "BERHENTI KIRIM PROMO",
        "jangan kirim promo lagi", "ga usah kirim iklan lagi min", "stop broadcast dong",
        "unsubscribe promo", "berhenti langganan", "stop sending me promos", "no more promotions",
        "please stop the marketing messages", "tolong stop bc nya ya",
    ],
)  # fmt: skip
def test_promotions(text: str) -> None:
    assert wants_to_end(text) == "promo"


@pytest.mark.parametrize(
    "text",
    [
        "stop", "STOP", "Stop.", "berhenti", "stop dulu ya kak", "sudah dulu", "udah dulu ya min",
        "dah dulu bang", "stop chat", "unsubscribe", "cukup", "end", "cukup dulu kak", "berhenti!",
    ],
)  # fmt: skip
def test_the_chat(text: str) -> None:
    assert wants_to_end(text) == "chat"


@pytest.mark.parametrize(
    "text",
    [
        "batal pesanan", "batalkan pesanan saya", "batalin orderan dong kak", "cancel my order",
        "stop pesanan saya", "please cancel the order", "cancel order ya min",
    ],
)  # fmt: skip
def test_an_order(text: str) -> None:
    assert wants_to_end(text) == "order"


@pytest.mark.parametrize(
    "text",
    [
        "", "batal", "lampu stop beat", "bohlam stop lamp revo ada?", "stop kampas rem vario",
        "sudah", "sudah transfer", "sudah sampai", "done", "promo apa hari ini", "mau promo",
        "ada diskon?", "batal pesanan P-7KM2Q", "ga jadi", "jangan", "no", "cukup 2 aja",
        "stop yang aki, lainnya proses", "pesanan saya sampai mana", "order", "end bearing",
        "tidak perlu", "kapan hujan berhenti", "batalkan promo pesanan",
    ],
)  # fmt: skip
def test_anything_else_is_read_by_the_assistant(text: str) -> None:
    assert wants_to_end(text) is None


@pytest.mark.parametrize(
    "text",
    ["makasih kak", "Oke siap, terima kasih ya", "sip", "👍", "ok", "thank you so much", "🙏🙏"],
)
def test_thanks_wait_for_no_answer(text: str) -> None:
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "ok, ongkirnya berapa",
        "makasih, satu lagi kak",
        "?",
        "ya?",
        "iya",
        "iya mau 2",
        "kak",
        "halo",
        "lagi",
    ],
)
def test_anything_more_waits_for_one(text: str) -> None:
    assert not only_thanks(text)
