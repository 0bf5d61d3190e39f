"""What came for each payment and each account, and where it is now."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.auditing.columns import total
from crm_core.auditing.values import AccountSums
from crm_core.orders import ENDED_UNPAID, Order
from crm_core.payments import (
    BankAccount,
    BankMutation,
    Difference,
    DifferenceKind,
    DifferenceState,
    GatewayCharge,
    MutationState,
    Payment,
    PaymentState,
    Refund,
)
from crm_core.timeline import Entry

_K, _D, _P = DifferenceKind, DifferenceState, PaymentState
_WHOLE = frozenset({_K.LATE, _K.REFUND_DUE})
HELD = frozenset({_D.OPEN, _D.REFUND_PROPOSED})
_OUT = frozenset({_D.REFUNDED, _D.CREDITED})


@dataclass(slots=True)
class PaymentBooks:
    """One payment with all that concerns its money, in rupiah."""

    id: int
    account_id: int
    code: str
    state: PaymentState
    ended: bool
    due: int
    received: int
    shown: int = 0
    vouched: bool = False
    gateway: int = 0
    refunded_whole: int = 0
    by_kind: dict[tuple[DifferenceKind, DifferenceState], int] = field(default_factory=dict)

    def sum(self, kinds: frozenset[DifferenceKind], states: frozenset[DifferenceState]) -> int:
        """Rupiah of its differences of these kinds and states."""
        rows = self.by_kind.items()
        return sum(amount for (kind, state), amount in rows if kind in kinds and state in states)

    @property
    def came(self) -> int:
        """What came for it in all, with what was too much and has found its place since."""
        return self.received + self.sum(frozenset({_K.OVERPAID}), _OUT)

    @property
    def on_word(self) -> int:
        """What came and no bank file shows (negative: files show more than came)."""
        return self.came - self.shown

    @property
    def returned(self) -> int:
        """What goes or went back for goods that came back."""
        return self.sum(frozenset({_K.RETURNED}), HELD | _OUT)

    @property
    def whole(self) -> int:
        """What is to go back, or is kept under the customer's name, because it pays nothing."""
        return self.sum(_WHOLE, HELD | {_D.CREDITED})

    @property
    def kept(self) -> int:
        """What pays the order."""
        if self.state == _P.ACCEPTED and not self.ended:
            return self.due - self.returned
        waits = self.state == _P.OVERPAID and not self.ended
        return self.due if waits and not self.whole else 0

    @property
    def part_paid(self) -> int:
        """What has come of an order that still waits for the rest."""
        waiting = {_P.UNDERPAID, _P.REPORTED, _P.VERIFIED_BY_SMS}
        return self.received if self.state in waiting and not self.ended else 0

    @property
    def placed(self) -> int:
        """All that has a place."""
        over = self.sum(frozenset({_K.OVERPAID}), HELD | _OUT)
        return self.kept + self.part_paid + self.whole + self.refunded_whole + self.returned + over


def payment_books(session: Session) -> list[PaymentBooks]:
    """All payments with what bank files, differences, refunds and people say of them."""
    query = select(
        Payment.id, Payment.bank_account_id, Order.order_code, Payment.state, Order.state,
        Payment.amount_due_idr, func.coalesce(Payment.amount_received_idr, 0),
    ).join(Order, Order.id == Payment.order_id).order_by(Payment.id)  # fmt: skip
    books = {
        row[0]: PaymentBooks(row[0], row[1], row[2], row[3], row[4] in ENDED_UNPAID, row[5], row[6])
        for row in session.execute(query)
    }
    shown = select(BankMutation.payment_id, total(BankMutation.amount_idr))
    for payment_id, amount in session.execute(
        shown.where(BankMutation.counted).group_by(BankMutation.payment_id)
    ):
        books[payment_id or 0].shown = amount
    grouped = select(
        Difference.payment_id, Difference.kind, Difference.state, total(Difference.amount_idr)
    ).where(Difference.payment_id.is_not(None))
    for payment_id, kind, state, amount in session.execute(
        grouped.group_by(Difference.payment_id, Difference.kind, Difference.state)
    ):
        books[payment_id or 0].by_kind[kind, state] = amount
    whole = {*_WHOLE, _K.UNDERPAID}
    sent = select(Difference.payment_id, total(Refund.amount_idr)).join(
        Difference, Difference.id == Refund.difference_id
    )
    for payment_id, amount in session.execute(
        sent.where(
            Refund.done_at.is_not(None), Difference.kind.in_(whole),
            Difference.payment_id.is_not(None),
        ).group_by(Difference.payment_id)
    ):  # fmt: skip
        books[payment_id or 0].refunded_whole = amount
    _who_vouched(session, books)
    return list(books.values())


