"""Words that point back: "itu berapa?", "yang murah aja", "dua2nya", "ada yg lebih murah?".

They name no part; what they mean is on the screen: the part shown last, or the choices offered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from actions import detail, finding, lacking, reading
from actions.nexts import order_option
from actions.reply import Reply, ask, say
from actions.showing import price, price_facts, short
from actions.topic import Topic
from crm_core import catalogue
from crm_core.conversations import rules
from crm_core.money import find_amount

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import PartView, Understood

INTENTS = frozenset(
    {
        "find_part", "order_part", "inform", "bargain", "ask_part_detail", "affirm", "repeat",
        "nlu_fallback", "out_of_scope", "check_fitment", "ask_promo", "show_cart", "request_part",
    }
)  # fmt: skip
_LOOKS = frozenset({"find_part", "inform", "nlu_fallback", "ask_part_detail", "check_fitment"})
_CHEAP = re.compile(r"\b(?:ter)?(?:murah\w*|mura|mure|cheap\w*|hemat)\b", re.IGNORECASE)
_MORE_SO = re.compile(
    r"\b(?:lebih|lbh|lebeh|agak|lain|selain|any|cheaper|anything)\b", re.IGNORECASE
)
_DEAR = re.compile(r"\b(?:(?:ter)?mahal\w*|most expensive|dearest)\b", re.IGNORECASE)
_BOTH = re.compile(
    r"\b(?:dua\s?2\s?nya|dua\W?dua\s?nya|dua duanya|dua2|dua2nye|2\W?2\s?nya|due\W?due\w*|"
    r"kedua(?:nya|2nya|\W?duanya)|both)\b",
    re.IGNORECASE,
)
_ALL = re.compile(r"\b(?:semua\w*|smua\w*|ketiga(?:nya|2nya)|all (?:of them|three)|all)\b", re.I)
_THIS = re.compile(
    r"\b(?:itu|tu|ini|yg tadi|yang tadi|tadi|yg itu|nya|harg[ae]\w*|hrg\w*|that|it|this|one|they|"
    r"them|those|these)\b",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(
    r"\b(?:berapa\w*|brp\w*|brapa\w*|berape|harg[ae]\w*|hrg\w*|how much|price)\b", re.IGNORECASE
)
_LESS = re.compile(r"\b(?:di)?(?:kurang\w*|nego\w*|turun\w*|lower\w*|less|off)\b", re.IGNORECASE)
_GENUINE = re.compile(
    r"\b(?:ori|original\w*|orisinil|asli|aseli|genuine|kw|palsu|tembakan|abal\w*|aftermarket|fake)\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:total\w*|semu[ae]\w*|smua\w*|jumlah\w*|jadi\w*|jd|all|altogether|cart|keranjang\w*)\b",
    re.IGNORECASE,
)
_TOO = re.compile(r"\b(?:juga|jg|jga|tambah\w*|sekalian|skalian|too|also|as well)\b", re.IGNORECASE)
_IN_STOCK = re.compile(
    r"\b(?:ready|redi|rdy|redy|stok\w*|stock|ada|ade|tersedia|available|masih|msh|kosong)\b",
    re.IGNORECASE,
)
_OFF = re.compile(
    r"\b(?:potong\w*|diskon\w*|disc\w*|korting\w*|promo\w*|voucher\w*|grosir\w*|"
    r"reseller\w*|khusus|spesial|special|bengkel|workshops?|langganan)\b",
    re.IGNORECASE,
)
_WITH_ALL = re.compile(
    r"\b(?:lengkap|komplit|komplet|complete|termasuk|include\w*|(?:sudah|udah|udh|dah) (?:sama|ama|"
    r"dengan|dgn|ade|ada)|comes? with|(?:whole|full) (?:kit|set))\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:sama|sma|ama|plus|dan|and|trus|terus)\s+\S", re.IGNORECASE)
"""So begins "sama busi": a further wish, though "sama-sama" is a courtesy."""
_GRIEVANCES = frozenset({"complain", "return_part"})
_ONE_OF_THEM = re.compile(r"\b(?:yang|yg|yng|yan|nang|the)\s+[\w-]+", re.IGNORECASE)
_THIS_ONE = re.compile(
    r"\b(?:yang|yg|yng|yan|nang|the)\s+[\w-]+(?:\s+one)?\s+(?:aja|aj|saja|jak|je|doang|only|please)\b",
    re.IGNORECASE,
)
_MISHEARD = frozenset({"thank", "reorder"})
_SHIPPING = re.compile(r"\bongk\w+|\bkirim\b|\bshipping\b", re.IGNORECASE)
_SPELT = {"tarek": "tarik", "balek": "balik", "kri": "kiri", "knan": "kanan", "dpn": "depan",
          "left": "kiri", "right": "kanan", "front": "depan", "rear": "belakang"}  # fmt: skip
"""How a word of a part's name is said in Pontianak, in haste or in English."""
_MOST_WORDS = 10
_MOST_PIECES = 500
"""A larger bare number is a year or a price."""
_BARE = 4
"""So few words hold no wish of their own beside the one they were matched by."""


