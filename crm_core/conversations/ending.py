"""What a customer wants to end when they write "stop": promotions, this chat, or an order. Pure."""

from __future__ import annotations

import re
from typing import Literal

Ending = Literal["promo", "chat", "order"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP = _set(
    "stop stopp berhenti brenti brhenti henti hentikan setop stopin stopkan unsubscribe unsub"
    " optout end quit"
)
_NO = _set(
    "jangan jgn jangn ga gak g nggak ngga enggak tidak tdk tak ndak tadak no dont don't not"
    " usah ush perlu lagi any more anymore"
)
_PROMO = _set(
    "promo promonya promos promosi promosinya promotion promotions prmo iklan iklannya ads ad"
    " advert adverts advertising marketing broadcast broadcastnya bc bcnya blast diskon diskonan"
    " discounts offers penawaran newsletter katalog siaran langganan berlangganan"
)
_CANCEL = _set("batal batalkan batalin batalkn batalen cancel cancelkan cancle canceled")
_ORDER = _set(
    "pesanan pesanannya pesenan psanan pesananku order orderan orderannya orderanku ordernya orders"
    " pembelian purchase"
)
_ENOUGH = _set("sudah udah dah sdh udh cukup sekian selesai done enough")
_CHAT = _set("chat chatnya chatting obrolan ngobrol percakapan bot botnya balas balasan")
_FILLER = _set(
    "kak kk ka kakak min admin mimin gan om pak bu bang bg mas mba mbak bro sis koh ko ci dong deh"
    " ya yaa y yah lah la ah aja aj saja dulu dlu tolong mohon please pls plz mau mo maok pengen"
    " ingin saya sy aku ku gue i want to my me us the this that all ini itu kirim kirimin kirimkan"
    " terima menerima receiving receive sending send get pesan sms wa message messages dari untuk"
    " nya it of from makasih thanks thx thank you terima kasih oke ok baik stop2 semua"
)
_ALONE_MOST, _MOST = 5, 9


def wants_to_end(text: str) -> Ending | None:
    """What a short message wants to end and nothing else; None if it says more or something else.

    "Stop promo" takes back the consent, "stop" or "sudah dulu" ends what is being talked about,
    "batal pesanan" means an order. A bare "batal" is read by what is open, so it is none of these;
    nor is "lampu stop", a part.
    """
    words = re.findall(r"[\w']+", text.casefold())
    if not 0 < len(words) <= _MOST or any(word.isdigit() for word in words):
        return None
    said = [word for word in words if word not in _FILLER]
    kinds = {word: _kind(word) for word in said}
    if None in kinds.values():
        return None
    found = set(kinds.values())
    if "promo" in found and found & {"stop", "no"} and not found & {"order", "cancel", "chat"}:
        return "promo"
    if "order" in found and found & {"cancel", "stop"} and not found & {"promo", "chat"}:
        return "order"
    if len(words) > _ALONE_MOST or found - {"stop", "enough", "chat"}:
        return None
    ends = "stop" in found or ("enough" in found and _closes(words, said))
    return "chat" if ends else None


_THANKS = _set(
    "makasih mksh mksih makasi trims tengkyu terima terimakasih kasih trimakasih thanks thank thx"
    " tq tx ty you ok oke okay okeh okee sip siap siip mantap noted baik sama banyak so much very"
    " great sukses selalu semoga amin alhamdulillah"
)


def only_thanks(text: str) -> bool:
    """Whether a message closes a matter and waits for no answer: "oke makasih kak", "👍", "sip"."""
    words = re.findall(r"[\w']+", text.casefold())
    if not words:
        return "?" not in text
    return (
        len(words) <= _MOST
        and "?" not in text
        and all(word in _THANKS or word in _FILLER for word in words)
        and any(word in _THANKS for word in words)
    )


def _kind(word: str) -> str | None:
    groups = {
        "stop": _STOP, "no": _NO, "promo": _PROMO, "cancel": _CANCEL, "order": _ORDER,
        "enough": _ENOUGH, "chat": _CHAT,
    }  # fmt: skip
    return next((name for name, group in groups.items() if word in group), None)


def _closes(words: list[str], said: list[str]) -> bool:
    """ "Sudah dulu ya" and "cukup" close a talk; a bare "sudah" answers a question."""
    return said in (["cukup"], ["sekian"], ["enough"]) or "dulu" in words or "dlu" in words
