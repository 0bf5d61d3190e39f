"""Where a parcel is: from the order's state, the tracking number and what the courier reported."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import TYPE_CHECKING

from actions import checkout_flow, parcelwords
from actions.reply import Reply, ask, say
from crm_core import clock, orders, shipments, shipping, shop
from crm_core.errors import NotFound
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.orders import Order
    from crm_core.shipments import EventView

MOST_NEWS = 3


def by_number(session: Session, turn: Turn) -> Order | None:
    """The customer's own order whose tracking number is in the message, or None."""
    for number in parcelwords.numbers_in(turn.typed):
        try:
            return orders.by_tracking(session, number, customer=turn.customer)
        except NotFound:
            continue
    return None


def on_the_way(session: Session, turn: Turn, order: Order) -> Reply:
    """A parcel that has left: with whom, its number, the latest news, when to expect it."""
    news = shipments.events(session, order)
    facts = {
        "code": order.order_code,
        "courier": order.courier or "-",
        "date": turn.words.day(order.shipped_at or order.updated_at),
        "news": _news(turn, news),
    }
    facts["expected"], late = _expected(turn, order)
    facts["cash"] = _cash(turn, order)
    tracked = bool(order.tracking_number)
    response = "utter_status_shipped" if tracked else "utter_status_driver"
    options = [turn.option("person", "talk_to_human")] if late else []
    return ask(response, options, tracking=order.tracking_number or "-", **facts)


def _expected(turn: Turn, order: Order) -> tuple[str, bool]:
    """When it should arrive, as said, and whether that is over."""
    left = order.shipped_at or order.updated_at
    first, last = shipments.expected(left, order.days_min, order.days_max)
    names = [
        turn.words.day(datetime.combine(day, time(12), tzinfo=clock.ZONE)) for day in (first, last)
    ]
    if clock.local_date(clock.now()) > last:
        return turn.words.line("parcel_late", last=names[1]), True
    if first == last:
        return turn.words.line("parcel_expected_on", last=names[1]), False
    return turn.words.line("parcel_expected", first=names[0], last=names[1]), False


_WHEN = re.compile(
    r"\b(?:kapan|kpn|bile|bila|kire\w*|kira\w*|kr2|berap[ae] (?:lama\w*|hari)|"
    r"brp (?:lama|hari|lm|hr)\w*|lama|when\w*|wen|how long|eta|arrive\w*)\b",
    re.IGNORECASE,
)


def takes(turn: Turn, order: Order) -> Reply:
    """How long the parcel will be on its way, for who asks when it comes; else nothing."""
    if order.shipping_method == shipping.PICKUP or not _WHEN.search(turn.typed):
        return Reply()
    return say("utter_takes", days=checkout_flow.days(turn, order.days_min, order.days_max))


def waiting_for_cash(session: Session, turn: Turn, order: Order) -> Reply:
    """An order that is paid at the door and has not left yet."""
    at_counter = order.shipping_method == "pickup"
    packed = order.state == "packed"
    response = "utter_status_cod_counter" if at_counter else "utter_status_cod"
    return say(
        response,
        code=order.order_code,
        total=format_rupiah(order.total_idr),
        state=turn.words.line("state_packed" if packed else "being_packed"),
        address=shop.facts(session).get("address", "-"),
    )


def at_counter(session: Session, order: Order) -> Reply:
    """A packed order that the customer fetches: where."""
    address = shop.facts(session).get("address", "-")
    return say("utter_status_at_counter", code=order.order_code, address=address)


def _cash(turn: Turn, order: Order) -> str:
    if not orders.owes_cash(order):
        return ""
    return turn.words.line("cash_ready", amount=format_rupiah(order.total_idr))


def _news(turn: Turn, news: tuple[EventView, ...]) -> str:
    """The latest news, one per line, the newest first; empty without any."""
    told = [
        turn.words.line(
            "event",
            at=turn.words.moment(one.at),
            what=_what(turn, one),
            place=f", {one.place}" if one.place else "",
        )
        for one in news[:MOST_NEWS]
    ]
    return "".join(f"\n{line}" for line in told)


def _what(turn: Turn, one: EventView) -> str:
    """The kind in the customer's language; what the courier wrote only where there is no kind."""
    return one.text if one.kind == "note" and one.text else turn.words.line(f"event_{one.kind}")
