"""The bank's files: brought, matched, and what does not agree settled by the managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from channels import bankfiles, context, login
from channels.console.again import again
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from channels.shown import rupiah
from crm_core import orders, payments, timeline
from crm_core.errors import InvalidInput
from crm_core.payments import MutationState, PaymentState, RefundAccount
from crm_core.payments.statements import MOST_BYTES

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TABS = ("tasks", "open", "booked", "outgoing", "not_ours", "refunded", "credit", "all")


def second_person_from() -> int:
    """Rupiah from which one person's word is not enough."""
    return context.current().settings.second_person_idr


@blueprint.get("/bank", endpoint="bank")
@allows("payments")
def bank_list() -> str:
    """What does not agree, or the bookings on the accounts by what became of them."""
    tab = request.args.get("tab", "tasks")
    tab = tab if tab in TABS else "tasks"
    query, day = request.args.get("q", ""), request.args.get("day", "")
    account = request.args.get("account", type=int)
    with work() as session:
        counts = payments.worklist.counts_of_differences(session)
        shown: dict[str, object] = {"accounts": payments.accounts(session, active=False)}
        if tab == "tasks" and not query:
            kind = request.args.get("kind") or None
            tasks = payments.worklist.differences(session, kind=kind, account_id=account)
            shown |= {"tasks": tasks, "kind": kind}
        else:
            found = payments.ledger.mutations(
                session,
                states=() if tab in {"all", "tasks"} else (tab,),
                account_id=account,
                day=payments.read_day(day) if day else None,
                query=query,
                cursor=request.args.get("cursor"),
            )
            shown |= {"rows": found.items, "next": found.next}
    page = "console/_bank.html" if is_fragment() else "console/bank.html"
    return render_template(
        page, tab=tab, q=query, day=day, account=account, counts=counts, tabs=TABS, **shown
    )


@blueprint.get("/bank/files")
@allows("payments")
def bank_files() -> str:
    """Bring a statement file, and the files that were brought."""
    with work() as session:
        return render_template(
            "console/bank_files.html",
            files=payments.ledger.files(session),
            accounts=payments.accounts(session),
        )


@blueprint.post("/bank/files")
@allows("bank")
@again("bank_files")
def import_bank_file() -> ResponseReturnValue:
    """Store a statement file and book what came."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput("statement_empty")
    with sent.stream:
        data = sent.stream.read(MOST_BYTES + 1)
    found = bankfiles.bring(
        work,
        data,
        name=sent.filename,
        actor=actor(),
        account=request.form.get("account") or None,
        shapes=bankfiles.own_shapes(context.current().settings.data_dir),
    )
    text = t(
        "console.bank.imported",
        matched=len(found.matched),
        unmatched=len(found.unmatched),
        known=found.taken.known,
        rejected=len(found.statement.rejected),
    )
    return done(text, "console.bank_file", file_id=found.taken.file_id)


@blueprint.get("/bank/files/<int:file_id>")
@allows("payments")
def bank_file(file_id: int) -> str:
    """What became of each row of a file."""
    with work() as session:
        return render_template(
            "console/bank_file.html",
            file=payments.ledger.file(session, file_id),
            rows=payments.ledger.of_file(session, file_id),
        )


@blueprint.get("/bank/mutations/<int:mutation_id>")
@allows("payments")
def bank_mutation(mutation_id: int) -> str:
    """One booking, what it may be for, and the ways out."""
    with work() as session:
        found = payments.ledger.mutation(session, mutation_id)
        is_open = found.state == MutationState.OPEN
        return render_template(
            "console/bank_task.html",
            mutation=found,
            task=found.difference,
            suggestions=payments.worklist.suggestions(session, mutation_id) if is_open else [],
            history=timeline.entries(session, subject="bank_mutation", subject_id=mutation_id),
            mine=login.me().id,
            limit=second_person_from(),
        )


@blueprint.get("/bank/differences/<int:difference_id>")
@allows("payments")
def difference(difference_id: int) -> ResponseReturnValue:
    """One difference; one that waits because of a booking is shown with it."""
    with work() as session:
        found = payments.worklist.difference(session, difference_id)
        if found.mutation_id is not None:
            return redirect(url_for("console.bank_mutation", mutation_id=found.mutation_id))
        return render_template(
            "console/bank_task.html",
            mutation=None,
            task=found,
            suggestions=[],
            history=timeline.entries(session, subject="difference", subject_id=difference_id),
            mine=login.me().id,
            limit=second_person_from(),
        )


def _page_of_task(difference_id: int) -> tuple[str, dict[str, object]]:
    """The page on which the ways out of a difference stand."""
    with work() as session:
        mutation_id = payments.worklist.difference(session, difference_id).mutation_id
    if mutation_id is None:
        return "difference", {"difference_id": difference_id}
    return "bank_mutation", {"mutation_id": mutation_id}


@blueprint.post("/bank/mutations/<int:mutation_id>/assign")
@allows("bank")
@again("bank_mutation")
def assign_mutation(mutation_id: int) -> ResponseReturnValue:
    """This money is for that order."""
    code = request.form.get("order", "")
    with work() as session:
        order = orders.by_code(session, code)
        moved = payments.assign(
            session,
            mutation_id,
            order,
            actor=actor(),
            second_person_from=second_person_from(),
        )
        payment = payments.for_order(session, order)
        waits = moved.state == MutationState.OPEN and moved.payment_id is None
        state = payment.state if payment else PaymentState.AWAITING
    if waits:
        flash(t("console.payment.second_needed", code=order.order_code), "info")
    else:
        said = {"code": order.order_code, "state": t(f"words.payment.{state}")}
        flash(t("console.bank.assigned", **said), "success")
    return redirect(url_for("console.bank_mutation", mutation_id=mutation_id), 303)


@blueprint.post("/bank/mutations/<int:mutation_id>/not-ours")
@allows("bank")
@again("bank_mutation")
def not_ours(mutation_id: int) -> ResponseReturnValue:
    """Interest, fees, the owner's own money: for no order."""
    with work() as session:
        reason = request.form.get("reason", "")
        payments.not_ours(session, mutation_id, actor=actor(), reason=reason)
    return done(t("console.bank.marked"), "console.bank")


