"""The cart as it is worth now: its lines, what is chosen for it, what is taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm_core import pricing
from crm_core.carts.models import Cart, CartLine
from crm_core.catalogue.models import Part, StockLevel
from crm_core.customers.models import Customer
from crm_core.money import Rupiah
from crm_core.pricing import GOODS_COLUMNS, Discount, Goods, PricedLine, Voucher, Wanted
from crm_core.recalling import recall


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


_CART = (
    select(
        Cart.shipping_method,
        Cart.pay_on_delivery,
        Cart.voucher_code,
        Cart.use_points,
        Cart.note.label("cart_note"),
        CartLine.quantity,
        CartLine.bargain_id,
        CartLine.note,
        func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0).label("left"),
        Part.weight_g,
        func.coalesce(Part.length_mm * Part.width_mm * Part.height_mm, 0).label("volume"),
        *GOODS_COLUMNS,
    )
    .select_from(Cart)
    .outerjoin(CartLine, CartLine.cart_id == Cart.id)
    .outerjoin(Part, Part.id == CartLine.part_id)
    .outerjoin(StockLevel, StockLevel.part_id == Part.id)
    .where(Cart.customer_id == bindparam("customer_id"))
    .order_by(CartLine.id)
)
_TABLES = (
    "carts", "cart_lines", "parts", "stock_levels", "price_tiers", "promotions", "promotion_uses",
    "bargains",
)  # fmt: skip


def show(session: Session, customer: Customer) -> CartView:
    """The cart as it is worth now; an empty view if there is none yet."""
    key = ("cart", customer.id, customer.price_class, customer.language)
    return recall(session, key, _TABLES, lambda: _show(session, customer))


def _show(session: Session, customer: Customer) -> CartView:
    rows = session.execute(_CART, {"customer_id": customer.id}).all()
    if not rows:
        return CartView((), Rupiah(0), 0)
    held = [(row, Goods.read(row[-len(GOODS_COLUMNS) :])) for row in rows if row.id is not None]
    wanted = [Wanted(part.part_code, row.quantity, row.bargain_id) for row, part in held]
    known = {part.part_code: part for _, part in held}
    worth = pricing.quote(session, customer, wanted, rows[0].voucher_code, known=known)
    lines = tuple(_line(row[0], priced) for row, priced in zip(held, worth.lines, strict=True))
    return CartView(
        lines,
        worth.total,
        sum(line.weight_g * line.quantity for line in lines),
        sum(line.volume_mm3 * line.quantity for line in lines),
        rows[0].shipping_method,
        rows[0].pay_on_delivery,
        worth.discounts,
        worth.voucher,
        rows[0].use_points,
        rows[0].cart_note,
    )


def _line(row: Any, priced: PricedLine) -> CartLineView:
    return CartLineView(
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