def _who_vouched(session: Session, books: dict[int, PaymentBooks]) -> None:
    decided = ("accepted", "found_underpaid", "found_overpaid", "found_late")
    people = select(Entry.subject_id).where(
        Entry.subject == "payment", Entry.action.in_(decided), Entry.actor_kind == "staff"
    )
    for payment_id in session.scalars(people):
        if payment_id in books:
            books[payment_id].vouched = True
    charges = select(GatewayCharge.payment_id, total(GatewayCharge.amount_idr))
    for payment_id, amount in session.execute(
        charges.where(GatewayCharge.state.in_(["paid", "returned"])).group_by(
            GatewayCharge.payment_id
        )
    ):
        books[payment_id].gateway = amount


def sums(session: Session) -> list[AccountSums]:
    """What came to each account and where it is, in the order of their ids."""
    found = {
        one.id: AccountSums(f"{one.bank} {one.number}")
        for one in session.execute(
            select(BankAccount.id, BankAccount.bank, BankAccount.number).order_by(BankAccount.id)
        )
    }
    for one in payment_books(session):
        account = found[one.account_id]
        account.on_word += max(one.on_word, 0)
        account.kept += one.kept
        account.part_paid += one.part_paid
    _from_statements(session, found)
    _from_differences(session, found)
    return list(found.values())


def _from_statements(session: Session, found: dict[int, AccountSums]) -> None:
    into = select(BankMutation.bank_account_id, BankMutation.state, total(BankMutation.amount_idr))
    for account_id, state, amount in session.execute(
        into.where(BankMutation.direction == "in").group_by(
            BankMutation.bank_account_id, BankMutation.state
        )
    ):
        found[account_id].on_statements += amount
        if state == MutationState.NOT_OURS:
            found[account_id].not_ours += amount
    mutation_of = BankMutation.bank_account_id
    across = (
        select(
            BankMutation.bank_account_id, Payment.bank_account_id, total(BankMutation.amount_idr)
        )
        .join(Payment, Payment.id == BankMutation.payment_id)
        .where(BankMutation.counted, BankMutation.bank_account_id != Payment.bank_account_id)
        .group_by(mutation_of, Payment.bank_account_id)
    )
    for came_to, meant_for, amount in session.execute(across):
        found[came_to].moved_in -= amount
        found[meant_for].moved_in += amount


def _from_differences(session: Session, found: dict[int, AccountSums]) -> None:
    query = select(
        Difference.bank_account_id, Difference.kind, Difference.state,
        Difference.mutation_id.is_not(None), total(Difference.amount_idr),
    ).group_by(
        Difference.bank_account_id, Difference.kind, Difference.state,
        Difference.mutation_id.is_not(None),
    )  # fmt: skip
    for account_id, kind, state, seen, amount in session.execute(query):
        account = found[account_id]
        if kind == _K.UNKNOWN and not seen:
            continue  # taken back by a gateway: nothing that is here
        if kind == _K.DUPLICATE and not seen and state in HELD | _OUT:
            account.on_word += amount  # a second charge of a gateway: no file shows it
        if kind != _K.UNDERPAID and state in HELD:
            account.open += amount
        elif state == _D.CREDITED:
            account.credited += amount
    sent = (
        select(Difference.bank_account_id, total(Refund.amount_idr))
        .join(Difference, Difference.id == Refund.difference_id)
        .where(Refund.done_at.is_not(None))
        .group_by(Difference.bank_account_id)
    )
    for account_id, amount in session.execute(sent):
        found[account_id].refunded += amount
