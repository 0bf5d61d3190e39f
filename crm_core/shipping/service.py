"""The verbs of shipping: find a district, price a parcel, take in a rates file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core.errors import InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.shipping import rules
from crm_core.shipping.models import District, ShippingRate

METHODS = ("driver", "courier")
COLUMNS = (
    "province", "regency", "district", "method",
    "first_kg_idr", "next_kg_idr", "days_min", "days_max",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DistrictView:
    """A district as a customer recognises it; ``label`` names it with regency and province."""

    id: int
    name: str
    regency: str
    province: str

    @property
    def label(self) -> str:
        """``"Pontianak Kota, Kota Pontianak, Kalimantan Barat"``."""
        return f"{self.name}, {self.regency}, {self.province}"


@dataclass(frozen=True, slots=True)
class Quote:
    """What sending a parcel costs and how long it takes, in days."""

    cost: Rupiah
    method: str
    days_min: int
    days_max: int


@dataclass(frozen=True, slots=True)
class RatesReport:
    """What a rates file brought; ``rejected`` names row (1 = first data row) and reason."""

    loaded: int
    rejected: tuple[tuple[int, str], ...]


def find_districts(session: Session, text: str, limit: int = 25) -> list[DistrictView]:
    """The districts that ``text`` can mean, best first; it may be a whole address line.

    One is an answer; several share the name, or only their regency was named; an empty list means
    that nothing was recognised.
    """
    rows = session.execute(
        select(District.id, District.name, District.regency, District.province).order_by(
            District.id
        )
    )
    places = [rules.Place(*row) for row in rows]
    found = rules.find(text, places, limit)
    return [DistrictView(place.id, place.name, place.regency, place.province) for place in found]


def district(session: Session, district_id: int) -> DistrictView:
    """One district. Raises NotFound ("district_not_found")."""
    found = session.get(District, district_id)
    if found is None:
        raise NotFound("district_not_found")
    return DistrictView(found.id, found.name, found.regency, found.province)


def quote(session: Session, district_id: int, weight_g: int, method: str | None = None) -> Quote:
    """The price of sending ``weight_g`` grams: the cheapest way, or the given ``method``.

    Begun kilograms count whole. Raises NotFound: "district_not_found", or
    "shipping_rate_not_found" (district) where nothing goes.
    """
    place = district(session, district_id)
    query = select(ShippingRate).where(ShippingRate.district_id == district_id)
    if method is not None:
        query = query.where(ShippingRate.method == method)
    rates = session.scalars(query).all()
    if not rates:
        raise NotFound("shipping_rate_not_found", district=place.label)
    quotes = [
        Quote(
            rules.cost(rate.first_kg_idr, rate.next_kg_idr, weight_g),
            rate.method,
            rate.days_min,
            rate.days_max,
        )
        for rate in rates
    ]
    return min(quotes, key=lambda one: (one.cost, one.days_max, one.method))


def load_rates(session: Session, rows: Iterable[Mapping[str, Any]]) -> RatesReport:
    """Take in rows with the columns province, regency, district, method, first_kg_idr,
    next_kg_idr, days_min, days_max: a known rate is replaced, a bad row is reported and skipped.
    """
    loaded = 0
    rejected: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=1):
        try:
            place, rate = _read(row)
        except InvalidInput as error:
            rejected.append((number, f"{error.code}: {error.facts.get('column', '')}"))
            continue
        _keep(session, place, rate)
        loaded += 1
    return RatesReport(loaded, tuple(rejected))


def _read(row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    place = {name: str(row.get(name) or "").strip() for name in ("province", "regency", "district")}
    for name, value in place.items():
        if not value or len(value) > 120:
            raise InvalidInput("column_invalid", column=name)
    method = str(row.get("method") or "").strip().lower()
    if method not in METHODS:
        raise InvalidInput("column_invalid", column="method")
    numbers = {name: _whole(row, name) for name in COLUMNS[4:]}
    if numbers["days_min"] > numbers["days_max"] or numbers["days_max"] > 365:
        raise InvalidInput("column_invalid", column="days_max")
    return place, {"method": method, **numbers}


def _whole(row: Mapping[str, Any], name: str) -> int:
    text = str(row.get(name, "")).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InvalidInput("column_invalid", column=name)
    return int(text)


def _keep(session: Session, place: dict[str, str], rate: dict[str, Any]) -> None:
    names = {
        "name": place["district"],
        "regency": place["regency"],
        "province": place["province"],
    }
    district_id = session.execute(select(District.id).filter_by(**names)).scalar_one_or_none()
    if district_id is None:
        statement = insert(District).values(**names)
        # A no-op update makes a row that another load has just added come back with its id.
        district_id = session.execute(
            statement.on_conflict_do_update(
                index_elements=["province", "regency", "name"], set_={"name": names["name"]}
            ).returning(District.id)
        ).scalar_one()
    values = {
        **rate,
        "first_kg_idr": Rupiah(rate["first_kg_idr"]),
        "next_kg_idr": Rupiah(rate["next_kg_idr"]),
    }
    statement = insert(ShippingRate).values(district_id=district_id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["district_id", "method"], set_=values)
    )
