"""A second thought about what was just searched or ordered: "eh vario maksudnya", "*belakang",
"kalau yang kanan?", "kalo buat scoopy 2018?".

Such a message names only what is different. What was said before is kept in the slot ``topic``;
both together are searched again. A correction right after something went into the cart takes the
wrong part out again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from actions import cartlines, finding, reading
from actions.reply import Reply, say
from actions.showing import short
from actions.topic import Topic
from crm_core import carts, catalogue, customers, shipping
from crm_core.catalogue import Understood

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

INTENTS = frozenset(
    {
        "find_part", "order_part", "inform", "change_cart", "deny", "request_part", "add_bike",
        "ask_part_detail", "check_fitment", "out_of_scope", "nlu_fallback", "update_profile",
        "affirm", "cancel_order", "repeat", "ask_promo",
    }
)  # fmt: skip
"""Messages that can be a second thought."""
OWN_QUESTIONS = frozenset({"bike", "list_line", "list_bike", "list_all"})
"""Where a remark answers the question that is open."""
_STRONG = re.compile(
    r"\b(?:ralat|koreksi|typo|mak?su?d\w*|mks[u]?d\w*|salah|slh|bukan\w*|bkn|harusnya|ganti|tukar|"
    r"wrong|i mean|i meant|instead|not the|mistake)\b|^\s*\*|\*\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_WEAK = re.compile(
    r"^\s*(?:e+h+|ups|oops|wait|actually|sor+[yi]\w*|no|ga|gak|nggak|tak|ndak|tadak)\b",
    re.IGNORECASE,
)
_THE = re.compile(r"\b\w{3,}ny[ae]?\b|\b(?:the|my)\b", re.IGNORECASE)
_ADDS = re.compile(
    r"\b(?:sama|juga|jg|tambah\w*|sekalian|skalian|plus|also|lagi|lg|too|add|dan|and)\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\b(?:kal[ao]u?|klo|kl|klu|yg|yang|yng|utk|untuk|buat|bwt|nak|how about|what about|for|"
    r"the|rear|front|left|right)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:ada|brp|berapa|berape|kal[ao]u?|klo|klu|cek|check|how|what|ade)\b", re.IGNORECASE
)
_FITS = re.compile(
    r"\b(?:cocok|muat|pas|masuk|fits?|sama|pnp|plug|bisa dipak\w+|kompatibel)\b", re.I
)
_ABOUT_PERSON = re.compile(
    r"\b(?:alamat\w*|address|rmh\w*|nama\w*|name|penerima\w*|recipient|hp|nomor\w*|rumah\w*|jl|jln|jalan|"
    r"barang\w*|kirim\w*|datang|dikirim|ukuran)\b",
    re.IGNORECASE,
)
_NOT_THAT = re.compile(
    r"\b(?:bukan\w*|bkn|not(?: the)?)\s+(?!tapi|tp)(?:yg |yang |buat |utk |untuk )?"
    r"((?:(?!(?:tapi|tp|melainkan|but|mak?su?d\w*|yg|yang)\b)[\w/.-]+\s*){1,4}?)"
    r"(?=\s*(?:\b(?:tapi|tp|melainkan|but|mak?su?d\w*|yg|yang)\b|[,.;!\n]|$))",
    re.IGNORECASE,
)


def second_thought(session: Session, turn: Turn) -> Reply | None:
    """The answer to a remark that changes what was just searched or ordered; None for the rest."""
    topic = Topic.read(turn.slots.get("topic"))
    text = turn.typed
    if topic is None or not text or turn.active_form or turn.intent not in INTENTS:
        return None
    if len(text.split()) > 10 or reading.removes(text) or _ABOUT_PERSON.search(text):
        return None
    said = _said(session, text)
    if _adds_to_cart(text, said):
        return None
    if _words(said.part_terms) <= _words(topic.terms) and not said.codes:
        said = replace(said, part_terms=())  # "ganti kampasnya buat vario": still that part
    again = topic.is_of(said.bike) and not marked(text)  # "yang beat brp" of a Beat FI 2013
    if turn.awaiting in OWN_QUESTIONS or not (again or _different(topic, said, text)):
        return None
    if not _is_remark(turn, names_part=finding.names_part(said)):
        return None
    changed = topic.changed_by(said, _year(text))
    if marked(text) and not _ASKS.search(text) and not _ADDS.search(text):
        swapped = _swap(session, turn, changed, said)
        if swapped is not None:
            return swapped
    order = turn.slots.get("goal") == "order" and not _ASKS.search(text)
    one_of_each = len(said.positions) == 2 and said.quantity == 2 and _PAIR.search(text)
    count = f" {said.quantity} pcs" if said.quantity and not one_of_each else ""
    return finding.find(session, turn, changed.text() + count, order=order)


_PAIR = re.compile(r"\b(?:se?pasang\w*|pasang|psg|pair)\b", re.IGNORECASE)
"""Of left and right: one of each."""


def marked(text: str) -> bool:
    """Whether words take something back: "eh", "maksudnya", "salah", "bukan", "*"."""
    return bool(_STRONG.search(text) or _WEAK.search(text))


def _is_remark(turn: Turn, *, names_part: bool) -> bool:
    """Whether the words only make sense after what was said before."""
    text = turn.typed
    if names_part:
        return bool(_STRONG.search(text)) and not _ADDS.search(text)
    if marked(text):
        return True
    about_fit = turn.intent == "check_fitment" and _FITS.search(text)
    follows = bool(_FOLLOWS.search(text)) or len(text.split()) <= 3
    agrees = turn.intent in {"affirm", "cancel_order", "repeat"}
    return follows and not (about_fit or agrees) and turn.awaiting != "choose_part"


def _swap(session: Session, turn: Turn, topic: Topic, said: Understood) -> Reply | None:
    """Take out what went into the cart by mistake and put the right part in its place."""
    added = turn.slots.get("added")
    if not isinstance(added, dict) or turn.awaiting not in {"more", "confirm_order", None}:
        return None
    held = {line.part_code: line for line in carts.show(session, turn.customer).lines}
    line = held.get(str(added.get("part_code")))
    if line is None:
        return None
    count = int(added.get("quantity") or 1)
    if line.quantity > count:
        rest = line.quantity - count
        carts.set_quantity(session, turn.customer, line.part_code, rest, turn.actor)
    else:
        carts.remove(session, turn.customer, line.part_code, turn.actor)
    text = f"{topic.text()} {said.quantity or count} pcs"
    return say("utter_swapped_out", name=short(line.name)) + finding.find(
        session, turn, text, order=True
    )


def _said(session: Session, text: str) -> Understood:
    """What a remark names, without what it takes back ("bukan depan, belakang")."""
    without = _NOT_THAT.sub(" ", text)
    said = _read(session, without)
    return said if _tells(said, without) else _read(session, text)


def _read(session: Session, text: str) -> Understood:
    said = catalogue.understand(session, text)
    return said if said.positions else replace(said, positions=reading.sides_in(text))


def _words(terms: tuple[str, ...]) -> set[str]:
    return {word for term in terms for word in term.split()}


def elsewhere(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action that words are meant for whatever they were read as, with the turn it gets."""
    if not turn.typed or turn.active_form:
        return None
    moving = turn.awaiting == "confirm_order" and (
        reading.moves_address(turn.typed)
        or (marked(turn.typed) and reading.house_number(turn.typed))
        or (marked(turn.typed) and reading.milestone(turn.typed))
        or ("?" not in turn.typed and reading.recipient_in(turn.typed))  # "eh namanya Dewi"
    )
    if turn.awaiting == "confirm_order" and _is_its_district(session, turn):
        return "action_repeat", turn
    if moving and turn.intent != "update_profile":
        return "action_update_profile", turn
    number = recounted(session, turn)
    if number is not None:
        return "action_change_cart", number
    if _counts_what_is_there(session, turn):
        return "action_change_cart", turn
    unread = turn.intent in {
        "nlu_fallback", "out_of_scope", "bargain", "repeat", "change_cart", "thank",
    }  # fmt: skip
    if unread and turn.awaiting == "quantity" and catalogue.find_quantity(turn.typed):
        short = len(turn.typed.split()) <= 4 and turn.slots.get("part_code")
        said = catalogue.understand(session, turn.typed)
        if short and not (finding.names_part(said) or said.bike):
            return "action_give_quantity", turn
    return None


