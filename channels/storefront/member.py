"""The customer's own page, opened by a code to their phone: orders, wishes, bikes, addresses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from flask import Response, request, session, url_for
from flask_limiter.util import get_remote_address

from channels import i18n, security, visitors
from channels.i18n import t
from channels.security import csrf, limiter
from channels.storefront.checkout import order_path
from channels.storefront.frame import back, blueprint, frame, own_page, page, say, work
from crm_core import (
    carts,
    catalogue,
    clock,
    comments,
    customers,
    identity,
    loyalty,
    orders,
    shipping,
    shop,
)
from crm_core.errors import CrmError, InvalidInput, NotFound
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer

P = ParamSpec("P")
SHOWN_ORDERS = 30


def mine(view: Callable[Concatenate[Session, Customer, P], Response]) -> Callable[P, Response]:
    """Only for the member of this browser; a refusal of the core is said on their page.

    What is not theirs is as little there as what never was: the page for nothing found.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            with work() as db:
                customer = visitors.member(db)
                if customer is None:
                    return back(url_for("storefront.member"), t("shopping.sign_in_first"), "bad")
                return view(db, customer, *args, **kwargs)
        except NotFound:
            raise
        except CrmError as error:
            return back(url_for("storefront.member"), say(error), "bad")

    return guarded


@blueprint.get("/me")
def member() -> Response:
    """The member's page, or the way in."""
    with work() as db:
        customer = visitors.member(db)
        if customer is None:
            whither = own_page(request.args.get("next"), "")
            return page("sign_in.html", **frame(db), phone=None, next=whither)
        own = orders.of_customer(db, customer, SHOWN_ORDERS)
        places = customers.delivery_addresses(db, customer)
        wishes = catalogue.wishes_of(db, customer.id)
        asked_for = [one.part_id for one in wishes if one.part_id]
        named = {part.id: part for part in catalogue.by_ids(db, asked_for)}
        return page(
            "member.html",
            **frame(db, customer),
            me=customer,
            standing=loyalty.standing(db, customer.id),
            orders=[(orders.view(db, one), order_path(one.id)) for one in own],
            wishes=[(one, named.get(one.part_id or 0)) for one in wishes],
            bikes=customers.bikes(db, customer),
            models=catalogue.bike_models(),
            written=comments.of_customer(db, customer),
            places=[
                (one, shipping.district(db, one.district_id).label if one.district_id else "")
                for one in places
            ],
        )


@blueprint.post("/me/code")
@limiter.limit("10/minute")
def ask_code() -> Response:
    """Send a code to the phone; the answer is the same whoever's number it is."""
    number, whither = request.form.get("phone", ""), own_page(request.form.get("next"), "")
    visitor = visitors.current_or_new()
    try:
        with work() as db:
            sent_to = identity.ask_code(
                db,
                number[:40],
                browser=visitor.id,
                origin=str(get_remote_address()),
                language=i18n.language(),
                shop=shop.facts(db).get("name", "Sapa"),
            )
    except CrmError as error:
        return back(url_for("storefront.member", next=whither or None), say(error), "bad")
    with work() as db:
        return page("sign_in.html", **frame(db), phone=sent_to, next=whither)


@blueprint.post("/me/prove")
@limiter.limit("20/minute")
def prove() -> Response:
    """Sign in with the code; the browser gets a new name, and what it did before comes along."""
    number, whither = request.form.get("phone", "")[:40], own_page(request.form.get("next"), "")
    visitor = visitors.current_or_new()
    try:
        with work() as db:
            # A wrong code counts, so this is committed whatever comes of it.
            code = request.form.get("code", "")[:20]
            proof = identity.prove(db, number, code, browser=visitor.id)
        if proof is None:
            with work() as db:
                told = t("shopping.error.code_wrong")
                return page("sign_in.html", **frame(db), phone=number, wrong=told, next=whither)
        fresh = visitors.Visitor(security.new_visitor()[0])
        with work() as db:
            found = identity.sign_in(db, proof, old=visitor.address, new=fresh.address)
            name = found.public_id
    except CrmError as error:
        return back(url_for("storefront.member", next=whither or None), say(error), "bad")
    visitors.keep(visitors.Visitor(fresh.id, name, int(clock.now().timestamp())))
    return back(whither or url_for("storefront.member"), t("shopping.signed_in"))


@blueprint.post("/me/out")
def sign_out() -> Response:
    """End the session in this browser; its conversation stays with the customer."""
    visitor = visitors.current()
    if visitor is not None and visitor.member is not None:
        with work() as db:
            identity.sign_out(db, visitor.address)
    visitors.forget()
    session.pop("bike", None)
    return back(url_for("storefront.home"), t("shopping.signed_out"))


@blueprint.get("/me/orders/<code>")
@mine
def my_order(db: Session, customer: Customer, code: str) -> Response:
    """One of the member's own orders, on its page."""
    return back(order_path(orders.by_code(db, code, customer=customer).id))


