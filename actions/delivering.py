"""How the parts come and how they are paid: asked about, chosen, chosen differently.

The choice is kept with the cart, so it holds on every channel until the order is placed; the
core checks it again there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import checkout_flow, deliverywords, finding
from actions.deliverywords import DeliverySaid
from actions.reply import Option, Reply, ask, command, say
from crm_core import carts, catalogue, checkout, customers, orders, shipping, shop
from crm_core.errors import NotFound
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.checkout import Way

CHOICES = ("driver", "courier", "pickup", "sent", "cod", "transfer")
OPEN = frozenset(
    {
        "inform", "nlu_fallback", "out_of_scope", "affirm", "deny", "checkout", "ask_shipping",
        "ask_payment_method", "update_profile", "change_cart", "order_part", "find_part",
        "ask_store_info", "request_part", "repeat", "help", "show_cart", "goodbye", "thank",
        "report_payment",
    }
)  # fmt: skip
"""Messages that can be about delivery whatever they were read as."""
AT_CHECKOUT = frozenset({"confirm_order", "more", "delivery"})
"""Questions under which a way is a choice, not a topic."""


def elsewhere(session: Session, turn: Turn) -> tuple[str, Turn] | None:
    """The action for words about delivery that were read as something else."""
    asked = turn.awaiting == "delivery"
    open_to = OPEN | {"cancel_order"} if asked else OPEN
    if not turn.typed or turn.intent not in open_to or len(turn.typed.split()) > 14:
        return None
    said = deliverywords.read(turn.typed)
    if asked and said is not None and said.method and not said.asks:
        filled = not carts.show(session, turn.customer).empty
        return ("action_choose_delivery", turn) if filled else None  # "g jd, kirim aja k wajok"
    if turn.intent not in OPEN:
        return None
    if turn.intent == "report_payment" and not _means_to_transfer(session, turn, said):
        return None
    if said is None or _is_about_a_place(session, turn, said) or _names_part(session, turn):
        return None
    at_checkout = turn.awaiting in AT_CHECKOUT or turn.active_form == checkout_flow.FORM
    if said.asks:
        about = said.method == "pickup" or said.at_door or at_checkout
        return ("action_choose_delivery", turn) if about else None
    if said.method == "sent" and said.at_door is None and turn.awaiting != "confirm_order":
        return None
    empty = carts.show(session, turn.customer).empty
    return None if empty and not said.at_door else ("action_choose_delivery", turn)


def _means_to_transfer(session: Session, turn: Turn, said: DeliverySaid | None) -> bool:
    """ "Ya udah transfer aja" with a cart and nothing to pay yet says how, not that it was done."""
    if said is None or said.at_door is not False or carts.show(session, turn.customer).empty:
        return False
    latest = next(iter(orders.of_customer(session, turn.customer, limit=1)), None)
    return latest is None or latest.state != "awaiting_payment"


def said_by(turn: Turn) -> DeliverySaid | None:
    """What this turn says about delivery, tapped or typed."""
    chosen = str(turn.entity("choice") or "")
    if turn.tapped:
        if chosen == "cod":
            return DeliverySaid(None, True, asks=False)
        if chosen == "transfer":
            return DeliverySaid(None, False, asks=False)
        return DeliverySaid(chosen, None, asks=False) if chosen in CHOICES else None
    return deliverywords.read(turn.typed)


def choose(session: Session, turn: Turn, said: DeliverySaid) -> Reply | None:
    """Keep what was chosen with the cart; the sentence why it cannot be, else None."""
    cart = carts.show(session, turn.customer)
    method = cart.method if said.method is None else _plain(said.method)
    at_door = cart.pay_on_delivery if said.at_door is None else said.at_door
    district = _district(session, turn)
    if method in shipping.RATED and district is not None:
        offered = {one.method for one in shipping.options(session, district, 0)}
        if method not in offered:
            return ways_answer(session, turn, None, first=say("utter_delivery_not_there"))
    if at_door:
        refused = _cod_refused(session, turn, method, district)
        if refused is not None:
            return refused
    _keep(session, turn, method, at_door=at_door)
    return None


def ways_answer(
    session: Session, turn: Turn, said: DeliverySaid | None, first: Reply | None = None
) -> Reply:
    """The ways there are, each with cost and days, and whether cash is taken at the door."""
    before = first or Reply()
    district = _district(session, turn)
    found = checkout.ways(session, turn.customer, district)
    empty = carts.show(session, turn.customer).empty
    if said is not None and said.at_door:
        return before + _cod_answer(session, turn, found, empty=empty)
    lines = "\n".join(f"- {way_text(turn, way)}" for way in found)
    address = shop.facts(session).get("address", "-")
    if said is not None and said.method == "pickup" and len(found) == 1:
        return _pickup_answer(turn, address, empty=empty)
    if empty or turn.active_form:
        return before + say("utter_delivery_ways_told", ways=lines, address=address)
    options = [_option(turn, way) for way in found]
    return before + ask("utter_delivery_ways", options, awaiting="delivery", ways=lines)


def _pickup_answer(turn: Turn, address: str, *, empty: bool) -> Reply:
    """Yes, at the counter; with a cart it is chosen right here."""
    if empty or turn.active_form:
        return say("utter_pickup_possible_told", address=address)
    options = [
        Option(turn.words.label(f"way_{way}"), command("choose_delivery", choice=way))
        for way in ("pickup", "sent")
    ]
    return ask("utter_pickup_possible", options, awaiting="delivery", address=address)


def way_text(turn: Turn, way: Way) -> str:
    """ "diantar sopir toko, Rp 9.000, sampai hari ini atau besok"."""
    quote = way.quote
    if quote.method == shipping.PICKUP:
        return turn.words.line("by_pickup_free")
    return turn.words.line(
        "way",
        how=checkout_flow.how(turn, quote),
        cost=format_rupiah(quote.cost),
        days=checkout_flow.days(turn, quote.days_min, quote.days_max),
    )


def _option(turn: Turn, way: Way) -> Option:
    free = way.quote.method == shipping.PICKUP
    price = turn.words.line("free") if free else format_rupiah(way.quote.cost)
    label = turn.words.label(f"way_{way.quote.method}")
    return Option(label, command("choose_delivery", choice=way.quote.method), price)


def _cod_answer(session: Session, turn: Turn, found: list[Way], *, empty: bool) -> Reply:
    """Whether cash is taken: for this cart as it stands, or the shop's rule when there is none."""
    terms = shipping.cod_terms(session)
    if empty:
        if not terms.active:
            return say("utter_no_cod")
        return say("utter_cod_rule", most=format_rupiah(terms.max_total_idr))
    taken = [way for way in found if way.cod_refusal is None]
    if not taken:
        sent = next((way for way in found if way.quote.method in terms.methods), found[0])
        return _why_not(session, turn, sent.cod_refusal or "off")
    ways = "\n".join(f"- {way_text(turn, way)}" for way in taken)
    if turn.active_form:
        return say("utter_cod_possible_told", ways=ways)
    options = [
        Option(turn.words.label("cod"), command("choose_delivery", choice="cod")),
        Option(turn.words.label("transfer"), command("choose_delivery", choice="transfer")),
    ]
    return ask("utter_cod_possible", options, awaiting="delivery", ways=ways)


