"""Ordering by numbers while the assistant cannot be reached: search, cart, order, and no words that
anybody would have to understand. The core decides as always; a person stays one number away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from channels import i18n
from crm_core import (
    carts,
    catalogue,
    checkout,
    conversations,
    customers,
    effects,
    links,
    notices,
    shipping,
)
from crm_core.conversations import Choice, Draft, rules
from crm_core.errors import CrmError
from crm_core.money import format_rupiah
from crm_core.orders import Delivery
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from channels.context import Context
    from crm_core.conversations import Work
    from crm_core.customers import Customer

PREFIX = "/menu"
PERSON = "/talk_to_human"
MOST_PARTS = 5
AFTER_ATTEMPTS = 2
"""The assistant may be restarting: once more it is asked before numbers take its place."""


def payload(work: Work) -> str | None:
    """The command of this menu that the customer has chosen, by a tap or its number."""
    if work.internal_payload:
        return None
    chosen = work.tapped_payload
    if chosen is None:
        choice = rules.pick_choice(work.text, work.quoted_choices or work.choices)
        chosen = choice.payload if choice else None
    return chosen if chosen is not None and chosen.startswith(PREFIX) else None


def offer(here: Context, work: Work) -> Draft | None:
    """Parts to order by their number, if the words name some that can be sold; else None.

    For the rest a person is better than a list of numbers.
    """
    if work.internal_payload or not work.text.strip():
        return None
    with here.unit_of_work() as session:
        if not catalogue.names_part(catalogue.understand(session, work.text)):
            return None
        found = catalogue.search(session, work.text, limit=MOST_PARTS * 2).hits
        sold = [hit.part for hit in found if hit.part.price_idr and hit.part.stock_available > 0]
        if not sold:
            return None
        spoken = _customer(session, work)
        choices = [
            Choice(
                part.name,
                _command(add=part.part_code),
                f"{part.part_code} · {format_rupiah(part.price_idr)}",
            )
            for part in sold[:MOST_PARTS]
            if part.price_idr
        ]
        text = _said(spoken, "menu_parts")
        return Draft(text, (*choices, _person(spoken)))


def chosen(here: Context, work: Work, command: str) -> Draft:
    """Do what was chosen, once per turn; a refusal of the core becomes the way to a person."""
    try:
        with here.unit_of_work() as session:
            stored, _ = effects.once(
                session,
                f"turn:{work.turn_id}:menu",
                lambda: _stored(_done(session, work, command)),
                turn_id=work.turn_id,
            )
    except (CrmError, ValueError, KeyError):
        with here.unit_of_work() as session:
            spoken = _customer(session, work)
            return Draft(_said(spoken, "menu_stuck"), (_person(spoken),))
    return Draft(stored["text"], tuple(Choice.read(one) for one in stored["choices"]))


def _done(session: Session, work: Work, command: str) -> Draft:
    asked: dict[str, Any] = json.loads(command.removeprefix(PREFIX))
    customer = _customer(session, work)
    if "add" in asked:
        return _add(session, customer, str(asked["add"]))
    return _place(session, customer, work, pickup=asked["place"] == shipping.PICKUP, asked=asked)


def _add(session: Session, customer: Customer, part_code: str) -> Draft:
    """One more of it in the cart, and the ways to order what is in there."""
    actor = Actor.customer(customer)
    carts.add_all(session, customer, [(part_code, 1)], actor)
    held = carts.show(session, customer)
    inside = ", ".join(f"{line.quantity} x {line.name}" for line in held.lines)[:200]
    text = _said(customer, "menu_cart", inside=inside, amount=held.total)
    choices = [*_ways(session, customer), _person(customer)]
    return Draft(text, tuple(choices))


def _ways(session: Session, customer: Customer) -> list[Choice]:
    """To the address that is known, and to the counter, each with its total."""
    found: list[Choice] = []
    for method in ("known", shipping.PICKUP):
        try:
            to = _delivery(session, customer, pickup=method == shipping.PICKUP)
            seen = checkout.summary(session, customer, to)
        except CrmError:
            continue  # this way is not open to them; the others and a person are
        if method == "known" and to.method == shipping.PICKUP:
            continue
        name = f"phone.menu_{method}"
        label = i18n.text(name, customer.language)
        command = _command(place=method, agreed=int(seen.total))
        where = seen.district.partition(",")[0]
        shown = " · ".join(part for part in (where, format_rupiah(seen.total)) if part)
        found.append(Choice(label, command, shown))
    return found


def _place(
    session: Session, customer: Customer, work: Work, *, pickup: bool, asked: dict[str, Any]
) -> Draft:
    """The order, placed for the total that was shown; read back from the books."""
    placed = checkout.place(
        session,
        customer,
        actor=Actor.customer(customer),
        idempotency_key=f"menu:{work.turn_id}",
        conversation_id=work.conversation_id,
        delivery=_delivery(session, customer, pickup=pickup),
        agreed_idr=int(asked["agreed"]),
    )
    account = placed.payment.bank_account
    text = _said(
        customer,
        "menu_ordered",
        order_code=placed.order.order_code,
        amount=placed.payment.amount_due_idr,
        bank=account.bank,
        number=account.number,
        holder=account.holder,
        deadline=placed.payment.expires_at,
        link=links.order_url(placed.order.id) or placed.order.order_code,
    )
    return Draft(text)


def _delivery(session: Session, customer: Customer, *, pickup: bool) -> Delivery:
    if not pickup:
        return checkout.known_delivery(session, customer)
    known = customers.default_address(session, customer)
    name = (known.recipient_name if known else None) or customer.name or "Pelanggan"
    return Delivery(name, customer.phone, method=shipping.PICKUP)


def _command(**asked: object) -> str:
    return PREFIX + json.dumps(asked, separators=(",", ":"))


def _stored(draft: Draft) -> dict[str, Any]:
    return {"text": draft.text, "choices": [choice.stored() for choice in draft.choices]}


def _customer(session: Session, work: Work) -> Customer:
    return conversations.by_id(session, work.conversation_id).customer


def _person(customer: Customer) -> Choice:
    return Choice(i18n.text("phone.person", customer.language), PERSON)


def _said(customer: Customer, code: str, **facts: object) -> str:
    return notices.render(code, customer.language, customer.honorific, **facts)
