"""How to pay, and the customer's word that it is paid. Only the shop's staff makes it so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actions import delivering, deliverywords, pages, paycodes, pending, returning
from actions.base import CrmAction
from actions.reply import Option, Reply, ask, command, say
from crm_core import orders, payments
from crm_core.codes import ORDER, read_code
from crm_core.errors import NotFound
from crm_core.money import find_amount, format_rupiah

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.orders import Order
    from crm_core.payments import Payment, PaymentRow

_LATER = re.compile(
    r"\b(?:besok\w*|bsk|bsok|esok|lusa|nanti|nnti|ntar|ntr|entar|kelak|minggu depan|gajian|siangan|"
    r"sorean|maleman|tomorrow|later|tonight|next week|payday|akan|bakal|will|gonna)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:s?udah|sdh|udh|dah|telah|barusan|brusan|tadi|td|already|done|just|kemar[ei]n|kmrn|"
    r"yesterday|berhasil|selesai|paid|sent|transferred)\b",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"\b(?:tempo|jatuh tempo|h?utang|ngutang|ngebon|kasbon|kredit|credit|cicil\w*|ny?icil|"
    r"angsur\w*|instal\w*ments?|terms|bulan depan|next month|akhir bulan|"
    r"bayar (?:belakangan|mundur))\b",
    re.IGNORECASE,
)
WAITING = ("reported", "verified_by_sms")
"""States of a payment whose report the shop already has."""


def pay_facts(turn: Turn, due: PaymentRow) -> dict[str, Any]:
    """What a customer needs to pay: the exact amount, the account, until when, and the page."""
    account = due.bank_account
    return {
        "code": due.order_code,
        "amount": format_rupiah(due.amount_due_idr),
        "bank": account.bank,
        "number": account.number,
        "holder": account.holder,
        "deadline": turn.words.moment(due.expires_at),
        "page": pages.page_line(turn, due.order_id),
    }


def due_of(session: Session, order: Order) -> PaymentRow:
    """What ``order`` still waits for, as people read it."""
    due = payments.view_of_order(session, order)
    if due is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    return due


def payment_of(session: Session, order: Order) -> Payment:
    """The payment of ``order``; every placed order has one (NotFound otherwise)."""
    payment = payments.for_order(session, order)
    if payment is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    return payment


class AskPaymentMethod(CrmAction):
    """How to pay: for the open order exactly, otherwise in general."""

    action_name = "action_ask_payment_method"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Account and amount of the order that waits, or the way we take money."""
        if _TERMS.search(turn.typed):
            options = [turn.option("person", "talk_to_human")]
            return ask("utter_pay_terms", options, awaiting="offer_human")
        open_orders = unpaid(session, turn)
        if len(open_orders) == 1 and not turn.active_form:
            return say("utter_how_to_pay_order", **pay_facts(turn, due_of(session, open_orders[0])))
        said = deliverywords.read(turn.typed)
        if said is not None and said.at_door:
            return delivering.ways_answer(session, turn, said)
        return _in_general(session)


def _in_general(session: Session) -> Reply:
    banks = ", ".join(dict.fromkeys(account.bank for account in payments.accounts(session)))
    return say("utter_how_to_pay", banks=banks)


class ReportPayment(CrmAction):
    """ "Sudah transfer", with or without a photo: kept as evidence for a person to check."""

    action_name = "action_report_payment"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Attach the report to the order that is meant; ask when several are possible."""
        return _will_pay(session, turn) or report(session, turn)


class SendPhoto(CrmAction):
    """A photo without words: most likely the proof of a transfer, if one is expected."""

    action_name = "action_send_photo"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Evidence for an open payment; otherwise ask what it shows."""
        of_return = returning.photo(session, turn)
        if of_return is not None:
            return of_return.forget("complaint_goal")
        if unpaid(session, turn):
            return report(session, turn)
        of_complaint = returning.photo_of_complaint(session, turn)
        if of_complaint is not None:
            return of_complaint
        options = [
            turn.option("photo_part", "talk_to_human"),
            turn.option("photo_complaint", "complain"),
        ]
        reply = ask("utter_photo_what", options, awaiting="photo")
        return reply.remember(media_ids=list(turn.media_ids), message_ids=list(turn.message_ids))


def _will_pay(session: Session, turn: Turn) -> Reply | None:
    """ "Transfernya besok gpp?" is no report: until when there is time, and where to pay."""
    if turn.media_ids or not _LATER.search(turn.typed) or _DONE.search(turn.typed):
        return None
    candidates = unpaid(session, turn)
    order = _meant(session, turn, candidates) or next(iter(candidates), None)
    if order is None:
        return None
    return say("utter_pay_later", **pay_facts(turn, due_of(session, order)))


