"""Parts taken up one by one or as a file, categories, and deliveries with their document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import render_template, request

from channels import parcels
from channels.console import refused
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, work
from channels.console.shipping import uploaded
from channels.i18n import t
from channels.login import allows
from crm_core import catalogue, stock
from crm_core.errors import Conflict, CrmError, InvalidInput, NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm_core.catalogue import PartView

MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm", "warranty_days")
BESIDE = {
    "part_code_taken": "part_code", "category_not_found": "category", "category_in_use": "slug",
    "category_invalid": "name_id", "part_not_found": "lines", "quantity_invalid": "lines",
    "document_used": "document",
}  # fmt: skip
"""Refusal -> the field it is about, where the core does not name one."""
_FORMULA = re.compile(r"^'(?=[=+\-@])")


class _Tried(Exception):  # noqa: N818 - it is no error: it ends a dry run
    """Ends the transaction of a dry run without keeping anything."""


@blueprint.get("/parts/new")
@allows("stock")
def new_part() -> str:
    """An empty form for a part."""
    return _part_form(Filled({"unit": "pcs", "active": "1"}))


@blueprint.post("/parts")
@allows("stock")
def add_part() -> ResponseReturnValue:
    """Take up a part."""
    filled = Filled(request.form)
    code = filled.text("part_code", most=40, needed=True)
    values = part_values(filled)
    if not filled.wrong:
        try:
            with work() as session:
                made = catalogue.add_part(session, code, actor=actor(), **values)
            return done(t("goods.added"), "console.part", code=made.part_code)
        except (InvalidInput, NotFound, Conflict) as error:
            told(filled, error)
    return _part_form(filled), 422


def part_values(filled: Filled) -> dict[str, Any]:
    """What the form says of a part; only the fields it has."""
    values: dict[str, Any] = {
        "name": filled.text("name", most=200, needed=True),
        "price_idr": filled.money("price"),
        "active": filled.typed.get("active") == "1",
    }
    description = filled.typed.get("description", "").strip()
    if len(description) > 2000:
        filled.text("description", most=2000)
    values["description"] = description
    if "unit" in filled.typed:
        values["unit"] = filled.text("unit", most=20, needed=True)
    if "category" in filled.typed:
        values["category"] = filled.text("category", most=64) or None
    for field in MEASURES:
        if field in filled.typed:
            said = filled.whole(field)
            values[field] = 0 if said is None and field in {"weight_g", "warranty_days"} else said
    return values


def typed_of(part: PartView) -> dict[str, str]:
    """A part as its form shows it."""
    fields = {field: getattr(part, field) for field in (*MEASURES, "unit", "category", "name")}
    shown = {field: "" if value is None else str(value) for field, value in fields.items()}
    price = "" if part.price_idr is None else str(int(part.price_idr))
    more = {"price": price, "description": part.description, "active": "1" if part.active else ""}
    return shown | more


def told(filled: Filled, error: CrmError) -> None:
    """Keep a refusal beside its field; one that is about none goes on as it is."""
    field = error.facts.get("field") or BESIDE.get(error.code)
    if field is None:
        raise error
    filled.refused("price" if field == "price_idr" else str(field), error)


def _part_form(filled: Filled) -> str:
    with work() as session:
        shelves = catalogue.categories(session)
    return render_template("console/part_new.html", form=filled, categories=shelves)


@blueprint.route("/parts/import", methods=["GET", "POST"])
@allows("stock")
def import_parts() -> str:
    """Try or take in a table of parts, such as the one of the list; every bad row is named."""
    if request.method == "GET":
        return render_template("console/parts_import.html", report=None, dry_run=False)
    brought = parcels.read_rows(uploaded())
    rows = [_row(row) for row in brought]
    if rows and not {"part_code", "sku"} & set(rows[0]):
        raise InvalidInput("column_missing", column="part_code")
    dry_run, report = request.form.get("mode") != "keep", None
    try:
        with work() as session:
            report = catalogue.upsert_parts(session, rows, actor=actor())
            if dry_run:
                raise _Tried
    except _Tried:
        pass
    rejected = refused.told(brought, report.rejected) if report else []
    return render_template(
        "console/parts_import.html", report=report, rejected=rejected, dry_run=dry_run
    )


def _row(row: Any) -> dict[str, str]:
    """A row as the import reads it: the list's own headings, a guarded formula as it was."""
    plain = {name: _FORMULA.sub("", value) for name, value in row.items()}
    if "code" in plain:
        plain.setdefault("part_code", plain.pop("code"))
    return plain


