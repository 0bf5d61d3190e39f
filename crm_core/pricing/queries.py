"""What screens, sentences and programs read of prices and promotions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from crm_core import clock, cursors
from crm_core.catalogue.models import Category, Part
from crm_core.catalogue.text import plain_code
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.pricing.models import Bargain, MarginRule, PriceTier, Promotion, PromotionUse
from crm_core.pricing.rules import Offer
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class TierView:
    """One class price or quantity break."""

    price_class: str
    min_quantity: int
    price_idr: Rupiah


@dataclass(frozen=True, slots=True)
class PromotionView:
    """A promotion as screens show it; ``category`` is a slug, ``given_idr`` what it cost so far."""

    id: int
    code: str | None
    name_id: str
    name_en: str
    kind: str
    value: int
    max_discount_idr: Rupiah | None
    scope: str
    category: str | None
    part_code: str | None
    min_items_idr: Rupiah
    price_class: str | None
    starts_at: datetime
    ends_at: datetime
    limit_total: int | None
    limit_per_customer: int | None
    used: int
    given_idr: Rupiah
    listed: bool
    active: bool
    created_at: datetime
    updated_at: datetime

    def state(self, at: datetime) -> str:
        """ "planned", "running", "used_up" or "over" at a moment."""
        if not self.active or at >= self.ends_at:
            return "over"
        if at < self.starts_at:
            return "planned"
        full = self.limit_total is not None and self.used >= self.limit_total
        return "used_up" if full else "running"

    def name(self, language: str) -> str:
        """How it is called in a language."""
        return self.name_en if language == "en" else self.name_id


@dataclass(frozen=True, slots=True)
class MarginRuleView:
    """How far a bargain may go; ``category`` slug and ``price_class`` None mean all of them."""

    id: int
    category: str | None
    price_class: str | None
    max_percent: int
    active: bool
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class BargainView:
    """A bargain as people read it; amounts are for one piece, ``customer_id`` is the public id."""

    id: int
    customer_id: str
    customer_name: str | None
    part_code: str
    name: str
    quantity: int
    price_idr: Rupiah
    asked_idr: Rupiah
    offered_idr: Rupiah | None
    decided_by: str | None
    staff_name: str | None
    state: str
    created_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None


def tiers(session: Session, part_code: str) -> tuple[TierView, ...]:
    """A part's class prices and quantity breaks. Raises NotFound ("part_not_found")."""
    code = plain_code(part_code)
    part_id = session.scalar(select(Part.id).where(Part.part_code == code))
    if part_id is None:
        raise NotFound("part_not_found", part_code=code[:32])
    rows = session.execute(
        select(PriceTier.price_class, PriceTier.min_quantity, PriceTier.price_idr)
        .where(PriceTier.part_id == part_id)
        .order_by(PriceTier.price_class, PriceTier.min_quantity)
    )
    return tuple(TierView(*row) for row in rows)


_own_uses = (
    select(func.count())
    .where(
        PromotionUse.promotion_id == Promotion.id,
        PromotionUse.customer_id == bindparam("customer_id"),
        PromotionUse.state == "held",
    )
    .correlate(Promotion)
    .scalar_subquery()
)
_OFFERS = select(
    Promotion.id, Promotion.code, Promotion.name_id, Promotion.name_en, Promotion.kind,
    Promotion.value, Promotion.max_discount_idr, Promotion.scope, Promotion.category_id,
    Promotion.part_id, Promotion.min_items_idr, Promotion.price_class, Promotion.starts_at,
    Promotion.ends_at, Promotion.limit_total, Promotion.limit_per_customer, Promotion.used,
    Promotion.active, _own_uses,
).order_by(Promotion.id)  # fmt: skip
_NOW = (
    Promotion.active.is_(True),
    Promotion.starts_at <= bindparam("at"),
    Promotion.ends_at > bindparam("at"),
)
_OFFERS_NOW = _OFFERS.where(*_NOW)


def offers(
    session: Session,
    customer: Customer | None,
    *,
    at: datetime | None = None,
    code: str | None = None,
) -> list[Offer]:
    """Promotions for deciding: those running at ``at``, or the one with ``code`` whatever it is.

    Read as columns, so they are those of now; the customer's own uses are counted along.
    """
    given: dict[str, object] = {"customer_id": customer.id if customer is not None else 0}
    query = _OFFERS
    if code is not None:
        query, given["code"] = query.where(Promotion.code == bindparam("code")), code
    if at is not None:
        query, given["at"] = _OFFERS_NOW if code is None else query.where(*_NOW), at
    rows: Iterable[Sequence[Any]] = session.execute(query, given)
    return [Offer(*row) for row in rows]


def running_promotions(
    session: Session, customer: Customer | None = None, at: datetime | None = None
) -> tuple[PromotionView, ...]:
    """What a customer who asks is told of: listed, running, not used up, for their class."""
    at = at or clock.now()
    own = customer.price_class if customer is not None else "walk_in"
    query = _promotions().where(
        Promotion.listed,
        *_running(at),
        or_(Promotion.limit_total.is_(None), Promotion.used < Promotion.limit_total),
        or_(Promotion.price_class.is_(None), Promotion.price_class == own),
    )
    rows = session.execute(query.order_by(Promotion.ends_at, Promotion.id))
    return tuple(_promotion(row) for row in rows)


def still_open(bargain: BargainView) -> bool:
    """Whether an offered or agreed price holds now."""
    lasts = bargain.expires_at is not None and bargain.expires_at > clock.now()
    return lasts and bargain.state in {"offered", "accepted"}


