"""Customers: the list, and all about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.again import again, reshown
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from crm_core import (
    carts,
    comments,
    complaints,
    conversations,
    customers,
    honorifics,
    loyalty,
    orders,
    timeline,
)

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/customers", endpoint="customers")
@allows("reply")
def customers_list() -> str:
    """Customers, the most recently changed first."""
    query = request.args.get("q", "")
    with work() as session:
        found = customers.recent(session, query=query, cursor=request.args.get("cursor"), limit=40)
    page = "console/_customers.html" if is_fragment() else "console/customers.html"
    return render_template(page, rows=found.items, next=found.next, q=query)


@blueprint.get("/customers/<public_id>")
@allows("reply")
def customer(public_id: str) -> str:
    """Everything the shop knows of a customer."""
    with work() as session:
        found = customers.by_public_id(session, public_id)
        return render_template(
            "console/customer.html",
            customer=found,
            honorifics=tuple(honorifics.FORMS),
            price_classes=customers.models.PRICE_CLASSES,
            zones=customers.models.ZONE_NAMES,
            bikes=customers.bikes(session, found),
            delivery=customers.default_address(session, found),
            same_phone=customers.same_phone(session, found),
            talks=conversations.of_customer(session, found),
            addresses=found.addresses,
            cart=carts.show(session, found),
            standing=loyalty.standing(session, found.id),
            points=loyalty.entries(session, found.id, limit=8),
            orders=orders.of_customer(session, found, limit=20),
            complaints=complaints.of_customer(session, found, limit=20),
            comments=comments.of_customer(session, found, limit=8),
            history=timeline.entries(
                session, customer_ids=customers.ids_of(session, found), limit=60
            ),
        )


@blueprint.post("/customers/<public_id>")
@allows("reply")
@again("customer")
def change_customer(public_id: str) -> ResponseReturnValue:
    """Set the name, the language, the form of address, the zone of their quiet hours and whether it
    is a workshop."""
    form = request.form
    filled = Filled(form)
    filled.text("name", most=80)
    zone = filled.choice("zone", customers.models.ZONE_NAMES)
    if filled.wrong:
        return reshown(filled, "customer", public_id=public_id)
    with work() as session:
        found = customers.by_public_id(session, public_id)
        if form.get("name", "").strip() != (found.name or ""):
            customers.rename(session, found, form.get("name", ""), actor=actor())
        if form.get("language") not in {None, found.language}:
            customers.set_language(session, found, form["language"], actor=actor())
        if form.get("honorific") not in {None, "", found.honorific}:
            customers.set_honorific(session, found, form["honorific"], actor=actor())
        if form.get("kind") not in {None, found.kind}:
            customers.set_kind(session, found, form["kind"], actor=actor())
        if "zone" in form:
            customers.set_zone(session, found, zone, actor=actor())
    return done(t("console.saved"), "console.customer", public_id=public_id)


@blueprint.post("/customers/<public_id>/phone")
@allows("reply")
def reveal_phone(public_id: str) -> str:
    """The whole number, once asked for; that somebody looked is on the record."""
    with work() as session:
        found = customers.by_public_id(session, public_id)
        phone = customers.reveal_phone(session, found, actor=actor())
    return render_template("console/_phone.html", phone=phone)
