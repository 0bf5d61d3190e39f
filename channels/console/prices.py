"""Class prices and quantity breaks of a part, margin rules, and answers to who bargains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from channels import login
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import t
from channels.login import allows
from crm_core import catalogue, conversations, customers, pricing, reports, staff, stock
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.pricing import TierView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

SPARE_ROWS = 3
"""Empty rows under a part's prices."""
SHOWN_BEFORE = 6
"""Earlier bargains of the customer beside the one to be answered."""
TIER_FIELDS = ("price_class", "min_quantity", "price_idr")


@blueprint.get("/parts/<code>/prices")
@allows("orders")
def part_prices(code: str) -> str:
    """What a part costs a class of customers, and from how many pieces on."""
    with work() as session:
        tiers = pricing.tiers(session, code)
    return _prices_page(code, Filled(_rows_as_typed(tiers)), len(tiers))


@blueprint.post("/parts/<code>/prices")
@allows("stock")
def set_prices(code: str) -> ResponseReturnValue:
    """Make these rows all that the part has; a row emptied is a row removed."""
    rows = _typed_rows(request.form)
    typed = {f"{field}_{row}": said for row, one in enumerate(rows, 1) for field, said in one}
    filled = Filled(typed)
    tiers = [
        (
            filled.choice(f"price_class_{row}", pricing.PRICE_CLASSES) or "",
            filled.whole(f"min_quantity_{row}", needed=True) or 0,
            int(filled.money(f"price_idr_{row}", needed=True) or 0),
        )
        for row in range(1, len(rows) + 1)
    ]
    if not filled.wrong:
        try:
            with work() as session:
                pricing.set_tiers(session, code, tiers, actor=actor())
            return done(t("console.saved"), "console.part_prices", code=code)
        except (InvalidInput, Conflict) as error:
            field = error.facts.get("field", "min_quantity")
            filled.refused(f"{field}_{error.facts.get('row', 1)}", error)
    return _prices_page(code, filled, len(rows)), 422


def _prices_page(code: str, filled: Filled, rows: int) -> str:
    with work() as session:
        part = catalogue.view_part(session, code)
    return render_template(
        "console/part_prices.html",
        part=part,
        form=filled,
        rows=rows + SPARE_ROWS,
        classes=pricing.PRICE_CLASSES,
    )


def _rows_as_typed(tiers: Sequence[TierView]) -> dict[str, str]:
    return {
        f"{field}_{row}": str(getattr(one, field))
        for row, one in enumerate(tiers, 1)
        for field in TIER_FIELDS
    }


def _typed_rows(form: MultiDict[str, str]) -> list[list[tuple[str, str]]]:
    """The rows that say something, in their order."""
    columns = [form.getlist(field) for field in TIER_FIELDS]
    rows = [[said.strip() for said in row] for row in zip(*columns, strict=False)]
    return [list(zip(TIER_FIELDS, row, strict=True)) for row in rows if row[1] or row[2]]


@blueprint.get("/margins")
@allows("orders")
def margins() -> str:
    """How far prices may be bargained down."""
    return _margins_page(Filled({"active": "1"}))


@blueprint.post("/margins")
@allows("stock")
def save_margin() -> ResponseReturnValue:
    """Set the rule for a shelf and a class; saving it again replaces it."""
    filled = Filled(request.form)
    percent = filled.whole("max_percent", needed=True)
    price_class = filled.choice("price_class", pricing.PRICE_CLASSES)
    category = filled.text("category", most=80) or None
    if not filled.wrong and percent is not None:
        try:
            with work() as session:
                pricing.save_margin_rule(
                    session,
                    max_percent=percent,
                    by=staff.by_id(session, login.me().id),
                    category=category,
                    price_class=price_class,
                    active=filled.typed.get("active") == "1",
                )
            return done(t("console.saved"), "console.margins")
        except (InvalidInput, NotFound) as error:
            filled.refused(str(error.facts.get("field", "category")), error)
    return _margins_page(filled), 422


def _margins_page(filled: Filled) -> str:
    with work() as session:
        rules, categories = pricing.margin_rules(session), catalogue.categories(session)
    return render_template(
        "console/margins.html",
        form=filled,
        rules=rules,
        categories=categories,
        names={one.slug: one for one in categories},
        classes=pricing.PRICE_CLASSES,
    )


@blueprint.get("/bargains", endpoint="bargains")
@allows("reply")
def bargains_list() -> str:
    """Prices that customers asked for: those that wait for an answer, or all."""
    tab = "all" if request.args.get("tab") == "all" else "asked"
    with work() as session:
        rows = pricing.bargains(session, state=None if tab == "all" else tab, limit=100)
    return render_template("console/bargains.html", rows=rows, tab=tab)


@blueprint.get("/bargains/<int:bargain_id>")
@allows("reply")
def bargain(bargain_id: int) -> str:
    """What was asked, and the form that answers."""
    return _bargain_page(bargain_id, Filled({}))


@blueprint.post("/bargains/<int:bargain_id>")
@allows("reply")
def decide_bargain(bargain_id: int) -> ResponseReturnValue:
    """Offer a price for one piece, or say no; then back to the talk that it came from."""
    filled = Filled(request.form)
    refuse = filled.typed.get("answer") == "refuse"
    offered = None if refuse else filled.money("offered_idr", needed=True)
    if not filled.wrong:
        try:
            with work() as session:
                who = staff.by_id(session, login.me().id)
                pricing.decide_bargain(session, bargain_id, by=who, offered_idr=offered)
                talk = filled.typed.get("talk")
                known = talk and conversations.by_public_id(session, talk).public_id
        except (InvalidInput, NotAllowed) as error:
            filled.refused("offered_idr", error)
        else:
            text = t("prices.refused") if refuse else t("prices.offered")
            if known:
                return done(text, "console.conversation", public_id=known)
            return done(text, "console.bargain", bargain_id=bargain_id)
    return _bargain_page(bargain_id, filled), 422


def _bargain_page(bargain_id: int, filled: Filled) -> str:
    with work() as session:
        found = pricing.bargain_of(session, bargain_id)
        customer = customers.by_public_id(session, found.customer_id)
        talks: Sequence[Any] = conversations.of_customer(session, customer)
        before = pricing.bargains(session, customer=customer, limit=SHOWN_BEFORE + 1)
        return render_template(
            "console/bargain.html",
            bargain=found,
            form=filled,
            talks=talks,
            room=pricing.room(session, bargain_id),
            level=stock.level(session, found.part_code),
            bought=reports.bought(session, customer),
            before=[one for one in before if one.id != bargain_id][:SHOWN_BEFORE],
        )


@blueprint.post("/customers/<public_id>/price-class")
@allows("stock")
def set_price_class(public_id: str) -> ResponseReturnValue:
    """Let the customer pay the prices of a class.

    A manager's decision, since it lowers every price: an agent stays within the margin rule.
    """
    with work() as session:
        found = customers.by_public_id(session, public_id)
        customers.set_price_class(
            session, found, request.form.get("price_class", "")[:32], actor=actor()
        )
    return redirect(url_for("console.customer", public_id=public_id), 303)
