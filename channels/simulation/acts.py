"""What customers and staff do about one order: report a transfer, accept it, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy.orm import Session

from channels.simulation import codes
from channels.simulation.world import After, World
from crm_core import checkout, conversations, customers, orders, payments
from crm_core.conversations import Inbound, InboundMedia
from crm_core.orders import Order
from crm_core.timeline import Actor


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as its buyer knows it."""

    customer_id: int
    order_code: str
    due: int
    total: int
    account: str
    lines: tuple[tuple[str, int], ...]


def report(world: World, bought: Bought, steps: int, photo: str | None = None) -> After:
    """The customer says that they have paid, perhaps with a photo."""

    def deed(session: Session, random: Random) -> Sequence[After]:
        customer = customers.by_id(session, bought.customer_id)
        pictures = () if photo is None else (_picture(photo),)
        said = Inbound(
            provider="loopback", provider_id=f"PR{world.number('message'):08}", channel="whatsapp",
            address=world.talks[customer.id], text="sudah transfer kak", media=pictures,
        )  # fmt: skip
        with world.work() as before:  # as in the shop: a message is stored before anybody reads it
            message_id = conversations.receive(before, said).message.id
            media = [one.id for one in conversations.media_of(before, [message_id])]
        payments.report(
            session, _order(session, bought), actor=Actor.customer(customer), text=said.text,
            media_ids=media, message_id=message_id,
        )  # fmt: skip
        return codes.answered(world, customer.id, random)

    return After(steps, "proof sent" if photo else "transfer reported", deed)


def _picture(sha256: str) -> InboundMedia:
    return InboundMedia(None, "image/jpeg", f"simulated/{sha256[-12:]}.jpg", sha256, 1)


def accept(bought: Bought, steps: int, who: Actor, reference: str | None = None) -> After:
    """Somebody of the shop says that the money is there."""

    def deed(session: Session, _: Random) -> None:
        payment = payments.for_order(session, _order(session, bought))
        if payment is not None:
            payments.accept(
                session, payment, actor=who, amount_received_idr=int(payment.amount_due_idr),
                bank_reference=reference,
            )  # fmt: skip

    return After(steps, "accepted by staff", deed)


def cancel(bought: Bought, steps: int) -> After:
    """The customer does not want it any more."""

    def deed(session: Session, _: Random) -> None:
        actor = Actor.customer(customers.by_id(session, bought.customer_id))
        checkout.cancel(session, _order(session, bought), actor=actor, reason="tidak jadi")

    return After(steps, "cancelled by customer", deed)


def cancel_by_shop(bought: Bought, steps: int, who: Actor) -> After:
    """The shop cannot deliver."""

    def deed(session: Session, _: Random) -> None:
        checkout.cancel(session, _order(session, bought), actor=who, reason="stok rusak")

    return After(steps, "cancelled by shop", deed)


def _order(session: Session, bought: Bought) -> Order:
    return orders.by_code(session, bought.order_code)
