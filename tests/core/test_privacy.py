"""A customer's own data: all of it on request, and nothing left of it once it is erased (S10)."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import (
    checkout,
    comments,
    complaints,
    conversations,
    customers,
    handoffs,
    identity,
    orders,
    payments,
    privacy,
)
from crm_core.conversations import Conversation, InboundMedia, Media, Message
from crm_core.customers import Customer
from crm_core.db import Base
from crm_core.errors import Conflict, NotFound
from crm_core.handoffs import Handoff
from crm_core.privacy import closure
from crm_core.privacy.forgetting import CLEARED, KEPT, REMOVED
from crm_core.timeline import Actor
from tests import factories, selling

NAME, PHONE, PLACE, MAIL = "Budiman Sasongko", "81234567890", "Gang Kamboja 77", "budiman@surat.id"
ACTOR = Actor.system("test")
PHOTO = InboundMedia(None, "image/jpeg", "media/aa/budiman.jpg", "a" * 64, 100, 7)


@pytest.fixture
def budi(session: Session) -> Customer:
    """Somebody who has left traces in most tables; nothing of theirs is open any more."""
    talk = factories.conversation(session)
    customer, actor = talk.customer, Actor.customer(talk.customer)
    customers.rename(session, customer, NAME, actor=actor)
    customers.set_email(session, customer, MAIL, actor=actor)
    customers.add_bike(session, customer, "Beat", None, 2019, actor=actor)
    customers.set_consent(session, customer, promo=True, actor=actor)
    selling.part(session)
    selling.account(session)
    to = selling.delivery(session, recipient_name=NAME, phone="0" + PHONE, address=PLACE)
    factories.received(session, f"kirim ke {PLACE} a.n. {NAME}", raw={"From": f"+62{PHONE}"})
    factories.answered(session, talk, conversations.Draft(f"Siap, ke {PLACE} ya {NAME}."))
    order, _ = selling.placed(session, customer, conversation_id=talk.id, delivery=to)
    factories.received(session, "bukti", media=(PHOTO,))
    payments.report(session, order, actor=actor, text=f"dari {NAME}")
    complaints.file(session, customer, f"{NAME} kecewa", actor=actor)
    comments.leave(session, customer, kind="suggestion", text=f"dari {NAME}", actor=actor)
    handoffs.request(session, talk, reason="asked", actor=actor, wish=f"telepon +62{PHONE}")
    clerk = Actor.of_staff(factories.member(session, role="manager", name="Rina"))
    payment = payments.for_order(session, order)
    assert payment is not None
    payments.reject(session, payment, actor=clerk, reason=f"bukan dari {NAME}")
    checkout.cancel(session, order, actor=clerk, reason="tidak jadi")
    session.flush()
    return customer


def hits(session: Session, needle: str) -> dict[str, int]:
    """Tables in which a row says ``needle`` somewhere."""
    found = {}
    for table in Base.metadata.sorted_tables:
        query = sa.text(
            f'SELECT count(*) FROM "{table.name}" AS row WHERE row::text ILIKE :needle'  # noqa: S608
        )
        count = session.execute(query, {"needle": f"%{needle}%"}).scalar_one()
        if count:
            found[table.name] = count
    return found


@pytest.mark.parametrize("needle", [NAME, PHONE, PLACE, MAIL, "budiman.jpg"])
def test_nothing_in_any_table_tells_who_they_were(
    session: Session, budi: Customer, needle: str
) -> None:
    assert hits(session, needle)
    privacy.erase(session, budi, actor=ACTOR)
    for one in privacy.claim(session, 100):
        privacy.gone(session, one.leftover_id)
    assert hits(session, needle) == {}


def test_what_lies_outside_of_the_database_is_named(session: Session, budi: Customer) -> None:
    talks = tuple(session.scalars(sa.select(Conversation.public_id)))
    sids = set(session.scalars(sa.select(Message.provider_id).where(Message.provider_id != "")))
    erased = privacy.erase(session, budi, actor=ACTOR)
    assert erased.files == ("media/aa/budiman.jpg",)
    assert sorted(erased.conversations) == sorted(talks)
    assert set(erased.messages["twilio"]) == sids


def test_the_books_keep_the_order_and_its_money(session: Session, budi: Customer) -> None:
    (before,) = orders.of_customer(session, budi)
    kept = (before.order_code, before.total_idr, before.state)
    privacy.erase(session, budi, actor=ACTOR)
    (order,) = orders.of_customer(session, budi)
    assert (order.order_code, order.total_idr, order.state) == kept
    assert (order.recipient_name, order.recipient_phone) == ("-", None)


def test_nobody_waits_for_them_and_nothing_more_is_sent(session: Session, budi: Customer) -> None:
    privacy.erase(session, budi, actor=ACTOR)
    assert set(session.scalars(sa.select(Handoff.state))) == {"returned"}
    assert conversations.due_deliveries(session) == []
    assert conversations.due_turns(session) == []
    assert session.scalars(sa.select(Media.state)).all() == ["refused"]


def test_who_writes_again_is_somebody_new(session: Session, budi: Customer) -> None:
    privacy.erase(session, budi, actor=ACTOR)
    again = factories.received(session, "halo").conversation.customer
    assert again.id != budi.id
    assert (again.name, again.promo_consent) == (None, False)


def test_somebody_else_is_not_touched(session: Session, budi: Customer) -> None:
    siti = factories.conversation(session, factories.SITI).customer
    customers.rename(session, siti, "Siti", actor=ACTOR)
    before = privacy.export(session, siti)["tables"]
    privacy.erase(session, budi, actor=ACTOR)
    assert privacy.export(session, siti)["tables"] == before


def test_with_an_open_order_nothing_is_forgotten(session: Session, budi: Customer) -> None:
    order, _ = selling.placed(session, budi)
    with pytest.raises(Conflict) as refused:
        privacy.erase(session, budi, actor=ACTOR)
    assert selling.refusal(refused.value) == ("orders_open", {"codes": [order.order_code]})
    assert budi.name == NAME


def test_that_it_was_done_is_on_record_without_saying_who(session: Session, budi: Customer) -> None:
    privacy.erase(session, budi, actor=ACTOR)
    history = privacy.export(session, budi)["history"]
    assert (history[0]["subject"], history[0]["action"]) == ("customer", "erased")


def test_once_more_changes_nothing(session: Session, budi: Customer) -> None:
    privacy.erase(session, budi, actor=ACTOR)
    assert privacy.erase(session, budi, actor=ACTOR).files == ()


def test_an_export_holds_everything_and_is_json(session: Session, budi: Customer) -> None:
    given = privacy.export(session, budi)
    text = json.dumps(given, ensure_ascii=False)
    for needle in (NAME, PHONE, PLACE, MAIL, "Beat"):
        assert needle in text
    assert given["files"] == ["media/aa/budiman.jpg"]
    assert {"customers", "orders", "messages", "complaints", "handoffs"} <= set(given["tables"])
    assert "code_hash" not in text


def test_an_export_holds_nothing_of_anybody_else(session: Session, budi: Customer) -> None:
    siti = factories.conversation(session, factories.SITI).customer
    customers.rename(session, siti, "Siti Nurhaliza", actor=ACTOR)
    text = json.dumps(privacy.export(session, budi))
    assert "Nurhaliza" not in text
    assert factories.SITI.removeprefix("whatsapp:") not in text


@pytest.mark.parametrize("who", [f"0{PHONE}", f"+62{PHONE}", factories.BUDI, MAIL.upper()])
def test_they_are_found_by_what_they_would_say(session: Session, budi: Customer, who: str) -> None:
    assert privacy.find(session, who).id == budi.id
    assert privacy.find(session, budi.public_id).id == budi.id


def test_a_number_of_two_customers_is_refused_with_both(session: Session, budi: Customer) -> None:
    other = factories.customer(session, factories.SITI, None)
    customers.set_phone(session, other, f"0{PHONE}", actor=ACTOR)
    with pytest.raises(Conflict) as refused:
        privacy.find(session, f"0{PHONE}")
    expected = ("customer_ambiguous", {"ids": [budi.public_id, other.public_id]})
    assert selling.refusal(refused.value) == expected


def test_nobody_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        privacy.find(session, "0899-0000-0000")


def test_every_text_of_a_customer_is_forgotten_or_kept_for_a_reason() -> None:
    """A new column with words must be put into one of the lists."""
    states = {  # words of ours, codes, and what parts and places are called
        "state", "kind", "status", "reason_code", "channel", "provider", "language", "price_class",
        "handler", "author", "direction", "category", "urgency", "outcome", "intent", "carried_as",
        "notice", "error_code", "content_type", "error", "actor_kind", "actor_name", "cause",
        "source", "place", "courier", "shipping_method", "method", "label", "label_id", "part_code",
        "name_id", "order_code", "complaint_code", "return_code", "district_label", "gateway",
        "tracking_number", "idempotency_key", "end_reason", "decision_reason", "condition", "once",
        "key", "payload", "subject", "public_id", "request_id", "provider_id", "decided_by",
        "corrected_by", "model", "generation", "zone", "page_url", "last_event", "fingerprint",
        "guess", "ranking", "to_bank",
    }  # fmt: skip
    open_ = []
    for table in closure.tables():
        if table.name in REMOVED | {"channel_addresses", "proof_likenesses"}:
            continue
        said = set(CLEARED.get(table.name, {})) | KEPT.get(table.name, frozenset()) | states
        said |= {"answer"} if table.name == "comments" else set()
        words = {
            column.name
            for column in table.columns
            if isinstance(column.type, sa.String | sa.JSON) and not column.foreign_keys
        }
        words -= {"reason"} if table.name in {"wishes", "handoffs"} else set()  # ours
        words -= {"name"} if table.name == "order_lines" else set()  # the part's
        open_ += [f"{table.name}.{name}" for name in sorted(words - said)]
    assert open_ == []


def test_a_code_to_their_number_is_forgotten(session: Session, budi: Customer) -> None:
    identity.ask_code(
        session, f"0{PHONE}", browser="b" * 32, origin="10.0.0.1", language="id", shop="Toko"
    )
    assert "phone_codes" in hits(session, PHONE)
    privacy.erase(session, budi, actor=ACTOR)
    assert hits(session, PHONE) == {}
