"""Pages for customers. Read only: buying happens in the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, render_template, request

from channels import context
from channels.i18n import language, t
from channels.security import csrf
from crm_core import catalogue, clock, payments, reports, shop
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

blueprint = Blueprint("storefront", __name__)
csrf.exempt(blueprint)  # nothing here is posted, and a page without a session may be cached

PAGES = ("how_to_buy", "how_to_pay", "shipping", "warranty", "company_profile", "privacy")
"""Pages that the menu names, in this order; one that is not written yet is left out."""
ROWS = 24


def work() -> AbstractContextManager[Session]:
    """One transaction for the view."""
    return context.current().unit_of_work()


def _frame(session: Session) -> dict[str, Any]:
    """What every page shows around its own: the shop, its menu and whether somebody is there."""
    written = {page.slug: page for page in shop.pages(session) if page.language == "id"}
    own = {page.slug: page for page in shop.pages(session) if page.language == language()}
    now = clock.now()
    return {
        "shop": shop.facts(session),
        "menu": [own.get(slug, written[slug]) for slug in PAGES if slug in written],
        "open": shop.is_open(session, now),
        "opens_at": shop.next_opening(session, now),
        "categories": [one for one in catalogue.categories(session) if one.parts],
    }


@blueprint.get("/", endpoint="home")
def home() -> str:
    """The first page: search, shelves, some parts, how it works."""
    with work() as session:
        shown = _frame(session)
        found = reports.popular(session, limit=8)
        return render_template("storefront/home.html", **shown, parts=found)


@blueprint.get("/search")
def search() -> str:
    """What the assistant would find for the same words."""
    query = request.args.get("q", "").strip()[:200]
    with work() as session:
        found = catalogue.search(session, query, limit=ROWS) if query else None
        return render_template(
            "storefront/search.html",
            **_frame(session),
            q=query,
            parts=[hit.part for hit in found.hits] if found else [],
            understood=found.understood if found else None,
            missing=found.missing if found else None,
        )


@blueprint.get("/c/<slug>")
def category(slug: str) -> str:
    """The parts of one shelf."""
    with work() as session:
        shown = _frame(session)
        here = next((one for one in shown["categories"] if one.slug == slug), None)
        if here is None:
            abort(404)
        page = catalogue.listing(
            session, category=slug, cursor=request.args.get("cursor"), limit=ROWS
        )
        return render_template(
            "storefront/category.html", **shown, category=here, parts=page.items, next=page.next
        )


@blueprint.get("/p/<code>")
def part(code: str) -> str:
    """One part with all that it fits."""
    with work() as session:
        found = catalogue.find_part(session, code)
        return render_template(
            "storefront/part.html",
            **_frame(session),
            part=found,
            instead=catalogue.substitutes(session, found.part_code)[:4],
        )


@blueprint.get("/info/<slug>")
def page(slug: str) -> str:
    """One of the shop's own texts."""
    with work() as session:
        return render_template(
            "storefront/page.html",
            **_frame(session),
            page=shop.page(session, slug, language()),
            accounts=payments.accounts(session) if slug == "how_to_pay" else (),
        )


@blueprint.get("/contact")
def contact() -> str:
    """Where the shop is and when somebody is there."""
    with work() as session:
        return render_template(
            "storefront/contact.html",
            **_frame(session),
            hours=shop.hours(session),
            holidays=shop.holidays(session)[:5],
            today=clock.local(clock.now()).weekday(),
        )


@blueprint.get("/robots.txt")
def robots() -> Response:
    """The shop may be found, its back room not."""
    return Response("User-agent: *\nDisallow: /console\n", mimetype="text/plain")


@blueprint.errorhandler(NotFound)
def _not_found(_error: NotFound) -> tuple[str, int]:
    with work() as session:
        return render_template(
            "storefront/error.html", **_frame(session), text=t("storefront.not_found")
        ), 404
