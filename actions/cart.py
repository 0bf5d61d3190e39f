"""The cart: looked at, corrected, emptied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actions import (
    cartlines,
    checkout_flow,
    correctwords,
    finding,
    garage,
    pages,
    partly,
    reading,
    wishes,
)
from actions.base import CrmAction
from actions.reply import Option, Reply, ask, command, say
from actions.showing import cart_rows, short, sum_of
from crm_core import carts, catalogue, checkout, orders, payments
from crm_core.catalogue import BikeRef
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.carts import CartLineView, CartView
    from crm_core.orders import Order


class ChangeCart(CrmAction):
    """A correction: "eh bukan, 3 aja", "hapus busi", "kampasnya jadi 4"."""

    action_name = "action_change_cart"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Change the line that is meant and show what the cart is worth now."""
        if garage.replaces(turn.typed):
            return garage.change(session, turn)
        counted = count_meant(session, turn)
        return counted or _with_the_rest(session, turn) or correct(session, turn)


class ShowCart(CrmAction):
    """What is in the cart, and the total so far."""

    action_name = "action_show_cart"
    changes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Lines, total and the way on."""
        meant = count_meant(session, turn)
        if meant is not None:
            return meant
        cart = carts.show(session, turn.customer)
        if cart.empty:
            return finding.nothing_in_cart()
        options = [turn.option("checkout", "checkout"), turn.option("change", "change_cart")]
        return ask(
            "utter_cart",
            options,
            awaiting="more",
            lines=cart_rows(turn, cart.lines, cart.discounts),
            total=format_rupiah(cart.total),
        )


class ClearCart(CrmAction):
    """The yes to emptying the cart."""

    action_name = "action_clear_cart"
    changes = True
    needs_sure_yes = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Empty it."""
        carts.clear(session, turn.customer, turn.actor)
        return say("utter_cart_cleared").forget("part_code", "quantity", "query")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a correction says: of which line, how many, in or out.

    ``other_bike``: the ``several`` are such parts, but not for the bike that was named. ``absent``:
    a side or a bike was named, and nothing in the cart is for it.
    """

    line: CartLineView | None
    several: tuple[CartLineView, ...]
    other_bike: bool
    quantity: int | None
    sign: int
    remove: bool
    names_part: bool
    absent: bool = False

    def sold_as(self, unit: str, turn: Turn) -> Wanted:
        """The same in pieces as the part is sold: "3 pasang" of pairs are three."""
        if self.quantity is None or turn.tapped:
            return self
        return replace(self, quantity=catalogue.sold_as(self.quantity, turn.typed, unit))

    def count_after(self, line: CartLineView) -> int | None:
        """How many of ``line`` are wanted then; 0 takes it out, None is not said."""
        if self.remove and (self.quantity is None or self.line is not None):
            return 0
        if self.quantity is None:
            return None
        return max(0, line.quantity + self.sign * self.quantity) if self.sign else self.quantity


def count_meant(session: Session, turn: Turn) -> Reply | None:
    """ "2 aja" below numbered choices is a quantity, not the second choice; None for all else."""
    below = turn.tapped and turn.awaiting in {"more", "confirm_order", "line_quantity"}
    return correct(session, turn.as_typed()) if below and reading.only_count(turn.text) else None


def corrects_cart(session: Session, turn: Turn) -> bool:
    """Whether a number said below the summary or the cart can only be a new count of a line."""
    if turn.tapped or turn.awaiting not in {"confirm_order", "more"}:
        return False
    if carts.show(session, turn.customer).empty or said_quantity(turn) is None:
        return False
    return not finding.names_part(catalogue.understand(session, turn.typed))


def correct(session: Session, turn: Turn) -> Reply:
    """Change the line of the cart that the customer means, and show what the cart is worth now."""
    cart = carts.show(session, turn.customer)
    if turn.entity("choice") == "empty":
        carts.clear(session, turn.customer, turn.actor)
        return say("utter_cart_cleared").forget("part_code", "quantity", "query")
    if turn.tapped and not turn.entities:
        return _ask_what(turn, cart)
    wanted = _read(session, turn, cart)
    shown = turn.awaiting in {"quantity", "choose_part"} and wanted.line is None
    if cart.empty or shown:
        return _before_the_cart(session, turn, wanted)
    return _apply(session, turn, cart, wanted)


def _apply(session: Session, turn: Turn, cart: CartView, wanted: Wanted) -> Reply:
    if wanted.line is None:
        unclear = _unclear(session, turn, cart, wanted)
        if unclear is not None:
            return unclear
    line = wanted.line or _last(turn, cart)
    count = wanted.sold_as(catalogue.find_part(session, line.part_code).unit, turn).count_after(
        line
    )
    if count is None and (wanted.line or len(cart.lines) == 1) and not wanted.remove:
        refused = catalogue.without_refused(turn.typed) != turn.typed
        asked = ask("utter_quantity_unclear", awaiting="line_quantity")
        return asked.remember(part_code=line.part_code) if refused else _ask_what(turn, cart)
    if count is None:
        return _ask_what(turn, cart)
    if count > line.stock_available:
        return partly.of_line(turn, line, count)
    if count == 0:
        after = carts.remove(session, turn.customer, line.part_code, turn.actor)
    else:
        after = carts.set_quantity(session, turn.customer, line.part_code, count, turn.actor)
    return _changed(session, turn, after, line, count)


def _read(session: Session, turn: Turn, cart: CartView) -> Wanted:
    code = turn.entity("part_code")
    text = turn.typed
    removes = turn.entity("choice") == "remove" or reading.removes(text)
    said = catalogue.understand(session, correctwords.without_out(text) if removes else text)
    sided: tuple[str, ...] = ()
    if said.bike is None and reading.YEAR.search(text) and isinstance(turn.slots.get("bike"), dict):
        said = replace(said, bike=_of_year(turn, text))
    if code:
        meant = tuple(line for line in cart.lines if line.part_code == str(code))
    else:
        sided = said.positions or reading.sides_in(text)
        meant = cartlines.meant(session, cart, replace(said, positions=sided))
    other = said.bike is not None and not code and not meant
    if other:
        meant = cartlines.meant(session, cart, replace(said, positions=sided, bike=None))
    alone = len(meant) == 1 and not other
    return Wanted(
        line=meant[0] if alone else None,
        several=() if alone else meant,
        other_bike=other and bool(meant),
        quantity=said_quantity(turn),
        sign=reading.changes_by(text),
        remove=removes,
        names_part=finding.names_part(said),
        absent=not meant and bool(said.bike or sided if not code else False),
    )


def _of_year(turn: Turn, text: str) -> BikeRef:
    """ "Yang buat 2019": the bike spoken of, of that year."""
    return BikeRef(str(turn.slots["bike"]["model"]), None, int(reading.YEAR.findall(text)[-1]))


def _with_the_rest(session: Session, turn: Turn) -> Reply | None:
    """ "Busi ga usah, tambah oli 1": one is taken out, the other looked for; None for all else."""
    clause = correctwords.takes_out(turn.typed)
    rest = correctwords.beside(turn.typed) if clause else ""
    if clause is None or not rest:
        return None
    first = correct(session, replace(turn, text=clause))
    said = catalogue.understand(session, rest)
    if not finding.names_part(said):
        return first
    other = finding.find(session, replace(turn, text=rest), rest, order=bool(said.quantity))
    return wishes.joined(first, other) or wishes.with_remark(other, Reply(first.says[:1]))


def said_quantity(turn: Turn) -> int | None:
    """How many pieces the turn says; an address holds no quantity."""
    entity = whole(turn.entity("quantity"))
    if turn.tapped or not turn.typed:
        return entity  # for typed words the catalogue counts: it knows what a pair is
    if reading.surely_address(turn.typed):
        return None
    return catalogue.find_quantity(turn.typed) or reading.bare_number(turn.typed)


def whole(value: object) -> int | None:
    """``value`` as a number, where it is one."""
    try:
        return None if value is None or isinstance(value, bool) else int(str(value))
    except ValueError:
        return None


def _last(turn: Turn, cart: CartView) -> CartLineView:
    kept = turn.slots.get("part_code")
    return next((line for line in cart.lines if line.part_code == kept), cart.lines[-1])


def _before_the_cart(session: Session, turn: Turn, wanted: Wanted) -> Reply:
    code = turn.slots.get("part_code")
    if wanted.remove or reading.calls_off(turn.typed):
        dropped = say("utter_search_dropped").forget("query", "quantity", "goal", "part_code")
        return dropped if carts.show(session, turn.customer).empty else dropped.expect("more")
    if not wanted.names_part and code and wanted.quantity:
        part = catalogue.find_part(session, str(code))
        return finding.add_to_cart(session, turn, part, wanted.quantity)
    waiting = _changeable(session, turn) if turn.intent == "change_cart" else None
    if waiting is not None:
        return pages.with_page(turn, waiting.id, say("utter_change_there", code=waiting.order_code))
    if wanted.names_part:
        return finding.find(session, turn, turn.text, order=True)
    return finding.nothing_in_cart()


def _changeable(session: Session, turn: Turn) -> Order | None:
    """The latest order, when its customer can still change it on its page."""
    if not carts.show(session, turn.customer).empty:
        return None
    latest = next(iter(orders.of_customer(session, turn.customer, limit=1)), None)
    if latest is None or not checkout.may_change(latest, payments.for_order(session, latest)):
        return None
    return latest


def _unclear(session: Session, turn: Turn, cart: CartView, wanted: Wanted) -> Reply | None:
    """The answer when no single line is meant; None when the last line is."""
    if wanted.remove and reading.everything(turn.typed):
        carts.clear(session, turn.customer, turn.actor)
        return say("utter_cart_cleared").forget("part_code", "quantity", "query")
    if wanted.several:
        return _which_line(turn, wanted)
    if wanted.remove and (wanted.names_part or wanted.absent):
        return ask("utter_not_in_cart", finding.more_options(turn), awaiting="more")
    if wanted.names_part:
        return finding.find(session, turn, turn.text, order=True)
    if wanted.remove and wanted.quantity is None and len(cart.lines) > 1:
        return _ask_what(turn, cart)
    return None


def _changed(session: Session, turn: Turn, cart: CartView, line: CartLineView, count: int) -> Reply:
    """What the cart holds now, and the question that follows."""
    if cart.empty:
        return say("utter_cart_removed_last", name=short(line.name)).forget("part_code", "quantity")
    kept = line.part_code if count else cart.lines[-1].part_code
    response = "utter_cart_changed" if count else "utter_cart_removed"
    done = say(response, name=short(line.name), quantity=count, total=sum_of(turn, cart))
    if turn.slots.get("summary_total") and not turn.active_form:
        return (done + checkout_flow.summary(session, turn)).remember(part_code=kept)
    return (done + finding.what_next(turn)).remember(part_code=kept, quantity=None)


def _which_line(turn: Turn, wanted: Wanted) -> Reply:
    options = []
    for line in wanted.several:
        values: dict[str, str | int] = {"part_code": line.part_code}
        if wanted.remove:
            values["choice"] = "remove"
        elif wanted.quantity:
            values["quantity"] = wanted.quantity
        options.append(Option(short(line.name), command("change_cart", **values)))
    if wanted.other_bike:
        options.append(turn.option("show_cart", "show_cart"))
        return ask("utter_not_in_cart", options, awaiting="more")
    return ask("utter_which_line", options, awaiting="more")


def _ask_what(turn: Turn, cart: CartView) -> Reply:
    if cart.empty:
        return finding.nothing_in_cart()
    if turn.entity("part_code"):
        kept = str(turn.entity("part_code"))
        return ask("utter_quantity_unclear", awaiting="line_quantity").remember(part_code=kept)
    options = [
        Option(
            turn.words.label("remove", name=short(line.name)),
            command("change_cart", part_code=line.part_code, choice="remove"),
        )
        for line in cart.lines[:3]
    ]
    options.append(turn.option("change_address", "update_profile", choice="address"))
    kept = cart.lines[-1].part_code
    return ask("utter_change_what", options, awaiting="line_quantity").remember(part_code=kept)