@blueprint.get("/categories")
@allows("orders")
def categories() -> str:
    """The categories of the menu, and the form for one of them."""
    return _categories(None)


@blueprint.post("/categories")
@allows("stock")
def save_category() -> ResponseReturnValue:
    """Add a category, or change the one with this code."""
    filled = Filled(request.form)
    slug = filled.text("slug", most=64, needed=True)
    name_id = filled.text("name_id", most=80, needed=True)
    name_en = filled.text("name_en", most=80)
    position = filled.whole("position") or 0
    if not re.fullmatch(r"[a-z0-9-]*", slug):
        filled.wrong.setdefault("slug", t("goods.slug_wrong"))
    if position > 9_999:
        filled.wrong.setdefault("position", t("goods.position_wrong"))
    if not filled.wrong:
        try:
            with work() as session:
                catalogue.save_category(
                    session, slug=slug, name_id=name_id, name_en=name_en, position=position,
                    actor=actor(),
                )  # fmt: skip
            return done(t("console.saved"), "console.categories")
        except InvalidInput as error:
            told(filled, error)
    return _categories(filled), 422


@blueprint.post("/categories/<slug>/retire")
@allows("stock")
def retire_category(slug: str) -> ResponseReturnValue:
    """Give up a category that nothing uses."""
    with work() as session:
        catalogue.retire_category(session, slug, actor=actor())
    return done(t("goods.category_retired"), "console.categories")


def _categories(filled: Filled | None) -> str:
    with work() as session:
        rows = catalogue.categories(session)
    if filled is None:
        one = next((row for row in rows if row.slug == request.args.get("edit")), None)
        at = rows.index(one) + 1 if one else len(rows) + 1
        named = {"slug": one.slug, "name_id": one.name_id, "name_en": one.name_en} if one else {}
        filled = Filled(named | {"position": str(at)})
    return render_template("console/categories.html", rows=rows, form=filled)


@blueprint.get("/goods")
@allows("orders")
def goods() -> str:
    """The latest deliveries, and the form for the next."""
    return _goods(Filled({}))


@blueprint.post("/goods")
@allows("stock")
def receive_goods() -> ResponseReturnValue:
    """Take in a delivery with its document, all of it or nothing."""
    filled = Filled(request.form)
    supplier = filled.text("supplier", most=80, needed=True)
    document = filled.text("document", most=80, needed=True)
    note = filled.text("note", most=500)
    lines = _lines(filled)
    if not filled.wrong:
        try:
            with work() as session:
                made = stock.receive_goods(
                    session, lines, supplier=supplier, document=document, note=note, actor=actor()
                )
            return done(t("console.part.received", count=made.pieces), "console.goods")
        except (InvalidInput, NotFound, Conflict) as error:
            told(filled, error)
    return _goods(filled), 422


def _lines(filled: Filled) -> list[tuple[str, int]]:
    """Lines of a code and a number, as people type them or paste them from a table."""
    lines: list[tuple[str, int]] = []
    for number, line in enumerate(filled.typed.get("lines", "").splitlines()[:500], start=1):
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(\S+)[\s,;x×]+(\d{1,7})\s*", line, re.ASCII)
        if found is None:
            filled.wrong.setdefault("lines", t("goods.line_wrong", row=number))
        else:
            lines.append((found[1], int(found[2])))
    if not lines:
        filled.wrong.setdefault("lines", t("goods.lines_missing"))
    return lines


def _goods(filled: Filled) -> str:
    with work() as session:
        found = stock.receipts(session, request.args.get("q", "")[:80].replace("\0", ""))
    return render_template("console/goods.html", rows=found, form=filled)
