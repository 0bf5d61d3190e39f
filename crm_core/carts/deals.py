"""A voucher in the cart, and a price agreed for one of its lines."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import pricing
from crm_core.carts.models import CartLine
from crm_core.carts.service import cart_of, changed, line_of, refuse_more_than_stock
from crm_core.carts.showing import CartView, show
from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.errors import Conflict
from crm_core.timeline import Actor


def use_voucher(session: Session, customer: Customer, code: str, actor: Actor) -> CartView:
    """Use a voucher with what is in the cart, in the place of another one.

    Refused with the reason when it takes nothing off, and the cart stays as it was: NotFound
    ("voucher_unknown"), Conflict ("voucher_expired", "voucher_not_yet", "voucher_not_for_you",
    "voucher_used_by_you", "promotion_used_up", "voucher_below_minimum" with ``minimum`` and
    ``missing``, "voucher_not_for_these", "voucher_cart_empty"), each with the ``voucher`` meant.
    """
    checked = pricing.check_voucher(session, customer, code)
    with session.begin_nested():
        cart = cart_of(session, customer)
        cart.voucher_code = checked.code
        session.flush()
        view = show(session, customer)
        if view.empty:
            raise Conflict("voucher_cart_empty", voucher=checked.code)
        pricing.refuse_problem(view.voucher)
        facts: dict[str, object] = {"code": checked.code}
        return changed(session, customer, cart, actor=actor, action="voucher_used", facts=facts)


def drop_voucher(session: Session, customer: Customer, actor: Actor) -> CartView:
    """Use no voucher; a cart without one stays as it is."""
    cart = cart_of(session, customer)
    code, cart.voucher_code = cart.voucher_code, None
    if code is None:
        return show(session, customer)
    session.flush()
    facts: dict[str, object] = {"code": code}
    return changed(session, customer, cart, actor=actor, action="voucher_dropped", facts=facts)


def take_bargain(
    session: Session,
    customer: Customer,
    bargain_id: int,
    actor: Actor,
    quantity: int | None = None,
) -> CartView:
    """Accept an offered price: the part is in the cart with it, in the quantity spoken of.

    ``quantity`` more pieces get the price as well; more of it that is in the cart already stays.
    All of it or nothing: raises as ``pricing.accept_bargain``, and Conflict ("stock_short").
    """
    with session.begin_nested():
        cart = cart_of(session, customer)
        deal = pricing.accept_bargain(session, customer, bargain_id, actor=actor, quantity=quantity)
        part = session.scalars(select(Part).where(Part.id == deal.part_id)).one()
        line = line_of(session, cart, part)
        wanted = max(deal.quantity, line.quantity if line else 0)
        refuse_more_than_stock(session, part, wanted, line.quantity if line else 0)
        if line is None:
            line = CartLine(cart_id=cart.id, part_id=part.id, quantity=wanted)
            session.add(line)
        line.quantity, line.bargain_id = wanted, deal.id
        session.flush()
        facts: dict[str, object] = {
            "part_code": part.part_code,
            "quantity": wanted,
            "price_idr": int(deal.offered_idr or 0),
        }
        return changed(session, customer, cart, actor=actor, action="bargain_taken", facts=facts)
