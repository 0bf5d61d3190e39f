"""A shop in which every page of the console has something to show and every form can be filled."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from channels import media
from crm_core import (
    catalogue,
    clock,
    comments,
    complaints,
    handoffs,
    learning,
    loyalty,
    orders,
    payments,
    pricing,
    returns,
    shipments,
    shipping,
    shop,
    stock,
    webhooks,
)
from crm_core.conversations import Conversation, Draft, Media
from crm_core.customers import Customer
from crm_core.learning import Reason
from crm_core.pricing import NewPromotion
from crm_core.settings import Settings
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import banking, factories, selling
from tests.core.test_returns import arrived, asked
from tests.forms import encoded
from tests.selling import FILTER, PADS

PAGES = ("how_to_buy", "how_to_pay", "warranty", "company_profile")
CLOSED_DAY = "2030-08-17"


@dataclass(frozen=True)
class House:
    """The names of what is in it; ``returns`` and ``orders`` by their state."""

    customer: str
    talk: str
    message: int
    orders: dict[str, str]
    returns: dict[str, str]
    complaint: str
    comment: int
    bargain: int
    promotion: int
    booking: int
    refund: int
    statement: int
    batch: int
    rate: int
    district: int
    puzzle: int
    webhook: str
    delivery: int
    staff: int
    photo: int


def furnished(session: Session, rina: Staff, settings: Settings) -> House:
    """Everything once; ``rina`` is the manager who did it and has Budi's conversation."""
    clerk = Actor.of_staff(rina)
    _stocked(session, clerk)
    talk = factories.conversation(session)
    budi = talk.customer
    sent = _orders(session, budi, clerk)
    sent["awaiting"], photo = _reported(session, talk, settings)
    back = _returns(session, budi, clerk)
    booking, refund, statement = _bank(session, budi, clerk)
    complaint = complaints.file(session, budi, "barang rusak", actor=Actor.customer(budi))
    said = comments.leave(
        session, budi, "Pelayanannya ramah", kind="praise", may_publish=True, name="Budi",
        actor=Actor.customer(budi),
    )  # fmt: skip
    batch = shipments.open_batch(
        session, day=clock.local_date(clock.now()), method="driver", courier="Udin", actor=clerk
    )
    shipments.add_orders(session, batch.id, [sent["batched"]], actor=clerk)
    receiver = webhooks.add(session, "https://erp.example/x", webhooks.TYPES, actor=clerk)
    webhooks.ping(session, receiver)
    rate = shipping.rates(session)[0]
    message, puzzle = _talked(session, talk, rina)
    return House(
        customer=budi.public_id,
        talk=talk.public_id,
        message=message,
        orders=sent,
        returns=back,
        complaint=complaint.complaint_code,
        comment=said.id,
        bargain=pricing.bargain(session, budi, PADS, 2, 40_000).id,
        promotion=_promotion(session, clerk),
        booking=booking,
        refund=refund,
        statement=statement,
        batch=batch.id,
        rate=rate.id,
        district=rate.district_id,
        puzzle=puzzle,
        webhook=receiver.public_id,
        delivery=webhooks.deliveries(session).items[0].id,
        staff=rina.id,
        photo=photo,
    )


def _stocked(session: Session, clerk: Actor) -> None:
    catalogue.save_category(
        session, slug="rem", name_id="Rem", name_en="Brakes", position=1, actor=clerk
    )
    selling.part(session, PADS, pieces=90)
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=50)
    stock.receive_goods(session, [(PADS, 5)], supplier="Astra", document="SJ-1", actor=clerk)
    pricing.set_tiers(session, PADS, [("workshop", 1, 45_000)], actor=clerk)
    selling.account(session)
    selling.district_id(session)
    shipping.set_cod_terms(
        session, shipping.CodTerms(True, 500_000, 0, 9, frozenset({"driver"})), actor=clerk
    )
    shop.save_fact(session, "name", "Toko Coba")
    shop.add_holiday(session, clock.local_date(clock.now()).replace(year=2030, day=17), "Libur")
    for slug in PAGES:
        shop.save_page(session, slug=slug, language="id", title=slug, body="- satu", actor=clerk)


