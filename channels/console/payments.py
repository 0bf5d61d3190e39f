"""Money: what customers say they sent, and what a person finds on the bank's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from channels import login
from channels.console.again import again
from channels.console.bank import refund_account, second_person_from
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from channels.shown import rupiah
from crm_core import orders, payments, timeline
from crm_core.errors import NotFound
from crm_core.money import Rupiah
from crm_core.payments import PaymentState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.payments import Payment

TABS = ("waiting", "attention", "awaiting", "accepted", "all")
ATTENTION = (
    PaymentState.UNDERPAID,
    PaymentState.OVERPAID,
    PaymentState.LATE,
    PaymentState.DUPLICATE,
)
"""Money came, but not as it should: somebody must settle it with the customer."""


def _of(session: Session, code: str) -> Payment:
    payment = payments.for_order(session, orders.by_code(session, code))
    if payment is None:
        raise NotFound("payment_not_found", order_code=code[:20])
    return payment


@blueprint.get("/payments", endpoint="payments")
@allows("payments")
def payments_list() -> str:
    """Payments that wait for somebody, or any others."""
    tab = request.args.get("tab", "waiting")
    tab = tab if tab in TABS else "waiting"
    query = request.args.get("q", "")
    with work() as session:
        counts = payments.counts(session)
        if tab == "waiting" and not query:
            rows, following = payments.waiting(session), None
        else:
            states = {"waiting": ("reported", "verified_by_sms"), "attention": ATTENTION}
            found = payments.listing(
                session,
                states=states.get(tab, (tab,)) if tab != "all" else (),
                query=query,
                cursor=request.args.get("cursor"),
            )
            rows, following = list(found.items), found.next
    numbers = {
        "waiting": counts.get("reported", 0) + counts.get("verified_by_sms", 0),
        "attention": sum(counts.get(state, 0) for state in ATTENTION),
        "awaiting": counts.get("awaiting", 0),
    }
    page = "console/_payments.html" if is_fragment() else "console/payments.html"
    return render_template(page, rows=rows, next=following, tab=tab, q=query, numbers=numbers)


@blueprint.get("/payments/<code>")
@allows("payments")
def payment(code: str) -> str:
    """One payment with all that helps to decide it."""
    with work() as session:
        order = orders.by_code(session, code)
        found = _of(session, code)
        return render_template(
            "console/payment.html",
            payment=payments.view(session, found),
            order=orders.view(session, order),
            history=timeline.entries(session, subject="payment", subject_id=found.id, limit=30),
            next_states=payments.STATES.after(found.state),
            mine_first=found.approved_by == login.me().id,
            differences=payments.worklist.differences(
                session, unsettled=None, order_code=order.order_code
            ),
        )


@blueprint.post("/payments/<code>/accept")
@allows("payments")
@again("payment")
def accept_payment(code: str) -> ResponseReturnValue:
    """Say how much has come; the core decides what that means."""
    amount = Rupiah.parse(request.form.get("amount", ""))
    with work() as session:
        decided = payments.accept(
            session,
            _of(session, code),
            actor=actor(),
            amount_received_idr=amount,
            bank_reference=request.form.get("reference"),
            second_person_from=second_person_from(),
        )
        state, due = decided.state, decided.amount_due_idr
        needs_second = decided.approved_by is not None
    if needs_second:
        flash(t("console.payment.second_needed", code=code), "info")
    else:
        kind = "success" if state == PaymentState.ACCEPTED else "info"
        gap = abs(int(due) - int(amount))
        flash(t(f"console.payment.result.{state}", code=code, gap=rupiah(gap)), kind)
    if state == PaymentState.ACCEPTED:
        return redirect(url_for("console.payments"), 303)
    return redirect(url_for("console.payment", code=code), 303)


@blueprint.post("/payments/<code>/reject")
@allows("payments")
@again("payment")
def reject_payment(code: str) -> ResponseReturnValue:
    """The money is not there."""
    with work() as session:
        payments.reject(
            session, _of(session, code), actor=actor(), reason=request.form.get("reason", "")
        )
    return done(t("console.payment.rejected", code=code), "console.payments")


@blueprint.post("/payments/<code>/refund")
@allows("bank")
@again("payment")
def refund_payment(code: str) -> ResponseReturnValue:
    """The money has been sent back, or shall be once a second person agrees."""
    with work() as session:
        made = payments.refund(
            session,
            _of(session, code),
            actor=actor(),
            to=refund_account(),
            reason=request.form.get("reason", ""),
            second_person_from=second_person_from(),
        )
        proposed, amount, task = made.done_at is None, made.amount_idr, made.difference_id
    if proposed:
        text = t("console.bank.refund_proposed", amount=rupiah(amount))
        return done(text, "console.difference", difference_id=task)
    return done(t("console.payment.refunded", code=code), "console.payment", code=code)
