"""The cart in the shop: the same one that the conversation fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for

from channels import visitors
from channels.i18n import t
from channels.security import csrf, limiter
from channels.storefront.frame import (
    back,
    blueprint,
    by_htmx,
    frame,
    own_page,
    page,
    pieces,
    say,
    work,
)
from crm_core import carts, catalogue
from crm_core.carts import CartView
from crm_core.errors import CrmError, InvalidInput
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer
    from crm_core.pricing import Voucher


@blueprint.get("/cart")
def cart() -> Response:
    """What is in the cart, at the prices and the stock of now."""
    with work() as session:
        held = _held(session)
        if by_htmx():
            return _fragment(held)
        return page("cart.html", **frame(session), cart=held, offer=_asked_for(session))


@blueprint.get("/cart/badge")
def badge() -> Response:
    """The cart in the page's head, asked for again when the chat has said something."""
    with work() as session:
        count = pieces(session, visitors.customer(session))
    answer = Response(render_template("storefront/_badge.html", cart_count=count))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/cart/add")
@limiter.limit("60/minute")
def add_to_cart() -> Response:
    """Put more of a part into the cart; the page stays where it is."""
    code = request.form.get("part_code", "")[:60]
    return _change(
        lambda session, customer, actor: carts.add(session, customer, code, _quantity(), actor),
        t("shopping.added"),
        own_page(request.form.get("next"), url_for("storefront.cart")),
    )


@blueprint.post("/cart/set")
@limiter.limit("120/minute")
def set_in_cart() -> Response:
    """Change how many of a part are wanted; none takes it out."""
    code = request.form.get("part_code", "")[:60]

    def change(session: Session, customer: Customer, actor: Actor) -> CartView:
        wanted = _quantity()
        if wanted == 0:
            return carts.remove(session, customer, code, actor)
        return carts.set_quantity(session, customer, code, wanted, actor)

    return _change(change, "", url_for("storefront.cart"))


@blueprint.post("/cart/remove")
@limiter.limit("120/minute")
def remove_from_cart() -> Response:
    """Take a part out of the cart."""
    code = request.form.get("part_code", "")[:60]
    return _change(
        lambda session, customer, actor: carts.remove(session, customer, code, actor),
        t("shopping.removed"),
        url_for("storefront.cart"),
    )


@blueprint.post("/cart/available")
@limiter.limit("60/minute")
def take_available() -> Response:
    """As many of a part as there are; the customer is told of the rest when it has come."""
    code = request.form.get("part_code", "")[:60]

    def change(session: Session, customer: Customer, actor: Actor) -> CartView:
        return carts.take_available(session, customer, code, _quantity(), actor).cart

    return _change(change, t("shopping.rest_waited_for"), url_for("storefront.cart"))


@blueprint.post("/cart/note")
@limiter.limit("60/minute")
def note_line() -> Response:
    """What the shop is to know of one part; an empty note takes it away."""
    code = request.form.get("part_code", "")[:60]
    words = request.form.get("note", "")[:1000]

    def change(session: Session, customer: Customer, actor: Actor) -> CartView:
        return carts.write_note(session, customer, words, actor, code)

    return _change(change, t("shopping.note_kept"), url_for("storefront.cart"))


@blueprint.post("/cart/voucher")
@limiter.limit("20/minute")
def use_voucher() -> Response:
    """Use a voucher with the cart; an empty field uses none."""
    code = request.form.get("voucher", "").strip()[:40]

    def change(session: Session, customer: Customer, actor: Actor) -> CartView:
        if not code:
            return carts.drop_voucher(session, customer, actor)
        return carts.use_voucher(session, customer, code, actor)

    return _change(change, "", url_for("storefront.cart"))


def _quantity() -> int:
    """The number in the form. Raises InvalidInput ("quantity_invalid")."""
    text = request.form.get("quantity", "1").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidInput("quantity_invalid", most=10_000)
    return int(text)


def _change(
    change: Callable[[Session, Customer, Actor], CartView], note: str, whither: str
) -> Response:
    """Do it and show the cart again: a piece of it to a script, a page to everybody else."""
    kind = "good"
    offer = None
    try:
        with work() as session:
            customer = visitors.customer_or_new(session)
            change(session, customer, Actor.customer(customer))
    except CrmError as error:
        note, kind = say(error), "bad"
        offer = _offer_of(error)
    if not by_htmx():
        if offer is not None:
            whither = url_for("storefront.cart", short=offer.part_code, wanted=offer.wanted)
        return back(whither, note, kind)
    with work() as session:
        return _fragment(_held(session), note, kind, offer)


@dataclass(frozen=True, slots=True)
class Offer:
    """More of a part was wanted than there is: so many can be had now, the rest later."""

    part_code: str
    wanted: int
    there: int

    @property
    def rest(self) -> int:
        """How many will have to be waited for."""
        return self.wanted - self.there


def _offer_of(error: CrmError) -> Offer | None:
    """What to offer after a refusal for too little stock; None where nothing is left to take."""
    if error.code != "stock_short":
        return None
    asked, held = _quantity(), int(error.facts.get("in_cart") or 0)
    in_all = asked + held if request.endpoint == "storefront.add_to_cart" else asked
    offer = Offer(str(error.facts["part_code"]), in_all, int(error.facts["available"]))
    return offer if offer.rest > 0 else None


def _asked_for(session: Session) -> Offer | None:
    """The offer named in the address of the cart's page, as far as it still holds."""
    code, wanted = request.args.get("short", "")[:60], request.args.get("wanted", "")
    if not (code and wanted.isascii() and wanted.isdigit() and len(wanted) <= 5):
        return None
    try:
        part = catalogue.find_part(session, code)
    except CrmError:
        return None
    offer = Offer(part.part_code, int(wanted), part.stock_available)
    return offer if offer.rest > 0 and part.price_idr is not None else None


def _held(session: Session) -> CartView | None:
    """The cart of whoever looks; None of somebody who never filled one."""
    customer = visitors.customer(session)
    return None if customer is None else carts.show(session, customer)


def _fragment(
    held: CartView | None, note: str = "", kind: str = "good", offer: Offer | None = None
) -> Response:
    """The cart itself on the cart's page, elsewhere a note; the count in the head with both."""
    count = sum(line.quantity for line in held.lines) if held else 0
    on_cart_page = request.headers.get("HX-Target") == "cart"
    template = "storefront/_cart.html" if on_cart_page else "storefront/_added.html"
    notes = [(kind, note)] if note else []
    answer = Response(
        render_template(template, cart=held, cart_count=count, notes=notes, offer=offer, piece=True)
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.app_template_global()
def voucher_words(voucher: Voucher) -> str:
    """Why the voucher in the cart takes nothing off."""
    problem = voucher.problem
    if problem is None:
        return ""
    return say(CrmError(problem.code, voucher=voucher.code, **problem.facts))


# Pages of parts hold no token, so that looking needs no cookie; visitors.refuse_foreign_forms.
csrf.exempt(add_to_cart)
csrf.exempt(take_available)
