"""What every page of the shop has around its own: menu, cart count, notes, errors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    Response,
    flash,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    session,
)

from channels import context, errors, visitors
from channels.i18n import has, language, t
from crm_core import carts, catalogue, clock, shop
from crm_core.catalogue import BikeRef
from crm_core.errors import CrmError, NotFound
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer

blueprint = Blueprint("storefront", __name__)
blueprint.before_request(visitors.refuse_foreign_forms)

PAGES = ("how_to_buy", "how_to_pay", "shipping", "warranty", "company_profile", "privacy")
"""Pages that the menu names, in this order; one that is not written yet is left out."""


ELSEWHERE = ("/console", "/o/", "/static/")
"""What lies under these is not the shop's to say that it is missing."""


def work() -> AbstractContextManager[Session]:
    """One transaction for the view."""
    return context.current().unit_of_work()


def frame(work: Session, customer: Customer | None = None) -> dict[str, Any]:
    """What the template around every page needs; ``customer`` if the view has found them."""
    written = {page.slug: page for page in shop.pages(work) if page.language == "id"}
    own = {page.slug: page for page in shop.pages(work) if page.language == language()}
    now = clock.now()
    who = customer or visitors.customer(work)
    known = visitors.current()
    return {
        "shop": shop.facts(work),
        "menu": [own.get(slug, written[slug]) for slug in PAGES if slug in written],
        "open": shop.is_open(work, now),
        "opens_at": shop.next_opening(work, now),
        "categories": [one for one in catalogue.categories(work) if one.parts],
        "cart_count": pieces(work, who),
        "is_member": known is not None and known.member is not None,
        "bike": chosen_bike(),
    }


def pieces(work: Session, customer: Customer | None) -> int:
    """How many pieces lie in the cart."""
    if customer is None:
        return 0
    return sum(line.quantity for line in carts.show(work, customer).lines)


def chosen_bike() -> BikeRef | None:
    """The bike that parts are looked for, as this browser chose it."""
    kept = session.get("bike")
    if not isinstance(kept, dict) or not isinstance(kept.get("model"), str):
        return None
    return BikeRef(kept["model"], kept.get("generation"), kept.get("year"))


def by_htmx() -> bool:
    """Whether a piece of a page was asked for, not a page."""
    return "HX-Request" in request.headers


def say(error: CrmError) -> str:
    """What a refusal is to a customer, with the facts it may name."""
    name = f"shopping.error.{error.code}"
    if not has(name):
        return t("shopping.error.other")
    facts = {key: _short(value) for key, value in error.facts.items()}
    return t(name, **facts)


def _short(fact: object) -> object:
    """Money as money; a part by its first name: what it fits stands beside it."""
    if isinstance(fact, Rupiah):
        return format_rupiah(fact)
    return fact.partition(" — ")[0] if isinstance(fact, str) else fact


def back(path: str, note: str = "", kind: str = "good") -> Response:
    """To a page of ours after a change, with a note."""
    if note:
        flash(note, kind)
    answer = redirect(path, 303)
    assert isinstance(answer, Response)  # noqa: S101 - Werkzeug's type is wider than Flask's
    return answer


def own_page(wanted: str | None, otherwise: str) -> str:
    """``wanted`` if it is a path of this site, so that nobody is led elsewhere by a form."""
    plain = (wanted or "").replace("\\", "/")
    inside = plain.startswith("/") and "//" not in plain and plain.isprintable()
    return plain if inside else otherwise


def page(template: str, **shown: object) -> Response:
    """A page that is about one visitor: kept by nobody and shown to no machine."""
    answer = Response(render_template(f"storefront/{template}", notes=notes(), **shown))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def notes() -> list[tuple[str, str]]:
    """(kind, words) noted before this page was asked for."""
    if "_flashes" not in session:  # do not make a session to find out that there is none
        return []
    return [tuple(one) for one in get_flashed_messages(with_categories=True)]  # type: ignore[misc]


@blueprint.after_request
def _whose(answer: Response) -> Response:
    """A page with somebody's cart in its corner is for their own browser only."""
    if visitors.current() is not None:
        answer.headers.setdefault("Cache-Control", "private, no-cache")
    return answer


@blueprint.errorhandler(NotFound)
def _not_found(_error: NotFound) -> ResponseReturnValue:
    return missing()


@blueprint.app_errorhandler(404)
def _nowhere(_error: Exception) -> ResponseReturnValue:
    """An address that was never one: the shop's own page, unless it was not the shop's."""
    if errors.for_program() or request.path.startswith(ELSEWHERE):
        return errors.answer_with(404, "not_found")
    return missing()


def missing() -> tuple[str, int]:
    """The page for what is not there, with a way on."""
    with work() as session_:
        return render_template(
            "storefront/error.html", **frame(session_), text=t("storefront.not_found")
        ), 404
