"""Looking for a part and showing what was found: shared by every skill that needs a part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from actions import garage, lacking, lists, partly, pending, reading
from actions.nexts import more_options, order_option, what_next
from actions.reply import Option, Reply, ask, command, say
from actions.showing import (
    bike_slot,
    bike_text,
    fit_line,
    fitment_text,
    own_price,
    price_facts,
    short,
    shown,
    sum_of,
)
from actions.topic import Topic
from crm_core import carts, catalogue, customers
from crm_core.catalogue import BikeRef, Hit, PartView, SearchResult, Understood
from crm_core.errors import NotFound
from crm_core.money import find_amount, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

MOST_CHOICES = 5
_DROPPED = re.compile(
    r"\b(?:forget(?: about)?|never\s?mind|skip|lupakan|lupain|gausah|gajadi|"
    r"(?:ga|gak|nggak|tidak|ndak|tadak)\s?(?:usah|jadi))\s+(?:the\s+)?\w+(?:\s+\w+)?\s*"
    r"(?:[.,;!?]|\b(?:tapi|but|kalau|kalo)\b)",
    re.IGNORECASE,
)
_FEW = 5
"""Words of a wish that are repeated as they were written."""
__all__ = [
    "MOST_CHOICES",
    "add_to_cart",
    "bike_of",
    "bikes_of",
    "choose",
    "essence",
    "find",
    "fitting",
    "more_options",
    "names_part",
    "nothing_in_cart",
    "part_of",
    "show_part",
    "what_next",
]


def bikes_of(session: Session, turn: Turn) -> tuple[BikeRef, ...]:
    """The bike this talk is about, else the customer's own."""
    kept = turn.slots.get("bike")
    if isinstance(kept, dict) and kept.get("model"):
        return (BikeRef(str(kept["model"]), kept.get("generation"), kept.get("year")),)
    owned = customers.bikes(session, turn.customer)
    return tuple(BikeRef(bike.model, bike.generation, bike.year) for bike in owned)


def bike_of(session: Session, turn: Turn) -> BikeRef | None:
    """The one bike this talk can only be about; None when there are several, or none."""
    return _only(bikes_of(session, turn))


def find(session: Session, turn: Turn, text: str, *, order: bool = False) -> Reply:
    """Search ``text`` and answer: the part, a choice of parts, a question, or an honest no.

    A bare bike completes the search that is waiting for one. ``order`` puts a sure hit into the
    cart at once. Several parts in one message, or an answer about the list that is open, are a
    matter of lists.
    """
    another = garage.means_another(text)
    text = _without_dropped(session, garage.without_negated(session, text))
    bikes = bikes_of(session, turn)
    listed = lists.instead(session, turn, text, bikes, order=order)
    if listed is not None:
        named = catalogue.read_bike(session, text)
        return listed.remember(bike=bike_slot(named)) if named else listed
    result = catalogue.search(session, text, bikes=bikes)
    understood = result.understood
    waiting = turn.slots.get("query") or (_spoken_of(session, turn) if another else "")
    if not names_part(understood):
        chosen = _by_price(session, turn, text) if turn.awaiting == "choose_part" else None
        if chosen is not None:
            return show_part(session, turn, chosen, quantity=None, bike=_only(bikes))
        if understood.bike and waiting:
            text = f"{waiting} {bike_text(understood.bike)}"
            order = order or turn.slots.get("goal") == "order"
            result = catalogue.search(session, text, bikes=(understood.bike,))
        elif turn.awaiting == "choose_part" and understood.bike is None:
            return pending.back_to(session, turn)  # "mau yg mana ya bg", "liat dulu"
        elif turn.awaiting == "offer_human" and waiting and understood.bike is None:
            return _nothing(session, turn, result, f"{waiting} {text}")  # "yg kering ada?"
        else:
            return _what_part(understood.bike)
    order = order and not reading.undecided(text)  # "mau 2-3" is shown and asked how many
    told = turn.awaiting == "part" and turn.slots.get("goal") == "order" and "?" not in text
    order = order or told
    quantity = result.understood.quantity or _kept_quantity(turn, text)
    quantity = quantity or (turn.number("quantity") if told else None)
    about = result.understood.bike or _only(bikes)
    reply = _answer(
        session, turn, result, text=text, quantity=quantity, order=order, bike=about, bikes=bikes
    )
    said = result.understood
    reply = garage.notice(session, turn, said.bike, reply)
    topic = Topic.of(said, _only(bikes)).to_slot()
    return reply.remember(bike=bike_slot(said.bike) or turn.slots.get("bike"), topic=topic)


