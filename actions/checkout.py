"""Checkout: address, summary, the explicit yes, and what a no means there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import cart, checkout_flow, finding, lists, pages, pending, reading, vouchers
from actions.base import CrmAction
from actions.payments import due_of, pay_facts
from actions.reply import Reply, say
from crm_core import carts, catalogue, checkout, orders, shipping, shop
from crm_core.errors import CrmError
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.checkout import Placed


class Checkout(CrmAction):
    """ "Lanjut bayar": asks where to send it once, then shows the summary."""

    action_name = "action_checkout"
    changes = True

    def effect_name(self, turn: Turn) -> str:
        """Two steps can fall into one turn: opening the form, and the summary when all it asks
        for is known already."""
        filled = all(turn.slots.get(name) for name in checkout_flow.ASKED)
        return f"{self.action_name}:filled" if filled else self.action_name

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The next step of checkout; with an empty cart, the order that waits for payment."""
        meant = cart.count_meant(session, turn)
        if meant is not None:
            return meant
        if turn.active_form == checkout_flow.FORM:
            return Reply()  # they are in the middle of it: the form asks its question again
        if turn.awaiting == "choose_part" and turn.slots.get("goal") == "order":
            # They ordered it: it is not left behind unasked; said again, checkout goes on.
            return pending.back_to(session, turn).remember(goal="find")
        if turn.awaiting != "list_all" and carts.show(session, turn.customer).empty:
            listed = lists.agreed(session, turn)
            if listed is not None:
                return listed + checkout_flow.begin(session, turn)
        offered = _offered(session, turn)
        if offered is not None:
            return offered
        if not carts.show(session, turn.customer).empty:
            return checkout_flow.begin(session, turn)
        waiting = [
            order
            for order in orders.of_customer(session, turn.customer, only_open=True)
            if order.state == "awaiting_payment" and not order.pay_on_delivery
        ]
        if waiting:
            return say("utter_already_placed", **pay_facts(turn, due_of(session, waiting[0])))
        return finding.nothing_in_cart()


def _offered(session: Session, turn: Turn) -> Reply | None:
    """ "Shall I put in 2?" – "ok order it": those two first, whatever was asked in between."""
    count, code = turn.slots.get("quantity"), turn.slots.get("part_code")
    if turn.awaiting != "quantity" or turn.tapped or not code or not isinstance(count, int | float):
        return None
    part = catalogue.find_part(session, str(code))
    added = finding.add_to_cart(session, turn, part, int(count))
    held = {line.part_code for line in carts.show(session, turn.customer).lines}
    if part.part_code not in held or added.awaiting != "more":
        return added  # too few are left: that comes first
    return added.told(turn.words.responses) + checkout_flow.begin(session, turn)


class PlaceOrder(CrmAction):
    """The yes to the summary: the order, its payment and the emptied cart in one transaction."""

    action_name = "action_place_order"
    changes = True
    needs_sure_yes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Place what was shown; when the total has changed meanwhile, show it again first."""
        meant = cart.count_meant(session, turn)
        if meant is not None:
            return meant
        delivery = checkout_flow.delivery_of(session, turn)
        if carts.show(session, turn.customer).empty or delivery is None:
            return checkout_flow.begin(session, turn)
        if any(
            one.quantity > one.stock_available for one in carts.show(session, turn.customer).lines
        ):
            return checkout_flow.summary(session, turn)
        seen = checkout.summary(session, turn.customer, delivery)
        if turn.slots.get("summary_total") not in {None, int(seen.total)}:
            return say("utter_summary_changed") + checkout_flow.summary(session, turn)
        try:
            placed = checkout.place(
                session,
                turn.customer,
                delivery=delivery,
                actor=turn.actor,
                idempotency_key=f"turn:{turn.turn_id}" if turn.turn_id else None,
                conversation_id=turn.conversation.id,
                agreed_idr=int(seen.total),
            )
        except CrmError as error:
            if error.code == "summary_changed":
                return say("utter_summary_changed") + checkout_flow.summary(session, turn)
            if error.code not in vouchers.PROBLEMS:
                raise
            told = vouchers.went_meanwhile(session, turn, error)
            return told + checkout_flow.summary(session, turn)
        reply = _thanks(session, turn, placed)
        return reply.remember(order_code=placed.order.order_code).forget(
            "summary_total", "part_code", "quantity", "query", "goal"
        )


def _thanks(session: Session, turn: Turn, placed: Placed) -> Reply:
    """The order is taken: how to pay it, or what to have ready when it comes."""
    if not placed.order.pay_on_delivery:
        return say("utter_order_placed", **pay_facts(turn, placed.payment))
    at_counter = placed.order.shipping_method == shipping.PICKUP
    return say(
        "utter_order_placed_counter" if at_counter else "utter_order_placed_cod",
        code=placed.order.order_code,
        amount=format_rupiah(placed.payment.amount_due_idr),
        days=checkout_flow.days(turn, placed.order.days_min, placed.order.days_max),
        address=shop.facts(session).get("address", "-"),
        page=pages.page_line(turn, placed.order.id),
    )


class DeclineOrder(CrmAction):
    """The no to the summary: nothing was ordered, the cart stays."""

    action_name = "action_decline_order"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Say so, and what can be done."""
        return cart.count_meant(session, turn) or checkout_flow.not_ordered(turn)


class AmendOrder(CrmAction):
    """Something else said under the summary: a number, a district, an address."""

    action_name = "action_amend_order"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Take a bare number for the last line's quantity, an address for the address."""
        if catalogue.read_quantity(turn.typed):
            return cart.correct(session, turn)
        if reading.address_like(turn.typed):
            return checkout_flow.ask_again_where(turn).remember(address_hint=turn.typed)
        return finding.find(session, turn, turn.text, order=True)
