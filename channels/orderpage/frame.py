"""What every request to an order's page passes: the link, the form token, limits, refusals.

The link is the only key: it is in the address and nowhere else, so answers are kept by no cache,
name no referrer and are followed by no crawler. A form needs a token of the browser's own session
besides, whose cookie is SameSite.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog
from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from channels import context
from channels.errors import status_of
from channels.i18n import LANGUAGES, has, t
from channels.security import csrf, limiter
from crm_core import customers, links, orders, shop
from crm_core.errors import CrmError, NotAllowed, NotFound
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.customers import Customer
    from crm_core.orders import Order

View = TypeVar("View", bound="Callable[..., Any]")
log = structlog.get_logger(__name__)

blueprint = Blueprint("orderpage", __name__, url_prefix="/o/<token>")
csrf.exempt(blueprint)  # Flask-WTF would want a Referer, which this page never sends; see _begin

WRONG_LINKS = "40/minute"
"""For one address: nobody tries links, and a family behind one address still reads its orders."""


def _link_key() -> str:
    return "order-link:" + hashlib.sha256(str(g.get("token", "")).encode()).hexdigest()[:24]


def limited(rate: str) -> Callable[[View], View]:
    """A limit for one link, whoever uses it."""
    limit = limiter.limit(rate, key_func=_link_key)
    return cast("Callable[[View], View]", limit)


limiter.limit("120/minute", key_func=_link_key)(blueprint)
limiter.limit(
    WRONG_LINKS,
    key_func=get_remote_address,
    deduct_when=lambda answer: answer.status_code in {404, 410},
)(blueprint)


@blueprint.url_value_preprocessor
def _take_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.token = (values or {}).pop("token", "")


@blueprint.url_defaults
def _give_token(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("token", g.get("token", ""))


@blueprint.before_request
def _begin() -> None:
    """A link that is none of ours goes no further; a form must come from the page itself."""
    order_id()
    if request.method != "POST":
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed("form_too_old")
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        raise NotAllowed("form_too_old") from None


@blueprint.after_request
def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def work() -> AbstractContextManager[Session]:
    """One transaction for the view."""
    return context.current().unit_of_work()


def order_id() -> int:
    """The order that the link names; NotFound "link_unknown" or "link_expired"."""
    key = context.current().settings.secret_key
    return links.read_order_token(key.get_secret_value() if key else "", str(g.token))


def the_order(db: Session) -> Order:
    """The order of the link, spoken of in its customer's language unless they chose another."""
    found = db.get(orders.Order, order_id())
    if found is None:
        raise NotFound("link_unknown")
    spoken = owner(db, found).language
    if "language" not in session and spoken in LANGUAGES:
        g.language = spoken
    return found


def owner(db: Session, order: Order) -> Customer:
    """Whose order it is."""
    return customers.by_id(db, order.customer_id)


def actor(db: Session, order: Order) -> Actor:
    """Whoever holds the link acts for the customer."""
    return Actor.customer(owner(db, order))


def done(said: str, part: str = "") -> ResponseReturnValue:
    """A change has been made: back to the page, which says ``orderpage.said.<said>``."""
    return redirect(url_for("orderpage.page", said=said, _anchor=part or None), 303)


def refusal(error: CrmError) -> str:
    """What a refusal of the core is in the customer's words."""
    if error.code.startswith(("voucher_", "promotion_")):
        return t("orderpage.refused.voucher")
    name = f"orderpage.refused.{error.code}"
    if not has(name):
        return t("orderpage.refused.other")
    try:
        return t(name, **error.facts)
    except KeyError:  # the core named fewer facts than the sentence wants
        return t("orderpage.refused.other")


@blueprint.errorhandler(CrmError)
def _refused(error: CrmError) -> ResponseReturnValue:
    if error.code in {"link_unknown", "link_expired"}:
        return _lost(error.code)
    status = status_of(error)
    if status >= 500:
        log.error("request_failed", code=error.code, status=status)
    return _told(refusal(error), status)


@blueprint.errorhandler(HTTPException)
def _not_answered(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    name = f"orderpage.refused.http_{status}"
    answer = _told(t(name) if has(name) else t("orderpage.refused.other"), status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return (*answer, {"Retry-After": "60"})
    return answer


def _told(text: str, status: int) -> tuple[str, int]:
    """The order's page again with the refusal on top, and what had been typed."""
    from channels.orderpage.views import shown  # noqa: PLC0415 - the views need this module

    if status in {413, 429, 500, 503}:
        return render_template("orderpage/lost.html", **_shop(), text=text, again=True), status
    with work() as db:
        page = shown(db, the_order(db))
        return render_template("orderpage/page.html", **page, error=text), status


def _lost(code: str) -> tuple[str, int]:
    """No order to show: what may have happened, and how to reach a person."""
    status = 410 if code == "link_expired" else 404
    text = t("orderpage.lost.expired") if code == "link_expired" else t("orderpage.lost.unknown")
    return render_template("orderpage/lost.html", **_shop(), text=text, again=False), status


def _shop() -> dict[str, Any]:
    with work() as db:
        return {"shop": shop.facts(db), "order": None}
