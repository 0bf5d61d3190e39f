"""An order on paper: the same facts for the printed page and for the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_core import orders, payments, shop
from crm_core.amountwords import in_words
from crm_core.money import Rupiah
from crm_core.payments import PaymentState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from crm_core.orders import Order, OrderView
    from crm_core.payments import PaymentRow


@dataclass(frozen=True, slots=True)
class Invoice:
    """What stands on paper; ``due`` is what is still to be paid, None if nothing is.

    The order's total and the amount to transfer differ by the unique code, which is named.
    """

    order: OrderView
    payment: PaymentRow | None
    shop: Mapping[str, str]
    due: Rupiah | None

    @property
    def stamp(self) -> str:
        """``paid``, ``unpaid``, ``on_delivery`` or ``void``: the word across the paper."""
        if self.order.state in orders.ENDED_UNPAID:
            return "void"
        if self.order.paid_at is not None:
            return "paid"
        return "on_delivery" if self.order.pay_on_delivery else "unpaid"

    @property
    def spoken(self) -> str:
        """The total in Indonesian words."""
        return in_words(int(self.order.total_idr)).capitalize()

    @property
    def file_name(self) -> str:
        """What the PDF is called when it is saved."""
        return f"nota-{self.order.order_code}.pdf"


def invoice_of(session: Session, order: Order) -> Invoice:
    """``order`` as it stands now."""
    payment = payments.for_order(session, order)
    row = payments.view(session, payment) if payment else None
    seen = orders.view(session, order)
    return Invoice(seen, row, shop.facts(session), still_due(seen, row))


def still_due(order: OrderView, payment: PaymentRow | None) -> Rupiah | None:
    """What a customer still has to transfer, to the last digit; None if nothing."""
    if order.state != orders.OrderState.AWAITING_PAYMENT or payment is None:
        return None
    if order.pay_on_delivery or payment.state == PaymentState.OVERPAID:
        return None
    received = payment.amount_received_idr or Rupiah(0)
    missing = payment.amount_due_idr - received
    return Rupiah(missing) if missing > 0 else None
