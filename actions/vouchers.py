"""Vouchers in a message and in the cart: which code is meant, what it takes off, why not."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from actions import nexts, pending
from actions.reply import Reply, say
from crm_core import carts, pricing
from crm_core.errors import CrmError
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy.orm import Session

    from actions.turn import Turn

PROBLEMS = frozenset(
    {
        "voucher_unknown", "voucher_expired", "voucher_not_yet", "voucher_not_for_you",
        "voucher_used_by_you", "voucher_below_minimum", "voucher_not_for_these",
        "promotion_used_up", "bargain_over",
    }
)  # fmt: skip
"""Refusals after which an order goes on without what was taken off."""
_WORD = re.compile(
    r"\b(?:vou?ch?er\w*|vocer\w*|voucer\w*|pocer\w*|kupon\w*|coupon\w*|"
    r"(?:kode|code)\s*(?:promo|diskon|voucher)\w*|promo\s*code)\b",
    re.IGNORECASE,
)
_DROP = re.compile(
    r"\b(?:hapus\w*|buang\w*|copot\w*|lepas\w*|batal\w*|tanpa|ga\s*(?:jadi|usah)|gak\s*(?:jadi|usah)|"
    r"ndak\s*(?:jadi|usah)|(?:tidak|nggak|tak)\s*(?:jadi|usah)|jangan|remove|drop|without|cancel)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z0-9]{3,20}")
_MIXED = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9]+")


def mentioned(text: str) -> bool:
    """Whether the words speak of a voucher at all."""
    return bool(_WORD.search(text))


def named(session: Session, text: str) -> str | None:
    """The code that the words name: one that exists, else what is written like one; or None."""
    speaks = mentioned(text)
    words = text.split()
    if not speaks and len(words) > 3:
        return None
    tokens = [token for token in _TOKEN.findall(_WORD.sub(" ", text)) if not token.isdigit()]
    coded = [one for one in tokens if _MIXED.fullmatch(one) or (one.isupper() and len(one) > 3)]
    known = pricing.voucher_among(session, tokens if speaks else coded)
    if known is not None or not speaks:
        return known
    shouting = text.upper() == text and len(words) > 3
    likely = [one for one in coded if _MIXED.fullmatch(one) or not shouting]
    return likely[0].upper() if likely else None


def drops(text: str) -> bool:
    """Whether a voucher is to be taken out again."""
    return mentioned(text) and bool(_DROP.search(text))


def use(session: Session, turn: Turn, code: str) -> Reply:
    """Put the voucher into the cart and say what it takes off, or in words why it does not."""
    try:
        cart = carts.use_voucher(session, turn.customer, code, turn.actor)
    except CrmError as error:
        return refused(turn, error) + after(session, turn)
    off = sum((one.amount for one in cart.discounts if one.kind == "voucher"), Rupiah(0))
    voucher = cart.voucher
    told = say(
        "utter_voucher_used",
        voucher=voucher.code if voucher else code,
        name=voucher.name if voucher else "",
        off=format_rupiah(off),
        total=format_rupiah(cart.total),
    )
    return told + shown_again(session, turn)


def drop(session: Session, turn: Turn) -> Reply:
    """Take the voucher out of the cart."""
    held = carts.show(session, turn.customer).voucher
    if held is None:
        return say("utter_voucher_none") + after(session, turn)
    cart = carts.drop_voucher(session, turn.customer, turn.actor)
    told = say("utter_voucher_dropped", voucher=held.code, total=format_rupiah(cart.total))
    return told + shown_again(session, turn)


def refused(turn: Turn, error: CrmError) -> Reply:
    """The sentence for why a voucher takes nothing off; other refusals are raised again."""
    response = f"utter_error_{error.code}"
    if response not in turn.words:
        raise error
    return say(response, **_facts(turn, error.facts))


def without_useless(session: Session, turn: Turn) -> Reply:
    """Take a voucher that no longer takes anything off out of the cart, and say so; else empty."""
    voucher = carts.show(session, turn.customer).voucher
    if voucher is None or voucher.problem is None:
        return Reply()
    carts.drop_voucher(session, turn.customer, turn.actor)
    return say("utter_voucher_gone", voucher=voucher.code)


def went_meanwhile(session: Session, turn: Turn, error: CrmError) -> Reply:
    """What was gone when the order was to be placed: say it and go on without."""
    if error.code == "bargain_over":
        return say("utter_error_bargain_over", **error.facts)
    lost = str(error.facts.get("voucher") or "")
    held = carts.show(session, turn.customer).voucher
    if held is not None and held.code == lost:
        carts.drop_voucher(session, turn.customer, turn.actor)
    return say("utter_voucher_gone", voucher=lost)


def after(session: Session, turn: Turn) -> Reply:
    """The question that was open, or what usually follows a change of the cart."""
    if turn.active_form:
        return Reply()
    if turn.awaiting == "more" or turn.awaiting is None:
        empty = carts.show(session, turn.customer).empty
        return Reply() if empty else nexts.what_next(turn)
    return pending.back_to(session, turn)


def shown_again(session: Session, turn: Turn) -> Reply:
    """Below a summary the new summary, since the yes must be to the new sum; else what follows."""
    if turn.awaiting != "confirm_order" or turn.active_form:
        return after(session, turn)
    from actions import checkout_flow  # noqa: PLC0415 - it drops vouchers that do not count

    return checkout_flow.summary(session, turn)


def _facts(turn: Turn, facts: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        name: format_rupiah(value) if isinstance(value, Rupiah) else value
        for name, value in facts.items()
    }
    if "starts" in told:
        told["starts"] = turn.words.day(datetime.fromisoformat(told["starts"]))
    return told
