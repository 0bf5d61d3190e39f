"""The way from a cart to an order: where to send it, the summary, the explicit yes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actions import finding, lists, partly, pending, vouchers
from actions.reply import Option, Reply, ask, command, open_form
from actions.showing import cart_rows, whole
from crm_core import carts, checkout, customers, shipping, shop
from crm_core.errors import InvalidInput
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.checkout import CheckoutSummary
    from crm_core.orders import Delivery
    from crm_core.shipping import DistrictView, Quote

FORM = "checkout_form"
ASKED = ("recipient_name", "delivery_address", "district")
FORM_SLOTS = ("recipient_name", "delivery_address", "district", "recipient_phone")
AT_COUNTER = "-"
"""Stands for address and district in the form of who fetches the parts at the counter."""
HELPERS = ("district_query", "district_tries")


def delivery_of(session: Session, turn: Turn) -> Delivery | None:
    """Where this customer's parts go, as remembered; None when something is missing."""
    try:
        return checkout.known_delivery(session, turn.customer)
    except InvalidInput:
        return None


def district_options(places: Sequence[DistrictView], verb: str) -> list[Option]:
    """A choice for each place; two of one name are told apart by their regency."""
    alike = len({place.name for place in places}) < len(places)
    return [
        Option(place.near, command(verb, choice=str(place.id)))
        if alike
        else Option(place.name, command(verb, choice=str(place.id)), place.regency)
        for place in places
    ]


def keep_form(session: Session, turn: Turn) -> bool:
    """Remember what the form has collected; whether it was complete."""
    name, address = turn.slots.get("recipient_name"), turn.slots.get("delivery_address")
    district = turn.slots.get("district")
    if not (name and address and district):
        return False
    if district != AT_COUNTER:
        customers.remember_address(
            session,
            turn.customer,
            recipient_name=str(name),
            phone=turn.slots.get("recipient_phone") or turn.customer.phone,
            address=str(address),
            district_id=int(district),
        )
    if not turn.customer.name:
        customers.rename(session, turn.customer, str(name), actor=turn.actor)
    if not turn.customer.phone and turn.slots.get("recipient_phone"):
        customers.set_phone(
            session, turn.customer, str(turn.slots["recipient_phone"]), actor=turn.actor
        )
    return True


def forget_form(reply: Reply) -> Reply:
    """``reply`` with the form's slots emptied: the database knows them now."""
    return reply.forget(*FORM_SLOTS, *HELPERS)


def begin(session: Session, turn: Turn) -> Reply:
    """The summary if it is known where to send it, else the form."""
    if carts.show(session, turn.customer).empty:
        return finding.nothing_in_cart()
    waiting = None if turn.active_form else lists.left_behind(session, turn)
    if waiting is not None:
        return waiting
    if keep_form(session, turn) or delivery_of(session, turn) is not None:
        return forget_form(summary(session, turn))
    return open_form(FORM)


def ask_again_where(turn: Turn) -> Reply:
    """Ask for another address; what was typed before is forgotten."""
    return forget_form(open_form(FORM)).remember(recipient_phone=turn.customer.phone)


def summary(session: Session, turn: Turn) -> Reply:
    """Lines, shipping, total and address, and the question whether to place it."""
    delivery = delivery_of(session, turn)
    if delivery is None:
        return open_form(FORM)
    cart = carts.show(session, turn.customer)
    short = next((one for one in cart.lines if one.quantity > one.stock_available), None)
    if short is not None:
        return partly.of_line(turn, short, short.quantity)
    told = vouchers.without_useless(session, turn)
    seen = checkout.summary(session, turn.customer, delivery)
    at_counter = seen.quote.method == shipping.PICKUP
    reply = ask(
        "utter_summary_counter" if at_counter else "utter_summary",
        pending.confirm_options(turn),
        awaiting="confirm_order",
        lines=cart_rows(turn, seen.lines, seen.discounts),
        shipping=format_rupiah(seen.shipping),
        how=how(turn, seen.quote),
        days=days(turn, seen.quote.days_min, seen.quote.days_max),
        total=format_rupiah(seen.total),
        pay=turn.words.line("pay_at_door") if delivery.pay_on_delivery else "",
        counter=shop.facts(session).get("address", "-") if at_counter else "",
        recipient=delivery.recipient_name,
        address=delivery.address,
        district=_not_twice(seen.district, delivery.address),
        note=turn.words.line("summary_note", note=seen.note) if seen.note else "",
        points=_points_hint(turn, seen),
    )
    return (told + reply).remember(
        summary_total=int(seen.total), query=None, goal=None, quantity=None
    )


def total(session: Session, turn: Turn) -> Reply:
    """What it comes to, for who asks below the summary, and its question again."""
    reply = summary(session, turn)
    says = tuple(
        replace(said, response="utter_summary_total") if said.response == "utter_summary" else said
        for said in reply.says
    )
    return replace(reply, says=says)


def _points_hint(turn: Turn, seen: CheckoutSummary) -> str:
    """A line that points could pay, unless they do or there are too few."""
    if seen.use_points or not seen.points.points:
        return ""
    points = whole(seen.points.points, turn.language)
    return turn.words.line("summary_points", points=points, off=format_rupiah(seen.points.amount))


def _not_twice(district: str, address: str) -> str:
    """The district's label without its name when the address says it already."""
    name, _, wider = district.partition(", ")
    return wider if name.casefold() in address.casefold() and wider else district


def how(turn: Turn, quote: Quote) -> str:
    """By which way, as said: the courier by its name where the shop's table has one."""
    if quote.courier:
        return turn.words.line("by_named_courier", courier=quote.courier)
    return turn.words.line(f"by_{quote.method}")


def days(turn: Turn, least: int, most: int) -> str:
    """How long a parcel takes, as said."""
    if most <= 1:
        return turn.words.line("days_fast")
    if least == most:
        return turn.words.line("days_one", count=most)
    return turn.words.line("days", least=least, most=most)


def not_ordered(turn: Turn) -> Reply:
    """The no to the summary: nothing was ordered and the cart stays; what can be done."""
    options = [
        turn.option("change", "change_cart"),
        turn.option("change_address", "update_profile", choice="address"),
        turn.option("change_way", "choose_delivery", choice="ways"),
        turn.option("empty_cart", "change_cart", choice="empty"),
    ]
    return ask("utter_not_ordered", options).forget("summary_total")