def _cod_refused(
    session: Session, turn: Turn, method: str | None, district: int | None
) -> Reply | None:
    found = checkout.ways(session, turn.customer, district)
    meant = [way for way in found if method is None or way.quote.method == method]
    if not meant or meant[0].cod_refusal is None:
        return None
    _keep(session, turn, method, at_door=False)
    return _why_not(session, turn, meant[0].cod_refusal, again=True)


def _why_not(session: Session, turn: Turn, reason: str, *, again: bool = False) -> Reply:
    """Why it must be paid beforehand; ``again``: then the summary as it stands."""
    terms = shipping.cod_terms(session)
    if reason == "off":
        why = say("utter_no_cod")
    else:
        why = say(f"utter_cod_refused_{reason}", most=format_rupiah(terms.max_total_idr))
    if turn.active_form or carts.show(session, turn.customer).empty:
        return why
    known = checkout_flow.delivery_of(session, turn) is not None
    return why + checkout_flow.summary(session, turn) if again and known else why


def _keep(session: Session, turn: Turn, method: str | None, *, at_door: bool) -> None:
    carts.choose_delivery(
        session, turn.customer, method=method, pay_on_delivery=at_door, actor=turn.actor
    )


def _plain(method: str) -> str | None:
    return None if method == "sent" else method


def _district(session: Session, turn: Turn) -> int | None:
    """Where it would go, as far as it is known: the form's district, else the address kept."""
    asked = str(turn.slots.get("district") or "")
    if asked.isdigit():
        try:
            return shipping.district(session, int(asked)).id
        except NotFound:
            return None
    kept = customers.default_address(session, turn.customer)
    return kept.district_id if kept else None


def _names_part(session: Session, turn: Turn) -> bool:
    said = catalogue.understand(session, turn.typed)
    return finding.names_part(said) or bool(said.codes)


def _is_about_a_place(session: Session, turn: Turn, said: DeliverySaid) -> bool:
    """ "Ongkir JNE ke Sintang berapa?" and "kirim ke jl. …" are not about the way."""
    if said.method == "pickup" or said.at_door is not None:
        return False
    return bool(shipping.find_districts(session, turn.typed))
