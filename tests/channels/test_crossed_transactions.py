"""Two transactions that wait for each other: jobs never do, and what may be done anew is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels import bankfiles, clockwork, intake, tasks, turns
from channels.context import Context
from crm_core import conversations, db
from crm_core.conversations import Conversation, Message
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.shop.models import ShopFact
from tests import factories, selling
from tests.banking import row, taken
from tests.fakes import FakeRasa
from tests.world import committed, ended_in, waiting

T = TypeVar("T")
BOTH = (factories.BUDI, factories.SITI)


@contextmanager
def held(engine: sa.Engine, conversation_id: int) -> Iterator[None]:
    """Somebody writes in this conversation meanwhile."""
    with engine.begin() as connection:
        connection.execute(
            sa.select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
        )
        yield


def prepare(session: Session) -> list[int]:
    """Two customers, each with an order that is over and one that is to be reminded of.

    The clock's jobs come to the first customer first for what is over, and to the second first
    for the reminders.
    """
    selling.part(session, pieces=50)
    selling.account(session)
    talks = [factories.conversation(session, address) for address in BOTH]
    for talk in talks:
        selling.placed(session, talk.customer)
    moment = factories.MOMENT
    for hours, talk in zip((42, 41), talks, strict=True):
        order, _ = selling.placed(session, talk.customer)
        order.expires_at = moment + timedelta(hours=72 + hours - 24)
    return [talk.id for talk in talks]


def write_again(session: Session) -> None:
    """So that WhatsApp takes the reminder, into the conversation that hears of the expiry."""
    for address in BOTH:
        factories.received(session, "halo lagi", address)


def test_expiry_and_reminders_of_the_same_customers_never_wait_crosswise(
    database: sa.Engine,
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        first, second = committed(database, prepare)
        clock_.shift(selling.JUST_OVER)
        committed(database, write_again)
        make_session = db.sessions(database)

        def work() -> object:
            return db.unit_of_work(make_session)

        attempts: list[str] = []
        listener = _note_ends(database, attempts)
        with ThreadPoolExecutor(2) as pool, held(database, first), held(database, second):
            jobs: list[Future[list[str]]] = [
                pool.submit(clockwork.expire_orders, work),  # type: ignore[arg-type]
                pool.submit(clockwork.remind_payers, work),  # type: ignore[arg-type]
            ]
            waiting(database, 2)
        expired, reminded = (job.result(timeout=60) for job in jobs)
        listener()
    assert (len(expired), len(reminded)) == (2, 2)
    assert attempts == []
    with Session(database) as session:
        texts = session.scalars(sa.select(Message.text).where(Message.author == "system")).all()
        assert len(texts) == 4
        states = sa.select(Order.state, sa.func.count()).group_by(Order.state)
        found = dict(session.execute(states).all())
        assert found == {"expired": 2, "awaiting_payment": 2}
        reminded_at = sa.select(sa.func.count(Payment.reminded_at))
        assert session.scalar(reminded_at) == 2


def _note_ends(engine: sa.Engine, into: list[str]) -> Callable[[], None]:
    """Write down each transaction that the server ended for another."""

    def note(context: sa.engine.ExceptionContext) -> None:
        if db.ended_for_another(context.original_exception):
            into.append(type(context.original_exception).__name__)

    sa.event.listen(engine, "handle_error", note)
    return lambda: sa.event.remove(engine, "handle_error", note)


def crossing(engine: sa.Engine, key: str, other: str, meet: threading.Barrier) -> Callable[[], int]:
    """A transaction that changes two rows and stops between them, the first time, for another."""
    tries = 0

    def change(session: Session, name: str) -> None:
        fact = session.get_one(ShopFact, name, with_for_update=True, populate_existing=True)
        fact.value = str(int(fact.value) + 1)
        session.flush()

    def work() -> int:
        nonlocal tries
        tries += 1
        with db.unit_of_work(db.sessions(engine)) as session:
            change(session, key)
            if tries == 1:
                meet.wait(timeout=60)
            change(session, other)
        return tries

    return work


def crossed(engine: sa.Engine, times: int) -> list[int | BaseException]:
    """Two transactions that lock the same two rows crosswise; how often each was begun."""

    def prepare(session: Session) -> None:
        session.add_all([ShopFact(key="a", value="0"), ShopFact(key="b", value="0")])

    committed(engine, prepare)
    meet = threading.Barrier(2)

    def run(key: str, other: str) -> int | BaseException:
        try:
            return db.again(crossing(engine, key, other, meet), times=times)
        except OperationalError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, "ab", "ba"))


def values(engine: sa.Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(sa.select(ShopFact.value).order_by(ShopFact.key)))


def test_a_transaction_that_the_server_ended_for_another_is_done_anew(
    database: sa.Engine,
) -> None:
    assert sorted(crossed(database, 3)) == [1, 2]  # type: ignore[type-var]
    assert values(database) == ["2", "2"]


def test_the_last_attempt_says_what_happened_and_changes_nothing(database: sa.Engine) -> None:
    ends = crossed(database, 1)
    (refused,) = [one for one in ends if isinstance(one, OperationalError)]
    assert db.ended_for_another(refused)
    assert values(database) == ["1", "1"]


def test_any_other_error_of_the_database_is_not_tried_again(database: sa.Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        with db.unit_of_work(db.sessions(database)) as session:
            session.execute(sa.text("SET LOCAL statement_timeout = 10"))
            session.execute(sa.text("SELECT pg_sleep(60)"))

    with pytest.raises(OperationalError):
        db.again(work)
    assert len(tries) == 1


# The edges that may do their one transaction anew -------------------------------------------------


def test_a_message_is_stored_once_though_the_server_ended_it_first(
    here: Context, asleep: Context
) -> None:
    inbound = factories.inbound("halo kak")
    with ended_in(here.engine, "messages"):
        stored = intake.take_in(inbound)
    assert stored.first
    with here.unit_of_work() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1


@pytest.mark.parametrize("table", ["messages", "turns"])
def test_a_turn_is_answered_once_though_the_server_ended_it_first(
    here: Context, say: Callable[..., int], asleep: Context, rasa_server: FakeRasa, table: str
) -> None:
    talk = say("halo")
    with ended_in(here.engine, table):
        turns.take(here, tasks.assistant(here.settings), talk)
    assert len(rasa_server.asked) == 1
    with here.unit_of_work() as session:
        said = conversations.latest(session, talk)
        assert [one.direction for one in said] == ["inbound", "outbound"]


def test_a_booking_is_settled_though_the_server_ended_it_first(database: sa.Engine) -> None:
    def booked(session: Session) -> int:
        selling.part(session)
        selling.account(session)
        _, payment = selling.placed(session, factories.conversation(session).customer)
        return taken(session, [row(int(payment.amount_due_idr))]).new[0]

    mutation_id = committed(database, booked)
    with ended_in(database, "payments"):
        bankfiles.settle_each(lambda: db.unit_of_work(db.sessions(database)), [mutation_id])
    with Session(database) as session:
        assert session.scalars(sa.select(Order.state)).one() == "paid"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k-1"}])
def test_a_write_of_the_api_is_done_once_though_the_server_ended_it_first(
    here: Context, flask_app: Flask, headers: dict[str, str]
) -> None:
    committed(here.engine, lambda session: selling.part(session, pieces=10).id)
    delivery = {
        "supplier": "Astra Motor", "document": "SJ-1",
        "lines": [{"part_code": selling.PADS, "quantity": 5}],
    }  # fmt: skip
    told = {"Authorization": "Bearer api-token-of-the-tests", **headers}
    with ended_in(here.engine, "stock_movements"):
        answer = flask_app.test_client().post("/api/v1/goods-receipts", json=delivery, headers=told)
    assert answer.status_code == 200, answer.text
    with here.unit_of_work() as session:
        assert selling.level(session) == (15, 0)
