"""Whatever people do in whatever order, stock adds up (invariant I4): the real core, step by step.

``SEQUENCES=10000 pytest tests/core/test_stock_sequences.py`` (``make properties``) tries as many
lives of a small shop, in parts, so that every core has some and each part is told when it is done;
the suite tries a few. A model of two dictionaries says what must come out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import ClassVar

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from crm_core import carts, checkout, clock, orders, payments, returns, stock
from crm_core.catalogue.models import Part, StockLevel
from crm_core.customers import Customer
from crm_core.errors import CrmError
from crm_core.orders import Delivery, Order, OrderState
from crm_core.orders.rules import HOLDS_STOCK
from crm_core.payments import Payment, PaymentState
from crm_core.returns import Return
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling
from tests.selling import CLERK, FILTER, PADS
from tests.world import committed

SEQUENCES = int(os.environ.get("SEQUENCES", "10"))
PART = 250
PARTS = [min(PART, SEQUENCES - begun) for begun in range(0, SEQUENCES, PART)]
STEPS = 18
PIECES = 8
BELT = "23100K59A71"
CODES = (PADS, FILTER, BELT)
_S = OrderState
SENT = {_S.SHIPPED, _S.DELIVERED, _S.COMPLETED}
PAID_FOR = {_S.PAID, _S.PACKED, _S.SHIPPED, _S.DELIVERED, _S.COMPLETED}

Verb = Callable[[Session, Order, Actor], object]
STEPS_OF_STAFF: list[tuple[OrderState, OrderState, Verb]] = [
    (_S.PAID, _S.PACKED, orders.pack),
    (_S.PACKED, _S.SHIPPED, lambda session, order, by: orders.ship(session, order, by, "JNE", "1")),
    (_S.SHIPPED, _S.DELIVERED, orders.deliver),
    (_S.DELIVERED, _S.COMPLETED, orders.complete),
]
"""The way of a paid order: from, to, and the verb."""

part_codes = st.sampled_from(CODES)
baskets = st.dictionaries(part_codes, st.integers(1, 4), min_size=1)
some_order = st.integers(0, 30)


class Shop(RuleBasedStateMachine):
    """A shop with three parts and two customers; every example's work is undone at its end."""

    engine: ClassVar[sa.Engine]
    to: ClassVar[Delivery]

    def __init__(self) -> None:
        super().__init__()
        self.journey = time_machine.travel(factories.MOMENT, tick=False)
        self.clock = self.journey.start()
        self.connection = self.engine.connect()
        self.work = self.connection.begin()
        self.session = Session(
            self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        self.customers = self.session.scalars(sa.select(Customer).order_by(Customer.id)).all()
        self.staff = [Actor.of_staff(one) for one in self.session.scalars(sa.select(Staff))]
        self.on_hand = dict.fromkeys(CODES, PIECES)
        self.states: dict[int, OrderState] = {}
        self.wanted: dict[int, dict[str, int]] = {}
        self.back: dict[int, dict[str, int]] = {}

    def teardown(self) -> None:
        """Movements, reservations and levels only ever add up, so the end shows every slip."""
        try:
            assert orders.audit_stock(self.session) == []
        finally:
            self.session.close()
            self.work.rollback()
            self.connection.close()
            self.journey.stop()

    # What people do ----------------------------------------------------------------------------

    @rule(code=part_codes, pieces=st.integers(1, 9))
    def goods_arrive(self, code: str, pieces: int) -> None:
        stock.receive(self.session, code, pieces, CLERK, "kiriman")
        self.on_hand[code] += pieces

    @rule(code=part_codes, found=st.integers(0, 20))
    def the_shelf_is_counted(self, code: str, found: int) -> None:
        done = self.tried(lambda: stock.correct(self.session, code, found, CLERK, "opname"))
        assert done == (found >= self.reserved(code))
        if done:
            self.on_hand[code] = found

    @initialize(first=baskets, second=baskets, paid=st.integers(0, 2))
    def the_first_orders(self, first: dict[str, int], second: dict[str, int], paid: int) -> None:
        for who, basket in enumerate((first, second)):
            self.a_customer_orders(bool(who), basket)
        for number in range(paid):
            self.staff_sees_money(number * 4 + 1, 0, word=False, who=True)

    @rule(who=st.booleans(), basket=baskets)
    def a_customer_orders(self, who: bool, basket: dict[str, int]) -> None:
        customer = self.customers[who]
        actor = Actor.customer(customer)

        def order() -> Order:
            carts.add_all(self.session, customer, list(basket.items()), actor)
            placed = checkout.place(self.session, customer, actor=actor, delivery=self.to)
            return orders.by_code(self.session, placed.order.order_code)

        made = self.tried(order)
        enough = all(
            self.on_hand[code] - self.reserved(code) >= pieces for code, pieces in basket.items()
        )
        assert bool(made) == enough
        if isinstance(made, Order):
            self.states[made.id], self.wanted[made.id] = _S.AWAITING_PAYMENT, basket

    @rule(number=some_order)
    def a_customer_says_it_is_paid(self, number: int) -> None:
        order = self.order(number, {_S.AWAITING_PAYMENT})
        self.tried(lambda: payments.report(self.session, order, actor=Actor.bot(), text="sudah"))

    @rule(
        number=some_order,
        extra=st.sampled_from([0, 0, 0, -1_000, 1_000]),
        word=st.sampled_from([False, False, True]),
        who=st.booleans(),
    )
    def staff_sees_money(self, number: int, extra: int, *, word: bool, who: bool) -> None:
        order = self.order(number, {_S.AWAITING_PAYMENT})
        payment = self.payment(order)
        if payment is None:
            return
        reference = None if word else f"FT{order.id}"
        clerk = self.staff[who]
        self.tried(lambda: selling.pay(self.session, payment, clerk, extra, reference))
        self.follow_money(order, payment)

    @rule(number=some_order, who=st.booleans())
    def staff_sends_money_back(self, number: int, who: bool) -> None:
        order = self.order(number, {_S.CANCELLED, _S.EXPIRED})
        payment, clerk = self.payment(order), self.staff[who]
        if payment is None:
            return
        self.tried(
            lambda: payments.refund(
                self.session, payment, actor=clerk, to=selling.TO_BUDI, reason="dikembalikan"
            )
        )
        self.follow_money(order, payment)

    @rule(number=some_order, by_staff=st.booleans())
    def an_order_is_cancelled(self, number: int, by_staff: bool) -> None:
        order = self.order(number)
        payment = self.payment(order)
        customer = self.session.get_one(Customer, order.customer_id)
        actor = self.staff[0] if by_staff else Actor.customer(customer)
        may = self.states[order.id] in (HOLDS_STOCK if by_staff else {_S.AWAITING_PAYMENT})
        # What was paid with goods ends with its return only.
        may = may and payment is not None and (by_staff or payment.state in payments.EXPIRABLE)
        assert may == bool(
            self.tried(lambda: checkout.cancel(self.session, order, actor=actor, reason="batal"))
        )
        if may:
            self.states[order.id] = _S.CANCELLED

    @rule(hours=st.sampled_from([1, 30, 73]))
    def time_passes_and_the_clock_ends_what_is_due(self, hours: int) -> None:
        self.clock.shift(hours * 3600)
        due = {
            one.order_code
            for one in self.session.scalars(sa.select(Order))
            if self.states[one.id] == _S.AWAITING_PAYMENT
            and one.expires_at <= clock.now()
            and (paid := self.payment(one)) is not None
            and paid.state in payments.EXPIRABLE
        }
        assert set(checkout.expire_due(self.session)) == due
        for one in self.session.scalars(sa.select(Order).where(Order.order_code.in_(due))):
            self.states[one.id] = _S.EXPIRED

    @rule(number=some_order, other=st.sampled_from([None, None, None, *range(4)]))
    def staff_takes_a_step(self, number: int, other: int | None) -> None:
        """The next one, or some ``other`` that may well be wrong."""
        order = self.order(number, {before for before, _, _ in STEPS_OF_STAFF})
        state = self.states[order.id]
        following = [one for one, (before, _, _) in enumerate(STEPS_OF_STAFF) if before == state]
        step = other if other is not None else following[0] if following else 0
        before, after, verb = STEPS_OF_STAFF[step]
        done = self.tried(lambda: verb(self.session, order, self.staff[0]))
        assert bool(done) == (state == before)
        if done:
            self.states[order.id] = after
        if done and after == _S.SHIPPED:
            for code, pieces in self.wanted[order.id].items():
                self.on_hand[code] -= pieces

    @rule(
        number=some_order,
        pieces=st.integers(1, 4),
        condition=st.sampled_from(["unopened", "defective"]),
        outcome=st.sampled_from(["refund", "exchange", "nothing"]),
    )
    def goods_come_back(self, number: int, pieces: int, condition: str, outcome: str) -> None:
        order = self.order(number, SENT)
        code = sorted(self.wanted[order.id])[number % len(self.wanted[order.id])]
        here = self.back.get(order.id, {}).get(code, 0)
        may = self.states[order.id] in SENT and here + pieces <= self.wanted[order.id][code]

        def come() -> Return:
            found = returns.ask(
                self.session, order, {code: pieces},
                kind="return", reason="salah ukuran", actor=self.staff[0],
            )  # fmt: skip
            returns.approve(self.session, found, actor=self.staff[0])
            return returns.receive(self.session, found, {code: condition}, actor=self.staff[1])

        found = self.tried(come)
        assert isinstance(found, Return) == may
        if isinstance(found, Return):
            self.on_hand[code] += pieces if condition == "unopened" else 0
            self.back.setdefault(order.id, {})[code] = here + pieces
            if self.back[order.id] == self.wanted[order.id]:
                self.states[order.id] = _S.RETURNED
            self.make_good(found, outcome, {code: pieces})

    def make_good(self, found: Return, outcome: str, wanted: dict[str, int]) -> None:
        """An exchange needs the pieces, a refund money that has not gone back already."""
        (code, pieces), *_ = wanted.items()
        enough = self.on_hand[code] - self.reserved(code) >= pieces
        done = self.tried(
            lambda: returns.settle(
                self.session, found, outcome, actor=self.staff[0], reason="sudah dicek"
            )
        )
        paid = self.payment(self.session.get_one(Order, found.order_id))
        if outcome != "refund" or (paid is not None and paid.state == PaymentState.ACCEPTED):
            assert bool(done) == (outcome != "exchange" or enough)
        if done and outcome == "exchange":
            assert found.new_order_id is not None
            self.states[found.new_order_id], self.wanted[found.new_order_id] = _S.PAID, wanted

    # What must hold after each of it ------------------------------------------------------------

    @invariant()
    def levels_and_states_are_those_of_the_model(self) -> None:
        found = self.session.execute(
            sa.select(Part.part_code, StockLevel.on_hand, StockLevel.reserved).join(StockLevel)
        )
        assert {code: (on_hand, held) for code, on_hand, held in found} == {
            code: (self.on_hand[code], self.reserved(code)) for code in CODES
        }

    @invariant()
    def an_order_is_where_the_model_has_it_and_nothing_goes_on_unpaid(self) -> None:
        query = sa.select(Order.id, Order.state, Order.total_idr, Payment.state)
        rows = self.session.execute(query.outerjoin(Payment, Payment.order_id == Order.id)).all()
        assert {row[0]: row[1] for row in rows} == self.states
        for _, state, total, payment in rows:
            if state in PAID_FOR and total:
                assert payment in {PaymentState.ACCEPTED, PaymentState.REFUNDED}

    # Helpers -----------------------------------------------------------------------------------

    def tried(self, deed: Callable[[], object]) -> object:
        """What ``deed`` gives, True if that is nothing; False if the core refused it."""
        try:
            with self.session.begin_nested():
                result = deed()
        except CrmError:
            self.session.expire_all()
            return False
        return True if result is None or isinstance(result, int) else result

    def order(self, number: int, fitting: Collection[OrderState] = ()) -> Order:
        """An order, of four picks three in a state that fits, so that some get far."""
        ids = sorted(self.states)
        fit = [one for one in ids if self.states[one] in fitting]
        chosen = fit if fit and number % 4 else ids
        return self.session.get_one(Order, chosen[number % len(chosen)])

    def payment(self, order: Order) -> Payment | None:
        """The order's payment; one that was paid with goods has none."""
        return payments.for_order(self.session, order)

    def reserved(self, code: str) -> int:
        return sum(
            self.wanted[one].get(code, 0)
            for one, state in self.states.items()
            if state in HOLDS_STOCK
        )

    def follow_money(self, order: Order, payment: Payment) -> None:
        """Money may only have paid an order that waited, or ended it where it was too little."""
        self.session.refresh(order)
        self.session.refresh(payment)
        before = self.states[order.id]
        if before == _S.AWAITING_PAYMENT and payment.state == PaymentState.ACCEPTED:
            self.states[order.id] = _S.PAID
        elif before == _S.AWAITING_PAYMENT and payment.state == PaymentState.REFUNDED:
            self.states[order.id] = _S.CANCELLED


@pytest.mark.parametrize(
    "sequences", [pytest.param(size, id=f"{n + 1}x{size}") for n, size in enumerate(PARTS)]
)
def test_stock_adds_up_after_any_sequence_of_deeds(database: sa.Engine, sequences: int) -> None:
    def prepare(session: Session) -> Delivery:
        for code in CODES:
            selling.part(session, code, name=f"Part {code}", pieces=PIECES)
        selling.account(session)
        for address, name in ((factories.BUDI, "Budi"), (factories.SITI, "Siti")):
            factories.customer(session, address, name)
            factories.member(session, name=name)
        return selling.delivery(session)

    with time_machine.travel(factories.MOMENT, tick=False):
        Shop.to = committed(database, prepare)
    Shop.engine = database
    many = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Shop, settings=many)  # type: ignore[no-untyped-call]