def report(session: Session, turn: Turn) -> Reply:
    """Record the customer's report of a transfer and promise a check, never more."""
    candidates = unpaid(session, turn)
    order = _meant(session, turn, candidates)
    if order is None:
        if not candidates:
            return _nothing_due(session, turn)
        return _which(session, turn, candidates)
    media, messages = _kept(turn, "media_ids"), _kept(turn, "message_ids")
    new = payment_of(session, order).state not in WAITING
    payment = payments.report(
        session,
        order,
        actor=turn.actor,
        text=turn.typed or str(turn.slots.get("report_text") or ""),
        media_ids=media,
        message_id=messages[-1] if messages else None,
    )
    reply = _thanks(order, payment, photo=bool(media), new=new)
    return reply.remember(order_code=order.order_code).forget(
        "media_ids", "message_ids", "report_text"
    )


def _thanks(order: Order, payment: Payment, *, photo: bool, new: bool) -> Reply:
    """What was taken in, and the code on its way; an album is thanked for once."""
    if photo and not new:
        return say("utter_proof_added", code=order.order_code)
    response = "utter_payment_reported_photo" if photo else "utter_payment_reported"
    reply = say(response, code=order.order_code, amount=format_rupiah(payment.amount_due_idr))
    phone = payments.code_sent_to(payment) if new else None
    return reply + say("utter_code_sent", phone=paycodes.plain(phone)) if phone else reply


def unpaid(session: Session, turn: Turn) -> list[Order]:
    """The customer's orders that wait for money, newest first."""
    found = orders.of_customer(session, turn.customer, only_open=True)
    return [
        order for order in found if order.state == "awaiting_payment" and not order.pay_on_delivery
    ]


def _kept(turn: Turn, name: str) -> tuple[int, ...]:
    """The ids of this turn, after those that came before we knew which order they are for."""
    own: tuple[int, ...] = getattr(turn, name)
    earlier = tuple(turn.slots.get(name) or ())
    if own and turn.awaiting != "which_order":
        return own
    return tuple(dict.fromkeys((*earlier, *own)))


def _meant(session: Session, turn: Turn, candidates: Sequence[Order]) -> Order | None:
    code = turn.entity("order_code") or read_code(turn.typed, ORDER)
    if code:
        named = orders.by_code(session, str(code), customer=turn.customer)
        if named.state == "awaiting_payment":
            return named
    if len(candidates) == 1:
        return candidates[0]
    amount = find_amount(turn.typed)
    matching = [
        order
        for order in candidates
        if amount and payment_of(session, order).amount_due_idr == amount
    ]
    return matching[0] if len(matching) == 1 else None


def _which(session: Session, turn: Turn, candidates: Sequence[Order]) -> Reply:
    options = []
    for order in candidates[:5]:
        due = payment_of(session, order)
        label = f"{order.order_code} {format_rupiah(due.amount_due_idr)}"
        options.append(Option(label, command("report_payment", order_code=order.order_code)))
    reply = ask("utter_which_order_paid", options, awaiting="which_order")
    return reply.remember(
        media_ids=list(_kept(turn, "media_ids")),
        message_ids=list(_kept(turn, "message_ids")),
        report_text=turn.typed or turn.slots.get("report_text"),
    )


def _nothing_due(session: Session, turn: Turn) -> Reply:
    if turn.awaiting == "confirm_order":
        return say("utter_not_ordered_yet") + pending.back_to(session, turn)
    last = orders.of_customer(session, turn.customer, limit=1)
    options = [turn.option("person", "talk_to_human")]
    if not (last or turn.media_ids or _DONE.search(turn.typed)):
        return _in_general(session)  # "tf bca ya" while the order is being made
    if not last:
        return ask("utter_nothing_to_pay", options, awaiting="offer_human")
    order = last[0]
    payment = payment_of(session, order)
    if payment.state == "accepted":
        return say("utter_already_paid", code=order.order_code)
    if order.state in {"expired", "cancelled"}:
        # Money that came too late is a matter for people: keep what the customer says.
        payments.report(session, order, actor=turn.actor, text=turn.typed, media_ids=turn.media_ids)
        return ask("utter_paid_too_late", options, awaiting="offer_human", code=order.order_code)
    return ask("utter_nothing_to_pay", options, awaiting="offer_human")
