"""The verbs of the cart. A cart promises nothing: price and stock are read anew each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, pricing, timeline
from crm_core.carts.models import Cart, CartLine
from crm_core.carts.rules import checked_quantity
from crm_core.catalogue.models import Part, StockLevel
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.pricing import Discount, Voucher, Wanted
from crm_core.shipping.parcels import METHODS
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class CartLineView:
    """One line with the present price and stock; ``unit_price`` is the customer's own.

    ``list_price`` is what anybody pays for one. ``bargain_id`` names the price agreed for it; what
    that takes off is among the cart's discounts. A part whose price was taken away meanwhile has
    ``unit_price`` None and ``subtotal`` 0; it cannot be ordered.
    """

    part_code: str
    name: str
    quantity: int
    unit_price: Rupiah | None
    subtotal: Rupiah
    stock_available: int
    weight_g: int
    volume_mm3: int = 0
    list_price: Rupiah | None = None
    bargain_id: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CartView:
    """The whole cart: lines in the order they were added, their worth, weight and volume.

    ``total`` is what the lines cost less the ``discounts``, without shipping. ``voucher`` is the
    one chosen, with the reason when it takes nothing off.
    ``method`` is the way of delivery chosen for it, None until one is. ``use_points``: points are
    to pay for a part of it; how much that is the checkout says.
    """

    lines: tuple[CartLineView, ...]
    total: Rupiah
    weight_g: int
    volume_mm3: int = 0
    method: str | None = None
    pay_on_delivery: bool = False
    discounts: tuple[Discount, ...] = ()
    voucher: Voucher | None = None
    use_points: bool = False
    note: str | None = None

    @property
    def items(self) -> Rupiah:
        """What the lines cost before anything is taken off."""
        return sum((line.subtotal for line in self.lines), Rupiah(0))

    @property
    def discount(self) -> Rupiah:
        """All that is taken off."""
        return sum((one.amount for one in self.discounts), Rupiah(0))

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.lines


def show(session: Session, customer: Customer) -> CartView:
    """The cart as it is worth now; an empty view if there is none yet."""
    rows = session.execute(
        select(
            Part.part_code,
            Part.name,
            CartLine.quantity,
            CartLine.bargain_id,
            CartLine.note,
            func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0).label("left"),
            Part.weight_g,
            func.coalesce(Part.length_mm * Part.width_mm * Part.height_mm, 0).label("volume"),
        )
        .join(Cart, Cart.id == CartLine.cart_id)
        .join(Part, Part.id == CartLine.part_id)
        .outerjoin(StockLevel, StockLevel.part_id == Part.id)
        .where(Cart.customer_id == customer.id)
        .order_by(CartLine.id)
    )
    held = rows.all()
    chosen = session.execute(
        select(
            Cart.shipping_method,
            Cart.pay_on_delivery,
            Cart.voucher_code,
            Cart.use_points,
            Cart.note,
        ).where(Cart.customer_id == customer.id)
    ).one_or_none()
    method, at_door, code, use_points, note = chosen or (None, False, None, False, None)
    wanted = [Wanted(row.part_code, row.quantity, row.bargain_id) for row in held]
    worth = pricing.quote(session, customer, wanted, code)
    lines = tuple(
        CartLineView(
            row.part_code,
            row.name,
            row.quantity,
            priced.unit,
            priced.subtotal,
            row.left,
            row.weight_g,
            row.volume,
            priced.list_price,
            row.bargain_id,
            row.note,
        )
        for row, priced in zip(held, worth.lines, strict=True)
    )
    return CartView(
        lines,
        worth.total,
        sum(line.weight_g * line.quantity for line in lines),
        sum(line.volume_mm3 * line.quantity for line in lines),
        method,
        at_door,
        worth.discounts,
        worth.voucher,
        use_points,
        note,
    )


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


def clear(session: Session, customer: Customer, actor: Actor) -> CartView:
    """Empty the cart; an empty one stays as it is."""
    cart = cart_of(session, customer)
    emptied = session.execute(
        delete(CartLine).where(CartLine.cart_id == cart.id).returning(CartLine.id)
    ).all()
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


def _put(session: Session, cart: Cart, part_code: str, quantity: int) -> Part:
    """Add to a line of a cart that is held, or make the line; raises as :func:`add`."""
    checked_quantity(quantity)
    part = sold_part(session, part_code)
    line = line_of(session, cart, part)
    before = line.quantity if line else 0
    wanted = checked_quantity(before + quantity)
    refuse_more_than_stock(session, part, wanted, before)
    if line is None:
        session.add(CartLine(cart_id=cart.id, part_id=part.id, quantity=wanted))
        session.flush()
    else:
        line.quantity = wanted
    return part


def sold_part(session: Session, part_code: str) -> Part:
    """The part of this code, as far as it is sold now; raises as :func:`add`."""
    code = plain_code(part_code)
    part = session.scalars(select(Part).where(Part.part_code == code, Part.active)).one_or_none()
    if part is None:
        raise NotFound("part_not_found", part_code=code[:32])
    if part.price_idr is None:
        raise Conflict("price_on_request", part_code=part.part_code, name=part.name)
    return part


def cart_of(session: Session, customer: Customer) -> Cart:
    """The customer's cart, made if missing, locked so that two channels add one after the other."""
    session.execute(
        insert(Cart)
        .values(customer_id=customer.id, updated_at=clock.now())
        .on_conflict_do_nothing(index_elements=["customer_id"])
    )
    return session.scalars(
        select(Cart)
        .where(Cart.customer_id == customer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def line_of(session: Session, cart: Cart, part: Part) -> CartLine | None:
    """The line of a held cart with this part, read anew."""
    return session.scalars(
        select(CartLine)
        .where(CartLine.cart_id == cart.id, CartLine.part_id == part.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def refuse_more_than_stock(session: Session, part: Part, wanted: int, in_cart: int) -> None:
    """Raise Conflict ("stock_short") when there are fewer than ``wanted`` pieces."""
    left = available(session, part)
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
