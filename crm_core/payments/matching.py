"""Pure decisions about bank mutations: whose money one is, and what may become of it.

Only an exact amount is booked by rule, on the one order that it can mean. A transfer that names an
order's code and brings another amount is booked too, as too little or too much. Everything else is
a difference, which a person settles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from crm_core.payments.rules import PaymentState
from crm_core.states import StateTable, Transition

BOOKED_LATER = timedelta(days=3)
"""A transfer on a Friday evening may be booked on Monday."""

_QRIS = re.compile(r"QRIS|\bQR\b")

LOOK_BACK = timedelta(days=14)
"""So long after its deadline an amount still means its order, even if that has ended."""


class MutationState(StrEnum):
    """What became of one booking on the account."""

    NEW = "new"
    BOOKED = "booked"
    OPEN = "open"
    NOT_OURS = "not_ours"
    REFUNDED = "refunded"
    CREDIT = "credit"
    OUTGOING = "outgoing"


class DifferenceKind(StrEnum):
    """Why money and orders do not agree."""

    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    DUPLICATE = "duplicate"
    LATE = "late"
    UNKNOWN = "unknown"
    REFUND_DUE = "refund_due"
    RETURNED = "returned"


class DifferenceState(StrEnum):
    """How far a difference has been settled."""

    OPEN = "open"
    REFUND_PROPOSED = "refund_proposed"
    TOPPED_UP = "topped_up"
    REFUNDED = "refunded"
    CREDITED = "credited"
    ASSIGNED = "assigned"
    NOT_OURS = "not_ours"
    REPLACED = "replaced"


_RULE, _STAFF = frozenset({"system"}), frozenset({"staff"})
_M, _D = MutationState, DifferenceState

MUTATIONS = StateTable(
    "bank_mutation",
    _M.NEW,
    {
        (_M.NEW, _M.BOOKED): Transition("booked", _RULE),
        (_M.NEW, _M.OPEN): Transition("found_difference", _RULE),
        (_M.NEW, _M.OUTGOING): Transition("went_out", _RULE),
        (_M.OPEN, _M.BOOKED): Transition("assigned", _STAFF),
        (_M.OPEN, _M.NOT_OURS): Transition("not_ours", _STAFF),
        (_M.NOT_OURS, _M.OPEN): Transition("reopened", _STAFF),
        (_M.OPEN, _M.CREDIT): Transition("credited", _STAFF),
        (_M.BOOKED, _M.CREDIT): Transition("credited", _STAFF),
        **{
            (old, _M.REFUNDED): Transition("refunded", _STAFF)
            for old in (_M.OPEN, _M.BOOKED, _M.CREDIT)
        },
    },
)
"""Every move of a bank mutation."""

DIFFERENCES = StateTable(
    "difference",
    _D.OPEN,
    {
        (_D.OPEN, _D.TOPPED_UP): Transition("topped_up", _RULE | _STAFF),
        # The rest has come before a second person agreed to send the part back.
        (_D.REFUND_PROPOSED, _D.TOPPED_UP): Transition("topped_up", _RULE | _STAFF),
        (_D.OPEN, _D.REPLACED): Transition("replaced", _RULE | _STAFF | {"customer", "bot"}),
        (_D.REFUND_PROPOSED, _D.REPLACED): Transition("replaced", _RULE | _STAFF),
        (_D.OPEN, _D.ASSIGNED): Transition("assigned", _STAFF),
        (_D.OPEN, _D.NOT_OURS): Transition("not_ours", _STAFF),
        (_D.NOT_OURS, _D.OPEN): Transition("reopened", _STAFF),
        (_D.OPEN, _D.CREDITED): Transition("credited", _STAFF),
        **{
            (old, new): Transition(name, _STAFF)
            for old in (_D.OPEN, _D.CREDITED)
            for new, name in ((_D.REFUNDED, "refunded"), (_D.REFUND_PROPOSED, "refund_proposed"))
        },
        (_D.REFUND_PROPOSED, _D.REFUNDED): Transition("refunded", _STAFF),
        (_D.REFUND_PROPOSED, _D.OPEN): Transition("refund_withdrawn", _STAFF),
    },
)
"""Every move of a difference between money and orders."""

UNSETTLED = frozenset({_D.OPEN, _D.REFUND_PROPOSED})
"""Somebody still has to do something."""

CREDITABLE = frozenset(
    {
        DifferenceKind.OVERPAID, DifferenceKind.DUPLICATE, DifferenceKind.LATE,
        DifferenceKind.REFUND_DUE, DifferenceKind.RETURNED,
    }
)  # fmt: skip
"""Money of a known customer that may stay here under their name."""


BESIDE = frozenset({DifferenceKind.DUPLICATE, DifferenceKind.UNKNOWN, DifferenceKind.RETURNED})
"""Differences beside a payment's own: it may have several of them, and stays what it is."""

PART_OF_IT = frozenset({DifferenceKind.OVERPAID, DifferenceKind.RETURNED})
"""Only a part of what a payment received goes back, so its mutations stay booked."""


