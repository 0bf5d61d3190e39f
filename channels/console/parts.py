"""Parts and stock: find one as the assistant finds it, change its price, count its pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from channels.console import goods
from channels.console.again import again
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from crm_core import catalogue, stock
from crm_core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/parts", endpoint="parts")
@allows("orders")
def parts_list() -> str:
    """Parts by category, or what the catalogue search finds for a message."""
    query, category = request.args.get("q", "").strip(), request.args.get("category") or None
    shown: dict[str, Any] = {"q": query, "category": category, "next": None, "understood": None}
    with work() as session:
        if query:
            found = catalogue.search(session, query, limit=40)
            shown |= {"rows": [hit.part for hit in found.hits], "understood": found.understood}
        else:
            page = catalogue.listing(
                session,
                category=category,
                cursor=request.args.get("cursor"),
                limit=50,
                include_inactive=True,
            )
            shown |= {"rows": page.items, "next": page.next}
        shown["categories"] = catalogue.categories(session)
    template = "console/_parts.html" if is_fragment() else "console/parts.html"
    return render_template(template, **shown)


@blueprint.get("/parts/<code>")
@allows("orders")
def part(code: str) -> str:
    """One part: price, pieces, what moved them, what it fits."""
    return _part(code)


def _part(code: str, filled: Filled | None = None) -> str:
    with work() as session:
        found = catalogue.view_part(session, code)
        return render_template(
            "console/part.html",
            part=found,
            form=filled or Filled(goods.typed_of(found)),
            level=stock.level(session, found.part_code),
            movements=stock.movements(session, found.part_code, limit=40),
            substitutes=catalogue.substitutes(session, found.part_code),
            categories=catalogue.categories(session),
        )


@blueprint.post("/parts/<code>")
@allows("stock")
def change_part(code: str) -> ResponseReturnValue:
    """Change what is known of a part, or whether it is sold."""
    filled = Filled(request.form)
    values = goods.part_values(filled)
    if not filled.wrong:
        try:
            with work() as session:
                catalogue.change_part(session, code, actor=actor(), **values)
            return done(t("console.part.saved"), "console.part", code=code)
        except (InvalidInput, NotFound) as error:
            goods.told(filled, error)
    return _part(code, filled), 422


@blueprint.post("/parts/<code>/receive")
@allows("stock")
@again("part")
def receive_stock(code: str) -> ResponseReturnValue:
    """Pieces have come in."""
    quantity = _pieces()
    with work() as session:
        stock.receive(session, code, quantity, actor(), reason=_reason())
    return done(t("console.part.received", count=quantity), "console.part", code=code)


@blueprint.post("/parts/<code>/correct")
@allows("stock")
@again("part")
def correct_stock(code: str) -> ResponseReturnValue:
    """The shelf was counted and holds another number."""
    quantity = _pieces()
    with work() as session:
        stock.correct(session, code, quantity, actor(), reason=_reason())
    return done(t("console.part.corrected", count=quantity), "console.part", code=code)


def _pieces() -> int:
    quantity = request.form.get("quantity", type=int)
    if quantity is None:
        raise InvalidInput("quantity_invalid", most=100_000)
    return quantity


def _reason() -> str:
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise InvalidInput("reason_missing")
    return reason[:300]
