"""The verbs of the cart. A cart promises nothing: price and stock are read anew each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, and_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.carts.models import Cart, CartLine
from crm_core.carts.rules import checked_quantity
from crm_core.carts.showing import CartView, show
from crm_core.catalogue.models import Part, StockLevel
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.shipping.parcels import METHODS
from crm_core.timeline import Actor


def add(
    session: Session, customer: Customer, part_code: str, quantity: int, actor: Actor
) -> CartView:
    """Put ``quantity`` more of a part into the cart.

    Raises InvalidInput ("quantity_invalid", most), NotFound ("part_not_found", part_code),
    Conflict ("price_on_request", part_code, name) or ("stock_short", part_code, name, available,
    in_cart) when cart and wish together are more than there is.
    """
    cart = cart_of(session, customer)
    part = _put(session, cart, part_code, quantity)
    facts: dict[str, object] = {"part_code": part.part_code, "quantity": quantity}
    return changed(session, customer, cart, actor=actor, action="added", facts=facts)


def add_all(
    session: Session, customer: Customer, lines: Sequence[tuple[str, int]], actor: Actor
) -> CartView:
    """Put several parts into the cart at once, each line a part code and how many more of it.

    All of them or, on a refusal, none: raises as :func:`add`.
    """
    with session.begin_nested():
        cart = cart_of(session, customer)
        for code, quantity in lines:
            _put(session, cart, code, quantity)
        facts: dict[str, object] = {
            "lines": [{"part_code": plain_code(code), "quantity": count} for code, count in lines]
        }
        return changed(session, customer, cart, actor=actor, action="list_added", facts=facts)


def set_quantity(
    session: Session, customer: Customer, part_code: str, quantity: int, actor: Actor
) -> CartView:
    """Change how many of a part are in the cart.

    Raises as :func:`add`, and NotFound ("part_not_in_cart", part_code).
    """
    checked_quantity(quantity)
    part = sold_part(session, part_code)
    cart = cart_of(session, customer)
    line = line_of(session, cart, part)
    if line is None:
        raise NotFound("part_not_in_cart", part_code=part.part_code)
    refuse_more_than_stock(session, part, quantity, line.quantity)
    line.quantity = quantity
    facts: dict[str, object] = {"part_code": part.part_code, "quantity": quantity}
    return changed(session, customer, cart, actor=actor, action="quantity_set", facts=facts)


def remove(session: Session, customer: Customer, part_code: str, actor: Actor) -> CartView:
    """Take a part out of the cart. Raises NotFound ("part_not_in_cart", part_code)."""
    code = plain_code(part_code)
    cart = cart_of(session, customer)
    removed = session.execute(
        select(CartLine, Part)
        .join(Part, Part.id == CartLine.part_id)
        .where(CartLine.cart_id == cart.id, Part.part_code == code)
    ).one_or_none()
    if removed is None:
        raise NotFound("part_not_in_cart", part_code=code[:32])
    line, part = removed
    session.delete(line)
    facts: dict[str, object] = {"part_code": part.part_code, "quantity": line.quantity}
    return changed(session, customer, cart, actor=actor, action="removed", facts=facts)


_lines = cast(Table, CartLine.__table__)
_EMPTY = delete(_lines).where(_lines.c.cart_id == bindparam("cart_id")).returning(_lines.c.id)


def clear(session: Session, customer: Customer, actor: Actor) -> CartView:
    """Empty the cart; an empty one stays as it is."""
    cart = cart_of(session, customer)
    emptied = session.execute(_EMPTY, {"cart_id": cart.id}).all()
    cart.shipping_method, cart.pay_on_delivery, cart.voucher_code = None, False, None
    cart.use_points, cart.note = False, None
    session.flush()
    if not emptied:
        return show(session, customer)
    facts: dict[str, object] = {"lines": len(emptied)}
    return changed(session, customer, cart, actor=actor, action="cleared", facts=facts)


def choose_delivery(
    session: Session,
    customer: Customer,
    *,
    method: str | None,
    pay_on_delivery: bool = False,
    actor: Actor,
) -> CartView:
    """Keep how the customer wants to get what is in the cart, and whether they pay at the door.

    Nothing is promised: placing checks both. Raises InvalidInput ("shipping_method_unknown").
    """
    if method is not None and method not in METHODS:
        raise InvalidInput("shipping_method_unknown")
    cart = cart_of(session, customer)
    if (cart.shipping_method, cart.pay_on_delivery) == (method, pay_on_delivery):
        return show(session, customer)
    cart.shipping_method, cart.pay_on_delivery = method, pay_on_delivery
    session.flush()
    facts: dict[str, object] = {"method": method or "", "pay_on_delivery": pay_on_delivery}
    return changed(session, customer, cart, actor=actor, action="delivery_chosen", facts=facts)


def hold(session: Session, customer: Customer) -> CartView:
    """The cart as :func:`show` has it, unchangeable by others until the transaction ends."""
    cart_of(session, customer)
    return show(session, customer)


_PUT = (
    select(Part, CartLine, func.greatest(StockLevel.on_hand - StockLevel.reserved, 0))
    .outerjoin(
        CartLine, and_(CartLine.part_id == Part.id, CartLine.cart_id == bindparam("cart_id"))
    )
    .outerjoin(StockLevel, StockLevel.part_id == Part.id)
    .where(Part.part_code == bindparam("code"), Part.active)
    .execution_options(populate_existing=True)
)


def _put(session: Session, cart: Cart, part_code: str, quantity: int) -> Part:
    """Add to a line of a cart that is held, or make the line; raises as :func:`add`."""
    checked_quantity(quantity)
    code = plain_code(part_code)
    row = session.execute(_PUT, {"cart_id": cart.id, "code": code}).one_or_none()
    part, line, left = row or (None, None, 0)
    part = _sold(part, code)
    before = line.quantity if line else 0
    wanted = checked_quantity(before + quantity)
    _refuse_short(part, left, wanted, before)
    if line is None:
        session.add(CartLine(cart_id=cart.id, part_id=part.id, quantity=wanted))
        session.flush()
    else:
        line.quantity = wanted
    return part


def sold_part(session: Session, part_code: str) -> Part:
    """The part of this code, as far as it is sold now; raises as :func:`add`."""
    code = plain_code(part_code)
    found = select(Part).where(Part.part_code == code, Part.active)
    return _sold(session.scalars(found).one_or_none(), code)


def _sold(part: Part | None, code: str) -> Part:
    if part is None:
        raise NotFound("part_not_found", part_code=code[:32])
    if part.price_idr is None:
        raise Conflict("price_on_request", part_code=part.part_code, name=part.name)
    return part


_HELD = (
    select(Cart)
    .where(Cart.customer_id == bindparam("customer_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def cart_of(session: Session, customer: Customer) -> Cart:
    """The customer's cart, made if missing, locked so that two channels add one after the other."""
    given = {"customer_id": customer.id}
    cart = session.scalars(_HELD, given).one_or_none()
    if cart is None:
        session.execute(
            insert(Cart)
            .values(customer_id=customer.id, updated_at=clock.now())
            .on_conflict_do_nothing(index_elements=["customer_id"])
        )
        cart = session.scalars(_HELD, given).one()
    return cart