def pointed(session: Session, turn: Turn) -> Reply | None:
    """The answer to words that only point; None for all others."""
    text = turn.typed
    if not text or turn.active_form or turn.intent not in INTENTS | _MISHEARD:
        return None
    if len(text.split()) > _MOST_WORDS or _SHIPPING.search(text):
        return None
    if turn.intent not in INTENTS and not _further(turn):
        return None
    said = catalogue.understand(session, text)
    if turn.intent not in INTENTS:
        return finding.find(session, turn, turn.text) if finding.names_part(said) else None
    chosen = _by_name(session, turn) if turn.awaiting == "choose_part" else None
    if chosen is not None:
        return chosen
    if finding.names_part(said) and not _of_their_names(session, turn, said.part_terms):
        return _beside_the_shown(session, turn, said)
    if said.bike or said.positions or reading.sides_in(text):
        return None
    if turn.awaiting == "choose_part":
        return _of_choices(session, turn)
    return _of_the_shown(session, turn, said)


def _of_the_shown(session: Session, turn: Turn, said: Understood) -> Reply | None:
    """What is said of the part shown last; None where none is."""
    text, code = turn.typed, turn.slots.get("part_code")
    if not code or turn.awaiting not in {"quantity", "more", None, "part", "rephrase"}:
        return None
    part = catalogue.find_part(session, str(code))
    if _CHEAP.search(text) and _MORE_SO.search(text):
        return _cheaper(session, turn, part)
    of_cart = _TOTAL.search(text) or said.quantity is not None
    return None if of_cart else _about(session, turn, part)


def _further(turn: Turn) -> bool:
    """ "Sama busi" after another part, heard as thanks: "sama-sama" is what it resembles."""
    few = len(turn.typed.split()) <= _BARE
    return few and not turn.tapped and _AND.match(turn.typed) is not None


def _beside_the_shown(session: Session, turn: Turn, said: Understood) -> Reply | None:
    """A part is named, and yet it is what was shown, or a yes: "busi jg dong"."""
    if _WITH_ALL.search(turn.typed):
        part = _shown_with(session, turn, said.part_terms)
        if part is not None:
            return _again(turn, part, "utter_part_with")
    more = turn.intent == "affirm" and not turn.tapped and _TOO.search(turn.typed)
    return finding.find(session, turn, turn.text, order=True) if more else None


def _shown_with(session: Session, turn: Turn, terms: tuple[str, ...]) -> PartView | None:
    """ "Yang lengkap sama rantainya?": the part just shown, if its name says so."""
    code = turn.slots.get("part_code")
    if not code or turn.awaiting != "quantity":
        return None
    part = catalogue.find_part(session, str(code))
    return part if any(term in part.name.casefold() for term in terms) else None


def _of_their_names(session: Session, turn: Turn, terms: tuple[str, ...]) -> bool:
    """ "Berapa gram itu": words that stand in the names of the parts to choose from."""
    if turn.awaiting != "choose_part" or turn.intent != "ask_part_detail" or not terms:
        return False
    names = [part.name.casefold() for part in _offered(session, turn)]
    return any(all(term in name for term in terms) for name in names)


def _about(session: Session, turn: Turn, part: PartView) -> Reply | None:
    """What the part shown costs, whether it is there or genuine, when nothing else is asked."""
    text, few = turn.typed, len(turn.typed.split()) <= _BARE
    if _OFF.search(text):
        return None
    if _GENUINE.search(text) or (reading.WARRANTY.search(text) and few):
        return detail.card(turn, part)
    if turn.intent == "bargain" and _LESS.search(text):
        return None
    priced = _HOW_MUCH.search(text) and (few or _THIS.search(text))
    if priced or (few and turn.intent in _LOOKS and _IN_STOCK.search(text)):
        if turn.awaiting == "quantity" and part.price_idr is not None and part.stock_available > 0:
            return _again(turn, part, "utter_part_price")
        bike = finding.bike_of(session, turn)
        return finding.show_part(session, turn, part, quantity=None, bike=bike)
    return None