@blueprint.post("/bank/mutations/<int:mutation_id>/reopen")
@allows("bank")
def reopen_mutation(mutation_id: int) -> ResponseReturnValue:
    """It was for an order after all."""
    with work() as session:
        payments.reopen(session, mutation_id, actor=actor())
    return done(t("console.saved"), "console.bank_mutation", mutation_id=mutation_id)


@blueprint.post("/bank/differences/<int:difference_id>/take")
@allows("bank")
def take_difference(difference_id: int) -> ResponseReturnValue:
    """Make it one's own task."""
    with work() as session:
        payments.take(session, difference_id, actor=actor())
    return done(t("console.bank.taken"), "console.difference", difference_id=difference_id)


@blueprint.post("/bank/differences/<int:difference_id>/refund")
@allows("bank")
@again(_page_of_task)
def refund_difference(difference_id: int) -> ResponseReturnValue:
    """The money went back, or shall once a second person agrees."""
    with work() as session:
        made = payments.refund_difference(
            session,
            difference_id,
            actor=actor(),
            to=refund_account(),
            reason=request.form.get("reason", ""),
            second_person_from=second_person_from(),
        )
        proposed, amount = made.done_at is None, made.amount_idr
    name = "console.bank.refund_proposed" if proposed else "console.bank.refund_done"
    return done(t(name, amount=rupiah(amount)), "console.difference", difference_id=difference_id)


@blueprint.post("/bank/differences/<int:difference_id>/confirm")
@allows("bank")
def confirm_refund(difference_id: int) -> ResponseReturnValue:
    """The second person agrees."""
    with work() as session:
        made = payments.confirm_refund(
            session, difference_id, actor=actor(), second_person_from=second_person_from()
        )
        amount = made.amount_idr
    text = t("console.bank.refund_done", amount=rupiah(amount))
    return done(text, "console.difference", difference_id=difference_id)


@blueprint.post("/bank/differences/<int:difference_id>/withdraw")
@allows("bank")
def withdraw_refund(difference_id: int) -> ResponseReturnValue:
    """The proposed refund is not to be."""
    with work() as session:
        payments.withdraw_refund(session, difference_id, actor=actor())
    return done(t("console.bank.withdrawn"), "console.difference", difference_id=difference_id)


@blueprint.post("/bank/differences/<int:difference_id>/credit")
@allows("bank")
@again(_page_of_task)
def credit_difference(difference_id: int) -> ResponseReturnValue:
    """The money stays under the customer's name."""
    with work() as session:
        payments.credit(
            session,
            difference_id,
            actor=actor(),
            reason=request.form.get("reason", ""),
            second_person_from=second_person_from(),
        )
    return done(t("console.bank.credited"), "console.difference", difference_id=difference_id)


def refund_account() -> RefundAccount:
    """The customer's account in the form of a refund."""
    form = request.form
    return RefundAccount(form.get("bank", ""), form.get("number", ""), form.get("holder", ""))