def line_of(session: Session, cart: Cart, part: Part) -> CartLine | None:
    """The line of a held cart with this part, read anew."""
    return session.scalars(
        select(CartLine)
        .where(CartLine.cart_id == cart.id, CartLine.part_id == part.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def refuse_more_than_stock(session: Session, part: Part, wanted: int, in_cart: int) -> None:
    """Raise Conflict ("stock_short") when there are fewer than ``wanted`` pieces."""
    _refuse_short(part, available(session, part), wanted, in_cart)


def _refuse_short(part: Part, left: int, wanted: int, in_cart: int) -> None:
    if wanted > left:
        raise Conflict(
            "stock_short",
            part_code=part.part_code,
            name=part.name,
            available=left,
            in_cart=in_cart,
        )


def available(session: Session, part: Part) -> int:
    """How many pieces of a part nobody has reserved; never below 0."""
    left = select(StockLevel.on_hand - StockLevel.reserved).where(StockLevel.part_id == part.id)
    return max(session.scalar(left) or 0, 0)


def changed(
    session: Session,
    customer: Customer,
    cart: Cart,
    *,
    actor: Actor,
    action: str,
    facts: dict[str, object],
) -> CartView:
    """Record what was done to a held cart; the cart as it is then."""
    cart.updated_at = clock.now()
    timeline.record(
        session,
        subject="cart",
        subject_id=cart.id,
        action=action,
        actor=actor,
        customer_id=customer.id,
        facts=facts,
    )
    return show(session, customer)
