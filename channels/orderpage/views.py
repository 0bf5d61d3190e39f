"""What the page shows: the order as it stands, how to pay it, and the same on paper."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import segno
import structlog
from flask import Response, render_template, request
from markupsafe import Markup

from channels import context, gateway, invoicepdf, invoices
from channels.i18n import has, t
from channels.orderpage import steps
from channels.orderpage.frame import blueprint, limited, owner, the_order, work
from crm_core import checkout, complaints, orders, payments, shipments, shop
from crm_core.errors import InvalidInput, NotFound
from crm_core.payments import PaymentState, qris

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from crm_core.orders import Order, OrderView
    from crm_core.payments import PaymentRow

log = structlog.get_logger(__name__)

CHECKED = frozenset({PaymentState.REPORTED, PaymentState.VERIFIED_BY_SMS})
"""The customer has done their part and waits for the shop."""


@blueprint.get("")
def page() -> str:
    """The order's page."""
    with work() as db:
        return render_template("orderpage/page.html", **shown(db, the_order(db)), error=None)


@blueprint.get("/print")
def paper() -> str:
    """The order on one white page."""
    with work() as db:
        invoice = invoices.invoice_of(db, the_order(db))
        return render_template("orderpage/paper.html", invoice=invoice, console=False)


@blueprint.get("/invoice.pdf")
@limited("20/minute")
def invoice_pdf() -> Response:
    """The invoice as a file."""
    with work() as db:
        return invoicepdf.answer(invoices.invoice_of(db, the_order(db)))


@blueprint.get("/qris.png")
@limited("30/minute")
def qris_png() -> Response:
    """The QR code as a picture: a bank's app on the same phone reads it from the gallery."""
    with work() as db:
        invoice = invoices.invoice_of(db, the_order(db))
    payload = _qris(invoice.shop, invoice.due)
    if payload is None:
        raise NotFound("qris_not_offered")
    drawn = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(drawn, kind="png", scale=10, border=4)
    answer = Response(drawn.getvalue(), mimetype="image/png")
    name = f"qris-{invoice.order.order_code}.png"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def shown(db: Session, order: Order) -> dict[str, Any]:
    """Everything that the page's template names."""
    invoice = invoices.invoice_of(db, order)
    seen, payment = invoice.order, invoice.payment
    row = payments.for_order(db, order)
    code = _qris(invoice.shop, invoice.due)
    said = request.args.get("said", "")
    return {
        "order": seen,
        "payment": payment,
        "shop": invoice.shop,
        "due": invoice.due,
        "stage": stage(seen, payment),
        "steps": steps.way(seen, payment),
        "qr": _drawn(code) if code else None,
        "merchant": qris.check(code) if code else None,
        "news": sorted(shipments.events(db, order), key=lambda one: one.at, reverse=True)[:8],
        "online": gateway.configured(context.current().settings) is not None,
        "online_page": payments.open_page_of(db, row) if row else None,
        "code_sent_to": payments.code_sent_to(row) if row else None,
        "changeable": checkout.may_change(seen, payment),
        "notable": seen.state in orders.NOTED,
        "complaints": [
            complaints.view(db, one)
            for one in complaints.of_customer(db, owner(db, order))
            if one.order_id == order.id
        ],
        "whatsapp": whatsapp(invoice.shop, seen),
        "said": said if has(f"orderpage.said.{said}") else None,
        "open": shop.is_open(db),
    }


def stage(order: OrderView, payment: PaymentRow | None) -> str:
    """What the first box of the page is about: ``orderpage.stage.<stage>``."""
    if order.state != orders.OrderState.AWAITING_PAYMENT:
        return str(order.state)
    if order.pay_on_delivery or payment is None:
        return "on_delivery"
    if payment.state in CHECKED:
        return "checking"
    if payment.state in {PaymentState.REJECTED, PaymentState.UNDERPAID, PaymentState.OVERPAID}:
        return str(payment.state)
    return "pay"


def whatsapp(facts: Mapping[str, str], order: OrderView | None) -> str | None:
    """The address that opens WhatsApp with the order already named; None without a number."""
    number = facts.get("whatsapp", "").lstrip("+")
    if not number:
        return None
    if order is None:
        return f"https://wa.me/{number}"
    words = t("orderpage.ask", code=order.order_code)
    return f"https://wa.me/{number}?text={quote(words)}"


def _qris(facts: Mapping[str, str], due: int | None) -> str | None:
    """The shop's QRIS for exactly what is due; None if nothing is, or the shop has none."""
    if due is None or not facts.get("qris"):
        return None
    try:
        return qris.with_amount(facts["qris"], int(due))
    except InvalidInput as wrong:
        log.warning("qris_unusable", **wrong.facts)
        return None


def _drawn(payload: str) -> Markup:
    """The code as an SVG of our own making, without any text of the customer's."""
    code = segno.make(payload, error="m", micro=False)
    drawn = code.svg_inline(border=3, omitsize=True, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704 - segno writes paths only
