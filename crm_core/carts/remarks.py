"""What a customer says of the cart as a whole: points shall pay, a note; and a note to a part."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.carts.models import CartLine
from crm_core.carts.rules import LINE_NOTE, NOTE, plain_note
from crm_core.carts.service import cart_of, changed
from crm_core.carts.showing import CartView, show
from crm_core.catalogue.models import Part
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.timeline import Actor


def use_points(session: Session, customer: Customer, wanted: bool, actor: Actor) -> CartView:
    """Let points pay for a part of what is in the cart, or not.

    Nothing is taken from them before the order is placed; how much that can be, see
    ``checkout.summary``.
    """
    cart = cart_of(session, customer)
    if cart.use_points == wanted:
        return show(session, customer)
    cart.use_points = wanted
    session.flush()
    action = "points_chosen" if wanted else "points_dropped"
    return changed(session, customer, cart, actor=actor, action=action, facts={})


def write_note(
    session: Session, customer: Customer, note: str, actor: Actor, part_code: str | None = None
) -> CartView:
    """A note to the order that the cart becomes, or with ``part_code`` to one part of it.

    An empty one takes it away; a longer one than 500 signs (200 to a part) is cut. Raises NotFound
    ("part_not_in_cart", part_code).
    """
    cart = cart_of(session, customer)
    noted = cart if part_code is None else _line(session, cart.id, part_code)
    said = plain_note(note, NOTE if part_code is None else LINE_NOTE)
    if noted.note == said:
        return show(session, customer)
    noted.note = said
    session.flush()
    facts: dict[str, object] = {"note": said or ""}
    if part_code is not None:
        facts["part_code"] = plain_code(part_code)
    return changed(session, customer, cart, actor=actor, action="noted", facts=facts)


def _line(session: Session, cart_id: int, part_code: str) -> CartLine:
    code = plain_code(part_code)
    query = select(CartLine).join(Part, Part.id == CartLine.part_id)
    found = session.scalars(
        query.where(CartLine.cart_id == cart_id, Part.part_code == code),
        execution_options={"populate_existing": True},
    )
    line = found.one_or_none()
    if line is None:
        raise NotFound("part_not_in_cart", part_code=code[:32])
    return line
