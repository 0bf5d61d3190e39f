"""Goods that come back: who may send what, what it does to stock, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import catalogue, clock, orders, returns, shop, stock
from crm_core.conversations import Media
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders import Order, OrderState
from crm_core.returns import Return, ReturnState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.core.test_bank_mutations import notices
from tests.selling import FILTER, PADS
from tests.world import at_once, committed


@pytest.fixture
def sent(session: Session, customer: Customer, clerk: Actor) -> Order:
    """Four brake pads and two filters, paid and arrived; a discount of a tenth was given."""
    selling.part(session, FILTER, name="Saringan Oli", price=35_000, pieces=5)
    return arrived(session, customer, clerk, (PADS, 4), (FILTER, 2))


def arrived(session: Session, customer: Customer, clerk: Actor, *lines: tuple[str, int]) -> Order:
    order, payment = selling.placed(session, customer, lines)
    selling.pay(session, payment, clerk, reference=f"FT{order.id}")
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "JNE", "JNE0012")
    orders.deliver(session, order, Actor.customer(customer))
    return order


def asked(
    session: Session, order: Order, wanted: dict[str, int] | None = None, kind: str = "return"
) -> Return:
    customer = session.get_one(Customer, order.customer_id)
    return returns.ask(
        session, order, wanted or {PADS: 1}, kind=kind, reason="salah ukuran",
        actor=Actor.customer(customer),
    )  # fmt: skip


def received(
    session: Session,
    order: Order,
    clerk: Actor,
    wanted: dict[str, int] | None = None,
    condition: str = "unopened",
    kind: str = "return",
) -> Return:
    found = asked(session, order, wanted, kind)
    returns.approve(session, found, actor=clerk)
    states = {line.part_code: condition for line in order.lines}
    return returns.receive(session, found, states, actor=clerk)


def test_a_return_goes_its_way_with_its_actors_and_the_customer_hears_each_step(
    session: Session, sent: Order, clerk: Actor
) -> None:
    shop.save_fact(session, "address", "Jl. Gajah Mada No. 218")
    found = asked(session, sent, {PADS: 2})
    assert found.return_code.startswith("R-")
    returns.approve(session, found, actor=clerk)
    returns.receive(session, found, {PADS: "unopened"}, actor=clerk)
    returns.settle(session, found, "refund", actor=clerk)
    assert selling.actions(session, "return", found.id) == [
        ("asked", "customer"), ("approved", "staff"), ("received", "staff"), ("settled", "staff"),
    ]  # fmt: skip
    approved, here, settled = notices(session)[-3:]
    assert "Jl. Gajah Mada No. 218" in approved
    assert found.return_code in here
    assert "Rp 100.000" in settled


def test_unopened_goods_are_sold_again_and_others_only_when_somebody_says_so(
    session: Session, sent: Order, clerk: Actor
) -> None:
    assert selling.level(session) == (46, 0)
    received(session, sent, clerk, {PADS: 1}, "unopened")
    assert selling.level(session) == (47, 0)
    received(session, sent, clerk, {PADS: 1}, "opened")
    received(session, sent, clerk, {FILTER: 1}, "defective")
    assert selling.level(session) == (47, 0)
    opened = asked(session, sent, {PADS: 1})
    returns.approve(session, opened, actor=clerk)
    returns.receive(session, opened, {PADS: "opened"}, actor=clerk, restock={PADS: True})
    assert selling.level(session) == (48, 0)
    newest = stock.movements(session, PADS)[0]
    assert (newest.kind, newest.quantity, newest.order_id, newest.reason) == (
        "returned", 1, sent.id, opened.return_code,
    )  # fmt: skip
    assert orders.audit_stock(session) == []


def test_defective_goods_are_never_sold_again(session: Session, sent: Order, clerk: Actor) -> None:
    found = asked(session, sent)
    returns.approve(session, found, actor=clerk)
    with pytest.raises(InvalidInput, match="defective_restocked"), session.begin_nested():
        returns.receive(session, found, {PADS: "defective"}, actor=clerk, restock={PADS: True})
    with pytest.raises(InvalidInput, match="condition_missing"), session.begin_nested():
        returns.receive(session, found, {}, actor=clerk)
    session.refresh(found)
    assert found.state == ReturnState.APPROVED
    assert selling.level(session) == (46, 0)


def test_pieces_in_a_return_cannot_be_returned_again_unless_it_came_to_nothing(
    session: Session, sent: Order, clerk: Actor
) -> None:
    first = asked(session, sent, {PADS: 3})
    with pytest.raises(Conflict) as refused:
        asked(session, sent, {PADS: 2})
    assert selling.refusal(refused.value) == (
        "return_too_many", {"part_code": PADS, "name": "Kampas Rem Depan", "left": 1},
    )  # fmt: skip
    returns.refuse(session, first, actor=clerk, reason="sudah dipakai")
    second = asked(session, sent, {PADS: 4})
    returns.withdraw(session, second, actor=Actor.bot())
    assert [(one.part_code, one.left) for one in returns.returnable(session, sent)] == [
        (PADS, 4), (FILTER, 2),
    ]  # fmt: skip


def test_only_what_was_sent_comes_back_and_only_to_its_own_customer(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, _ = selling.placed(session, customer)
    with pytest.raises(Conflict, match="nothing_to_return"):
        asked(session, order)
    assert returns.returnable(session, order) == []
    home = arrived(session, customer, clerk, (PADS, 1))
    found = asked(session, home)
    other = factories.customer(session, factories.SITI, "Siti")
    with pytest.raises(NotFound, match="return_not_found"):
        returns.by_code(session, found.return_code, customer=other)
    assert returns.by_code(session, found.return_code.lower(), customer=customer) is found


def test_after_a_week_only_staff_or_the_warranty_opens_a_return(
    session: Session, sent: Order, clerk: Actor
) -> None:
    catalogue.change_part(session, PADS, clerk, warranty_days=30)
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        with pytest.raises(Conflict, match="return_too_late"):
            asked(session, sent)
        with pytest.raises(Conflict, match="no_warranty"):
            asked(session, sent, {FILTER: 1}, kind="warranty")
        assert asked(session, sent, kind="warranty").state == ReturnState.ASKED
        goodwill = returns.ask(
            session, sent, {FILTER: 1}, kind="return", reason="pelanggan lama", actor=clerk
        )
        assert goodwill.state == ReturnState.ASKED
    shop.save_fact(session, "return_days", "14")
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert asked(session, sent).state == ReturnState.ASKED


def test_an_order_is_returned_when_its_last_piece_is_back_and_not_before(
    session: Session, sent: Order, clerk: Actor
) -> None:
    received(session, sent, clerk, {PADS: 4})
    assert sent.state == OrderState.DELIVERED
    last = received(session, sent, clerk, {FILTER: 2}, "defective")
    assert sent.state == OrderState.RETURNED
    assert sent.end_reason == f"{last.return_code}: salah ukuran"
    assert orders.audit_stock(session) == []
    with pytest.raises(Conflict, match="nothing_to_return"):
        asked(session, sent)


def test_a_parcel_that_nobody_took_comes_back_while_it_is_still_under_way(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    order, payment = selling.placed(session, customer)
    selling.pay(session, payment, clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "JNE", "JNE0012")
    received(session, order, clerk)
    assert order.state == OrderState.RETURNED
    assert selling.level(session) == (50, 0)


def test_a_refusal_needs_a_reason_and_tells_it(session: Session, sent: Order, clerk: Actor) -> None:
    found = asked(session, sent)
    with pytest.raises(InvalidInput, match="reason_missing"):
        returns.refuse(session, found, actor=clerk, reason=" ")
    returns.refuse(session, found, actor=clerk, reason="segel sudah dibuka")
    assert (found.state, found.decided_by) == (ReturnState.REFUSED, clerk.id)
    assert "segel sudah dibuka" in notices(session)[-1]
    with pytest.raises(Conflict, match="illegal_transition"):
        returns.approve(session, found, actor=clerk)


def test_neither_the_bot_nor_the_customer_decides(
    session: Session, sent: Order, customer: Customer
) -> None:
    found = asked(session, sent)
    for actor in (Actor.bot(), Actor.customer(customer), Actor.system("clock")):
        with pytest.raises(Conflict, match="illegal_transition"):
            returns.approve(session, found, actor=actor)
    session.refresh(found)
    assert (found.state, found.decided_at) == (ReturnState.ASKED, None)


def test_only_the_customers_own_photos_are_put_to_a_return_and_each_once(
    session: Session, sent: Order, customer: Customer
) -> None:
    def photo(address: str) -> int:
        media = [{"url": "https://media.test/1", "content_type": "image/jpeg"}]
        message = factories.received(session, "fotonya", address).message
        one = Media(
            message_id=message.id, position=0, source_url=media[0]["url"], content_type="image/jpeg"
        )
        session.add(one)
        session.flush()
        return one.id

    mine, hers = photo(factories.BUDI), photo(factories.SITI)
    found = asked(session, sent)
    actor = Actor.customer(customer)
    assert returns.add_photos(session, found, [mine], actor) == 1
    assert returns.add_photos(session, found, [mine], actor) == 0
    with pytest.raises(NotFound, match="media_not_found"):
        returns.add_photos(session, found, [hers], actor)
    assert returns.view(session, found).photo_ids == (mine,)


def test_lists_are_narrowed_by_state_words_and_customer(
    session: Session, sent: Order, clerk: Actor, customer: Customer
) -> None:
    first, second = asked(session, sent), asked(session, sent)
    returns.approve(session, first, actor=clerk)

    def codes(**narrow: object) -> list[str]:
        return [one.return_code for one in returns.listing(session, **narrow).items]  # type: ignore[arg-type]

    assert codes() == [second.return_code, first.return_code]
    assert codes(states=["approved"]) == [first.return_code]
    assert codes(query=sent.order_code) == [second.return_code, first.return_code]
    assert codes(query="tidak ada") == []
    assert codes(customer_id=customer.id + 1) == []
    assert returns.counts(session) == {"asked": 1, "approved": 1}


def test_the_last_piece_asked_for_by_four_at_once_is_returned_once(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, int]:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        clerk = Actor.of_staff(factories.member(session))
        return arrived(session, customer, clerk, (PADS, 1)).id, clerk.id or 0

    order_id, staff_id = committed(database, prepare)

    def ask(session: Session) -> int:
        return asked(session, session.get_one(Order, order_id)).id

    made = [one for one in at_once(database, *[ask] * 4) if isinstance(one, int)]
    assert len(made) == 1
    clerk = Actor("staff", staff_id, "Sari")
    committed(
        database,
        lambda s: returns.approve(s, s.get_one(Return, made[0]), actor=clerk).id,
    )

    def receive(session: Session) -> str:
        found = session.get_one(Return, made[0])
        return str(returns.receive(session, found, {PADS: "unopened"}, actor=clerk).state)

    done = at_once(database, *[receive] * 4)
    assert [one for one in done if isinstance(one, str)] == ["received"]
    with Session(database) as session:
        assert selling.level(session) == (10, 0)
        assert orders.audit_stock(session) == []
