"""What hurried people mean beside what their words were read as: a number alone, a part named with
a yes, "totalnya brp" below the summary, several things at once about a list that is open."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from actions import checkout_flow, detail, finding, lists, reading
from actions.nexts import what_next
from actions.reply import Reply, say
from crm_core import carts, catalogue, orders
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import Edit, QuoteLine, ShoppingList

_ON = re.compile(r"\b(?:lanjut\w*|check\s?out|cek\s?out|cekot|co)\b", re.IGNORECASE)
_NEEDS = re.compile(
    r"\b(?:if|when|kal[ao]u?|klo|need|butuh|perlu|want|mau|too|also|juga|jg|sekalian)\b",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:kurang|krg)\s+(?:\d|satu|dua|due|tiga|tige|se\w+)|\b(?:one|two|three|\d) (?:is |are )?"
    r"(?:missing|short)\b",
    re.IGNORECASE,
)
_WORN = re.compile(
    r"\b(?:goyang|oblak|oblag|habis|abis|rusak|bocor|aus|tipis|putus|patah|pecah|mati|soak|bunyi|"
    r"macet|seret|worn|broken|leaking|dead|gone|noisy|need\w*|butuh|perlu|cari\w*|nyari)\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\bmasing\W?masing\b|\bmasing\W?2\b|\btiap\w*\b|\beach\b|\bapiece\b|\bsama rata\b|"
    r"^\W*(\w+)\W+\1\b",
    re.IGNORECASE,
)
_ABOUT_LIST = re.compile(
    r"\?|\b(?:ada|ade|ready|tersedia|stok\w*|berapa\w*|brp|berape|harga\w*|total\w*|how much|"
    r"stock)\b",
    re.IGNORECASE,
)
_SKIPS = re.compile(
    r"\b(?:skip(?: it| that)?|forget (?:it|that)|never\s?mind|nvm|lupain|lupakan|"
    r"(?:ga|gak|nggak|ngga|tak|ndak|tidak)\s*(?:usah|jadi)(?:lah)?|gausah|gajadi)\b",
    re.IGNORECASE,
)
_UNREAD = frozenset({"bargain", "nlu_fallback", "out_of_scope", "inform", "thank", "deny"})
_OF_LIST = frozenset(
    {
        "inform", "order_part", "find_part", "change_cart", "nlu_fallback", "out_of_scope",
        "bargain", "affirm", "deny", "show_cart", "ask_part_detail", "cancel_order",
    }
)  # fmt: skip
_FEW = 6
_ORDERS = re.compile(r"\b(?:pesan\w*|pesen\w*|order|beli\w*|buy)\b", re.IGNORECASE)
_ADDS = re.compile(r"\b(?:lagi|(?:di)?tambah\w*|nambah\w*|more|another)\b", re.IGNORECASE)
_NOTHING_SHOWN = frozenset({None, "more", "delivery", "district", "offer_human", "rephrase"})
_ASKS = re.compile(r"\?|^\W*(?:apa(?:kah)?|is|does|do)\b", re.IGNORECASE)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


def elsewhere(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action that the words are meant for whatever they were read as."""
    text = turn.typed
    if not text or turn.active_form:
        return None
    if turn.awaiting in {"bargain", "bargain_price"}:  # they let it be and go on
        if reading.surely_address(text):
            return "action_inform", turn
        goes_on = _ON.search(text) and not carts.show(session, turn.customer).empty
        return ("action_checkout", turn) if goes_on else None
    if turn.intent == "change_cart" and turn.awaiting == "confirm_order" and reading.is_count(text):
        return "action_change_cart", turn
    if turn.intent == "reorder" and _ON.search(text):  # "lanjut pesan, alamat sama"
        return None if carts.show(session, turn.customer).empty else ("action_checkout", turn)
    if turn.intent == "bargain" and _LACKS.search(text) and _has_arrived(session, turn):
        return "action_complain", turn
    if _orders_the_cart(session, turn):
        return "action_checkout", turn
    if _counts_nothing_yet(session, turn):
        return "action_order_part", turn
    return ("action_find_part", turn) if _names_a_part_with_it(session, turn) else None


def _has_arrived(session: Session, turn: Turn) -> bool:
    latest = next(iter(orders.of_customer(session, turn.customer, limit=1)), None)
    return latest is not None and latest.state in {"shipped", "delivered", "completed"}


