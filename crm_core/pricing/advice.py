"""What somebody should know before they answer a bargain."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.money import Rupiah
from crm_core.pricing import rules, service
from crm_core.pricing.bargains import max_percent
from crm_core.pricing.models import Bargain


@dataclass(frozen=True, slots=True)
class Room:
    """How far the price of one piece may go down by the margin rules of now.

    ``percent`` is that of the rule that counts, 0 without one; ``lowest`` is reckoned from the
    price that the customer was told, ``price_now`` is what they would pay for one piece today.
    """

    price_class: str
    percent: int
    lowest: Rupiah
    price_now: Rupiah | None

    def within(self, price: Rupiah) -> bool:
        """Whether an agent may agree to ``price`` without a manager."""
        return price >= self.lowest


def room(session: Session, bargain_id: int) -> Room:
    """What the margin rules allow for a bargain. Raises NotFound ("bargain_not_found")."""
    row = session.get(Bargain, bargain_id)
    if row is None:
        raise NotFound("bargain_not_found")
    part = session.get_one(Part, row.part_id)
    customer = session.get_one(Customer, row.customer_id)
    percent = max_percent(session, part, customer.price_class)
    now = None
    if part.active:
        priced = service.price_of(session, customer, {part.part_code: row.quantity})
        now = priced[part.part_code].unit
    return Room(customer.price_class, percent, rules.floor(row.price_idr, percent), now)
