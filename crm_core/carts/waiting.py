"""More is wanted than there is: what is there goes into the cart, the customer is told of the rest.

Nothing is reserved by it; placing the order holds what there is then.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm_core import catalogue
from crm_core.carts.models import Cart, CartLine
from crm_core.carts.rules import checked_quantity
from crm_core.carts.service import available, cart_of, changed, line_of, sold_part
from crm_core.carts.showing import CartView
from crm_core.catalogue.models import Wish
from crm_core.customers.models import Customer
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class Taken:
    """The cart now, how many of the part are in it, and how many are waited for."""

    cart: CartView
    taken: int
    missing: int


def take_available(
    session: Session,
    customer: Customer,
    part_code: str,
    wanted: int,
    actor: Actor,
    *,
    conversation_id: int | None = None,
) -> Taken:
    """Have ``wanted`` pieces of a part in the cart, or those there are and a wish for the rest.

    The customer is told once, when so many more are there. A part of which none is left goes out
    of the cart. Raises InvalidInput ("quantity_invalid"), NotFound ("part_not_found"), Conflict
    ("price_on_request").
    """
    checked_quantity(wanted)
    with session.begin_nested():
        cart = cart_of(session, customer)
        part = sold_part(session, part_code)
        taken = min(wanted, available(session, part))
        line = line_of(session, cart, part)
        if line is not None and taken == 0:
            session.delete(line)
        elif line is not None:
            line.quantity = taken
        elif taken:
            session.add(CartLine(cart_id=cart.id, part_id=part.id, quantity=taken))
        missing = wanted - taken
        if missing:
            catalogue.record_wish(
                session, customer_id=customer.id, conversation_id=conversation_id,
                query=part.name, reason="out_of_stock", part_code=part.part_code,
                quantity=missing, notify=True, at_least=missing,
            )  # fmt: skip
        session.flush()
        facts: dict[str, object] = {
            "part_code": part.part_code, "quantity": taken, "missing": missing,
        }  # fmt: skip
        view = changed(session, customer, cart, actor=actor, action="quantity_set", facts=facts)
    return Taken(view, taken, missing)


def tell_arrivals(session: Session, limit: int | None = None) -> int:
    """``catalogue.tell_arrivals``, where what lies in the customer's own cart is no news.

    Who took three of five pieces is told when two more are there, not of the three.
    """
    return catalogue.tell_arrivals(session, limit, besides=_in_own_cart())


def _in_own_cart() -> ColumnElement[int]:
    query = (
        select(func.coalesce(func.sum(CartLine.quantity), 0))
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(Cart.customer_id == Wish.customer_id, CartLine.part_id == Wish.part_id)
    )
    return query.correlate(Wish).scalar_subquery()
