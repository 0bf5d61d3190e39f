"""The shop's own texts: how to buy, how to pay, who we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.again import again
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import LANGUAGES, t
from channels.login import allows
from crm_core import shop
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/pages", endpoint="pages")
@allows("pages")
def pages_list() -> str:
    """All pages with the languages they are written in."""
    with work() as session:
        by_slug: dict[str, dict[str, shop.PageView]] = {}
        for page in shop.pages(session):
            by_slug.setdefault(page.slug, {})[page.language] = page
    return render_template("console/pages.html", pages=by_slug)


@blueprint.get("/pages/<slug>/<language>")
@allows("pages")
def page(slug: str, language: str) -> str:
    """One page in one language, to be written."""
    with work() as session:
        found = {one.language: one for one in shop.pages(session) if one.slug == slug}
    if not found or language not in LANGUAGES:
        raise NotFound("page_not_found", slug=slug[:60])
    return render_template(
        "console/page.html", page=found.get(language), slug=slug, spoken=language
    )


@blueprint.post("/pages/<slug>/<language>")
@allows("pages")
@again("page")
def save_page(slug: str, language: str) -> ResponseReturnValue:
    """Keep what was written; the shop shows it at once."""
    with work() as session:
        if all(one.slug != slug for one in shop.pages(session)):
            raise NotFound("page_not_found", slug=slug[:60])
        shop.save_page(
            session,
            slug=slug,
            language=language,
            title=request.form.get("title", "")[:200],
            body=request.form.get("body", "")[:40_000],
            actor=actor(),
        )
    return done(t("console.page.saved"), "console.pages")
