"""Prices beyond the list: promotions, vouchers, more pieces, bargaining."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions import bargaining, bids, finding, showing, vouchers
from actions.base import CrmAction
from actions.reply import Reply, ask, say
from actions.showing import short
from actions.store import plain
from crm_core import catalogue, pricing, shop
from crm_core.errors import NotFound
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.pricing import PromotionView

_CLASSES = re.compile(r"\b(?:bengkel|workshops?|reseller|langganan|dealer|grosir)\b", re.IGNORECASE)
MOST_TOLD = 5


class AskPromo(CrmAction):
    """Any discounts? What runs now, from the shop's own promotions."""

    action_name = "action_ask_promo"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The promotions for this customer, else the shop's page, else an honest no."""
        if _CLASSES.search(turn.typed):
            return _class_prices(turn)
        found = pricing.running_promotions(session, turn.customer)[:MOST_TOLD]
        if found:
            names = {
                one.slug: one.name_id if turn.language == "id" else one.name_en
                for one in catalogue.categories(session)
            }
            lines = "\n".join(_row(session, turn, one, names) for one in found)
            return say("utter_promos", lines=lines)
        try:
            page = shop.page(session, "promo", turn.language)
        except NotFound:
            options = [] if turn.customer.promo_consent else [turn.option("opt_in", "opt_in")]
            return ask("utter_no_promo", options)
        return say("utter_promo", body=plain(page.body)[:600])


class UseVoucher(CrmAction):
    """ "Pakai voucher HEMAT10", "vouchernya batal"."""

    action_name = "action_use_voucher"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Into the cart, or out of it again."""
        if vouchers.drops(turn.typed):
            return vouchers.drop(session, turn)
        code = vouchers.named(session, turn.typed)
        if code is None:
            return say("utter_voucher_which") + vouchers.after(session, turn)
        return vouchers.use(session, turn, code)


class BulkPrice(CrmAction):
    """ "Harga grosir 10 pcs?" of the part that is spoken of."""

    action_name = "action_bulk_price"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """What one costs when so many are taken."""
        subject = bargaining.about(session, turn)
        count = bids.count_in(turn.typed) or catalogue.find_quantity(turn.typed)
        if subject is None:
            return ask("utter_which_part", awaiting="part").remember(quantity=count)
        part = subject.part
        bike = finding.bike_of(session, turn)
        shown = finding.show_part(session, turn, part, quantity=count, bike=bike)
        own = showing.own_price(turn, part, count or 1)
        if own.unit is None or own.steps or (count and own.reason != "list"):
            return shown
        return say("utter_bulk_same", name=short(part.name)) + shown


class Bargain(CrmAction):
    """Can you make it cheaper?"""

    action_name = "action_bargain"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The next step: which part, what price, an offer, or a person who decides."""
        return bargaining.begin(session, turn)


class AcceptBargain(CrmAction):
    """The yes to the price that was offered."""

    action_name = "action_accept_bargain"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Into the cart at that price."""
        return bargaining.accept(session, turn)


class DeclineBargain(CrmAction):
    """The no to the price that was offered, or to naming one."""

    action_name = "action_decline_bargain"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Nothing was agreed; the talk goes on."""
        return bargaining.decline(session, turn)


def _class_prices(turn: Turn) -> Reply:
    if turn.customer.price_class != "walk_in":
        name = turn.words.line(f"class_{turn.customer.price_class}")
        return say("utter_class_prices_own", price_class=name)
    options = [turn.option("person", "talk_to_human")]
    return ask("utter_class_prices", options, awaiting="offer_human")


def _row(session: Session, turn: Turn, one: PromotionView, shelves: dict[str, str]) -> str:
    """One promotion in a line: what is off, for what, from how much, how to get it, until when."""
    words = turn.words
    off = f"{one.value}%" if one.kind == "percent" else format_rupiah(one.value)
    told = [words.line("promo_less", off=off)]
    if one.max_discount_idr:
        told.append(words.line("promo_most", most=format_rupiah(one.max_discount_idr)))
    if one.category or one.part_code:
        thing = shelves.get(one.category or "", "")
        if one.part_code:
            thing = short(catalogue.find_part(session, one.part_code).name)
        told.append(words.line("promo_for", thing=thing))
    if one.min_items_idr:
        told.append(words.line("promo_min", minimum=format_rupiah(one.min_items_idr)))
    how = words.line("promo_code", voucher=one.code) if one.code else words.line("promo_auto")
    return words.line(
        "promo_row",
        name=one.name(turn.language),
        what="".join(told),
        how=how,
        until=words.day(one.ends_at),
    )