def _is_its_district(session: Session, turn: Turn) -> bool:
    """Below the summary: only the name of the district that it goes to anyway."""
    if len(turn.typed.split()) > 4 or turn.intent not in INTENTS - {
        "affirm",
        "deny",
        "cancel_order",
    }:
        return False
    if finding.names_part(catalogue.understand(session, turn.typed)):
        return False
    to = customers.default_address(session, turn.customer)
    places = shipping.find_districts(session, turn.typed)
    return to is not None and any(place.id == to.district_id for place in places)


def recounted(session: Session, turn: Turn) -> Turn | None:
    """The turn as a bare number when it only says another one for what went into the cart: "eh 5
    maksudnya", "bukan 2 tapi 5"."""
    text = _NOT_THAT.sub(" ", turn.typed)
    if not turn.typed or turn.active_form or turn.awaiting not in {"more", "confirm_order"}:
        return None
    if len(turn.typed.split()) > 6 or not marked(turn.typed) or _ABOUT_PERSON.search(text):
        return None
    said = catalogue.understand(session, text)
    digits = reading.bare_number(text)
    count = digits or catalogue.find_quantity(text)
    bike = said.bike is not None and (digits is not None or said.bike.year is not None)
    if count is None or finding.names_part(said) or bike:  # "tige" alone is three, no Tiger
        return None
    empty = carts.show(session, turn.customer).empty
    return None if empty else replace(turn, text=f"{count} aja")


def _counts_what_is_there(session: Session, turn: Turn) -> bool:
    """ "Businya 2 deh": the busi that are in the cart, not further ones."""
    text = turn.typed
    if turn.awaiting not in {"more", "confirm_order"} or turn.intent not in {
        "order_part", "find_part", "inform",
    }:  # fmt: skip
        return False
    if len(text.split()) > 6 or not _THE.search(text) or _ADDS.search(text):
        return False
    said = catalogue.understand(session, text)
    if not said.part_terms or said.bike or catalogue.find_quantity(text) is None:
        return False
    cart = carts.show(session, turn.customer)
    return not cart.empty and len(cartlines.meant(session, cart, said)) == 1


def _tells(said: Understood, text: str) -> bool:
    told = said.positions or said.colour or said.sizes or said.variants
    return bool(told or said.bike or finding.names_part(said)) or _year(text) is not None


def _adds_to_cart(text: str, said: Understood) -> bool:
    """ "Tambah 1 yang belakang", "eh sama busi juga": one more, not another instead."""
    more = bool(reading.changes_by(text)) and said.bike is None
    return more or (finding.names_part(said) and bool(_ADDS.search(text)))


def _different(topic: Topic, said: Understood, text: str) -> bool:
    if not _tells(said, text):
        return False
    year = _year(text)
    other_year = year is not None and (topic.bike is None or topic.bike.year != year)
    return topic.changed_by(said, year) != topic or other_year


def _year(text: str) -> int | None:
    found = reading.YEAR.findall(_NOT_THAT.sub(" ", text)) or reading.YEAR.findall(text)
    return int(found[-1]) if found else None
