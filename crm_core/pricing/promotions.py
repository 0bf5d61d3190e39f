"""Verbs of managers: class prices, quantity breaks, promotions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.catalogue.models import Category, Part
from crm_core.catalogue.text import plain_code
from crm_core.customers.models import PRICE_CLASSES
from crm_core.db import lock_key
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.pricing import queries
from crm_core.pricing.models import PriceTier, Promotion
from crm_core.pricing.queries import PromotionView, TierView
from crm_core.pricing.rules import EVERYBODY
from crm_core.timeline import Actor

MOST_PIECES, MOST_IDR, MOST_USES, MOST_TIERS = 10_000, 10**12, 1_000_000, 30
LONGEST_NAME = 80
_CODE = re.compile(r"[A-Z0-9]{3,20}")


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """A promotion as a manager fills it in; ``category`` is a slug, ``code`` makes it a voucher."""

    name_id: str
    kind: str
    value: int
    starts_at: datetime
    ends_at: datetime
    name_en: str | None = None
    code: str | None = None
    max_discount_idr: int | None = None
    category: str | None = None
    part_code: str | None = None
    min_items_idr: int = 0
    price_class: str | None = None
    limit_total: int | None = None
    limit_per_customer: int | None = None
    listed: bool = True


def set_tiers(
    session: Session, part_code: str, tiers: Iterable[tuple[str, int, int]], *, actor: Actor
) -> tuple[TierView, ...]:
    """Make ``tiers`` (class, from how many pieces, rupiah for one) all that a part has.

    Raises NotFound ("part_not_found"), InvalidInput ("tier_invalid" with ``row`` from 1 and
    ``field``: price_class, min_quantity or price_idr; "tier_twice" with ``row``; "tier_too_many"),
    Conflict ("price_on_request", part_code, name) for a part without a list price.
    """
    code = plain_code(part_code)
    part = session.scalars(
        select(Part).where(Part.part_code == code).with_for_update(key_share=True)
    ).one_or_none()
    if part is None:
        raise NotFound("part_not_found", part_code=code[:32])
    rows = list(tiers)
    if len(rows) > MOST_TIERS:
        raise InvalidInput("tier_too_many", most=MOST_TIERS)
    if rows and part.price_idr is None:
        raise Conflict("price_on_request", part_code=part.part_code, name=part.name)
    new = _checked_tiers(rows, part.price_idr or Rupiah(0))
    before = queries.tiers(session, code)
    if {(one.price_class, one.min_quantity): one.price_idr for one in before} == new:
        return before
    session.execute(delete(PriceTier).where(PriceTier.part_id == part.id))
    session.add_all(
        PriceTier(part_id=part.id, price_class=price_class, min_quantity=least, price_idr=price)
        for (price_class, least), price in new.items()
    )
    session.flush()
    facts = {
        "part_code": part.part_code,
        "tiers": [[price_class, least, int(price)] for (price_class, least), price in new.items()],
    }
    timeline.record(
        session,
        subject="part",
        subject_id=part.id,
        action="prices_set",
        actor=actor,
        facts=facts,
    )
    return queries.tiers(session, code)


def _checked_tiers(
    rows: list[tuple[str, int, int]], list_price: Rupiah
) -> dict[tuple[str, int], Rupiah]:
    found: dict[tuple[str, int], Rupiah] = {}
    for row, (price_class, least, price) in enumerate(rows, start=1):
        if price_class not in PRICE_CLASSES:
            raise InvalidInput("tier_invalid", row=row, field="price_class")
        if not _whole(least, 1, MOST_PIECES) or (price_class == EVERYBODY and least == 1):
            # One piece for everybody is the list price itself.
            raise InvalidInput("tier_invalid", row=row, field="min_quantity")
        if not _whole(price, 1, int(list_price)):
            raise InvalidInput("tier_invalid", row=row, field="price_idr")
        if (price_class, least) in found:
            raise InvalidInput("tier_twice", row=row)
        found[price_class, least] = Rupiah(price)
    return found


def save_promotion(
    session: Session, new: NewPromotion, *, actor: Actor, promotion_id: int | None = None
) -> PromotionView:
    """Make a promotion, or change the one with ``promotion_id``; orders placed keep what they had.

    Raises InvalidInput ("promotion_invalid" with ``field``), NotFound ("promotion_not_found",
    "part_not_found", "category_not_found"), Conflict ("voucher_code_taken", voucher) and
    ("promotion_used_more", used) for a limit below what is used already.
    """
    values = _values(session, new)
    if values["code"] is not None:
        lock_key(session, f"voucher:{values['code']}")
        other = session.scalar(select(Promotion.id).where(Promotion.code == values["code"]))
        if other is not None and other != promotion_id:
            raise Conflict("voucher_code_taken", voucher=values["code"])
    if promotion_id is None:
        row = Promotion(**values)
        session.add(row)
    else:
        row = _locked(session, promotion_id)
        if new.limit_total is not None and new.limit_total < row.used:
            raise Conflict("promotion_used_more", used=row.used)
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    _record(session, row, "made" if promotion_id is None else "changed", actor)
    return queries.promotion(session, row.id)


def end_promotion(session: Session, promotion_id: int, *, actor: Actor) -> PromotionView:
    """Nobody can use it from now on; orders placed keep what they had.

    Ending it twice changes nothing. Raises NotFound ("promotion_not_found").
    """
    row = _locked(session, promotion_id)
    if row.active:
        row.active = False
        session.flush()
        _record(session, row, "ended", actor)
    return queries.promotion(session, row.id)


def _locked(session: Session, promotion_id: int) -> Promotion:
    row = session.scalars(
        select(Promotion)
        .where(Promotion.id == promotion_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("promotion_not_found")
    return row


def _values(session: Session, new: NewPromotion) -> dict[str, Any]:
    name_id, name_en = new.name_id.strip(), (new.name_en or new.name_id).strip()
    code = new.code.strip().upper() if new.code and new.code.strip() else None
    whole_percent = new.kind == "percent" and _whole(new.value, 1, 100)
    checks = {
        "name_id": 1 <= len(name_id) <= LONGEST_NAME,
        "name_en": 1 <= len(name_en) <= LONGEST_NAME,
        "code": code is None or bool(_CODE.fullmatch(code)),
        "kind": new.kind in {"percent", "amount"},
        "value": whole_percent or (new.kind == "amount" and _whole(new.value, 1, MOST_IDR)),
        "max_discount_idr": _whole_or_none(new.max_discount_idr, MOST_IDR),
        "min_items_idr": _whole(new.min_items_idr, 0, MOST_IDR),
        "price_class": new.price_class is None or new.price_class in PRICE_CLASSES,
        "part_code": not (new.part_code and new.category),
        "starts_at": new.starts_at.tzinfo is not None,
        "ends_at": new.ends_at.tzinfo is not None,
        "limit_total": _whole_or_none(new.limit_total, MOST_USES),
        "limit_per_customer": _whole_or_none(new.limit_per_customer, MOST_USES),
    }
    for field, sound in checks.items():
        if not sound:
            raise InvalidInput("promotion_invalid", field=field)
    if new.ends_at <= new.starts_at:
        raise InvalidInput("promotion_invalid", field="ends_at")
    most = new.max_discount_idr
    return {
        "name_id": name_id,
        "name_en": name_en,
        "code": code,
        "kind": new.kind,
        "value": new.value,
        "max_discount_idr": None if most is None else Rupiah(most),
        "min_items_idr": Rupiah(new.min_items_idr),
        "price_class": new.price_class,
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "limit_total": new.limit_total,
        "limit_per_customer": new.limit_per_customer,
        "listed": new.listed,
        "active": True,
        **_scope(session, new),
    }


def _scope(session: Session, new: NewPromotion) -> dict[str, Any]:
    if new.category:
        found = category_id(session, new.category)
        return {"scope": "category", "category_id": found, "part_id": None}
    if new.part_code:
        code = plain_code(new.part_code)
        part_id = session.scalar(select(Part.id).where(Part.part_code == code))
        if part_id is None:
            raise NotFound("part_not_found", part_code=code[:32])
        return {"scope": "part", "category_id": None, "part_id": part_id}
    return {"scope": "all", "category_id": None, "part_id": None}


def category_id(session: Session, slug: str) -> int:
    """The id behind a shelf's slug. Raises NotFound ("category_not_found", category)."""
    found = session.scalar(select(Category.id).where(Category.slug == slug))
    if found is None:
        raise NotFound("category_not_found", category=slug[:64])
    return found


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _whole_or_none(value: object, most: int) -> bool:
    return value is None or _whole(value, 1, most)


def _record(session: Session, row: Promotion, action: str, actor: Actor) -> None:
    row.updated_at = clock.now()
    facts: dict[str, object] = {
        "name": row.name_id,
        "code": row.code,
        "kind": row.kind,
        "value": row.value,
        "limit_total": row.limit_total,
        "ends_at": row.ends_at.isoformat(),
    }
    timeline.record(
        session,
        subject="promotion",
        subject_id=row.id,
        action=action,
        actor=actor,
        facts=facts,
    )
