"""Two wishes in one message: "2 kampas rem beat 2019, ongkir ke sungai raya brp?".

The assistant names one intent per message and, where a message has clauses, what each of them
would be alone. Here it is decided which clause belongs to the wish that is served first and which
is a wish of its own, and how both answers become one. Pure functions on values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actions.reply import Reply

SURE = 0.5
"""A clause read with less confidence is no wish of its own. Our choice."""
FEW, SURE_OF_FEW = 3, 0.9
"""Of fewer words only the surest is: "brp hrgny" after a part asks for that part's price."""
SURE_ORDER = 0.8
"""From here on a clause that orders makes an order of the search it belongs to."""
MOST_LATER = 2

QUESTIONS = frozenset(
    {
        "ask_shipping", "ask_payment_method", "ask_store_info", "ask_promo", "ask_points",
        "ask_invoice", "order_status", "track_shipment", "complaint_status", "service_advice",
        "bargain",
    }
)  # fmt: skip
"""Answered beside anything, also in the middle of a form."""
DEEDS = frozenset(
    {
        "find_part", "order_part", "check_fitment", "checkout", "show_cart", "complain",
        "return_part", "talk_to_human", "report_payment", "reorder", "opt_out", "update_profile",
        "change_cart",
    }
)  # fmt: skip
_WANTS = re.compile(r"\b(?:mau|ambil|amek|pesan|beli|order|need|want)\s+\d", re.IGNORECASE)
_SUPPOSES = re.compile(
    r"\W*(?:bila|jika|jike|kal[ao]u?|klo|klu|if|misal\w*|seandainya|andai\w*|suppose)\b",
    re.IGNORECASE,
)
"""So begins what is only thought of: "kalau ambil 12, ada harga khusus?" orders nothing."""
WHOLE_STORY = frozenset({"complain", "return_part", "talk_to_human"})
"""People are told everything that was written."""
ENDS = frozenset({"deny", "cancel_order", "talk_to_human", "goodbye", "delete_my_data"})
"""After these nothing of before is taken up by itself."""
SMALL_TALK = frozenset({"greet", "thank"})

_SAYS_LITTLE = frozenset({"inform", "nlu_fallback", "out_of_scope"})
_FAMILIES = (
    {
        "find_part", "order_part", "check_fitment", "ask_part_detail", "request_part",
        "change_cart", "inform", "add_bike",
    },
    {"order_status", "track_shipment"},
    {"complain", "return_part"},
    {"bargain", "ask_promo"},
    {"show_cart", "checkout"},
)  # fmt: skip
_ANSWERED_TOGETHER = frozenset({("report_payment", "order_status"), ("talk_to_human", "complain")})
_QUESTIONS_OF_MORE = frozenset({"utter_more", "utter_back_to_more"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants beside the first thing, in the words that say so."""

    intent: str
    text: str
    confidence: float = 1.0

    def to_slot(self) -> dict[str, Any]:
        """As a slot keeps it."""
        return {"intent": self.intent, "text": self.text}


def divide(
    text: str, intent: str, clauses: Sequence[Wish], *, in_form: bool
) -> tuple[str, tuple[Wish, ...]]:
    """The words of the first wish, and the other wishes in ``text``.

    ``intent`` is what the whole message was read as. In a form (``in_form``) the first wish is
    the answer to its question, and only questions are taken for more.
    """
    others = [wish for wish in clauses if _stands_alone(wish, intent, in_form=in_form)]
    if len(others) == len(clauses):
        return text, ()
    if not in_form and not any(_related(wish.intent, intent) for wish in clauses):
        return text, ()
    if intent in WHOLE_STORY:
        return text, _first_of_each(others)
    aside = [wish for wish in clauses if wish.intent in SMALL_TALK and wish.confidence >= SURE]
    left_out = [*others, *(aside if _related(intent, "find_part") else ())]
    if not left_out:
        return text, ()
    own = ", ".join(wish.text for wish in clauses if wish not in left_out)
    return own or text, _first_of_each(others)


def as_read(
    clauses: Sequence[Mapping[str, Any]],
    names_part: Callable[[str], bool],
    moves_address: Callable[[str], bool],
) -> list[Wish]:
    """The clauses of a message. One that was not understood but names a part looks for it, and one
    that says where to send things is about the address whatever it was read as."""
    read = [Wish(str(c["intent"]), str(c["text"]), float(c["confidence"])) for c in clauses]
    return [_surer(wish, names_part, moves_address) for wish in read]


def _surer(
    wish: Wish, names_part: Callable[[str], bool], moves_address: Callable[[str], bool]
) -> Wish:
    if moves_address(wish.text):
        return replace(wish, intent="update_profile", confidence=1.0)
    unread = wish.intent in _SAYS_LITTLE or wish.confidence < SURE
    if unread and names_part(wish.text):
        ordering = wish.intent == "order_part" or bool(_WANTS.search(wish.text))
        return replace(wish, intent="order_part" if ordering else "find_part", confidence=1.0)
    return wish


def left_over(slot: object) -> tuple[Wish, ...]:
    """The wishes that earlier turns had to put off."""
    kept = slot if isinstance(slot, list) else []
    return tuple(Wish(str(one["intent"]), str(one["text"])) for one in kept)


def joined(first: Reply, other: Reply) -> Reply | None:
    """Both answers as one, ending in one question; None when both ask something of their own."""
    if not _asks(other):
        return with_remark(first, other)
    if not _asks(first) or _only_asks_for_more(first):
        return _without_more(first).without_options() + other
    if _only_asks_for_more(other):
        return with_remark(first, _without_more(other))
    return None


def _stands_alone(wish: Wish, intent: str, *, in_form: bool) -> bool:
    if wish.confidence < (SURE_OF_FEW if len(wish.text.split()) < FEW else SURE):
        return False
    if in_form:
        return wish.intent in QUESTIONS
    if wish.intent in DEEDS and _SUPPOSES.match(wish.text):
        return False
    if wish.intent not in QUESTIONS | DEEDS or _related(wish.intent, intent):
        return False
    pair = (intent, wish.intent)
    return pair not in _ANSWERED_TOGETHER and pair[::-1] not in _ANSWERED_TOGETHER


def _related(one: str, other: str) -> bool:
    return one == other or any(one in family and other in family for family in _FAMILIES)


def _first_of_each(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    kept: list[Wish] = []
    for wish in wishes:
        if not any(_related(wish.intent, one.intent) for one in kept):
            kept.append(wish)
    return tuple(kept)


def _asks(reply: Reply) -> bool:
    return reply.awaiting is not None or reply.form is not None


def _only_asks_for_more(reply: Reply) -> bool:
    return reply.awaiting == "more" and reply.form is None


def _without_more(reply: Reply) -> Reply:
    """``reply`` without its "anything else?"."""
    if not _only_asks_for_more(reply):
        return reply
    says = tuple(said for said in reply.says if said.response not in _QUESTIONS_OF_MORE)
    return replace(reply, says=says, awaiting=None)


def with_remark(first: Reply, remark: Reply) -> Reply:
    """``remark`` told before the question with which ``first`` ends."""
    slots = remark.slots | first.slots
    if not _asks(first):
        return replace(first + remark, slots=slots)
    at = max(len(first.says) - 1, 0)
    told = remark.without_options().says
    says = first.says[:at] + told + first.says[at:]
    return replace(first, says=says, slots=slots, leave_form=first.leave_form or remark.leave_form)
