"""Returns: what customers want to send back, decided, received and made good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.again import again
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t, word
from channels.login import allows
from crm_core import conversations, customers, orders, payments, returns, timeline
from crm_core.errors import InvalidInput
from crm_core.money import Rupiah
from crm_core.returns import Condition, Outcome, ReturnKind, ReturnState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TABS = ("asked", "approved", "received", "settled", "refused", "all")
"""The first three wait for somebody."""


@blueprint.get("/returns", endpoint="returns")
@allows("orders")
def returns_list() -> str:
    """Returns by state, or those that match a search."""
    tab = request.args.get("tab", "asked")
    tab = tab if tab in TABS else "asked"
    query = request.args.get("q", "")
    with work() as session:
        found = returns.listing(
            session,
            states=() if tab == "all" or query else (tab,),
            query=query,
            cursor=request.args.get("cursor"),
            limit=40,
        )
        counts = returns.counts(session)
    page = "console/_returns.html" if is_fragment() else "console/returns.html"
    return render_template(
        page, rows=found.items, next=found.next, tab="all" if query else tab, q=query, counts=counts
    )


@blueprint.get("/returns/<code>")
@allows("orders")
def one_return(code: str) -> str:
    """One return with all that helps to decide it, and the moves that its state allows."""
    with work() as session:
        found = returns.by_code(session, code)
        order = orders.by_code(session, returns.view(session, found).order_code)
        return render_template(
            "console/return.html",
            found=returns.view(session, found),
            order=orders.view(session, order),
            most=returns.most_to_refund(session, order),
            days=returns.return_days(session),
            talks=conversations.of_customer(session, customers.by_id(session, found.customer_id)),
            differences=[
                one
                for one in payments.worklist.differences(
                    session, unsettled=None, order_code=order.order_code
                )
                if str(one.kind) == "returned"
            ],
            history=timeline.entries(session, subject="return", subject_id=found.id, limit=40),
            moves={str(state) for state in returns.STATES.after(found.state)},
            conditions=list(Condition),
            outcomes=list(Outcome),
        )


@blueprint.get("/orders/<code>/returns")
@allows("orders")
def new_return(code: str) -> str:
    """What of an order may come back, for staff to write it down."""
    with work() as session:
        order = orders.by_code(session, code)
        return render_template(
            "console/return_new.html",
            order=orders.view(session, order),
            lines=returns.returnable(session, order),
            known=returns.of_order(session, order),
            kinds=list(ReturnKind),
        )


@blueprint.post("/orders/<code>/returns")
@allows("orders")
@again("new_return")
def open_return(code: str) -> ResponseReturnValue:
    """Write a return down for a customer; staff may also do so after its time."""
    with work() as session:
        order = orders.by_code(session, code)
        wanted = {
            line.part_code: _count(f"pieces_{line.part_code}")
            for line in order.lines
            if _count(f"pieces_{line.part_code}")
        }
        made = returns.ask(
            session,
            order,
            wanted,
            kind=request.form.get("kind", ""),
            reason=request.form.get("reason", ""),
            actor=actor(),
        )
        return_code = made.return_code
    text = t("returns.opened", code=return_code)
    return done(text, "console.one_return", code=return_code)


@blueprint.post("/returns/<code>/approve")
@allows("stock")
@again("one_return")
def approve_return(code: str) -> ResponseReturnValue:
    """The goods may come."""
    with work() as session:
        note = request.form.get("note", "")
        returns.approve(session, returns.by_code(session, code), actor=actor(), note=note)
    return _moved(code, ReturnState.APPROVED)


@blueprint.post("/returns/<code>/refuse")
@allows("stock")
@again("one_return")
def refuse_return(code: str) -> ResponseReturnValue:
    """The goods stay where they are; the customer reads why."""
    with work() as session:
        reason = request.form.get("reason", "")
        returns.refuse(session, returns.by_code(session, code), actor=actor(), reason=reason)
    return _moved(code, ReturnState.REFUSED)


@blueprint.post("/returns/<code>/withdraw")
@allows("orders")
def withdraw_return(code: str) -> ResponseReturnValue:
    """The customer keeps the goods after all."""
    with work() as session:
        returns.withdraw(session, returns.by_code(session, code), actor=actor())
    return _moved(code, ReturnState.WITHDRAWN)


@blueprint.post("/returns/<code>/receive")
@allows("orders")
@again("one_return")
def receive_return(code: str) -> ResponseReturnValue:
    """The goods are on the counter: condition of each part, and whether it is sold again."""
    with work() as session:
        found = returns.by_code(session, code)
        parts = [line.part_code for line in returns.view(session, found).lines]
        said = {part: request.form.get(f"condition_{part}", "") for part in parts}
        again = {part: request.form.get(f"restock_{part}") == "1" for part in parts}
        returns.receive(session, found, said, actor=actor(), restock=again)
    return _moved(code, ReturnState.RECEIVED)


@blueprint.post("/returns/<code>/settle")
@allows("stock")
@again("one_return")
def settle_return(code: str) -> ResponseReturnValue:
    """Make it good: money, a credit, other goods, or nothing with a reason."""
    outcome = request.form.get("outcome", "")
    amount = request.form.get("amount", "").strip()
    with work() as session:
        found = returns.settle(
            session,
            returns.by_code(session, code),
            outcome,
            actor=actor(),
            amount_idr=int(Rupiah.parse(amount)) if amount and outcome in _IN_MONEY else None,
            replacement=_replacement() if outcome == Outcome.EXCHANGE else None,
            reason=request.form.get("reason", ""),
        )
        made = returns.view(session, found).new_order_code
    if made:
        text = t("returns.exchanged", code=code, order_code=made)
        return done(text, "console.order", code=made)
    return _moved(code, ReturnState.SETTLED)


@blueprint.post("/returns/<code>/reopen")
@allows("stock")
@again("one_return")
def reopen_return(code: str) -> ResponseReturnValue:
    """The exchange cannot be sent; the return is to be made good otherwise."""
    with work() as session:
        reason = request.form.get("reason", "")
        returns.reopen(session, returns.by_code(session, code), actor=actor(), reason=reason)
    return _moved(code, ReturnState.RECEIVED)


_IN_MONEY = frozenset({Outcome.REFUND, Outcome.CREDIT})


def _moved(code: str, state: ReturnState) -> ResponseReturnValue:
    text = t("returns.moved", code=code, state=word("return", state))
    return done(text, "console.one_return", code=code)


def _count(field: str) -> int:
    """Pieces typed into ``field``; nothing is 0. Raises InvalidInput ("quantity_invalid")."""
    said = request.form.get(field, "").strip()
    if said in {"", "0"}:
        return 0
    if not (said.isascii() and said.isdigit()) or len(said) > 6:
        raise InvalidInput("quantity_invalid", most=999_999)
    return int(said)


def _replacement() -> dict[str, int] | None:
    """Another part instead of the same one, if somebody typed its code."""
    part_code = request.form.get("replacement", "").strip()
    if not part_code:
        return None
    return {part_code: _count("replacement_pieces") or 1}
