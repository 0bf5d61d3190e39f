"""Orders after they are placed: status, cancelling, ordering again, invoice, parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import finding, pages, pending, tracking
from actions.base import CrmAction
from actions.checkout_flow import FORM, forget_form, not_ordered
from actions.payments import due_of, pay_facts
from actions.reply import Option, Reply, ask, command, say
from actions.showing import cart_rows, rows, short
from crm_core import carts, catalogue, checkout, orders, shipping
from crm_core.codes import ORDER, read_code
from crm_core.errors import Conflict, NotFound
from crm_core.money import format_rupiah
from crm_core.payments.rules import WAITING_FOR_STAFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.orders import Order

CANCELLABLE = ("awaiting_payment", "paid", "packed")


class OrderStatus(CrmAction):
    """Where is my order?"""

    action_name = "action_order_status"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The state of the order that is meant, with what happens next."""
        order = meant(session, turn)
        if order is not None:
            return status(session, turn, order)
        found = orders.of_customer(session, turn.customer, limit=5)
        if not found:
            return say("utter_no_orders")
        waiting = [order for order in found if order.state in orders.OPEN]
        if len(waiting) <= 1:
            return status(session, turn, waiting[0] if waiting else found[0])
        return _choose(turn, waiting, "order_status", "utter_which_order")


class TrackShipment(CrmAction):
    """Where is my parcel? Also asked with its tracking number."""

    action_name = "action_track_shipment"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Courier, number and the latest news, or why there is none yet."""
        order = meant(session, turn) or tracking.by_number(session, turn)
        if order is None:
            found = orders.of_customer(session, turn.customer, limit=5)
            sent = [one for one in found if one.state in {"shipped", "delivered"}]
            if not found:
                return say("utter_no_orders")
            if len(sent) > 1:
                return _choose(turn, sent, "track_shipment", "utter_which_order")
            order = sent[0] if sent else found[0]
        return status(session, turn, order)


class AskInvoice(CrmAction):
    """The invoice of an order: its lines, its amounts, and the file."""

    action_name = "action_ask_invoice"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Everything an invoice says, in one message; by SMS the total and the file."""
        found = orders.of_customer(session, turn.customer, limit=1)
        order = meant(session, turn) or (found[0] if found else None)
        if order is None:
            return say("utter_no_orders")
        view = orders.view(session, order)
        file = pages.invoice_line(turn, order.id)
        if file and turn.conversation.channel == "sms":
            return say(
                "utter_invoice_short",
                code=view.order_code,
                total=format_rupiah(view.total_idr),
                state=turn.words.line(f"state_{view.state}"),
                file=file,
            )
        lines = rows(turn, ((line.quantity, line.name, line.subtotal_idr) for line in view.lines))
        return say(
            "utter_invoice",
            code=view.order_code,
            date=turn.words.day(view.created_at),
            lines=lines,
            shipping=format_rupiah(view.shipping_idr),
            total=format_rupiah(view.total_idr),
            recipient=view.recipient_name,
            state=turn.words.line(f"state_{view.state}"),
            file=file,
        )


class Reorder(CrmAction):
    """The same again: what is still sold goes into the cart."""

    action_name = "action_reorder"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Copy the last order (or the named one) into the cart, and say what is missing."""
        found = orders.of_customer(session, turn.customer, limit=1)
        order = meant(session, turn) or (found[0] if found else None)
        if order is None:
            return say("utter_no_orders")
        missing = self._fill_cart(session, turn, order)
        cart = carts.show(session, turn.customer)
        if cart.empty:
            return ask(
                "utter_reorder_nothing",
                [turn.option("person", "talk_to_human")],
                awaiting="offer_human",
                missing=", ".join(missing),
            )
        reply = ask(
            "utter_reorder",
            finding.more_options(turn),
            awaiting="more",
            code=order.order_code,
            lines=cart_rows(turn, cart.lines, cart.discounts),
            total=format_rupiah(cart.total),
            missing=turn.words.line("missing", names=", ".join(missing)) if missing else "",
        )
        return reply.remember(part_code=cart.lines[-1].part_code)

    @staticmethod
    def _fill_cart(session: Session, turn: Turn, order: Order) -> list[str]:
        missing: list[str] = []
        held = {line.part_code for line in carts.show(session, turn.customer).lines}
        for line in order.lines:
            if line.part_code in held:
                continue
            try:
                part = catalogue.find_part(session, line.part_code)
                count = min(line.quantity, part.stock_available)
                if count <= 0:
                    missing.append(short(line.name))
                    continue
                carts.add(session, turn.customer, line.part_code, count, turn.actor)
            except (NotFound, Conflict):
                missing.append(short(line.name))
        return missing


class CancelOrder(CrmAction):
    """ "Batal": what is being done now, else the cart or an order, never without a yes."""

    action_name = "action_cancel_order"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Find out what is called off. Nothing that exists is ended before a yes."""
        if meant(session, turn) is None:
            under_way = self._under_way(turn)
            if under_way is not None:
                return under_way
        return self._placed(session, turn)

    @staticmethod
    def _under_way(turn: Turn) -> Reply | None:
        if turn.active_form == FORM:
            return forget_form(say("utter_checkout_left").end_form())
        if turn.active_form:
            return say("utter_form_left").end_form()
        if turn.awaiting == "confirm_order":
            return not_ordered(turn)
        if turn.awaiting in {"quantity", "bike", "choose_part", "part", "offer_wish"}:
            return say("utter_search_dropped").forget("query", "quantity", "goal", "part_code")
        if turn.awaiting in {"confirm_cancel", "confirm_clear"}:
            return say("utter_kept").forget("order_code")
        return None

    @staticmethod
    def _placed(session: Session, turn: Turn) -> Reply:
        named = meant(session, turn)
        if named is not None:
            return _ask_cancel(turn, named)
        found = [
            order
            for order in orders.of_customer(session, turn.customer)
            if order.state in CANCELLABLE
        ]
        if not carts.show(session, turn.customer).empty and (turn.awaiting == "more" or not found):
            yes_no = pending.yes_no(turn)
            return ask("utter_ask_clear_cart", yes_no, awaiting="confirm_clear")
        if not found:
            return say("utter_nothing_to_cancel")
        if len(found) == 1:
            return _ask_cancel(turn, found[0])
        return _choose(turn, found, "cancel_order", "utter_which_cancel")


