"""From the cart to an order on the page: where to, the summary, and placing it exactly once."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request, url_for

from channels import visitors
from channels.i18n import t
from channels.security import limiter
from channels.storefront.frame import back, blueprint, frame, page, say, work
from crm_core import carts, checkout, conversations, customers, links, orders, phone, shipping
from crm_core.errors import Conflict, CrmError, InvalidInput, NotFound
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from crm_core.checkout import CheckoutSummary
    from crm_core.customers import Customer
    from crm_core.shipping import DistrictView

FIELDS = ("recipient_name", "phone", "email", "address", "district")
_KEY = re.compile(r"[0-9a-f]{32}")


@blueprint.get("/checkout", endpoint="checkout")
def show() -> Response:
    """The summary of the order, or the form for what is not known yet (``?edit=1``: again)."""
    with work() as session:
        customer = visitors.customer(session)
        if customer is None or carts.show(session, customer).empty:
            return back(url_for("storefront.cart"), t("shopping.error.cart_empty"), "bad")
        try:
            seen = checkout.summary(session, customer)
        except (Conflict, NotFound) as error:
            if error.code == "shipping_rate_not_found":
                return _form(session, customer, problems={"district": say(error)})
            return back(url_for("storefront.cart"), say(error), "bad")
        except InvalidInput:  # a name, an address or a district that was never said
            return _form(session, customer)
        if request.args.get("edit"):
            return _form(session, customer)
        last = customers.default_address(session, customer)
        return page(
            "summary.html",
            **frame(session, customer),
            seen=seen,
            ways=checkout.ways(session, customer, last.district_id if last else None),
            key=uuid.uuid4().hex,
            mark=_mark(seen),
        )


@blueprint.post("/checkout/address")
@limiter.limit("30/minute")
def keep_address() -> Response:
    """Remember where the parts go; several districts of the name are asked about."""
    typed = {name: request.form.get(name, "").strip()[:500] for name in FIELDS}
    pickup = request.form.get("way") == shipping.PICKUP
    with work() as session:
        customer = visitors.customer_or_new(session)
        problems = _problems(typed, pickup=pickup)
        found = [] if pickup else _districts(session, typed)
        if not pickup and len(found) != 1 and "district" not in problems:
            problems["district"] = t("shopping.which_district" if found else "shopping.no_district")
        if not problems:
            try:
                _keep(session, customer, typed, None if pickup else found[0])
            except CrmError as error:
                problems["email" if error.code == "email_invalid" else "address"] = say(error)
        if problems:
            session.rollback()
            customer = visitors.customer_or_new(session)
            return _form(session, customer, typed, problems, found)
    return back(url_for("storefront.checkout"))


@blueprint.post("/checkout/way")
@limiter.limit("60/minute")
def choose_way() -> Response:
    """Choose how the parts come and whether they are paid for at the door."""
    method, _, at_door = request.form.get("way", "").partition("+")
    with work() as session:
        customer = visitors.customer_or_new(session)
        actor = Actor.customer(customer)
        try:
            carts.choose_delivery(
                session, customer, method=method or None, pay_on_delivery=bool(at_door), actor=actor
            )
        except InvalidInput as error:
            return back(url_for("storefront.checkout"), say(error), "bad")
    return back(url_for("storefront.checkout"))


@blueprint.post("/checkout/points")
@limiter.limit("60/minute")
def use_points() -> Response:
    """Let points pay for a part of it, or not."""
    with work() as session:
        customer = visitors.customer_or_new(session)
        wanted = bool(request.form.get("points"))
        carts.use_points(session, customer, wanted, Actor.customer(customer))
    return back(url_for("storefront.checkout"))


@blueprint.post("/checkout/place")
@limiter.limit("30/minute")
def place() -> Response:
    """Order what the summary showed, once: the same form sent again leads to the same order.

    What has changed since (price, stock, address, the cart itself) is shown again instead.
    """
    key = request.form.get("key", "")
    note = request.form.get("note", "")[:500]
    if not _KEY.fullmatch(key):
        return back(url_for("storefront.checkout"), t("shopping.error.other"), "bad")
    try:
        with work() as session:
            customer = visitors.customer_or_new(session)
            order_id = _place(session, customer, f"page:{key}", note)
    except CrmError as error:
        where = "checkout" if error.code == "summary_changed" else "cart"
        return back(url_for(f"storefront.{where}"), say(error), "bad")
    return back(order_path(order_id))


def order_path(order_id: int) -> str:
    """The order's own page."""
    return "/o/" + links.order_token(str(current_app.config["SECRET_KEY"]), order_id)


