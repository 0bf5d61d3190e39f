"""Orders: from paid to packed, sent and arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels import context, invoicepdf, invoices
from channels.console.again import again
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from channels.shown import rupiah
from crm_core import (
    checkout,
    conversations,
    customers,
    orders,
    payments,
    returns,
    shipments,
    timeline,
)
from crm_core.orders import OrderState

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

TABS = ("paid", "packed", "shipped", "awaiting_payment", "delivered", "all")
ENDED = ("cancelled", "expired", "returned", "completed")


@blueprint.get("/orders", endpoint="orders")
@allows("orders")
def orders_list() -> str:
    """Orders by state, or those that match a search."""
    tab = request.args.get("tab", "paid")
    tab = tab if tab in (*TABS, *ENDED) else "paid"
    query = request.args.get("q", "")
    with work() as session:
        found = orders.listing(
            session,
            state=None if tab == "all" or query else tab,
            query=query,
            cursor=request.args.get("cursor"),
            limit=40,
        )
        counts = orders.counts(session)
    page = "console/_orders.html" if is_fragment() else "console/orders.html"
    return render_template(
        page, rows=found.items, next=found.next, tab="all" if query else tab, q=query, counts=counts
    )


@blueprint.get("/orders/<code>")
@allows("orders")
def order(code: str) -> str:
    """One order, and the moves that its state allows."""
    with work() as session:
        found = orders.by_code(session, code)
        paid = payments.for_order(session, found)
        moves = {str(new) for new in orders.moves(found)}
        return render_template(
            "console/order.html",
            order=orders.view(session, found),
            talks=conversations.of_customer(session, customers.by_id(session, found.customer_id)),
            payment=payments.view(session, paid) if paid else None,
            history=timeline.entries(session, subject="order", subject_id=found.id, limit=50),
            returns=returns.of_order(session, found),
            moves=moves,
            owes_cash=orders.owes_cash(found),
            news=shipments.events(session, found),
            batch_id=shipments.batch_of(session, found),
            news_kinds=[str(kind) for kind in shipments.EventKind],
        )


@blueprint.get("/orders/<code>/print")
@allows("orders")
def print_order(code: str) -> str:
    """The order on one white page."""
    with work() as session:
        invoice = invoices.invoice_of(session, orders.by_code(session, code))
    return render_template("orderpage/paper.html", invoice=invoice, console=True)


@blueprint.get("/orders/<code>/invoice.pdf")
@allows("orders")
def invoice_pdf(code: str) -> Response:
    """The invoice as a file."""
    with work() as session:
        invoice = invoices.invoice_of(session, orders.by_code(session, code))
    return invoicepdf.answer(invoice)


@blueprint.post("/orders/<code>/pack")
@allows("orders")
def pack_order(code: str) -> ResponseReturnValue:
    """The parts lie in the parcel."""
    with work() as session:
        orders.pack(session, orders.by_code(session, code), actor())
    return done(t("console.order.packed", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/ship")
@allows("orders")
@again("order")
def ship_order(code: str) -> ResponseReturnValue:
    """The parcel has left. A number that cannot be, or is another parcel's, is refused."""
    courier, number = request.form.get("courier", ""), request.form.get("tracking_number", "")
    with work() as session:
        found = orders.lock(session, orders.by_code(session, code))
        if number.strip():
            orders.set_tracking(session, found, actor(), number, courier)
        orders.ship(session, found, actor(), courier)
    return done(t("console.order.shipped", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/hand-over")
@allows("orders")
def hand_over_order(code: str) -> ResponseReturnValue:
    """The customer has fetched the parts at the counter."""
    with work() as session:
        orders.hand_over(session, orders.by_code(session, code), actor())
    return done(t("shipping.counter_done", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/cash")
@allows("payments")
@again("order")
def take_cash(code: str) -> ResponseReturnValue:
    """The customer has paid in cash at the door or the counter."""
    digits = request.form.get("amount", "").replace(".", "").strip()
    amount = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else 0
    with work() as session:
        payment = payments.take_cash(
            session,
            orders.by_code(session, code),
            actor=actor(),
            amount_idr=amount,
            receipt_number=request.form.get("receipt", ""),
            second_person_from=context.current().settings.second_person_idr,
        )
        paid = payment.state == payments.PaymentState.ACCEPTED
    if paid:
        text = t("shipping.cash_booked", code=code, amount=rupiah(amount))
    else:
        text = t("console.payment.second_needed", code=code)
    return done(text, "console.order", code=code)


@blueprint.post("/orders/<code>/refused")
@allows("orders")
@again("order")
def refused_at_door(code: str) -> ResponseReturnValue:
    """Nobody took the parcel and nobody paid: it is here again."""
    with work() as session:
        returns.refused_at_door(
            session,
            orders.by_code(session, code),
            actor=actor(),
            reason=request.form.get("reason", ""),
            damaged=request.form.getlist("damaged"),
        )
    return done(t("shipping.refused_done", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/deliver")
@allows("orders")
def deliver_order(code: str) -> ResponseReturnValue:
    """The parcel has arrived."""
    with work() as session:
        orders.deliver(session, orders.by_code(session, code), actor())
    return done(t("console.order.delivered", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/complete")
@allows("orders")
def complete_order(code: str) -> ResponseReturnValue:
    """Nothing is open any more."""
    with work() as session:
        orders.complete(session, orders.by_code(session, code), actor())
    return done(t("console.order.completed", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/cancel")
@allows("orders")
@again("order")
def cancel_order(code: str) -> ResponseReturnValue:
    """End the order before it is sent; the stock is free again."""
    with work() as session:
        checkout.cancel(
            session,
            orders.by_code(session, code),
            actor=actor(),
            reason=request.form.get("reason", ""),
        )
    return done(t("console.order.cancelled", code=code), "console.order", code=code)


STEPS = (
    OrderState.AWAITING_PAYMENT,
    OrderState.PAID,
    OrderState.PACKED,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
)
"""The way of an order that goes well, as the screen draws it."""


@blueprint.app_context_processor
def _steps() -> dict[str, object]:
    return {"order_steps": [str(step) for step in STEPS]}