def _without_dropped(session: Session, text: str) -> str:
    """ "Forget the oil, spark plug for it?" asks for a spark plug only."""
    left = _DROPPED.sub(" ", text, count=1).strip(" ,.;!?")
    return left if left != text and names_part(catalogue.understand(session, left)) else text


def _spoken_of(session: Session, turn: Turn) -> str:
    """What the part just shown is, when another bike is named for it; else nothing."""
    code = turn.slots.get("part_code")
    if not code:
        return ""
    try:
        part = catalogue.find_part(session, str(code))
    except NotFound:
        return ""
    return essence(catalogue.understand(session, short(part.name)))


def names_part(understood: Understood) -> bool:
    """Whether the message named a part or a code at all."""
    return catalogue.names_part(understood)


def show_part(
    session: Session, turn: Turn, part: PartView, *, quantity: int | None, bike: BikeRef | None
) -> Reply:
    """One part with price, stock and fit, and the question how many."""
    if part.price_idr is None:
        return lacking.on_request(session, turn, part, quantity)
    if part.stock_available <= 0:
        return lacking.out_of_stock(session, turn, part, quantity)
    facts = {
        "name": shown(part.name),
        "code": part.part_code,
        "fit": fit_line(turn, part, bike),
        **price_facts(turn, part, quantity or 1),
    }
    kept = {"part_code": part.part_code, "quantity": quantity, "query": None, "goal": None}
    if quantity:
        options = [order_option(turn, part, quantity)]
        reply = ask("utter_part_found_n", options, awaiting="quantity", count=quantity, **facts)
        return reply.remember(**kept)
    # Labels and places agree, so "2" means two pieces whether it is read as a number or a choice.
    options = [order_option(turn, part, count) for count in (1, 2) if count <= part.stock_available]
    return ask("utter_part_found", options, awaiting="quantity", **facts).remember(**kept)


def add_to_cart(session: Session, turn: Turn, part: PartView, quantity: int) -> Reply:
    """Put a part into the cart and say what it is worth; too little stock becomes a choice."""
    if part.price_idr is None:
        return lacking.on_request(session, turn, part, quantity)
    if part.stock_available <= 0:
        return lacking.out_of_stock(session, turn, part, quantity)
    held = {line.part_code: line.quantity for line in carts.show(session, turn.customer).lines}
    mine = held.get(part.part_code, 0)
    if quantity > part.stock_available - mine:
        return partly.short_of(turn, part, wanted=quantity, mine=mine)
    cart = carts.add(session, turn.customer, part.part_code, quantity, turn.actor)
    line = next(line for line in cart.lines if line.part_code == part.part_code)
    response = "utter_cart_added" if line.quantity == quantity else "utter_cart_added_more"
    added = say(
        response,
        quantity=quantity,
        now=line.quantity,
        name=short(part.name),
        subtotal=format_rupiah(line.subtotal),
        total=sum_of(turn, cart),
    )
    kept = {"part_code": part.part_code, "quantity": None, "query": None, "goal": None}
    last = {"part_code": part.part_code, "quantity": quantity}
    return (added + what_next(turn)).remember(**kept, added=last)


