"""Whatever customers, staff and the clock do in whatever order, the books stay right."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import checkout, orders, payments
from crm_core.errors import CrmError
from crm_core.orders import STATES, Order
from crm_core.payments import Payment
from crm_core.timeline import Actor, Entry
from tests import factories, selling
from tests.selling import PADS

Deed = Callable[[Session, Order, Payment, dict[str, Actor]], object]


def _accept(extra: int, reference: str | None) -> Deed:
    return lambda session, _, payment, who: payments.accept(
        session,
        payment,
        actor=who["sari"],
        amount_received_idr=payment.amount_due_idr + extra,
        bank_reference=reference,
    )


def _second_approval(session: Session, _: Order, payment: Payment, who: dict[str, Actor]) -> object:
    amount = payment.amount_due_idr
    return payments.accept(session, payment, actor=who["dedi"], amount_received_idr=amount)


DEEDS: dict[str, Deed] = {
    "report": lambda s, order, _, who: payments.report(s, order, actor=who["budi"], text="tf"),
    "accept": _accept(0, "FT1"),
    "accept_again": _accept(0, "FT2"),
    "accept_without_reference": _accept(0, None),
    "second_approval": _second_approval,
    "accept_less": _accept(-500, "FT3"),
    "accept_more": _accept(500, "FT4"),
    "reject": lambda s, _, payment, who: payments.reject(
        s, payment, actor=who["sari"], reason="tidak ada"
    ),
    "refund": lambda s, _, payment, who: payments.refund(
        s, payment, actor=who["sari"], to=selling.TO_BUDI, reason="dikembalikan"
    ),
    "customer_cancels": lambda s, order, _, who: checkout.cancel(
        s, order, actor=who["budi"], reason="tidak jadi"
    ),
    "staff_cancels": lambda s, order, _, who: checkout.cancel(
        s, order, actor=who["sari"], reason="stok rusak"
    ),
    "pack": lambda s, order, _, who: orders.pack(s, order, who["sari"]),
    "ship": lambda s, order, _, who: orders.ship(s, order, who["sari"], "JNE", "1"),
    "deliver": lambda s, order, _, who: orders.deliver(s, order, who["budi"]),
    "complete": lambda s, order, _, who: orders.complete(s, order, who["sari"]),
    "return": lambda s, order, _, who: orders.return_(s, order, who["sari"], "rusak"),
}
STEPS = st.lists(
    st.tuples(st.sampled_from([*DEEDS, "clock"]), st.integers(0, 1)), min_size=3, max_size=12
)


def _play(session: Session, steps: list[tuple[str, int]]) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        both = [selling.placed(session, customer, [(PADS, pieces)]) for pieces in (2, 3)]
        who = {
            "budi": Actor.customer(customer),
            "sari": Actor.of_staff(factories.member(session, name="Sari")),
            "dedi": Actor.of_staff(factories.member(session, name="Dedi")),
        }
        for step, which in steps:
            if step == "clock":
                clock_.shift(30 * 3600)
                checkout.expire_due(session)
            else:
                _try(session, DEEDS[step], both[which], who)
            _audit(session)


def _try(session: Session, deed: Deed, pair: tuple[Order, Payment], who: dict[str, Actor]) -> None:
    before = [(order.state, payment.state) for order, payment in [pair]]
    try:
        with session.begin_nested():
            deed(session, *pair, who)
    except CrmError:
        session.expire_all()
        assert [(order.state, payment.state) for order, payment in [pair]] == before


def _audit(session: Session) -> None:
    session.expire_all()
    selling.refuse_wrong_stock(session)
    for order in session.scalars(sa.select(Order)):
        payment = payments.for_order(session, order)
        assert payment is not None
        was_paid = order.paid_at is not None
        assert was_paid == (payment.state in {"accepted", "refunded"} and _once_accepted(payment))
        if was_paid:
            assert payment.amount_received_idr == payment.amount_due_idr
            assert payment.bank_reference is not None or _two_people(session, payment)
        ended = order.state in orders.ENDED_UNPAID
        assert (payment.closed_at is not None) >= (ended or was_paid)
        steps = _moves(session, order)
        assert all(move in STATES.moves for move in steps), steps
    references = session.scalars(
        sa.select(Payment.bank_reference).where(Payment.state == "accepted")
    ).all()
    known = [reference for reference in references if reference]
    assert len(known) == len(set(known))


def _once_accepted(payment: Payment) -> bool:
    session = sa.inspect(payment).session
    assert session is not None
    return "accepted" in [action for action, _ in selling.actions(session, "payment", payment.id)]


def _two_people(session: Session, payment: Payment) -> bool:
    accepted = session.scalars(
        sa.select(Entry).where(
            Entry.subject == "payment",
            Entry.subject_id == payment.id,
            Entry.action == "accepted",
        )
    ).one()
    return accepted.facts["approved_by"] != accepted.actor_id


def _moves(session: Session, order: Order) -> list[tuple[str, str]]:
    """The states the order went through, as neighbouring pairs."""
    into = {move.name: str(new) for (_, new), move in STATES.moves.items()}
    path = [str(STATES.start)]
    path += [
        into[action] for action, _ in selling.actions(session, "order", order.id) if action in into
    ]
    assert path[-1] == order.state
    return list(itertools.pairwise(path))


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
@example(steps=[("accept", 0), ("accept", 1), ("report", 1), ("accept_again", 1)])
@example(steps=[("accept_less", 0), ("accept", 0), ("pack", 0), ("ship", 0), ("staff_cancels", 0)])
@example(steps=[("report", 1), *[("clock", 0)] * 3, ("accept", 0), ("refund", 0), ("accept", 1)])
def test_any_sequence_of_deeds_leaves_stock_states_and_money_right(
    session: Session, steps: list[tuple[str, int]]
) -> None:
    outer = session.begin_nested()
    try:
        _play(session, steps)
    finally:
        session.expunge_all()
        outer.rollback()
