"""The verbs that join cart, order and payment.

Locks: customer → cart → promotion → order → payment → stock → points.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core import carts, clock, loyalty, orders, payments, pricing, shipping, stock
from crm_core.carts import CartLineView, CartView
from crm_core.checkout.delivery import known_delivery
from crm_core.customers.models import Customer
from crm_core.errors import Conflict
from crm_core.loyalty import Redemption
from crm_core.money import Rupiah
from crm_core.orders import Delivery, Order, OrderState, OrderView
from crm_core.payments import Payment, PaymentRow
from crm_core.pricing import Discount, Voucher
from crm_core.shipping import Quote
from crm_core.timeline import Actor

NO_POINTS = Redemption()
AT_ONCE = 200
"""Orders that one run of the expiry ends; the rest is due a minute later still."""


@dataclass(frozen=True, slots=True)
class CheckoutSummary:
    """What the customer would order now; nothing is promised by it.

    ``total`` = ``items`` + ``shipping`` - ``discount``. ``voucher`` is the one chosen: with a
    ``problem`` it takes nothing off, and placing is refused until it is dropped from the cart.
    ``points`` are those that can pay for a part of it; with ``use_points`` they are among the
    ``discounts``.
    """

    lines: tuple[CartLineView, ...]
    items: Rupiah
    discounts: tuple[Discount, ...]
    discount: Rupiah
    shipping: Rupiah
    total: Rupiah
    weight_g: int
    quote: Quote
    delivery: Delivery
    district: str
    voucher: Voucher | None = None
    points: Redemption = NO_POINTS
    use_points: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The order as it stands in the books, and how to pay it."""

    order: OrderView
    payment: PaymentRow


def summary(
    session: Session, customer: Customer, delivery: Delivery | None = None
) -> CheckoutSummary:
    """What an order would hold and cost now, to the ``delivery`` or the address known.

    Raises Conflict ("cart_empty", "price_on_request", "stock_short"), InvalidInput
    ("delivery_incomplete", missing), NotFound as ``shipping.quote``.
    """
    cart = carts.show(session, customer)
    _refuse_unsellable(cart)
    to = delivery or known_delivery(session, customer, cart)
    place_id = None if to.method == shipping.PICKUP else to.district_id
    quote = shipping.quote(session, place_id, cart.weight_g, to.method, cart.volume_mm3)
    points = loyalty.redeemable(session, customer.id, cart.total)
    discounts = (*cart.discounts, *_by_points(cart, points, customer))
    off = sum((one.amount for one in discounts), Rupiah(0))
    return CheckoutSummary(
        lines=cart.lines,
        items=cart.items,
        discounts=discounts,
        discount=off,
        shipping=quote.cost,
        total=cart.items - off + quote.cost,
        weight_g=cart.weight_g,
        quote=quote,
        delivery=to,
        district=shipping.district(session, place_id).label if place_id else "",
        voucher=cart.voucher,
        points=points,
        use_points=cart.use_points,
        note=cart.note,
    )


def place(
    session: Session,
    customer: Customer,
    *,
    actor: Actor,
    idempotency_key: str | None = None,
    conversation_id: int | None = None,
    delivery: Delivery | None = None,
    note: str | None = None,
    agreed_idr: int | None = None,
) -> Placed:
    """Order what is in the cart, ask for the money, empty the cart: all of it or nothing.

    ``note`` takes the place of the cart's own. ``agreed_idr`` is the total that the customer said
    yes to: a different one is refused. The same ``idempotency_key`` gives back what was placed
    first. Raises as :func:`summary`, ``orders.place`` and ``payments.request``, and Conflict
    ("summary_changed", total).
    """
    with session.begin_nested():
        order = orders.placed_before(session, customer, idempotency_key)
        if order is None:
            order = _place_cart(
                session,
                customer,
                actor=actor,
                idempotency_key=idempotency_key,
                conversation_id=conversation_id,
                delivery=delivery,
                note=note,
            )
            if agreed_idr is not None and order.total_idr != agreed_idr:
                raise Conflict("summary_changed", total=order.total_idr)
            payment = payments.request(session, order, actor, new=True)
        else:
            payment = payments.for_order(session, order) or payments.request(session, order, actor)
    return Placed(orders.view(session, order), payments.view(session, payment))


