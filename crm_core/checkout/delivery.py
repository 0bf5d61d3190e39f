"""How the customer gets the parts: the way they chose, and where to, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from crm_core import carts, customers, orders, shipping
from crm_core.carts import CartView
from crm_core.customers.models import Customer
from crm_core.errors import InvalidInput
from crm_core.money import Rupiah
from crm_core.orders import Delivery
from crm_core.shipping import Quote


@dataclass(frozen=True, slots=True)
class Way:
    """One way to get what is in the cart: its price, and whether cash is taken there.

    ``cod_refusal`` is None where the customer may pay on delivery, else the reason why not.
    """

    quote: Quote
    cod_refusal: str | None


def known_delivery(session: Session, customer: Customer, cart: CartView | None = None) -> Delivery:
    """How and where to the customer wants what is in the cart, as the caller may have read it.

    A way that does not lead to the address known is left open, so that the cheapest one is taken.
    Raises InvalidInput ("delivery_incomplete", missing) for what has never been said; who fetches
    the parts at the counter needs only a name.
    """
    cart = cart or carts.show(session, customer)
    known = customers.default_address(session, customer)
    if cart.method == shipping.PICKUP:
        name = known.recipient_name if known else customer.name
        if not name:
            raise InvalidInput("delivery_incomplete", missing=["recipient_name"])
        phone = (known.phone if known else None) or customer.phone
        return Delivery(name, phone, method=shipping.PICKUP, pay_on_delivery=cart.pay_on_delivery)
    if known is None:
        raise InvalidInput("delivery_incomplete", missing=["recipient_name", "address", "district"])
    if known.district_id is None:
        raise InvalidInput("delivery_incomplete", missing=["district"])
    phone = known.phone or customer.phone
    to = Delivery(known.recipient_name, phone, known.address, known.district_id)
    offered = {one.method for one in shipping.options(session, known.district_id, 0)}
    method = cart.method if cart.method in offered else None
    return replace(to, method=method, pay_on_delivery=cart.pay_on_delivery)


def ways(
    session: Session, customer: Customer, district_id: int | None, items_idr: Rupiah | None = None
) -> list[Way]:
    """Every way to get what is in the cart, the cheapest delivery first, the counter last.

    ``items_idr`` is what the lines cost after discounts, None for the cart's own sum.
    """
    cart = carts.show(session, customer)
    items = cart.total if items_idr is None else items_idr
    found = shipping.options(session, district_id, cart.weight_g, cart.volume_mm3)
    return [
        Way(
            one,
            orders.cod_refusal(
                session, customer.id, total_idr=int(items + one.cost), method=one.method
            ),
        )
        for one in found
    ]