def _answer(
    session: Session,
    turn: Turn,
    result: SearchResult,
    *,
    text: str,
    quantity: int | None,
    order: bool,
    bike: BikeRef | None,
    bikes: Sequence[BikeRef] = (),
) -> Reply:
    hits = fitting(result.hits)
    if not hits:
        return _nothing(session, turn, result, text)
    if result.sure or len(hits) == 1:
        part = hits[0].part
        quantity = catalogue.sold_as(quantity, text, part.unit) if quantity else None
        bike = garage.about(part, bike, bikes)
        if order and hits[0].fit == "no":
            return _misfit(turn, part, quantity, bike)
        if hits[0].instead_of:  # the number they know is not the one they get: show it first
            told = say("utter_superseded", old=hits[0].instead_of, code=part.part_code)
            return told + show_part(session, turn, part, quantity=quantity, bike=bike)
        if order:
            return add_to_cart(session, turn, part, quantity or 1)
        return show_part(session, turn, part, quantity=quantity, bike=bike)
    alone = _of_that_side(session, result, hits)
    if alone is not None:
        return (
            add_to_cart(session, turn, alone, quantity or 1)
            if order
            else show_part(
                session, turn, alone, quantity=quantity, bike=garage.about(alone, bike, bikes)
            )
        )
    if result.understood.bike is None and len(bikes) > 1:
        which = garage.which(session, turn, hits, essence(result.understood))
        if which is not None:
            goal = "order" if order else "find"
            return which.remember(quantity=quantity, goal=goal)
    if result.missing == "bike" and bike is None and len(hits) > MOST_CHOICES // 2:
        reply = ask("utter_which_bike", awaiting="bike", query=essence(result.understood))
        goal = "order" if order else "find"
        return reply.remember(query=essence(result.understood), quantity=quantity, goal=goal)
    chosen = _some(session, turn, result, hits, quantity=quantity, order=order, bike=bike)
    return chosen.remember(query=essence(result.understood))


def _of_that_side(session: Session, result: SearchResult, hits: Sequence[Hit]) -> PartView | None:
    """ "Laher depan": the only hit whose name has that side, where the others have none at all."""
    sides = set(result.understood.positions)
    if not sides or result.understood.codes:
        return None
    own = [set(catalogue.understand(session, short(hit.part.name)).positions) for hit in hits]
    having = [hit for hit, has in zip(hits, own, strict=True) if sides <= has]
    bare = [has for has in own if not has]
    if len(having) != 1 or len(bare) != len(hits) - 1 or having[0].fit != "fits":
        return None
    return having[0].part


def _some(
    session: Session,
    turn: Turn,
    result: SearchResult,
    hits: Sequence[Hit],
    *,
    quantity: int | None,
    order: bool,
    bike: BikeRef | None,
) -> Reply:
    """A choice of those that may fit ``bike``; where none may, it is said before they are shown."""
    if bike is None or result.understood.codes:
        return choose(turn, hits, quantity=quantity, order=order, bike=bike)
    own = [hit for hit in hits if catalogue.may_fit(session, hit.part.part_code, bike)]
    if own:
        return choose(turn, own, quantity=quantity, order=order, bike=bike)
    wanted = essence(result.understood)
    told = f"{wanted} {bike_text(bike)}"
    _wish(session, turn, result, told)
    return choose(turn, hits, quantity=quantity, order=order, bike=bike, query=wanted)


def _wish(session: Session, turn: Turn, result: SearchResult, text: str) -> None:
    understood = {
        "terms": list(result.understood.part_terms),
        "codes": list(result.understood.codes),
    }
    lacking.record_wish(session, turn, reason="not_found", query=text, understood=understood)


