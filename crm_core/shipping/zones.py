"""Indonesia's three clocks: which one a customer lives by."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.customers import Customer, DeliveryAddress
from crm_core.customers.zones import ZONES
from crm_core.shipping.models import District

_CENTRAL = (
    "kalimantan selatan", "kalimantan timur", "kalimantan utara", "sulawesi", "bali",
    "nusa tenggara", "gorontalo",
)  # fmt: skip
_EASTERN = ("maluku", "papua")


def zone_of_province(province: str) -> ZoneInfo | None:
    """The zone of a province as written in the table of districts; None if none is named.

    By Presidential Decree 41 of 1987: WITA in Bali, Nusa Tenggara, Sulawesi and the south, east and
    north of Kalimantan, WIT in Maluku and Papua, WIB elsewhere.
    """
    name = " ".join(province.casefold().split()).removeprefix("provinsi ")
    if not name:
        return None
    if name.startswith(_EASTERN):
        return ZONES["WIT"]
    return ZONES["WITA" if name.startswith(_CENTRAL) else "WIB"]


def zone_of(session: Session, customer_id: int) -> ZoneInfo:
    """The customer's zone: as they said, else where parcels go to, else the shop's."""
    said = session.scalars(select(Customer.zone).where(Customer.id == customer_id)).first()
    if said is not None:
        return ZONES[said]
    query = (
        select(District.province)
        .join(DeliveryAddress, DeliveryAddress.district_id == District.id)
        .where(DeliveryAddress.customer_id == customer_id, DeliveryAddress.is_default)
    )
    province = session.scalars(query).first()
    return (zone_of_province(province) if province else None) or clock.ZONE
