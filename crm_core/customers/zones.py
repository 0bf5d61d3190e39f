"""The zone that a customer has asked for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.customers.models import ZONE_NAMES, Customer
from crm_core.errors import InvalidInput
from crm_core.timeline import Actor

ZONES = {
    "WIB": ZoneInfo("Asia/Pontianak"),
    "WITA": ZoneInfo("Asia/Makassar"),
    "WIT": ZoneInfo("Asia/Jayapura"),
}


def set_zone(session: Session, customer: Customer, zone: str | None, *, actor: Actor) -> Customer:
    """Keep the customer's zone ("WIB", "WITA", "WIT"); None: where their parcels go to decides.

    Raises InvalidInput ("zone_unknown", zones).
    """
    if zone is not None and zone not in ZONE_NAMES:
        raise InvalidInput("zone_unknown", zones=list(ZONE_NAMES))
    if customer.zone != zone:
        customer.zone = zone
        session.flush()
        timeline.record(
            session,
            subject="customer",
            subject_id=customer.id,
            action="zone_set",
            actor=actor,
            customer_id=customer.id,
            facts={"zone": zone},
        )
    return customer