def fitting(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Without those that surely do not fit the bike, as long as another one may."""
    possible = [hit for hit in hits if hit.fit != "no"]
    return possible or hits


def choose(
    turn: Turn,
    hits: Sequence[Hit],
    *,
    quantity: int | None,
    order: bool,
    bike: BikeRef | None = None,
    query: str = "",
) -> Reply:
    """At most five parts to pick from; each choice carries the quantity.

    ``query`` is what was asked for where none of them is made for ``bike``.
    """
    options = [lacking.choice(turn, hit.part, quantity, order=order) for hit in hits[:MOST_CHOICES]]
    response = "utter_choose_part_bike" if bike else "utter_choose_part"
    if query:
        response = "utter_choose_part_other_bike"
    reply = ask(response, options, awaiting="choose_part", bike=bike_text(bike), query=query)
    return reply.remember(quantity=quantity, goal="order" if order else "find")


def _misfit(turn: Turn, part: PartView, quantity: int | None, bike: BikeRef | None) -> Reply:
    options = [
        Option(
            turn.words.label("order_anyway"),
            command("order_part", part_code=part.part_code, quantity=quantity or 1),
        ),
        turn.option("person", "talk_to_human"),
    ]
    reply = ask(
        "utter_misfit",
        options,
        awaiting="quantity",
        name=short(part.name),
        bike=bike_text(bike),
        models=fitment_text(part) or "-",
    )
    return reply.remember(part_code=part.part_code, quantity=quantity or 1)


def _nothing(session: Session, turn: Turn, result: SearchResult, text: str) -> Reply:
    _wish(session, turn, result, text)
    options = [turn.option("person", "talk_to_human")]
    said = text.strip(" ?!.")[:60]
    wanted = essence(result.understood)
    if wanted and len(said.split()) > _FEW:  # in a whole sentence only the wish is repeated
        said = f"{wanted} {bike_text(result.understood.bike)}".strip()
    reply = ask("utter_not_found", options, awaiting="offer_human", query=said)
    return reply.remember(query=wanted or said, quantity=result.understood.quantity)


def _what_part(bike: BikeRef | None) -> Reply:
    if bike is None:
        return ask("utter_which_part", awaiting="part")
    reply = ask("utter_which_part_bike", awaiting="part", bike=bike_text(bike))
    return reply.remember(bike=bike_slot(bike))


def essence(understood: Understood) -> str:
    """What a message asks for without the bike, so that another bike can complete it."""
    words = (
        *understood.codes,
        *understood.part_terms,
        *understood.positions,
        *([understood.colour] if understood.colour else []),
        *understood.sizes,
        *understood.variants,
    )
    return " ".join(dict.fromkeys(words))[:80].replace("van belt", "v-belt")


def _only(bikes: Sequence[BikeRef]) -> BikeRef | None:
    return bikes[0] if len(bikes) == 1 else None


def _by_price(session: Session, turn: Turn, text: str) -> PartView | None:
    """ "Yang 129rb": the one part among those just shown that costs this."""
    amount = find_amount(text)
    if amount is None:
        return None
    waiting = f"{turn.slots.get('query') or ''} {bike_text(bike_of(session, turn))}"
    hits = fitting(catalogue.search(session, waiting).hits)[:MOST_CHOICES]
    found = [hit.part for hit in hits if own_price(turn, hit.part).unit == amount]
    return found[0] if len(found) == 1 else None


def _kept_quantity(turn: Turn, text: str) -> int | None:
    """The quantity told before, when this message only completes that search."""
    waiting = str(turn.slots.get("query") or "")
    kept = turn.slots.get("quantity")
    if waiting and text.startswith(waiting) and isinstance(kept, int):
        return kept
    return None


def part_of(session: Session, turn: Turn) -> PartView | None:
    """The part this turn speaks of: its entity, a code in its text, or the one shown last."""
    code = turn.entity("part_code")
    if code is None and re.search(r"\d", turn.typed):
        codes = catalogue.understand(session, turn.typed).codes
        code = codes[0] if codes else None
    code = code or turn.slots.get("part_code")
    return catalogue.find_part(session, str(code)) if code else None


def nothing_in_cart() -> Reply:
    """The cart is empty, and how to begin."""
    return say("utter_cart_empty")
