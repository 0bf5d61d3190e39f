"""The pages on which parts are found and the shop presents itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, render_template, request, session, url_for

from channels import visitors
from channels.i18n import language, t
from channels.security import csrf
from channels.storefront import structured
from channels.storefront.frame import (
    back,
    blueprint,
    chosen_bike,
    frame,
    notes,
    own_page,
    say,
    work,
)
from crm_core import catalogue, comments, payments, pricing, reports, shop
from crm_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ROWS = 24


def shown(template: str, session_: Session, **more: Any) -> str:
    """A page of the shop that anybody may see, with the looker's own prices of its parts."""
    who = visitors.customer(session_)
    found = [*more.get("parts", ()), *more.get("instead", ())]
    if "part" in more:
        found.append(more["part"])
    prices = pricing.price_of(session_, who, {one.part_code: 1 for one in found}) if found else {}
    around = {**frame(session_, who), "notes": notes(), "prices": prices}
    return render_template(f"storefront/{template}", **around, **more)


@blueprint.get("/", endpoint="home")
def home() -> str:
    """The first page: what is on offer, search, shelves, some parts, how it works."""
    with work() as session_:
        return shown(
            "home.html",
            session_,
            parts=reports.popular(session_, limit=8),
            promotions=pricing.running_promotions(session_, visitors.customer(session_))[:3],
            said=comments.published(session_, limit=3),
        )


@blueprint.get("/parts")
def parts() -> str:
    """All that is sold, sorted, for the chosen bike if there is one."""
    with work() as session_:
        return shown("parts.html", session_, **_shelf(session_, None), category=None)


@blueprint.get("/c/<slug>")
def category(slug: str) -> str:
    """The parts of one shelf."""
    with work() as session_:
        here = next((one for one in catalogue.categories(session_) if one.slug == slug), None)
        if here is None or not here.parts:
            raise NotFound("category_not_found")
        return shown("parts.html", session_, **_shelf(session_, slug), category=here)


def _shelf(session_: Session, slug: str | None) -> dict[str, Any]:
    """One page of parts as the address asks for it; what it asks wrongly is left out."""
    wanted = request.args.get("sort", "")
    sort = wanted if wanted in catalogue.SORTS else "name"
    page = request.args.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    for_bike = chosen_bike() if request.args.get("bike") != "all" else None
    found = catalogue.shelf(
        session_, category=slug, bike=for_bike, sort=sort, page=number, size=ROWS
    )
    return {
        "parts": [one.part for one in found.parts],
        "fits": {one.part.part_code: one.fit for one in found.parts},
        "shelf": found,
        "sort": sort,
        "sorts": catalogue.SORTS,
        "numbers": _numbers(found.page, found.pages),
        "for_bike": for_bike,
        "kept": {"sort": wanted or None, "bike": request.args.get("bike")},
        "models": catalogue.bike_models(),
    }


def _numbers(page: int, pages: int) -> list[int | None]:
    """The page numbers to show: first, last and those around; None stands for a gap."""
    near = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
    shown_: list[int | None] = []
    for number in near:
        if shown_ and shown_[-1] is not None and number > shown_[-1] + 1:
            shown_.append(None)
        shown_.append(number)
    return shown_


@blueprint.get("/search")
def search() -> str:
    """What the assistant would find for the same words."""
    query = request.args.get("q", "").strip()[:200]
    bike = chosen_bike()
    with work() as session_:
        own = (bike,) if bike else ()
        found = catalogue.search(session_, query, bikes=own, limit=ROWS) if query else None
        hits = found.hits if found else ()
        return shown(
            "search.html",
            session_,
            q=query,
            parts=[hit.part for hit in hits],
            fits={hit.part.part_code: hit.fit for hit in hits},
            understood=found.understood if found else None,
            missing=found.missing if found else None,
        )


@blueprint.post("/bike")
def bike() -> Response:
    """Choose the bike that parts are looked for, or none."""
    whither = own_page(request.form.get("next"), url_for("storefront.parts"))
    model = request.form.get("model", "").strip()[:80]
    year = request.form.get("year", "").strip()
    if not model:
        session.pop("bike", None)
        return back(whither)
    try:
        if year and not (year.isascii() and year.isdigit() and len(year) == 4):
            raise InvalidInput("bike_year_unreadable")
        chosen = catalogue.chosen_bike(model, int(year) if year else None)
    except InvalidInput as error:
        return back(whither, say(error), "bad")
    session["bike"] = {
        "model": chosen.model,
        "generation": chosen.generation,
        "year": chosen.year,
    }
    return back(whither)


csrf.exempt(bike)  # changes nothing but what this browser is shown; see also cart.add_to_cart


@blueprint.get("/p/<code>")
def part(code: str) -> str:
    """One part: price, stock, what it fits, whether it fits the chosen bike, what replaces it."""
    chosen = chosen_bike()
    with work() as session_:
        found = catalogue.find_part(session_, code)
        member = visitors.member(session_)
        facts = shop.facts(session_)
        return shown(
            "part.html",
            session_,
            part=found,
            verdict=catalogue.fits(session_, found.part_code, chosen) if chosen else None,
            models=catalogue.bike_models(),
            instead=catalogue.substitutes(session_, found.part_code)[:4],
            reviews=comments.published(session_, part_code=found.part_code),
            reviewer=member
            if member and comments.may_review(session_, member, found.part_code)
            else None,
            about=structured.product(found, str(facts.get("name", "Sapa"))),
        )


@blueprint.get("/info/<slug>")
def page(slug: str) -> str:
    """One of the shop's own texts."""
    with work() as session_:
        return shown(
            "page.html",
            session_,
            page=shop.page(session_, slug, language()),
            accounts=payments.accounts(session_) if slug == "how_to_pay" else (),
        )


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page, for those who index them."""
    with work() as session_:
        return Response(structured.sitemap(session_), mimetype="application/xml")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """The shop may be found; its back room and what belongs to one visitor not."""
    closed = ("/console", "/cart", "/checkout", "/me", "/o/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append("Sitemap: " + structured.address("storefront.sitemap"))
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.app_template_global()
def fit_words(fit: str | None) -> str:
    """Whether a part fits the chosen bike, in a word; empty if nothing is known of it."""
    return t(f"storefront.fit.{fit}") if fit in {"fits", "unknown", "no"} else ""
