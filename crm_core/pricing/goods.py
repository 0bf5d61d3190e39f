"""Parts as prices are made from them: always those of now, with their tiers, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm_core import recalling
from crm_core.catalogue.models import Part
from crm_core.errors import NotFound
from crm_core.money import Rupiah
from crm_core.pricing.models import PriceTier
from crm_core.pricing.rules import Tier


@dataclass(frozen=True, slots=True)
class Goods:
    """A part, its list price (None: on request) and what it costs by class and number."""

    id: int
    part_code: str
    name: str
    category_id: int | None
    price_idr: Rupiah | None
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, values: Sequence[Any]) -> Goods:
        """From the values of :data:`COLUMNS`, in their order."""
        part_id, part_code, name, category_id, price_idr, tiers = values
        steps = tuple(Tier(kind, least, Rupiah(price)) for kind, least, price in tiers or ())
        return cls(part_id, part_code, name, category_id, price_idr, steps)


_tier = func.json_build_array(PriceTier.price_class, PriceTier.min_quantity, PriceTier.price_idr)
_tiers = select(func.json_agg(_tier)).where(PriceTier.part_id == Part.id).correlate(Part)
COLUMNS: tuple[Any, ...] = (
    Part.id,
    Part.part_code,
    Part.name,
    Part.category_id,
    Part.price_idr,
    _tiers.scalar_subquery().label("tiers"),
)
"""What a statement over parts selects for :meth:`Goods.read`."""
TABLES = ("parts", "price_tiers")
_OF_CODES = select(*COLUMNS).where(Part.part_code.in_(bindparam("codes", expanding=True)))


def of_codes(session: Session, codes: Collection[str]) -> dict[str, Goods]:
    """Goods by plain code. Raises NotFound ("part_not_found", part_code)."""
    wanted = sorted(codes)
    if not wanted:
        return {}

    def read() -> tuple[Goods, ...]:
        return tuple(Goods.read(row) for row in session.execute(_OF_CODES, {"codes": wanted}))

    rows = recalling.recall(session, ("goods", *wanted), TABLES, read)
    found = {row.part_code: row for row in rows}
    for code in wanted:
        if code not in found:
            raise NotFound("part_not_found", part_code=code[:32])
    return found
