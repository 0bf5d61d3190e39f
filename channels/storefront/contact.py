"""Where the shop is, and what customers write to it: suggestions, praise, questions, reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request, url_for

from channels import visitors
from channels.i18n import t
from channels.security import csrf, limiter
from channels.storefront.frame import back, blueprint, own_page, say, work
from channels.storefront.member import mine
from channels.storefront.views import shown
from crm_core import clock, comments, shop
from crm_core.errors import CrmError
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer

TRAP = "website"
"""A field that people do not see and programs fill in."""
MOST_FROM_ONE_PLACE = "6/minute;60/day"
SHOWN = 12


@blueprint.get("/contact")
def contact() -> str:
    """Where the shop is, when somebody is there, and the form to write to it."""
    return _page({}, "")


@blueprint.post("/contact")
@limiter.limit(MOST_FROM_ONE_PLACE)
def write_to_shop() -> ResponseReturnValue:
    """Keep what somebody writes; what a program filled in is thanked for and forgotten."""
    form = request.form
    whither = own_page(form.get("next"), url_for("storefront.contact"))
    if form.get(TRAP):
        return back(whither, t("comments.thanks"))
    try:
        with work() as session:
            customer = visitors.customer_or_new(session)
            comments.leave(
                session,
                customer,
                form.get("text", ""),
                kind=form.get("kind", "")[:20],
                actor=Actor.customer(customer),
                name=form.get("name", "")[:200],
                may_publish=form.get("show") == "yes",
            )
    except CrmError as error:
        return _page(form, say(error)), 422
    return back(whither, t("comments.thanks"))


csrf.exempt(write_to_shop)  # the page holds no token, so that looking at it needs no cookie


@blueprint.post("/p/<code>/reviews")
@limiter.limit(MOST_FROM_ONE_PLACE)
@mine
def review_part(db: Session, customer: Customer, code: str) -> Response:
    """Keep what a member says of a part that they have had."""
    here = url_for("storefront.part", code=code[:60])
    try:
        comments.leave(
            db,
            customer,
            request.form.get("text", ""),
            kind="review",
            actor=Actor.customer(customer),
            name=request.form.get("name", "")[:200],
            may_publish=request.form.get("show") == "yes",
            part_code=code[:60],
        )
    except CrmError as error:
        return back(here, say(error), "bad")
    return back(here, t("comments.thanks"))


csrf.exempt(review_part)  # as the rest of the pages of parts; see cart.add_to_cart


def _page(typed: Mapping[str, str], wrong: str) -> str:
    with work() as session:
        who = visitors.member(session)
        name = (who.name or "") if who else ""
        return shown(
            "contact.html",
            session,
            hours=shop.hours(session),
            holidays=shop.holidays(session)[:5],
            today=clock.local(clock.now()).weekday(),
            typed=typed or {"name": name},
            wrong=wrong,
            kinds=[str(kind) for kind in comments.KINDS],
            said=comments.published(session, limit=SHOWN),
            trap=TRAP,
        )
