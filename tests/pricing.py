"""Somebody who shops where prices move: a filled cart, promotions, refusals by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm_core import carts, checkout, clock, customers, pricing
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.pricing import NewPromotion, PromotionView
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import FILTER, PADS

BOSS = Actor("staff", None, "Rina")
YEAR = timedelta(days=365)


def customer_with_cart(session: Session) -> Customer:
    """Somebody with two sets of pads (50.000) and a filter (35.000) in the cart."""
    selling.part(session, pieces=50)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=30, weight_g=120)
    selling.account(session)
    return shopper(session)


def shopper(session: Session, address: str = factories.BUDI) -> Customer:
    customer = factories.conversation(session, address).customer
    customers.remember_address(
        session,
        customer,
        recipient_name="Budi Santoso",
        phone="+6281234567890",
        address="Jl. Gajah Mada No. 12",
        district_id=selling.district_id(session),
    )
    fill(session, customer)
    return customer


def fill(session: Session, customer: Customer) -> None:
    carts.add(session, customer, PADS, 2, Actor.customer(customer))
    carts.add(session, customer, FILTER, 1, Actor.customer(customer))


def promotion(session: Session, **values: Any) -> PromotionView:
    now = clock.now()
    given: dict[str, Any] = {
        "name_id": "Hemat Akhir Tahun",
        "name_en": "Year-end saver",
        "kind": "percent",
        "value": 10,
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=30),
    }
    return pricing.save_promotion(session, NewPromotion(**(given | values)), actor=BOSS)


def refusal(kind: type[CrmError], deed: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(kind) as refused:
        deed()
    return selling.refusal(refused.value)


def place(session: Session, customer: Customer) -> checkout.Placed:
    return checkout.place(session, customer, actor=Actor.customer(customer))


def used(session: Session, made: PromotionView) -> int:
    return pricing.promotion(session, made.id).used