def _orders_the_cart(session: Session, turn: Turn) -> bool:
    """ "Oke saya pesan" with the last part in the cart: all of it, not one piece more."""
    text = turn.typed
    if turn.tapped or turn.intent != "order_part" or turn.awaiting not in _NOTHING_SHOWN:
        return False
    if len(text.split()) > _FEW or not _ORDERS.search(text) or _ADDS.search(text):
        return False
    said = catalogue.understand(session, text)
    if finding.names_part(said) or said.bike or said.positions or catalogue.find_quantity(text):
        return False
    if "?" in text:
        return False
    held = {line.part_code for line in carts.show(session, turn.customer).lines}
    return bool(held) and turn.slots.get("part_code") in {None, *held}


def _counts_nothing_yet(session: Session, turn: Turn) -> bool:
    """ "2 deh", "1 aja" while nothing is shown or chosen: of what is asked, the number kept."""
    if turn.tapped or turn.intent not in _UNREAD or turn.slots.get("part_code"):
        return False
    if turn.awaiting not in {None, "part", "offer_human", "rephrase"}:
        return False
    few = len(turn.typed.split()) <= 3 and catalogue.read_quantity(turn.typed) is not None
    return few and carts.show(session, turn.customer).empty


def _names_a_part_with_it(session: Session, turn: Turn) -> bool:
    """ "Yes the cvt belt", "how much in total if i need the rollers too", a bike that lacks it."""
    if turn.tapped:
        return False
    meant = {
        "affirm": turn.awaiting in {"part", None, "rephrase"} and len(turn.typed.split()) <= _FEW,
        "show_cart": bool(_NEEDS.search(turn.typed)),
        "add_bike": bool(_WORN.search(turn.typed)) and turn.awaiting not in {"garage", "bike"},
    }
    if not meant.get(turn.intent):
        return False
    said = catalogue.understand(session, turn.typed)
    in_cart = turn.intent == "show_cart" and _is_in_cart(session, turn, said.part_terms)
    return finding.names_part(said) and not in_cart


def _is_in_cart(session: Session, turn: Turn, terms: tuple[str, ...]) -> bool:
    names = [line.name for line in carts.show(session, turn.customer).lines]
    own = [set(catalogue.understand(session, name).part_terms) for name in names]
    return any(set(terms) <= terms_of for terms_of in own)


def remark(session: Session, turn: Turn) -> Reply | None:
    """The answer to a remark that only means something below a list or the summary; else None."""
    if not turn.typed or turn.active_form:
        return None
    if turn.awaiting == "list_all" and turn.intent in _OF_LIST:
        return _of_list(session, turn)
    below = turn.awaiting == "confirm_order" and turn.intent == "show_cart"
    counted = below and reading.only_count(turn.typed)
    if below and not counted and not carts.show(session, turn.customer).empty:
        return checkout_flow.total(session, turn)
    if turn.awaiting == "more" and turn.intent in _OF_LIST:
        return _each_in_cart(session, turn)
    if turn.awaiting == "quantity" and turn.intent in _UNREAD:
        return _asked_of_shown(session, turn)
    return None


def _asked_of_shown(session: Session, turn: Turn) -> Reply | None:
    """ "Apakah tubeless?" of a part whose name says so: its card once more, with all it says."""
    part = finding.part_of(session, turn)
    if part is None or not _ASKS.search(turn.typed) or len(turn.typed.split()) > _FEW:
        return None
    named = set(_LONG_WORD.findall(part.name.casefold()))
    return (
        detail.card(turn, part) if named & set(_LONG_WORD.findall(turn.typed.casefold())) else None
    )


def _each_in_cart(session: Session, turn: Turn) -> Reply | None:
    """ "Sebiji-sebiji aja": the same number of everything that is in the cart."""
    cart = carts.show(session, turn.customer)
    count = catalogue.find_quantity(turn.typed) or _twice(turn.typed)
    few = len(turn.typed.split()) <= _FEW and _EACH.search(turn.typed)
    if not count or not few or len(cart.lines) < 2 or "?" in turn.typed:
        return None
    if finding.names_part(catalogue.understand(session, turn.typed)):
        return None
    if any(line.stock_available < count for line in cart.lines):
        return None
    for line in cart.lines:
        cart = carts.set_quantity(session, turn.customer, line.part_code, count, turn.actor)
    total = format_rupiah(cart.total)
    done = say("utter_each_in_cart", count=count, total=total)
    return done + what_next(turn)


