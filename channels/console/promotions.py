"""Promotions and vouchers: what runs, what is planned, and the form that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from crm_core import catalogue, clock, pricing
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.pricing import NewPromotion, PromotionView

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TABS = ("running", "planned", "over", "all")
FIELDS = (
    "name_id", "name_en", "code", "kind", "value", "max_discount_idr", "min_items_idr", "category",
    "part_code", "price_class", "limit_total", "limit_per_customer",
)  # fmt: skip
BESIDE = {
    "part_not_found": "part_code",
    "category_not_found": "category",
    "voucher_code_taken": "code",
    "promotion_used_more": "limit_total",
}
"""Refusal -> the field it is about, where the core does not name one."""
AS_THE_BROWSER_SENDS = "%Y-%m-%dT%H:%M"


@blueprint.get("/promotions", endpoint="promotions")
@allows("orders")
def promotions_list() -> str:
    """Promotions of a state, newest first."""
    tab = request.args.get("tab", "running")
    tab = tab if tab in TABS else "running"
    query = request.args.get("q", "")[:200].replace("\0", "")
    with work() as session:
        page = pricing.promotions(
            session,
            state=None if tab == "all" else tab,
            query=query,
            cursor=request.args.get("cursor"),
            limit=40,
        )
        names = _names(catalogue.categories(session))
    template = "console/_promotions.html" if is_fragment() else "console/promotions.html"
    return render_template(
        template, rows=page.items, next=page.next, tab=tab, tabs=TABS, q=query, names=names
    )


@blueprint.get("/promotions/new")
@allows("stock")
def new_promotion() -> str:
    """An empty form."""
    at = clock.local(clock.now())
    return _form(Filled({"starts_at": at.strftime(AS_THE_BROWSER_SENDS), "listed": "1"}))


@blueprint.post("/promotions")
@allows("stock")
def add_promotion() -> ResponseReturnValue:
    """Make a promotion."""
    return _save(None)


@blueprint.get("/promotions/<int:promotion_id>")
@allows("orders")
def promotion(promotion_id: int) -> str:
    """One promotion: what it cost so far, and its form."""
    with work() as session:
        found = pricing.promotion(session, promotion_id)
    return _form(Filled(_as_typed(found)), found)


@blueprint.post("/promotions/<int:promotion_id>")
@allows("stock")
def change_promotion(promotion_id: int) -> ResponseReturnValue:
    """Change it; orders already placed keep what they had."""
    return _save(promotion_id)


@blueprint.post("/promotions/<int:promotion_id>/end")
@allows("stock")
def end_promotion(promotion_id: int) -> ResponseReturnValue:
    """Nobody can use it from now on."""
    with work() as session:
        pricing.end_promotion(session, promotion_id, actor=actor())
    return done(t("prices.ended"), "console.promotion", promotion_id=promotion_id)


def _save(promotion_id: int | None) -> ResponseReturnValue:
    filled = Filled(request.form)
    new = _read(filled)
    if new is not None:
        try:
            with work() as session:
                saved = pricing.save_promotion(
                    session, new, actor=actor(), promotion_id=promotion_id
                )
            return done(t("console.saved"), "console.promotion", promotion_id=saved.id)
        except (InvalidInput, NotFound, Conflict) as error:
            field = error.facts.get("field") or BESIDE.get(error.code)
            if field is None:
                raise
            filled.refused(str(field), error)
    found = None
    if promotion_id is not None:
        with work() as session:
            found = pricing.promotion(session, promotion_id)
    return _form(filled, found), 422


def _read(filled: Filled) -> NewPromotion | None:
    starts, ends = filled.moment("starts_at"), filled.moment("ends_at")
    kind = filled.choice("kind", ("percent", "amount")) or "percent"
    read = filled.whole if kind == "percent" else filled.money
    value = read("value", needed=True)
    new: dict[str, Any] = {
        "name_id": filled.text("name_id", most=80, needed=True),
        "name_en": filled.text("name_en", most=80) or None,
        "code": filled.text("code", most=20) or None,
        "max_discount_idr": filled.money("max_discount_idr"),
        "min_items_idr": filled.money("min_items_idr") or 0,
        "category": filled.text("category", most=80) or None,
        "part_code": filled.text("part_code", most=32) or None,
        "price_class": filled.choice("price_class", pricing.PRICE_CLASSES),
        "limit_total": filled.whole("limit_total"),
        "limit_per_customer": filled.whole("limit_per_customer"),
        "listed": filled.typed.get("listed") == "1",
    }
    if filled.wrong or starts is None or ends is None or value is None:
        return None
    return NewPromotion(kind=kind, value=int(value), starts_at=starts, ends_at=ends, **new)


def _as_typed(found: PromotionView) -> dict[str, str]:
    typed = {name: getattr(found, name) for name in FIELDS}
    typed |= {"min_items_idr": found.min_items_idr or None}
    times = {
        name: clock.local(getattr(found, name)).strftime(AS_THE_BROWSER_SENDS)
        for name in ("starts_at", "ends_at")
    }
    shown = {name: "" if value is None else str(value) for name, value in typed.items()}
    return shown | times | {"listed": "1" if found.listed else ""}


def _form(filled: Filled, found: PromotionView | None = None) -> str:
    with work() as session:
        categories = catalogue.categories(session)
    return render_template(
        "console/promotion.html",
        form=filled,
        promotion=found,
        categories=categories,
        classes=pricing.PRICE_CLASSES,
    )


def _names(categories: Any) -> dict[str, Any]:
    return {one.slug: one for one in categories}