def _again(turn: Turn, part: PartView, response: str) -> Reply:
    """The part just shown once more, in short."""
    options = [order_option(turn, part, count) for count in (1, 2) if count <= part.stock_available]
    facts = {"name": short(part.name), "code": part.part_code, **price_facts(turn, part, 1)}
    return ask(response, options, awaiting="quantity", **facts).remember(part_code=part.part_code)


def _of_choices(session: Session, turn: Turn) -> Reply | None:
    text = turn.typed
    parts = _offered(session, turn)
    placed = rules.place_and_rest(text, len(parts))
    count = catalogue.read_quantity(placed[1]) if placed else None
    if placed and count and count <= _MOST_PIECES:  # "yg 1 aja 2"
        return finding.add_to_cart(session, turn, parts[placed[0] - 1], count)
    priced = sorted((one for one in parts if one.price_idr is not None), key=_rupiah)
    if len(priced) < 2:
        return None
    if _GENUINE.search(text):
        return _genuine(parts) + _choose_again(turn, parts)
    if _BOTH.search(text) or (_ALL.search(text) and turn.intent != "show_cart"):
        wanted = parts[:2] if _BOTH.search(text) else parts
        return _all_into_cart(session, turn, wanted)
    chosen = priced[0] if _CHEAP.search(text) else priced[-1] if _DEAR.search(text) else None
    if chosen is None:
        return _asked_of_all(turn, parts)
    quantity = turn.slots.get("quantity")
    if turn.slots.get("goal") == "order" and quantity:
        return finding.add_to_cart(session, turn, chosen, int(quantity))
    bike = finding.bike_of(session, turn)
    return finding.show_part(session, turn, chosen, quantity=quantity, bike=bike)


def named_first(session: Session, turn: Turn) -> Reply | None:
    """ "Yang kiri aja, patah ditabrak orang": the choice that is open, then why; no complaint."""
    if turn.awaiting != "choose_part" or turn.tapped or turn.active_form or turn.intent in INTENTS:
        return None
    first = re.split(r"[,.;!\n]", turn.typed.strip(), maxsplit=1)[0]
    wanted = _THIS_ONE if turn.intent in _GRIEVANCES else _ONE_OF_THEM
    return _by_name(session, turn, first) if wanted.search(first) else None


def _by_name(session: Session, turn: Turn, text: str | None = None) -> Reply | None:
    """ "Yg cpr9ea-9 1", "yg tarik", "yang belakang ga usah": what only one of the names says."""
    text, parts = text or turn.typed, _offered(session, turn)
    if len(text.split()) > _BARE + 2 or len(parts) < 2 or "?" in text:
        return None
    names = {part.part_code: short(part.name).casefold() for part in parts}
    told = [part for part in parts if _told_of(text, names[part.part_code], names.values())]
    if len(told) != 1:
        return None
    [chosen] = told
    if reading.removes(text):
        left = [part for part in parts if part is not chosen]
        if len(left) != 1:
            return None
        [chosen] = left
    bare = " ".join(w for w in text.split() if not _stands_in(w, names[chosen.part_code]))
    count = catalogue.find_quantity(bare) or turn.slots.get("quantity")
    if count and (catalogue.find_quantity(bare) or turn.slots.get("goal") == "order"):
        number = catalogue.sold_as(int(count), text, chosen.unit)
        return finding.add_to_cart(session, turn, chosen, number)
    bike = finding.bike_of(session, turn)
    return finding.show_part(session, turn, chosen, quantity=None, bike=bike)


def _told_of(text: str, name: str, names: Iterable[str]) -> bool:
    """Whether a word of ``text`` stands in ``name`` and in none of the other ``names``."""
    others = [other for other in names if other != name]
    return any(
        _stands_in(word, name) and not any(_stands_in(word, other) for other in others)
        for word in text.casefold().split()
    )


