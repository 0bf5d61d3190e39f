"""Pure decisions about payments: the states, who may change them, what a transfer amounts to."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from crm_core.errors import InvalidInput
from crm_core.money import Rupiah
from crm_core.states import StateTable, Transition


class PaymentState(StrEnum):
    """States of a payment as people and programs outside see them."""

    AWAITING = "awaiting"
    REPORTED = "reported"
    VERIFIED_BY_SMS = "verified_by_sms"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    DUPLICATE = "duplicate"
    LATE = "late"
    REFUNDED = "refunded"


class Match(StrEnum):
    """What a received amount is to the amount due."""

    EXACT = "exact"
    UNDER = "under"
    OVER = "over"


_S = PaymentState
_STAFF = frozenset({"staff"})
_SAID = frozenset({"customer", "bot", "staff"})
_STATEMENT = frozenset({"staff", "system"})

UNDECIDED = frozenset({_S.AWAITING, _S.REPORTED, _S.VERIFIED_BY_SMS})
"""No person has decided yet."""

WAITING_FOR_STAFF = frozenset({_S.REPORTED, _S.VERIFIED_BY_SMS})
"""The customer did their part; a person must look at the bank statement."""

ACCEPTABLE = UNDECIDED | {_S.UNDERPAID, _S.OVERPAID}
"""A decision on the money received may be made: the first one, or after a top-up or repayment."""

REPORTABLE = frozenset({_S.AWAITING, _S.REJECTED, _S.UNDERPAID, _S.DUPLICATE})
"""A customer's word about a transfer changes the state."""

EXPIRABLE = frozenset({_S.AWAITING, _S.REJECTED})
"""Nothing says that money is on its way, so the order may run out of time."""

RETURNABLE = frozenset(
    {
        _S.ACCEPTED, _S.UNDERPAID, _S.OVERPAID, _S.DUPLICATE, _S.LATE,
        # Part of the money came, then the customer reported the rest.
        _S.REPORTED, _S.VERIFIED_BY_SMS,
    }
)  # fmt: skip
"""Money may have come that has to go back."""

_OUTCOMES = {
    _S.ACCEPTED: "accepted",
    _S.UNDERPAID: "found_underpaid",
    _S.OVERPAID: "found_overpaid",
    _S.DUPLICATE: "found_duplicate",
    _S.LATE: "found_late",
}

STATES = StateTable(
    "payment",
    _S.AWAITING,
    {
        **{(old, _S.REPORTED): Transition("reported", _SAID) for old in REPORTABLE},
        (_S.REPORTED, _S.VERIFIED_BY_SMS): Transition("verified_by_sms", _SAID),
        # The bank's statement decides also where a report was refused before.
        **{
            (old, new): Transition(name, _STATEMENT)
            for old in ACCEPTABLE | {_S.REJECTED, _S.DUPLICATE}
            for new, name in _OUTCOMES.items()
            if old != new
        },
        **{(old, _S.REJECTED): Transition("rejected", _STAFF) for old in UNDECIDED},
        **{(old, _S.REFUNDED): Transition("refunded", _STAFF) for old in RETURNABLE},
    },
)
"""Every move of a payment; a report never makes money of words, only staff decides, or the rule
that reads the bank's statement."""

SECOND_PERSON_FROM = Rupiah(5_000_000)
"""From this amount on, one person's word is not enough (setting ``SAPA_SECOND_PERSON_IDR``)."""

LAST_CODE = 999


def match(expected: int, received: int) -> Match:
    """How ``received`` rupiah compare with the ``expected``."""
    if received == expected:
        return Match.EXACT
    return Match.UNDER if received < expected else Match.OVER


def free_codes(total: int, codes: Collection[int], amounts: Collection[int]) -> list[int]:
    """Codes 1–999 that no open payment has and that lead to an amount no open payment has.

    ``codes`` and ``amounts`` (rupiah) are those of the account's open payments. The amount counts
    too: 100,100 + 100 and 100,000 + 200 could not be told apart on a bank statement.
    """
    return [
        code
        for code in range(1, LAST_CODE + 1)
        if code not in codes and total + code not in amounts
    ]


def clean_reference(text: str | None) -> str | None:
    """A bank reference without spaces and in capitals, so that one is not taken for two.

    None stays None, and blank text becomes None. Raises InvalidInput ("bank_reference_invalid")
    for what is longer than 80 signs.
    """
    reference = re.sub(r"\s+", "", text or "").upper()
    if len(reference) > 80:
        raise InvalidInput("bank_reference_invalid")
    return reference or None


def refund_due(state: PaymentState, *, ended: bool) -> bool:
    """Whether the customer's money pays for nothing: too much of it, or ``ended`` its order."""
    if state in {_S.OVERPAID, _S.LATE}:
        return True
    return ended and state in {_S.ACCEPTED, _S.UNDERPAID}


_SIX_DIGITS = re.compile(r"(?<![\w.,/+-])(\d{6}|\d{3}[ -]\d{3})(?![\w/-]|[.,]\d)", re.ASCII)
_OF_CODE = re.compile(r"\b(?:kode\w*|kde|code|otp|pin|verif\w*|sms|angka\w*)\b", re.IGNORECASE)
_OF_MONEY = re.compile(
    r"\b(?:rp|idr|rupiah|ribu|rb|juta|jt|transfer\w*|trf|tf|bayar\w*|byr|lunas\w*|kirim uang|"
    r"nominal|jumlah\w*|total\w*|sebesar|harga\w*|paid|pay|sent|amount)\b|\brp\.?\s*\d",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:kirim\w*|krm|minta|mnt|ulang\w*|lagi|send|resend|again|another|new|baru|mana|"
    r"(?:blm|belum|ga|gak|nggak|tidak|tdk|ndak|not|never|didn'?t)\b.{0,20}\b"
    r"(?:masuk|dapat|dpt|terima|sampai|datang|get|receive\w*|come|arrive\w*|there))\b",
    re.IGNORECASE,
)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:part\w*|barang\w*|produk\w*|promo\w*|voucher\w*|pesan\w*|order\w*|resi\w*|pos)\b|"
    r"\b(?=\w*[a-z])(?=\w*\d)\w{6,}\b",
    re.IGNORECASE,
)
_FEW_WORDS = 8


def may_be_of_code(text: str) -> bool:
    """Whether ``text`` could have to do with a code at all: a quick look before the books."""
    return bool(_SIX_DIGITS.search(text)) or asks_code_again(text)


def code_in(text: str, amounts: Collection[int]) -> str | None:
    """The six digits of a code in ``text``: alone, grouped ("482 913") or among a few words.

    Not a code: one of the ``amounts`` (rupiah) that are due, a number in a sentence about money
    that names no code, and what is one of several. None if there is none.
    """
    found = {re.sub(r"\D", "", one) for one in _SIX_DIGITS.findall(text)}
    codes = sorted(one for one in found if int(one) not in amounts)
    if len(codes) != 1:
        return None
    named = bool(_OF_CODE.search(text))
    if not named and (_OF_MONEY.search(text) or len(text.split()) > _FEW_WORDS):
        return None
    return codes[0]


def asks_code_again(text: str) -> bool:
    """Whether a short message wants the code sent again ("kodenya belum masuk")."""
    short = len(text.split()) <= _FEW_WORDS
    names = re.search(r"\b(?:kode|kodenya|kodeny|code|otp|sms)\w*\b", text, re.IGNORECASE)
    return short and bool(names and _AGAIN.search(text)) and not _OF_SOMETHING_ELSE.search(text)