def _of_list(session: Session, turn: Turn) -> Reply | None:
    """ "Masing-masing 2", "yang belakang 1 aja", "keduanya ada?" below a list that was priced."""
    row = catalogue.open_list(session, turn.conversation.id)
    if row is None or catalogue.read_edits(turn.text) or catalogue.listed(turn.text):
        return None
    lines = [line for line in catalogue.list_quote(session, row).lines if line.state != "skipped"]
    said = catalogue.understand(session, turn.typed)
    named = _named(session, turn, lines)
    count = catalogue.find_quantity(turn.typed) or _twice(turn.typed)
    if named and reading.removes(turn.typed):
        return lists.edit(session, turn, row, [catalogue.Edit(one, "remove") for one in named])
    if named and count:
        edits = [catalogue.Edit(one, "quantity", count) for one in named]
        return lists.edit(session, turn, row, edits)
    if finding.names_part(said) or said.bike or reading.removes(turn.typed):
        return None
    each = _EACH.search(turn.typed) or len(turn.typed.split()) <= _FEW
    if count and each and "?" not in turn.typed:
        return _each(session, turn, row, lines, count)
    asks = _ABOUT_LIST.search(turn.typed) and turn.intent not in {"affirm", "deny"}
    return lists.again(session, turn, row) if asks else None


def _each(
    session: Session, turn: Turn, row: ShoppingList, lines: list[QuoteLine], count: int
) -> Reply:
    """The same number of each line: said like that, it is an order."""
    edits: list[Edit] = []
    for line in lines:
        unit = line.part.unit if line.part else ""
        number = catalogue.sold_as(count, turn.typed, unit)
        edits.append(catalogue.Edit(line.number, "quantity", number))
    catalogue.edit_lines(session, row, edits)
    return lists.into_cart(session, turn, row)


def _named(session: Session, turn: Turn, lines: list[QuoteLine]) -> list[int]:
    """The numbers of the lines that the words name by their part or their side."""
    said = catalogue.understand(session, turn.typed)
    sides = set(said.positions) or set(reading.sides_in(turn.typed))
    if not (said.part_terms or sides) or said.codes:
        return []
    found = []
    for line in lines:
        own = catalogue.understand(session, line.part.name if line.part else line.entry.line.text)
        if set(said.part_terms) <= set(own.part_terms) and sides <= set(own.positions):
            found.append(line.number)
    return found if len(found) < len(lines) else []


def _twice(text: str) -> int | None:
    """ "1 1 aja", "sebijik sebijik": the number that is said once for each."""
    found = _EACH.search(text)
    return catalogue.read_quantity(found.group(1)) if found and found.group(1) else None


def waves_off(turn: Turn) -> bool:
    """Whether a question comes with a no to what is open: "nah skip it. how much to ship?"."""
    if turn.tapped or turn.awaiting not in {"choose_part", "quantity", "part", "bike"}:
        return False
    first = re.split(r"[.,;!\n]", turn.typed, maxsplit=1)
    return len(first) == 2 and len(first[0].split()) <= _FEW and bool(_SKIPS.search(first[0]))


def served_as(turn: Turn) -> Turn:
    """The turn with its clauses that only say a number read as what they are: an order of the part
    shown, or another number in the cart."""
    if turn.tapped or not turn.clauses:
        return turn
    intent = {"quantity": "order_part", "more": "change_cart", "confirm_order": "change_cart"}.get(
        turn.awaiting or ""
    )
    if intent is None:
        return turn
    counts = [str(c["text"]) for c in turn.clauses if reading.is_count(str(c["text"]))]
    if counts and turn.awaiting == "confirm_order" and turn.intent == "show_cart":
        # "Whats that total, i only want 1 pair": the new summary answers both.
        return replace(turn, text=counts[0], intent=intent, clauses=())
    clauses = tuple(
        {**clause, "intent": intent, "confidence": 1.0}
        if reading.is_count(str(clause["text"]))
        else clause
        for clause in turn.clauses
    )
    return replace(turn, clauses=clauses)