def _orders(session: Session, budi: Customer, clerk: Actor) -> dict[str, str]:
    """Orders that are paid, batched, packed, on the road to be paid at the door, and arrived."""
    made = {}
    for name in ("paid", "batched", "packed"):
        order, payment = selling.placed(session, budi)
        selling.pay(session, payment, clerk, reference=name)
        made[name] = order.order_code
    orders.pack(session, orders.by_code(session, made["packed"]), clerk)
    at_door = selling.delivery(session, pay_on_delivery=True)
    order, _ = selling.placed(session, budi, delivery=at_door)
    orders.write_note(session, order, "titip satpam", actor=clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "Udin")
    made["cod"] = order.order_code
    made["delivered"] = arrived(session, budi, clerk, (PADS, 4), (FILTER, 1)).order_code
    return made


def _reported(session: Session, talk: Conversation, settings: Settings) -> tuple[str, int]:
    """An order whose transfer was reported with a photo, and that photo."""
    order, _ = selling.placed(session, talk.customer, conversation_id=talk.id)
    said = factories.received(session, "sudah transfer kak").message
    factories.answered(session, talk, Draft("Terima kasih, Kak."))
    photo = Media(
        message_id=said.id, position=0, content_type="image/jpeg", state="stored",
        path=media.keep(settings, encoded(), ".jpg"), sha256="0" * 64, size=1,
    )  # fmt: skip
    session.add(photo)
    session.flush()
    payments.report(
        session, order, actor=Actor.customer(talk.customer), text="sudah kak",
        media_ids=[photo.id], message_id=said.id,
    )  # fmt: skip
    return order.order_code, photo.id


def _returns(session: Session, budi: Customer, clerk: Actor) -> dict[str, str]:
    """Returns that are asked for, approved, received, and settled with another parcel."""
    order = arrived(session, budi, clerk, (PADS, 9))
    found = {"asked": asked(session, order).return_code}
    for name in ("approved", "received", "settled"):
        one = asked(session, arrived(session, budi, clerk, (PADS, 2)))
        returns.approve(session, one, actor=clerk)
        found[name] = one.return_code
        if name != "approved":
            returns.receive(session, one, {PADS: "unopened"}, actor=clerk)
        if name == "settled":
            returns.settle(session, one, "exchange", actor=clerk)
    return found


def _bank(session: Session, budi: Customer, clerk: Actor) -> tuple[int, int, int]:
    """A booking for nothing, money paid twice as a task without a booking, and the file."""
    taken = banking.taken(session, [banking.row(75_000, "SETORAN TUNAI")])
    for one in taken.new:
        payments.settle(session, one)
    order, payment = selling.placed(session, budi)
    selling.pay(session, payment, clerk, 60_000, reference="lebih")
    task = next(
        one
        for one in payments.worklist.differences(session, order_code=order.order_code)
        if one.mutation_id is None
    )
    return taken.new[0], task.id, taken.file_id


def _promotion(session: Session, clerk: Actor) -> int:
    day = factories.MOMENT
    return pricing.save_promotion(
        session,
        NewPromotion("Pekan Rem", "percent", 5, day, day.replace(year=2099), code="REM5"),
        actor=clerk,
    ).id


def _talked(session: Session, talk: Conversation, rina: Staff) -> tuple[int, int]:
    """A message that was not understood; Rina has the conversation, another customer waits."""
    message = factories.received(session, "stang seher").message
    row = learning.note(
        session, message.id, text="stang seher", language="id", reason=Reason.LOW_CONFIDENCE,
        ranking=[("ask_points", 0.2)],
    )  # fmt: skip
    assert row is not None
    handoffs.request(session, talk, reason="asked", actor=Actor.bot(), wish="mau bicara")
    handoffs.claim(session, talk, rina)
    other = factories.conversation(session, factories.SITI)
    handoffs.request(session, other, reason="asked", actor=Actor.bot(), wish="tanya harga")
    loyalty.correct(session, talk.customer_id, 25, "hadiah", Actor.of_staff(rina))
    return message.id, row.id