class Meaning(StrEnum):
    """What a mutation is for one payment, and for the books."""

    CONFIRMS = "confirms"
    PAYS = "pays"
    UNDER = "under"
    OVER = "over"
    LATE = "late"
    SECOND = "second"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An incoming booking, in rupiah. ``names`` are the order codes in its text.

    ``claimed_by`` is the payment that already has this transfer's reference, typed by a person.
    """

    amount: int
    booked_on: date
    names: frozenset[str] = frozenset()
    claimed_by: int | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that the money could be for. ``backed`` is what the bank's files show of it.

    ``waits``: the order still awaits payment; ``ended``: it was cancelled or expired.
    """

    payment_id: int
    order_code: str
    state: PaymentState
    due: int
    received: int
    backed: int
    asked_on: date
    due_on: date
    waits: bool
    ended: bool

    @property
    def rest(self) -> int:
        """What is still to come."""
        return self.due - self.received

    @property
    def on_word(self) -> int:
        """What a person said has come and no file has shown yet."""
        returned = self.state == PaymentState.REFUNDED
        return 0 if returned else max(0, self.received - self.backed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done; ``payment_id`` is None exactly when the meaning is UNKNOWN.

    ``reason`` says why nobody can tell: none, several, claimed, looks_like_known.
    """

    meaning: Meaning
    payment_id: int | None = None
    reason: str | None = None


def by_qris(text: str) -> bool:
    """Whether a booking's text says that a code was scanned.

    The shop's code pays into one account, whichever one an order names, so that the amount alone
    says what it is for.
    """
    return _QRIS.search(text.upper()) is not None


def decide(money: Incoming, candidates: Sequence[Candidate]) -> Verdict:
    """Whose money this is. A known reference decides, then the one exact amount, then a name."""
    if money.claimed_by is not None:
        claimed = [one for one in candidates if one.payment_id == money.claimed_by]
        if claimed and claimed[0].on_word == money.amount:
            return Verdict(Meaning.CONFIRMS, money.claimed_by)
        return Verdict(Meaning.UNKNOWN, reason="claimed")
    if money.doubtful:
        return Verdict(Meaning.UNKNOWN, reason="looks_like_known")
    exact = [(one, meant) for one in candidates if (meant := _exactly(money, one))]
    named = [one for one in candidates if one.order_code in money.names and _in_time(money, one)]
    meant_exactly = [(one, meant) for one, meant in exact if one in named]
    if len(meant_exactly) == 1:
        exact = meant_exactly
    elif len(named) == 1 and not exact:
        return Verdict(meaning_for(money.amount, named[0]), named[0].payment_id)
    if len(exact) == 1 and not (named and exact[0][0] not in named):
        return Verdict(exact[0][1], exact[0][0].payment_id)
    return Verdict(Meaning.UNKNOWN, reason="several" if exact or named else "none")


def meaning_for(amount: int, candidate: Candidate) -> Meaning:
    """What ``amount`` is for this payment, if it is for this payment."""
    if candidate.on_word == amount:
        return Meaning.CONFIRMS
    if candidate.waits:
        if amount == candidate.rest:
            return Meaning.PAYS
        return Meaning.UNDER if amount < candidate.rest else Meaning.OVER
    settled = {PaymentState.ACCEPTED, PaymentState.LATE, PaymentState.REFUNDED}
    if candidate.ended and candidate.state not in settled:
        return Meaning.LATE
    return Meaning.SECOND


def _exactly(money: Incoming, one: Candidate) -> Meaning | None:
    """The meaning if the amount alone points to this payment."""
    if not _in_time(money, one):
        return None
    if money.amount == one.on_word:
        return Meaning.CONFIRMS
    if one.waits:
        return Meaning.PAYS if money.amount == one.rest else None
    return meaning_for(money.amount, one) if money.amount == one.due else None


def _in_time(money: Incoming, one: Candidate) -> bool:
    after = BOOKED_LATER if one.waits else LOOK_BACK
    return one.asked_on <= money.booked_on <= one.due_on + after


@dataclass(frozen=True, slots=True)
class Stored:
    """A booking that is known already, of one fingerprint."""

    occurrence: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A booking's number among equal ones; known ones are not stored again."""

    occurrence: int
    known: bool
    doubtful: bool = False


def places(balances: Sequence[int | None], stored: Sequence[Stored]) -> list[Place]:
    """Where the equal bookings of one file belong among those ``stored``.

    Equal rows are counted: the second of a file is another transfer than the first, and both are
    known when two are stored. A row whose balance contradicts every known one is stored as well,
    but as doubtful: it may be a second transfer, or the bank has sorted its day anew.
    """
    free = list(stored)
    found: list[Place | None] = []
    for balance in balances:
        same = next((one for one in free if balance is not None and one.balance == balance), None)
        if same is not None:
            free.remove(same)
        found.append(Place(same.occurrence, known=True) if same else None)
    following = max((one.occurrence for one in stored), default=0)
    done: list[Place] = []
    for balance, place in zip(balances, found, strict=True):
        if place is not None:
            done.append(place)
            continue
        vague = next((one for one in free if balance is None or one.balance is None), None)
        if vague is not None:
            free.remove(vague)
            done.append(Place(vague.occurrence, known=True))
            continue
        following += 1
        done.append(Place(following, known=False, doubtful=bool(free)))
        if free:
            free.pop()
    return done


def shared_names(text: str, names: Collection[str | None]) -> int:
    """How many words of three letters or more a bank's text and some people's names share."""
    said = set(re.findall(r"[^\W\d_]{3,}", text.casefold()))
    called = {
        word for name in names for word in re.findall(r"[^\W\d_]{3,}", (name or "").casefold())
    }
    return len(said & called)


def likeness(amount: int, candidate: Candidate, total: int, names: int, booked_on: date) -> int:
    """How much speaks for a payment, 0 (nothing) to about 100, for the list of suggestions."""
    gap = abs(amount - candidate.rest)
    score = 0
    if gap == 0 or amount == candidate.due:
        score += 60
    elif amount == total:  # the unique code was left out
        score += 50
    elif gap < 1_000 or gap * 100 <= candidate.due:
        score += 35
    elif gap * 10 <= candidate.due:
        score += 10
    score += min(names, 2) * 20
    if score and candidate.asked_on <= booked_on <= candidate.due_on + BOOKED_LATER:
        score += 10
    if score and candidate.state in {PaymentState.REPORTED, PaymentState.VERIFIED_BY_SMS}:
        score += 10
    return score