class ConfirmCancel(CrmAction):
    """The yes to cancelling an order."""

    action_name = "action_confirm_cancel"
    changes = True
    needs_sure_yes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Cancel it if it is not paid or reported; otherwise a person decides."""
        code = turn.slots.get("order_code")
        if not code:
            return say("utter_nothing_to_cancel")
        order = orders.by_code(session, str(code), customer=turn.customer)
        try:
            ended = checkout.cancel(
                session, order, actor=turn.actor, reason=turn.words.line("cancel_reason")
            )
        except Conflict as refused:
            options = [turn.option("person", "talk_to_human")]
            if refused.code == "payment_reported":
                code = order.order_code
                return ask("utter_cancel_reported", options, awaiting="offer_human", code=code)
            return ask(
                "utter_cancel_needs_person",
                options,
                awaiting="offer_human",
                code=order.order_code,
                state=turn.words.line(f"state_{order.state}"),
            )
        return say("utter_order_cancelled", code=ended.order_code).forget("order_code")


class Keep(CrmAction):
    """The no to a question whether to end something: nothing changes."""

    action_name = "action_keep"

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002
        """Say that it stays."""
        return say("utter_kept").forget("order_code")


def meant(session: Session, turn: Turn) -> Order | None:
    """The customer's order whose code this turn names; None if it names none.

    Somebody else's code is as unknown as none at all: NotFound ("order_not_found").
    """
    code = turn.entity("order_code") if turn.tapped else read_code(turn.typed, ORDER)
    return orders.by_code(session, str(code), customer=turn.customer) if code else None


def status(session: Session, turn: Turn, order: Order) -> Reply:
    """The state of ``order`` as a sentence with what happens next, and the link to its page."""
    return pages.with_page(turn, order.id, _state(session, turn, order))


def _state(session: Session, turn: Turn, order: Order) -> Reply:
    view = orders.view(session, order)
    facts = {"code": view.order_code, "total": format_rupiah(view.total_idr)}
    if orders.owes_cash(order) and view.state in {"awaiting_payment", "packed"}:
        return tracking.waiting_for_cash(session, turn, order)
    if view.state == "packed" and view.shipping_method == shipping.PICKUP:
        return tracking.at_counter(session, order)
    if view.state == "awaiting_payment":
        due = due_of(session, order)
        reported = due.state in WAITING_FOR_STAFF
        response = "utter_status_reported" if reported else "utter_status_unpaid"
        return say(response, **pay_facts(turn, due)) + tracking.takes(turn, order)
    if view.state == "shipped":
        return tracking.on_the_way(session, turn, order)
    told = say(f"utter_status_{view.state}", **facts)
    return told + tracking.takes(turn, order) if view.state in {"paid", "packed"} else told


def _choose(turn: Turn, found: Sequence[Order], intent: str, response: str) -> Reply:
    options = [
        Option(
            order.order_code,
            command(intent, order_code=order.order_code),
            f"{turn.words.line(f'state_{order.state}')}, {format_rupiah(order.total_idr)}",
        )
        for order in found[:5]
    ]
    return ask(response, options, awaiting="which_order")


def _ask_cancel(turn: Turn, order: Order) -> Reply:
    if order.state not in CANCELLABLE:
        state = turn.words.line(f"state_{order.state}")
        options = [turn.option("person", "talk_to_human")]
        return ask(
            "utter_cannot_cancel",
            options,
            awaiting="offer_human",
            code=order.order_code,
            state=state,
        )
    reply = ask(
        "utter_ask_cancel",
        pending.yes_no(turn),
        awaiting="confirm_cancel",
        code=order.order_code,
        total=format_rupiah(order.total_idr),
    )
    return reply.remember(order_code=order.order_code)
