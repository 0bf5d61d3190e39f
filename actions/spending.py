"""Points that pay: what they take off, or in words why they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions import remarkwords, vouchers
from actions.base import CrmAction
from actions.reply import Reply, say
from actions.showing import whole
from crm_core import carts, loyalty
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.carts import CartView
    from crm_core.loyalty import Standing


class UsePoints(CrmAction):
    """ "Pakai poin", "use my points", "ga jadi pakai poin"."""

    action_name = "action_use_points"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Let points pay for a part of the cart, or not any more."""
        standing = loyalty.standing(session, turn.customer.id)
        if standing is None:
            return say("utter_no_points") + vouchers.after(session, turn)
        if remarkwords.points_wanted(turn.typed) is False:
            return _drop(session, turn)
        return _use(session, turn, standing)


def _use(session: Session, turn: Turn, standing: Standing) -> Reply:
    cart = carts.show(session, turn.customer)
    offered = loyalty.redeemable(session, turn.customer.id, cart.total)
    if not offered.points:
        return _why_not(turn, cart, standing) + vouchers.after(session, turn)
    carts.use_points(session, turn.customer, True, turn.actor)
    told = say(
        "utter_points_used",
        points=whole(offered.points, turn.language),
        off=format_rupiah(offered.amount),
        left=whole(standing.balance - offered.points, turn.language),
        total=format_rupiah(Rupiah(cart.total - offered.amount)),
    )
    return told + vouchers.shown_again(session, turn)


def _why_not(turn: Turn, cart: CartView, standing: Standing) -> Reply:
    """Nothing there, too few, or too small a cart for the fewest that are used at once."""
    terms = standing.terms
    facts = {
        "balance": whole(standing.balance, turn.language),
        "worth": format_rupiah(standing.worth),
        "least": whole(terms.least, turn.language),
        "per": format_rupiah(Rupiah(terms.per_idr)),
    }
    if standing.balance < terms.least:
        return say("utter_points_too_few", **facts)
    if cart.empty:
        return say("utter_points_cart_empty", **facts)
    return say("utter_points_cart_small", **facts)


def _drop(session: Session, turn: Turn) -> Reply:
    cart = carts.show(session, turn.customer)
    if not cart.use_points:
        return say("utter_points_not_used") + vouchers.after(session, turn)
    carts.use_points(session, turn.customer, False, turn.actor)
    told = say("utter_points_dropped", total=format_rupiah(cart.total))
    return told + vouchers.shown_again(session, turn)