def _place(session: Session, customer: Customer, key: str, note: str) -> int:
    """The id of the order, placed now or by the same form before."""
    known = orders.placed_before(session, customer, key)
    if known is not None:
        return known.id
    carts.hold(session, customer)
    seen = checkout.summary(session, customer)
    if request.form.get("mark") != _mark(seen):
        raise Conflict("summary_changed")
    visitor = visitors.current_or_new()
    talk = conversations.of_address(session, visitor.address)
    placed = checkout.place(
        session,
        customer,
        actor=Actor.customer(customer),
        idempotency_key=key,
        conversation_id=talk.id if talk else None,
        note=note,
        agreed_idr=int(seen.total),
    )
    link = links.order_url(placed.order.id)
    if link is not None:
        conversations.notify(
            session,
            customer,
            "order_placed_on_page",
            order_code=placed.order.order_code,
            amount=placed.payment.amount_due_idr,
            link=link,
        )
    return placed.order.id


def _mark(seen: CheckoutSummary) -> str:
    """A digest of everything that a summary promises."""
    to = seen.delivery
    said = [
        [(line.part_code, line.quantity, int(line.subtotal)) for line in seen.lines],
        [(one.kind, int(one.amount)) for one in seen.discounts],
        [int(seen.items), int(seen.shipping), int(seen.total), seen.quote.method],
        [to.recipient_name, to.phone, to.address, to.district_id, to.pay_on_delivery],
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _form(
    session: Session,
    customer: Customer,
    typed: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
    found: Sequence[DistrictView] = (),
) -> Response:
    shown = typed or _known(session, customer)
    return page(
        "address.html",
        **frame(session, customer),
        typed=shown,
        problems=problems or {},
        found=found if len(found) > 1 else (),
        cart=carts.show(session, customer),
    )


def _known(session: Session, customer: Customer) -> dict[str, Any]:
    """What the form begins with: what was said before."""
    last = customers.default_address(session, customer)
    place_ = ""
    if last is not None and last.district_id is not None:
        place_ = shipping.district(session, last.district_id).label
    return {
        "recipient_name": (last.recipient_name if last else customer.name) or "",
        "phone": (last.phone if last else None) or customer.phone or "",
        "email": customer.email or "",
        "address": last.address if last else "",
        "district": place_,
    }


def _problems(typed: dict[str, str], *, pickup: bool) -> dict[str, str]:
    """Field → what is wrong with it."""
    wrong: dict[str, str] = {}
    needed = FIELDS[:1] if pickup else ("recipient_name", "address", "district")
    for name in needed:
        if not typed[name]:
            wrong[name] = t(f"shopping.needed.{name}")
    try:
        phone.to_e164(typed["phone"])
    except InvalidInput as error:
        wrong["phone"] = say(error)
    return wrong


def _districts(session: Session, typed: dict[str, str]) -> Sequence[DistrictView]:
    """The district chosen from those asked about, or all that the words can mean."""
    chosen = request.form.get("district_id", "")
    found = shipping.find_districts(session, typed["district"]) if typed["district"] else []
    if chosen.isdigit():
        found = [one for one in found if one.id == int(chosen)] or found
    exact = [one for one in found if one.label.casefold() == typed["district"].casefold()]
    return exact or found


def _keep(
    session: Session, customer: Customer, typed: dict[str, str], district: DistrictView | None
) -> None:
    """Remember what was typed; raises InvalidInput ("email_invalid")."""
    actor = Actor.customer(customer)
    number = phone.to_e164(typed["phone"])
    if not customer.name:
        customers.rename(session, customer, typed["recipient_name"], actor=actor)
    if not customer.phone:
        customers.set_phone(session, customer, number, actor=actor)
    if typed["email"] and typed["email"] != customer.email:
        customers.set_email(session, customer, typed["email"], actor=actor)
    if district is not None:
        customers.remember_address(
            session,
            customer,
            recipient_name=typed["recipient_name"],
            phone=number,
            address=typed["address"],
            district_id=district.id,
        )
    carts.choose_delivery(
        session,
        customer,
        method=None if district else shipping.PICKUP,
        actor=actor,
    )