@blueprint.post("/me/orders/<code>/again")
@limiter.limit("20/minute")
@mine
def order_again(db: Session, customer: Customer, code: str) -> Response:
    """Put what an order had into the cart, as far as it can be sold now; say what cannot."""
    found = orders.view(db, orders.by_code(db, code, customer=customer))
    left: list[str] = []
    for line in found.lines:
        try:
            with db.begin_nested():
                carts.add(db, customer, line.part_code, line.quantity, Actor.customer(customer))
        except CrmError as error:
            left.append(say(error))
    note, kind = t("shopping.again_done"), "good"
    if left:
        note, kind = " ".join(dict.fromkeys(left)), "bad"
    return back(url_for("storefront.cart"), note, kind)


@blueprint.post("/wish")
@limiter.limit("20/minute")
def add_wish() -> Response:
    """Note a part that is missing or has no price; whoever wants to hear of it signs in."""
    code = request.form.get("part_code", "")[:60]
    with work() as db:
        part = catalogue.find_part(db, code)
        customer = visitors.customer_or_new(db)
        reason = "on_request" if part.price_idr is None else "out_of_stock"
        catalogue.record_wish(
            db,
            query=part.name,
            reason=reason,
            customer_id=customer.id,
            part_code=part.part_code,
            notify=True,
        )
        known = visitors.member(db) is not None or bool(customer.phone)
    here = url_for("storefront.part", code=part.part_code)
    if known:
        return back(here, t("shopping.wish_noted"))
    return back(url_for("storefront.member", next=here), t("shopping.wish_needs_phone"))


csrf.exempt(add_wish)  # it stands on pages of parts, which hold no token; see cart.add_to_cart


@blueprint.post("/me/wishes")
@limiter.limit("20/minute")
@mine
def write_wish(db: Session, customer: Customer) -> Response:
    """Ask for something that is not in the catalogue."""
    wanted = request.form.get("query", "").strip()[:200]
    if not wanted:
        raise InvalidInput("wish_empty")
    catalogue.record_wish(
        db, query=wanted, reason="not_found", customer_id=customer.id, notify=True
    )
    return back(url_for("storefront.member") + "#wishes", t("shopping.wish_noted"))


@blueprint.post("/me/wishes/<int:wish_id>/remove")
@mine
def remove_wish(db: Session, customer: Customer, wish_id: int) -> Response:
    """Want it no more."""
    catalogue.withdraw_wish(db, customer.id, wish_id)
    return back(url_for("storefront.member") + "#wishes")


@blueprint.post("/me/bikes")
@limiter.limit("20/minute")
@mine
def add_bike(db: Session, customer: Customer) -> Response:
    """Put a bike into the garage."""
    year = request.form.get("year", "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise InvalidInput("bike_year_unreadable")
    chosen = catalogue.chosen_bike(request.form.get("model", "")[:80], int(year) if year else None)
    actor = Actor.customer(customer)
    customers.add_bike(db, customer, chosen.model, chosen.generation, chosen.year, actor=actor)
    _look_for(chosen)
    return back(url_for("storefront.member") + "#bikes")


@blueprint.post("/me/bikes/<int:bike_id>/use")
@mine
def use_bike(db: Session, customer: Customer, bike_id: int) -> Response:
    """Look for parts of this bike."""
    own = {one.id: one for one in customers.bikes(db, customer)}
    if bike_id not in own:
        raise NotFound("bike_not_found")
    one = own[bike_id]
    _look_for(catalogue.BikeRef(one.model, one.generation, one.year))
    return back(url_for("storefront.parts"))


@blueprint.post("/me/bikes/<int:bike_id>/remove")
@mine
def remove_bike(db: Session, customer: Customer, bike_id: int) -> Response:
    """Take a bike out of the garage."""
    customers.remove_bike(db, customer, bike_id, actor=Actor.customer(customer))
    return back(url_for("storefront.member") + "#bikes")


def _look_for(bike: catalogue.BikeRef) -> None:
    session["bike"] = {"model": bike.model, "generation": bike.generation, "year": bike.year}


@blueprint.post("/me/addresses/<int:address_id>/<deed>")
@mine
def change_address(db: Session, customer: Customer, address_id: int, deed: str) -> Response:
    """Send there from now on, or never again."""
    if deed not in {"use", "remove"}:
        raise NotFound("page_not_found")
    change = customers.choose_address if deed == "use" else customers.forget_address
    change(db, customer, address_id)
    return back(url_for("storefront.member") + "#places")


@blueprint.post("/me/profile")
@mine
def change_profile(db: Session, customer: Customer) -> Response:
    """Name, e-mail, language, and whether promotions may be sent."""
    actor = Actor.customer(customer)
    form = request.form
    if form.get("name", "").strip() != (customer.name or ""):
        customers.rename(db, customer, form.get("name", ""), actor=actor)
    email = form.get("email", "").strip()
    if email and email != customer.email:
        customers.set_email(db, customer, email, actor=actor)
    with contextlib.suppress(InvalidInput):  # an old form without the field changes no language
        customers.set_language(db, customer, form.get("language", ""), actor=actor)
        i18n.choose(form.get("language", ""))
    customers.set_consent(db, customer, promo=form.get("promo") == "yes", actor=actor)
    return back(url_for("storefront.member") + "#profile", t("shopping.saved"))
