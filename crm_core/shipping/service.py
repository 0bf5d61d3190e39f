"""The verbs of shipping: find a district, say which ways lead there and what each costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm_core.errors import NotFound
from crm_core.money import Rupiah
from crm_core.recalling import recall
from crm_core.shipping import parcels, rules
from crm_core.shipping.models import District, ShippingRate
from crm_core.shipping.parcels import PICKUP


@dataclass(frozen=True, slots=True)
class DistrictView:
    """A district as a customer recognises it; ``label`` names it with regency and province."""

    id: int
    name: str
    regency: str
    province: str
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``"Pontianak Kota, Kota Pontianak, Kalimantan Barat"``."""
        return f"{self.name}, {self.regency}, {self.province}"

    @property
    def near(self) -> str:
        """``"Sungai Raya, Kubu Raya"``: told apart from others of its name, on a button."""
        kind, _, regency = self.regency.partition(" ")
        return f"{self.name}, {regency if kind in {'Kabupaten', 'Kota'} else self.regency}"

    def is_called(self, said: str) -> bool:
        """Whether ``said`` (case-folded) is its name or one that people use for it."""
        return said in {name.casefold() for name in (self.name, *self.also)}

    def is_named_in(self, said: str) -> bool:
        """Whether one of its names is written out in ``said`` (case-folded)."""
        return any(name.casefold() in said for name in (self.name, *self.also))


@dataclass(frozen=True, slots=True)
class Quote:
    """What sending a parcel costs and how long it takes, in days; ``weight_g`` is what counts.

    ``courier`` names the company where the table does.
    """

    cost: Rupiah
    method: str
    days_min: int
    days_max: int
    weight_g: int = 0
    courier: str | None = None


class _Rate(NamedTuple):
    """What one way to a district costs by weight; the columns of ``_LEADING`` in their order."""

    method: str
    first_kg: Rupiah
    next_kg: Rupiah
    days_min: int
    days_max: int
    courier: str | None


_DISTRICT = (District.id, District.name, District.regency, District.province, District.also)
_PLACES = select(*_DISTRICT).order_by(District.id)
_LEADING = (
    select(
        *_DISTRICT,
        ShippingRate.method,
        ShippingRate.first_kg_idr,
        ShippingRate.next_kg_idr,
        ShippingRate.days_min,
        ShippingRate.days_max,
        ShippingRate.courier,
    )
    .outerjoin(ShippingRate, ShippingRate.district_id == District.id)
    .where(District.id == bindparam("district_id"))
)


def _leading_to(session: Session, district_id: int) -> tuple[DistrictView, tuple[_Rate, ...]]:
    """A district and the rates of all ways there. Raises NotFound ("district_not_found")."""

    def read() -> tuple[DistrictView, tuple[_Rate, ...]] | None:
        rows = session.execute(_LEADING, {"district_id": district_id}).all()
        if not rows:
            return None
        number, name, regency, province, also, *_ = rows[0]
        place = DistrictView(number, name, regency, province, tuple(also))
        return place, tuple(_Rate(*row[5:]) for row in rows if row.method is not None)

    tables = (District.__tablename__, ShippingRate.__tablename__)
    found = recall(session, ("district", district_id), tables, read)
    if found is None:
        raise NotFound("district_not_found")
    return found


def find_districts(session: Session, text: str, limit: int = 25) -> list[DistrictView]:
    """The districts that ``text`` can mean, best first; it may be a whole address line.

    One is an answer; several share the name, or only their regency was named; an empty list means
    that nothing was recognised.
    """

    def read() -> tuple[rules.Place, ...]:
        return tuple(
            rules.Place(number, name, regency, province, also=tuple(also))
            for number, name, regency, province, also in session.execute(_PLACES)
        )

    places = recall(session, "districts", ("districts",), read)
    found = rules.find(text, places, limit)
    return [
        DistrictView(place.id, place.name, place.regency, place.province, place.also)
        for place in found
    ]


def district(session: Session, district_id: int) -> DistrictView:
    """One district. Raises NotFound ("district_not_found")."""
    return _leading_to(session, district_id)[0]


def options(
    session: Session, district_id: int | None, weight_g: int, volume_mm3: int = 0
) -> list[Quote]:
    """Every way a parcel can reach its customer, the cheapest delivery first, the counter last.

    Without a district only the counter is left. Raises NotFound ("district_not_found").
    """
    counted = parcels.chargeable_g(weight_g, volume_mm3)
    at_counter = Quote(Rupiah(0), PICKUP, 0, 0, counted)
    if district_id is None:
        return [at_counter]
    _, rates = _leading_to(session, district_id)
    found = [
        Quote(
            rules.cost(rate.first_kg, rate.next_kg, counted),
            rate.method,
            rate.days_min,
            rate.days_max,
            counted,
            rate.courier,
        )
        for rate in rates
    ]
    return [*sorted(found, key=lambda one: (one.cost, one.days_max, one.method)), at_counter]


def quote(
    session: Session,
    district_id: int | None,
    weight_g: int,
    method: str | None = None,
    volume_mm3: int = 0,
) -> Quote:
    """The price of sending a parcel: the cheapest delivery, or the given ``method``.

    Begun kilograms count whole, of the weight or of the volume, whichever is more. Nothing is
    fetched at the counter unless ``method`` says so. Raises NotFound: "district_not_found",
    "shipping_rate_not_found" (district) where nothing goes, "shipping_method_not_offered"
    (method, district) where this way does not.
    """
    ways = options(session, district_id, weight_g, volume_mm3)
    if method is not None:
        for one in ways:
            if one.method == method:
                return one
        place = district(session, district_id).label if district_id else ""
        raise NotFound("shipping_method_not_offered", method=method, district=place)
    if ways[0].method == PICKUP:
        if district_id is None:
            raise NotFound("district_not_found")
        place = district(session, district_id).label
        raise NotFound("shipping_rate_not_found", district=place)
    return ways[0]