def promotion(session: Session, promotion_id: int) -> PromotionView:
    """One promotion. Raises NotFound ("promotion_not_found")."""
    row = session.execute(_promotions().where(Promotion.id == promotion_id)).one_or_none()
    if row is None:
        raise NotFound("promotion_not_found")
    return _promotion(row)


def promotions(
    session: Session,
    *,
    state: str | None = None,
    query: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[PromotionView]:
    """Promotions from the newest to the oldest.

    ``state`` is "running", "planned" or "over"; ``query`` a part of code or name. Raises
    InvalidInput ("cursor_invalid", "limit_invalid").
    """
    at = clock.now()
    wanted = _promotions()
    states: dict[str, list[ColumnElement[bool]]] = {
        "running": _running(at),
        "planned": [Promotion.active.is_(True), Promotion.starts_at > at],
        "over": [or_(~Promotion.active, Promotion.ends_at <= at)],
    }
    wanted = wanted.where(*states.get(state or "", []))
    if query and query.strip():
        columns = (Promotion.code, Promotion.name_id, Promotion.name_en)
        said = query.strip()
        wanted = wanted.where(or_(*[one.icontains(said, autoescape=True) for one in columns]))
    window = Window(None, cursor, limit)
    wanted = window.cut(wanted, Promotion.id, Promotion.created_at, Promotion.updated_at)
    views = [_promotion(row) for row in session.execute(wanted)]
    return window.slice([(view, view.id, view.created_at, view.updated_at) for view in views])


def margin_rules(session: Session) -> tuple[MarginRuleView, ...]:
    """All margin rules, the general ones first."""
    rows = session.execute(
        select(MarginRule, Category.slug, Staff.name)
        .outerjoin(Category, Category.id == MarginRule.category_id)
        .join(Staff, Staff.id == MarginRule.set_by)
        .order_by(Category.slug.nulls_first(), MarginRule.price_class.nulls_first())
    )
    return tuple(
        MarginRuleView(
            rule.id, slug, rule.price_class, rule.max_percent, rule.active, name, rule.set_at
        )
        for rule, slug, name in rows
    )


def bargains(
    session: Session,
    *,
    customer: Customer | None = None,
    state: str | None = None,
    limit: int = 50,
) -> Sequence[BargainView]:
    """Bargains from the newest to the oldest. Raises InvalidInput ("limit_invalid")."""
    wanted = bargain_rows().order_by(Bargain.id.desc()).limit(cursors.checked_limit(limit))
    if customer is not None:
        wanted = wanted.where(Bargain.customer_id == customer.id)
    if state:
        wanted = wanted.where(Bargain.state == state)
    return [bargain_view(row) for row in session.execute(wanted)]


def bargain_rows() -> Select[*tuple[Any, ...]]:
    """Bargains with all that :func:`bargain_view` reads."""
    return (
        select(Bargain, Part, Customer, Staff.name)
        .join(Part, Part.id == Bargain.part_id)
        .join(Customer, Customer.id == Bargain.customer_id)
        .outerjoin(Staff, Staff.id == Bargain.staff_id)
    )


def bargain_view(row: Sequence[Any]) -> BargainView:
    """A row of :func:`bargain_rows` as people read it."""
    bargain, part, customer, staff_name = row
    return BargainView(
        id=bargain.id,
        customer_id=customer.public_id,
        customer_name=customer.name,
        part_code=part.part_code,
        name=part.name,
        quantity=bargain.quantity,
        price_idr=bargain.price_idr,
        asked_idr=bargain.asked_idr,
        offered_idr=bargain.offered_idr,
        decided_by=bargain.decided_by,
        staff_name=staff_name,
        state=bargain.state,
        created_at=bargain.created_at,
        decided_at=bargain.decided_at,
        expires_at=bargain.expires_at,
    )


def _running(at: datetime) -> list[ColumnElement[bool]]:
    return [Promotion.active.is_(True), Promotion.starts_at <= at, Promotion.ends_at > at]


def _promotions() -> Select[*tuple[Any, ...]]:
    given = (
        select(cast(func.coalesce(func.sum(PromotionUse.amount_idr), 0), BigInteger))
        .where(PromotionUse.promotion_id == Promotion.id, PromotionUse.state == "held")
        .correlate(Promotion)
        .scalar_subquery()
    )
    return (
        select(Promotion, Category.slug, Part.part_code, given)
        .outerjoin(Category, Category.id == Promotion.category_id)
        .outerjoin(Part, Part.id == Promotion.part_id)
        .execution_options(populate_existing=True)
    )


def _promotion(row: Sequence[Any]) -> PromotionView:
    made, slug, part_code, given = row
    return PromotionView(
        id=made.id,
        code=made.code,
        name_id=made.name_id,
        name_en=made.name_en,
        kind=made.kind,
        value=made.value,
        max_discount_idr=made.max_discount_idr,
        scope=made.scope,
        category=slug,
        part_code=part_code,
        min_items_idr=made.min_items_idr,
        price_class=made.price_class,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        limit_total=made.limit_total,
        limit_per_customer=made.limit_per_customer,
        used=made.used,
        given_idr=Rupiah(int(given)),
        listed=made.listed,
        active=made.active,
        created_at=made.created_at,
        updated_at=made.updated_at,
    )


def voucher_among(session: Session, codes: Sequence[str]) -> str | None:
    """The first of ``codes``, in any case, that is the code of a voucher; None if none is."""
    plain = [code.upper() for code in codes]
    if not plain:
        return None
    known = set(session.scalars(select(Promotion.code).where(Promotion.code.in_(plain))))
    return next((code for code in plain if code in known), None)
