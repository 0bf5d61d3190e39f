"""What several test files of money share: a customer, an order that waits, somebody to decide."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm_core.customers import Customer
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling


@pytest.fixture
def customer(session: Session) -> Customer:
    selling.part(session, pieces=50)
    selling.account(session)
    return factories.conversation(session).customer


@pytest.fixture
def placed(session: Session, customer: Customer) -> tuple[Order, Payment]:
    return selling.placed(session, customer)


@pytest.fixture
def clerk(session: Session) -> Actor:
    return Actor.of_staff(factories.member(session, name="Sari"))
