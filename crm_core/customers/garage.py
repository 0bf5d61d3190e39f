"""The customer's motorcycles: remembered, so that every later search knows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.customers.models import Customer, CustomerBike
from crm_core.customers.service import LONGEST_NAME, one_line, record
from crm_core.errors import InvalidInput, NotFound
from crm_core.recalling import recall
from crm_core.timeline import Actor


def add_bike(
    session: Session,
    customer: Customer,
    model: str,
    generation: str | None = None,
    year: int | None = None,
    *,
    actor: Actor | None = None,
) -> CustomerBike:
    """Remember a motorcycle. The same model again fills in generation and year, makes no second.

    Raises InvalidInput ("bike_model_missing", "bike_year_invalid").
    """
    model = one_line(model, LONGEST_NAME)
    if not model:
        raise InvalidInput("bike_model_missing")
    if year is not None and not 1950 <= year <= clock.local(clock.now()).year + 1:
        raise InvalidInput("bike_year_invalid", year=year)
    session.execute(select(Customer.id).where(Customer.id == customer.id).with_for_update())
    same = _same_bike(session, customer, model, generation, year)
    bike = same or CustomerBike(customer_id=customer.id, model=model)
    bike.generation = generation or bike.generation
    bike.year = year or bike.year
    session.add(bike)
    customer.updated_at = clock.now()
    session.flush()
    session.expire(customer, ["bikes"])
    if same is None:
        record(session, customer, "bike_added", actor or Actor.customer(customer), model=model)
    return bike


def _same_bike(
    session: Session, customer: Customer, model: str, generation: str | None, year: int | None
) -> CustomerBike | None:
    for bike in bikes(session, customer):
        agrees = (
            bike.model.casefold() == model.casefold()
            and (not generation or not bike.generation or generation == bike.generation)
            and (not year or not bike.year or year == bike.year)
        )
        if agrees:
            return bike
    return None


_BIKES = (
    select(CustomerBike)
    .where(CustomerBike.customer_id == bindparam("customer_id"))
    .order_by(CustomerBike.id)
)


def bikes(session: Session, customer: Customer) -> Sequence[CustomerBike]:
    """The customer's motorcycles, the first remembered first."""
    given = {"customer_id": customer.id}
    return recall(
        session,
        ("bikes", customer.id),
        ("customer_bikes",),
        lambda: tuple(session.scalars(_BIKES, given)),
    )


def remove_bike(session: Session, customer: Customer, bike_id: int, *, actor: Actor) -> None:
    """Forget a motorcycle; NotFound("bike_not_found") if it is not the customer's."""
    bike = session.get(CustomerBike, bike_id)
    if bike is None or bike.customer_id != customer.id:
        raise NotFound("bike_not_found")
    session.delete(bike)
    customer.updated_at = clock.now()
    session.flush()
    session.expire(customer, ["bikes"])
    record(session, customer, "bike_removed", actor, model=bike.model)