def cancel(session: Session, order: Order, *, actor: Actor, reason: str) -> Order:
    """End an order before it is shipped: stock free, unique code free.

    A customer may only while nothing says that money is on its way. Staff may until it is shipped;
    money received stays on the books as due for a refund. Raises Conflict ("payment_reported",
    order_code, state) and ("illegal_transition"), InvalidInput ("reason_missing").
    """
    orders.lock(session, order)
    payment = payments.for_order_locked(session, order)
    from_staff = actor.kind == "staff"
    waits = order.state == OrderState.AWAITING_PAYMENT
    if waits and not from_staff and payment and payment.state not in payments.EXPIRABLE:
        raise Conflict("payment_reported", order_code=order.order_code, state=str(payment.state))
    orders.cancel(session, order, actor, reason)
    if payment is not None:
        payments.close(session, payment)
        payments.order_ended(session, payment, actor)
    loyalty.order_ended(session, order, actor)
    return order


def expire_due(session: Session, limit: int = AT_ONCE) -> list[str]:
    """End at most ``limit`` unpaid orders whose 72 hours are over; returns their codes.

    Each is told to its customer, so that a transaction with several of them can wait crosswise
    with another of the kind: the clock's job ends one after the other. Orders that are paid at
    the door, or in part with goods, wait for people, not for a clock. An order whose payment was
    reported waits for a person instead. Orders that somebody works on at this moment are left to
    the next run, so two runs at once never do the same one.
    """
    due = (
        select(Order)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(
            Order.state == OrderState.AWAITING_PAYMENT,
            ~Order.pay_on_delivery,
            ~Order.discounts.any(kind="exchange"),
            Order.expires_at <= clock.now(),
            or_(Payment.id.is_(None), Payment.state.in_(payments.EXPIRABLE)),
        )
        .order_by(Order.id)
        .limit(limit)
        .with_for_update(of=Order, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    ending = []
    for order in session.scalars(due).all():
        payment = payments.for_order_locked(session, order)
        if payment is None or payment.state in payments.EXPIRABLE:  # not reported meanwhile
            ending.append((order, payment))
    # All promotions before any stock: with several orders the locks keep their common order.
    pricing.release_promotions(session, [order.id for order, _ in ending])
    stock.hold_levels(session, [order.id for order, _ in ending])
    expired = []
    for order, payment in ending:
        orders.expire(session, order)
        if payment is not None:
            payments.close(session, payment)
        expired.append(order.order_code)
    for order, _ in sorted(ending, key=lambda one: (one[0].customer_id, one[0].id)):
        loyalty.order_ended(session, order, Actor.system("expiry"))
    return expired


def _place_cart(
    session: Session,
    customer: Customer,
    *,
    actor: Actor,
    idempotency_key: str | None,
    conversation_id: int | None,
    delivery: Delivery | None,
    note: str | None,
) -> Order:
    cart = carts.hold(session, customer)
    if cart.empty:
        raise Conflict("cart_empty")
    order = orders.place(
        session,
        customer,
        lines=[(line.part_code, line.quantity) for line in cart.lines],
        # The way of the cart that is held: nobody chooses another between the two.
        delivery=delivery or known_delivery(session, customer, cart),
        actor=actor,
        idempotency_key=idempotency_key,
        conversation_id=conversation_id,
        note=cart.note if note is None else note,
        line_notes={line.part_code: line.note for line in cart.lines if line.note},
        voucher=cart.voucher.code if cart.voucher else None,
        bargains={
            line.part_code: line.bargain_id for line in cart.lines if line.bargain_id is not None
        },
        held=True,
    )
    if cart.use_points:
        loyalty.redeem(session, order, customer.language, actor)
    carts.clear(session, customer, actor)
    return order


def _by_points(cart: CartView, points: Redemption, customer: Customer) -> list[Discount]:
    """What points take off, if they are to and can."""
    if not (cart.use_points and points.points):
        return []
    return [Discount("points", points.label(customer.language), points.amount)]


def _refuse_unsellable(cart: CartView) -> None:
    if cart.empty:
        raise Conflict("cart_empty")
    for line in cart.lines:
        if line.unit_price is None:
            raise Conflict("price_on_request", part_code=line.part_code, name=line.name)
        if line.quantity > line.stock_available:
            raise Conflict(
                "stock_short",
                part_code=line.part_code,
                name=line.name,
                available=line.stock_available,
            )
