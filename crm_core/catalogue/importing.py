"""Rows of a price list into parts: read with reasons for what cannot be, then written in bulk.

Only columns that a row has are changed. A price of 0 or none means "on request" for a new part and
"not told" for one whose price is known: a supplier's list without prices must not close the shop.
The rows of one call are one transaction's work; the caller cuts long files into chunks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.catalogue import queries
from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.importrows import RowError, WantedPart, read_row
from crm_core.catalogue.models import CatalogueVersion, Category, Fitment, Part, StockLevel
from crm_core.catalogue.naming import Stated, models_in_name
from crm_core.catalogue.types import ImportReport
from crm_core.db import lock_key
from crm_core.money import Rupiah
from crm_core.timeline import Actor


def upsert_parts(
    session: Session,
    rows: Iterable[Mapping[str, Any]],
    *,
    actor: Actor,
    first_row: int = 1,
    seen: dict[str, int] | None = None,
) -> ImportReport:
    """Insert or update parts by their code; a bad row is reported and never stops the others.

    Columns: part_code (or sku), name, category, price_idr (or price), stock, weight_g, unit,
    length_mm, width_mm, height_mm, warranty_days, description, original, active, models.
    ``first_row`` numbers the rows in the report; ``seen`` (code → row) lets one file in several
    calls refuse a code's second row: the first one wins.
    """
    report = ImportReport()
    known = {} if seen is None else seen
    table = queries.bike_table()
    wanted: list[WantedPart] = []
    for number, row in enumerate(rows, start=first_row):
        try:
            good = read_row(table, number, row)
            if good.code in known:
                raise RowError(f"duplicate_of_row_{known[good.code]}")
        except RowError as reason:
            report.rejected.append((number, str(reason)))
            continue
        known[good.code] = number
        wanted.append(good)
    if wanted:
        _write(session, wanted, report, actor)
    return report


def next_version(session: Session) -> int:
    """Raise the catalogue's version and hold its row until the transaction ends.

    It follows the clock, so a version that was rolled back never comes again for other contents.
    """
    version: int = session.execute(
        text(
            "INSERT INTO catalogue_versions (id, version)"
            " VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
            " ON CONFLICT (id) DO UPDATE SET"
            " version = greatest(catalogue_versions.version + 1, excluded.version)"
            " RETURNING version"
        )
    ).scalar_one()
    return version


def _write(session: Session, wanted: list[WantedPart], report: ImportReport, actor: Actor) -> None:
    lock_key(session, "catalogue")
    session.flush()
    codes = [good.code for good in wanted]
    old = {part.part_code: part for part in _existing(session, codes)}
    levels = _levels(session, [part.id for part in old.values()])
    table, shelves = queries.bike_table(), _shelves(session, wanted)
    fresh, changed = [], []
    for good in wanted:
        if good.category:
            good.values["category_id"] = shelves[_slug(good.category)]
        part = old.get(good.code)
        if part is None:
            if "name" not in good.values:
                report.rejected.append((good.row, "name_missing"))
                continue
            good.named = models_in_name(table, good.values["name"])
            fresh.append(good)
        elif good.stock is not None and good.stock < levels.get(part.id, (0, 0))[1]:
            report.rejected.append((good.row, "stock_below_reserved"))
        else:
            if part.price_idr is not None and good.values.get("price_idr", 0) is None:
                del good.values["price_idr"]
            changed.append((good, part))
    report.rejected.sort()
    _insert(session, fresh, actor)
    touched = _update(session, changed, levels, actor)
    report.inserted, report.updated = len(fresh), touched
    report.unchanged = len(changed) - touched
    session.expire_all()
    if fresh or touched:
        timeline.record(
            session,
            subject="catalogue",
            subject_id=1,
            action="imported",
            actor=actor,
            facts={"inserted": len(fresh), "updated": touched},
        )


def _existing(session: Session, codes: list[str]) -> list[Any]:
    columns = select(
        Part.id,
        Part.part_code,
        Part.name,
        Part.category_id,
        Part.price_idr,
        Part.weight_g,
        Part.length_mm,
        Part.width_mm,
        Part.height_mm,
        Part.warranty_days,
        Part.unit,
        Part.description,
        Part.original,
        Part.active,
    )
    return list(session.execute(columns.where(Part.part_code.in_(codes)).with_for_update()))


def _levels(session: Session, ids: list[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(StockLevel.part_id, StockLevel.on_hand, StockLevel.reserved)
        .where(StockLevel.part_id.in_(ids))
        .order_by(StockLevel.part_id)
        .with_for_update()
    )
    return {row.part_id: (row.on_hand, row.reserved) for row in rows}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "lain"


def _shelves(session: Session, wanted: list[WantedPart]) -> dict[str, int]:
    """Category ids by slug for every category said; a new one is put at the end of the menu."""
    said = {_slug(good.category): good.category for good in wanted if good.category}
    if not said:
        return {}
    shelves: dict[str, int] = {}
    for category in session.scalars(select(Category)):
        for name in (category.slug, category.name_id, category.name_en):
            shelves.setdefault(_slug(name), category.id)
    for slug, name in said.items():
        if slug not in shelves:
            last = session.scalar(select(func.coalesce(func.max(Category.position), 0))) or 0
            new = Category(slug=slug, name_id=name, name_en=name, position=last + 1)
            session.add(new)
            session.flush()
            shelves[slug] = new.id
    return shelves


_INSERT = text(
    "INSERT INTO parts (part_code, name, category_id, price_idr, weight_g, unit, description,"
    " original, active, revision, updated_at, length_mm, width_mm, height_mm, warranty_days)"
    " SELECT r.part_code, r.name, r.category_id, r.price_idr, coalesce(r.weight_g, 0),"
    " coalesce(r.unit, 'pcs'), coalesce(r.description, ''), coalesce(r.original, true),"
    " coalesce(r.active, true), :version, :now, r.length_mm, r.width_mm, r.height_mm,"
    " coalesce(r.warranty_days, 0)"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r(part_code text, name text,"
    " category_id bigint, price_idr bigint, weight_g int, unit text, description text,"
    " original bool, active bool, length_mm int, width_mm int, height_mm int, warranty_days int)"
    " RETURNING id, part_code"
)
_LEVELS = text(
    "INSERT INTO stock_levels (part_id, on_hand, reserved)"
    " SELECT r.part_id, r.on_hand, 0 FROM jsonb_to_recordset(cast(:rows AS jsonb))"
    " AS r(part_id bigint, on_hand int)"
    " ON CONFLICT (part_id) DO UPDATE SET on_hand = excluded.on_hand"
)
_MOVEMENTS = text(
    "INSERT INTO stock_movements"
    " (part_id, kind, quantity, actor_kind, actor_id, actor_name, reason, at)"
    " SELECT r.part_id, 'corrected', r.quantity, :kind, :actor_id, :name, 'import', :now"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r(part_id bigint, quantity int)"
)
_FITMENTS = text(
    "INSERT INTO fitments (part_id, model, generation, year_from, year_to, source)"
    " SELECT r.part_id, r.model, r.generation, r.year_from, r.year_to, r.source"
    " FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r(part_id bigint, model text,"
    " generation text, year_from int, year_to int, source text) ON CONFLICT DO NOTHING"
)


def _insert(session: Session, fresh: list[WantedPart], actor: Actor) -> None:
    if not fresh:
        return
    rows = [{"part_code": good.code, **good.values} for good in fresh]
    made = session.execute(
        _INSERT, {"rows": json.dumps(rows), "version": next_version(session), "now": clock.now()}
    )
    ids = {row.part_code: row.id for row in made}
    _set_stock(session, {ids[good.code]: (0, good.stock or 0) for good in fresh}, actor)
    add_fitments(
        session,
        [
            (ids[good.code], one, "import" if good.models is not None else "name")
            for good in fresh
            for one in (good.models if good.models is not None else good.named)
        ],
    )


def _set_stock(session: Session, levels: dict[int, tuple[int, int]], actor: Actor) -> None:
    """Stock levels from (old, new) on hand by part id; a movement for each difference."""
    rows = [{"part_id": part, "on_hand": new} for part, (_, new) in sorted(levels.items())]
    moved = [
        {"part_id": p, "quantity": new - old} for p, (old, new) in levels.items() if new != old
    ]
    session.execute(_LEVELS, {"rows": json.dumps(rows)})
    if moved:
        session.execute(
            _MOVEMENTS,
            {
                "rows": json.dumps(moved),
                "kind": actor.kind,
                "actor_id": actor.id,
                "name": "" if actor.kind == "customer" else actor.name,
                "now": clock.now(),
            },
        )


def add_fitments(session: Session, stated: Iterable[tuple[int, Stated, str]]) -> None:
    """Write (part id, stated bike, source); what is stated already stays as it is."""
    rows = [
        {
            "part_id": part_id,
            "model": one.model,
            "generation": one.generation,
            "year_from": one.year_from,
            "year_to": one.year_to,
            "source": source,
        }
        for part_id, one, source in stated
    ]
    if rows:
        session.execute(_FITMENTS, {"rows": json.dumps(rows)})


def _update(
    session: Session,
    changed: list[tuple[WantedPart, Any]],
    levels: dict[int, tuple[int, int]],
    actor: Actor,
) -> int:
    """Write what differs; returns how many parts were touched."""
    table = queries.bike_table()
    stated = _stated_now(session, [part.id for _, part in changed])
    touched: set[int] = set()
    moved: dict[int, tuple[int, int]] = {}
    version = 0
    for good, part in changed:
        different = {k: v for k, v in good.values.items() if getattr(part, k) != v}
        fitments = _fitments_due(table, good, different, stated.get(part.id, {}))
        seen = "name" in different or "active" in different or fitments is not None
        if good.stock is not None and good.stock != levels.get(part.id, (0, 0))[0]:
            moved[part.id] = (levels.get(part.id, (0, 0))[0], good.stock)
            touched.add(part.id)
        if not different and fitments is None:
            continue
        touched.add(part.id)
        if seen:
            version = version or next_version(session)
            different["revision"] = version
        _change(session, part.id, different)
        if fitments is not None:
            session.execute(delete(Fitment).where(Fitment.part_id == part.id))
            add_fitments(session, [(part.id, one, fitments[1]) for one in fitments[0]])
    if moved:
        _set_stock(session, moved, actor)
    if touched:
        session.execute(
            text("UPDATE parts SET updated_at = :now WHERE id = ANY(:ids)"),
            {"now": clock.now(), "ids": sorted(touched)},
        )
    return len(touched)


def _change(session: Session, part_id: int, values: dict[str, Any]) -> None:
    if values:
        if isinstance(values.get("price_idr"), int):
            values["price_idr"] = Rupiah(values["price_idr"])
        session.execute(update(Part).where(Part.id == part_id).values(**values))


def _stated_now(session: Session, ids: list[int]) -> dict[int, dict[Stated, str]]:
    out: dict[int, dict[Stated, str]] = {}
    for row in session.scalars(select(Fitment).where(Fitment.part_id.in_(ids))):
        one = Stated(row.model, row.generation, row.year_from, row.year_to)
        out.setdefault(row.part_id, {})[one] = row.source
    return out


def _fitments_due(
    table: BikeTable, good: WantedPart, different: Mapping[str, Any], now: Mapping[Stated, str]
) -> tuple[tuple[Stated, ...], str] | None:
    """The fitments to write in place of those of now, or None if they stay."""
    if good.models is not None:
        return None if set(good.models) == set(now) else (good.models, "import")
    if "name" not in different or any(source != "name" for source in now.values()):
        return None
    named = models_in_name(table, different["name"])
    return None if set(named) == set(now) else (named, "name")


def current_version(session: Session) -> int:
    """The catalogue's version; 0 before the first part."""
    return session.scalar(select(CatalogueVersion.version)) or 0
