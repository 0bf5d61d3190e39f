"""Builders of what is sold: parts with stock, districts with rates, accounts, orders, payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import carts, checkout, orders, payments, shipping, stock
from crm_core.catalogue import importing
from crm_core.catalogue.models import Part, StockLevel, StockMovement
from crm_core.checkout import Placed
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.money import Rupiah
from crm_core.orders import Delivery, Order, OrderLine
from crm_core.orders.rules import HOLDS_STOCK
from crm_core.payments import BankAccount, Payment
from crm_core.stock.models import Reservation
from crm_core.timeline import Actor, entries

PADS, FILTER, ON_REQUEST = "06455KVBT01", "15400KPH901", "45010K59A11"
ALMOST = timedelta(hours=72) - timedelta(seconds=1)
JUST_OVER = timedelta(hours=72) + timedelta(seconds=2)
CLERK = Actor("staff", None, "gudang")


def part(
    session: Session,
    code: str = PADS,
    *,
    price: int | None = 50_000,
    pieces: int = 10,
    name: str = "Kampas Rem Depan",
    weight_g: int = 300,
) -> Part:
    """A part with ``pieces`` received into stock."""
    price_idr = None if price is None else Rupiah(price)
    made = Part(
        part_code=code,
        name=name,
        price_idr=price_idr,
        weight_g=weight_g,
        revision=importing.next_version(session),
    )
    session.add(made)
    session.flush()
    if pieces:
        stock.receive(session, code, pieces, CLERK, "kiriman pusat")
    return made


def district_id(session: Session, name: str = "Pontianak Kota") -> int:
    """A district of Pontianak: Rp 9.000 for the first kilogram, Rp 2.000 for each further one."""
    row = {
        "province": "Kalimantan Barat", "regency": "Kota Pontianak", "district": name,
        "method": "driver", "first_kg_idr": "9000", "next_kg_idr": "2000",
        "days_min": "0", "days_max": "1",
    }  # fmt: skip
    report = shipping.load_rates(session, [row])
    assert report.rejected == ()
    return shipping.find_districts(session, name)[0].id


def delivery(session: Session, **changes: Any) -> Delivery:
    """To Budi in Pontianak Kota."""
    values: dict[str, Any] = {
        "recipient_name": "Budi Santoso",
        "phone": "0812-3456-7890",
        "address": "Jl. Gajah Mada No. 12",
    }
    place = changes.pop("district_id", None) or district_id(session)
    return Delivery(**(values | changes), district_id=place)


def account(session: Session, number: str = "0291234567", position: int = 0) -> BankAccount:
    """An account at BCA."""
    return payments.add_account(session, "BCA", number, "PT Sapa", actor=CLERK, position=position)


def order(session: Session, customer: Customer, *lines: tuple[str, int], **more: Any) -> Order:
    """A placed order, of one set of brake pads unless told otherwise."""
    to = more.pop("delivery", None) or delivery(session)
    return orders.place(
        session,
        customer,
        lines=lines or [(PADS, 1)],
        delivery=to,
        actor=Actor.customer(customer),
        **more,
    )


def placed(
    session: Session,
    customer: Customer,
    lines: Sequence[tuple[str, int]] = ((PADS, 1),),
    **more: Any,
) -> tuple[Order, Payment]:
    """An order placed from the cart, with its payment."""
    actor = Actor.customer(customer)
    for code, quantity in lines:
        carts.add(session, customer, code, quantity, actor)
    to = more.pop("delivery", None) or delivery(session)
    made: Placed = checkout.place(session, customer, actor=actor, delivery=to, **more)
    found = orders.by_code(session, made.order.order_code)
    payment = payments.for_order(session, found)
    assert payment is not None
    return found, payment


def level(session: Session, code: str = PADS) -> tuple[int, int]:
    """(on hand, reserved) of a part, read from the database."""
    query = (
        sa.select(StockLevel.on_hand, StockLevel.reserved)
        .join(Part, Part.id == StockLevel.part_id)
        .where(Part.part_code == code)
    )
    return session.execute(query).one()


def refuse_wrong_stock(session: Session) -> None:
    """Invariant I4: on hand is what came less what left; reserved is what open orders hold."""
    for part_id, on_hand, reserved in session.execute(
        sa.select(StockLevel.part_id, StockLevel.on_hand, StockLevel.reserved)
    ):
        moved = session.execute(
            sa.select(sa.func.coalesce(sa.func.sum(StockMovement.quantity), 0)).where(
                StockMovement.part_id == part_id,
                StockMovement.kind.in_(["received", "corrected", "shipped", "returned"]),
            )
        ).scalar_one()
        held = session.execute(
            sa.select(sa.func.coalesce(sa.func.sum(Reservation.quantity), 0)).where(
                Reservation.part_id == part_id, Reservation.state == "held"
            )
        ).scalar_one()
        wanted = session.execute(
            sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0))
            .join(Order, Order.id == OrderLine.order_id)
            .where(OrderLine.part_id == part_id, Order.state.in_(HOLDS_STOCK))
        ).scalar_one()
        assert on_hand == moved
        assert reserved == held == wanted
        assert 0 <= reserved <= on_hand


def actions(session: Session, subject: str, subject_id: int) -> list[tuple[str, str]]:
    """(action, actor kind) of the timeline, oldest first."""
    found = entries(session, subject=subject, subject_id=subject_id)
    return [(entry.action, entry.actor_kind) for entry in reversed(found)]


def refusal(error: object) -> tuple[str, dict[str, Any]]:
    """Code and facts of a refusal that stands in a result's place."""
    assert isinstance(error, CrmError), error
    return error.code, error.facts


TO_BUDI = payments.RefundAccount("BCA", "777-888-9999", "Budi Santoso")
"""Where money goes back to."""


def pay(
    session: Session, payment: Payment, clerk: Actor, extra: int = 0, reference: str | None = "FT1"
) -> Payment:
    """``clerk`` accepts what is due, and ``extra`` rupiah more or less."""
    return payments.accept(
        session,
        payment,
        actor=clerk,
        amount_received_idr=payment.amount_due_idr + extra,
        bank_reference=reference,
    )