def _stands_in(word: str, name: str) -> bool:
    """A whole word of a name, or the beginning of one that has a digit: "cpr7" of "CPR7EA9"."""
    plain = _SPELT.get(word.strip(".,!()"), word.strip(".,!()")).casefold()
    begins = len(plain) >= 3 and any(sign.isdigit() for sign in plain)
    if plain.isdigit() or len(plain) < 1:
        return False
    words = re.findall(r"[\w-]+", name)
    if plain in words:
        return True
    return begins and any(one.startswith(plain) for one in words if plain not in words)


def _asked_of_all(turn: Turn, parts: list[PartView]) -> Reply | None:
    """ "Brp?", "ready?", "mau 2" while a choice is open: it stands beside each of them."""
    text = turn.typed
    if len(text.split()) > _BARE or _TOTAL.search(text):
        return None
    count = None if reading.YEAR.search(text) else catalogue.find_quantity(text)
    if count and len({part.unit for part in parts}) == 1:
        count = catalogue.sold_as(count, text, parts[0].unit)
    if count and count <= _MOST_PIECES and find_amount(text) is None:
        return _choose_again(turn, parts, count)
    if _HOW_MUCH.search(text) or _IN_STOCK.search(text):
        return _choose_again(turn, parts, response="utter_choices_tell")
    return _choose_again(turn, parts) if turn.intent == "ask_part_detail" else None


def _choose_again(
    turn: Turn,
    parts: list[PartView],
    count: int | None = None,
    *,
    response: str = "utter_back_to_choice",
) -> Reply:
    """The same choice once more; with ``count`` each of them in this number."""
    quantity = count or turn.slots.get("quantity")
    order = count is not None or turn.slots.get("goal") == "order"
    options = [lacking.choice(turn, part, quantity, order=order) for part in parts]
    response = "utter_choose_for_count" if count else response
    reply = ask(response, options, awaiting="choose_part", **({"count": count} if count else {}))
    return reply.remember(quantity=quantity, goal="order" if order else "find")


def _genuine(parts: list[PartView]) -> Reply:
    """Whether the parts offered are the maker's own."""
    own = [part for part in parts if part.original]
    if len(own) == len(parts):
        return say("utter_all_genuine")
    if not own:
        return say("utter_none_genuine")
    names = "; ".join(dict.fromkeys(short(part.name) for part in own))
    return say("utter_some_genuine", names=names)


def _all_into_cart(session: Session, turn: Turn, parts: list[PartView]) -> Reply:
    """One (or the number said before) of each; what is sold out says so by itself."""
    count = int(turn.slots.get("quantity") or 1)
    replies = [finding.add_to_cart(session, turn, part, count) for part in parts]
    done = [reply for reply in replies if reply.awaiting == "more"]
    if len(done) != len(replies):
        rest = next(reply for reply in replies if reply.awaiting != "more")
        return _without_question(done) + rest
    return _without_question(done[:-1]) + done[-1]


def _without_question(replies: list[Reply]) -> Reply:
    whole = Reply()
    for reply in replies:
        whole = whole + Reply(reply.says[:1], dict(reply.slots))
    return whole


def _cheaper(session: Session, turn: Turn, part: PartView) -> Reply:
    """Other parts of the last search that cost less; an honest no when there is none."""
    topic = Topic.read(turn.slots.get("topic"))
    hits = finding.fitting(catalogue.search(session, topic.text()).hits) if topic else ()
    less = [
        hit.part
        for hit in hits
        if hit.part.price_idr is not None
        and hit.part.stock_available > 0
        and (part.price_idr is None or hit.part.price_idr < part.price_idr)
    ]
    if not less:
        options = [
            order_option(turn, part, 1),
            turn.option("person", "talk_to_human"),
        ]
        reply = ask(
            "utter_cheapest_already",
            options,
            awaiting="quantity",
            name=short(part.name),
            price=price(turn, part),
        )
        return reply.remember(part_code=part.part_code)
    bike = finding.bike_of(session, turn)
    return finding.show_part(session, turn, min(less, key=_rupiah), quantity=None, bike=bike)


def _offered(session: Session, turn: Turn) -> list[PartView]:
    """The parts that the last reply let the customer choose from."""
    options = next((options for _, options in reversed(turn.last_said) if options), ())
    codes = [_code(option.payload) for option in options]
    return [catalogue.find_part(session, code) for code in codes if code]


def _code(payload: str) -> str | None:
    _, brace, values = payload.partition("{")
    try:
        found = json.loads(brace + values).get("part_code") if brace else None
    except ValueError:
        return None
    return str(found) if found else None


def _rupiah(part: PartView) -> int:
    return int(part.price_idr or 0)
