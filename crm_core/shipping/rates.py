"""The table of rates: taken in from a file, written out again, edited one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.shipping.models import District, ShippingRate
from crm_core.shipping.parcels import RATED
from crm_core.timeline import Actor

COLUMNS = (
    "province", "regency", "district", "method",
    "first_kg_idr", "next_kg_idr", "days_min", "days_max", "courier", "also",
)  # fmt: skip
_MOST_NAMES = 40
_NUMBERS = COLUMNS[4:8]
_MOST_IDR = 100_000_000


@dataclass(frozen=True, slots=True)
class RatesReport:
    """What a rates file brought; ``rejected`` names row (1 = first data row) and reason.

    ``loaded`` = ``added`` + ``changed`` + ``unchanged``.
    """

    loaded: int
    rejected: tuple[tuple[int, str], ...]
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    new_districts: int = 0


@dataclass(frozen=True, slots=True)
class RateView:
    """One rate with its district, as the table has it; amounts in rupiah."""

    id: int
    district_id: int
    district: str
    regency: str
    province: str
    method: str
    first_kg_idr: Rupiah
    next_kg_idr: Rupiah
    days_min: int
    days_max: int
    courier: str | None
    also: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Which rate it is: province, regency, district and method."""
        return (self.province, self.regency, self.district, self.method)

    def row(self) -> tuple[object, ...]:
        """The rate in the columns of a rates file."""
        return (
            self.province, self.regency, self.district, self.method, int(self.first_kg_idr),
            int(self.next_kg_idr), self.days_min, self.days_max, self.courier or "",
            "; ".join(self.also),
        )  # fmt: skip


def load_rates(
    session: Session,
    rows: Iterable[Mapping[str, Any]],
    *,
    dry_run: bool = False,
    actor: Actor | None = None,
) -> RatesReport:
    """Take in rows with the columns province, regency, district, method, first_kg_idr,
    next_kg_idr, days_min, days_max and, if there are, courier and also: other names of the
    district with semicolons between them, which replace those that it had.

    A known rate is replaced, a bad row is reported and skipped, and the same district and method
    twice in a file is a bad row. With ``dry_run`` nothing is written.
    """
    known = {one.key: one for one in rates(session)}
    places = {(one.province, one.regency, one.name) for one in session.scalars(select(District))}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    new_places: set[tuple[str, ...]] = set()
    rejected: list[tuple[int, str]] = []
    first_row: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=1):
        try:
            place, rate = _read(row)
        except InvalidInput as error:
            rejected.append((number, f"{error.code}: {error.facts.get('column', '')}"))
            continue
        key = (*place.values(), str(rate["method"]))
        if key in first_row:
            rejected.append((number, f"duplicate_of_row_{first_row[key]}"))
            continue
        first_row[key] = number
        counts[_difference(known.get(key), rate)] += 1
        if key[:3] not in places:
            new_places.add(key[:3])
        if not dry_run:
            _keep(session, place, rate)
    if actor is not None and not dry_run and (counts["added"] or counts["changed"]):
        _record(session, "rates_imported", actor, {**counts, "rejected": len(rejected)})
    total = sum(counts.values())
    return RatesReport(total, tuple(rejected), **counts, new_districts=len(new_places))


def rates(session: Session, query: str | None = None) -> list[RateView]:
    """All rates by province, regency, district and method; ``query`` looks in the names."""
    found = select(ShippingRate, District).join(District, District.id == ShippingRate.district_id)
    if query and query.strip():
        part = query.strip()
        names = (District.name, District.regency, District.province)
        found = found.where(or_(*[name.icontains(part, autoescape=True) for name in names]))
    found = found.order_by(District.province, District.regency, District.name, ShippingRate.method)
    found = found.execution_options(populate_existing=True)
    return [_view(rate, place) for rate, place in session.execute(found)]


def rate(session: Session, rate_id: int) -> RateView:
    """One rate. Raises NotFound ("shipping_rate_unknown")."""
    return _view(*_row(session, rate_id))


def save_rate(session: Session, values: Mapping[str, Any], *, actor: Actor) -> RateView:
    """Write one rate in the columns of a rates file, new or anew, with its district.

    Raises InvalidInput ("column_invalid", column).
    """
    place, read = _read(values)
    _keep(session, place, read)
    found = next(
        one
        for one in rates(session, place["district"])
        if one.key == (*place.values(), read["method"])
    )
    facts: dict[str, object] = {"district": found.district, "method": found.method}
    _record(session, "rate_saved", actor, facts)
    return found


def remove_rate(session: Session, rate_id: int, *, actor: Actor) -> None:
    """This way no longer goes there. Raises NotFound ("shipping_rate_unknown")."""
    found, place = _row(session, rate_id)
    facts: dict[str, object] = {"district": place.name, "method": found.method}
    session.delete(found)
    session.flush()
    _record(session, "rate_removed", actor, facts)


def districts(
    session: Session, query: str | None = None, limit: int = 500
) -> Sequence[tuple[District, int]]:
    """Districts with how many rates each has, by name; ``query`` looks in the names."""
    found = (
        select(District, func.count(ShippingRate.id))
        .outerjoin(ShippingRate, ShippingRate.district_id == District.id)
        .group_by(District.id)
        .order_by(District.province, District.regency, District.name)
        .limit(limit)
    )
    if query and query.strip():
        names = (District.name, District.regency, District.province)
        part = query.strip()
        found = found.where(or_(*[name.icontains(part, autoescape=True) for name in names]))
    return [(place, count) for place, count in session.execute(found)]


def rename_district(
    session: Session,
    district_id: int,
    *,
    name: str,
    regency: str,
    province: str,
    also: str | None = None,
    actor: Actor,
) -> None:
    """Correct a district's names; orders keep the label they were placed with.

    ``also``: what people call it too, with semicolons between; None leaves that alone.

    Raises NotFound ("district_not_found"), InvalidInput ("column_invalid", column), Conflict
    ("district_exists").
    """
    place = session.get(District, district_id)
    if place is None:
        raise NotFound("district_not_found")
    values = _names({"district": name, "regency": regency, "province": province})
    same = select(District.id).where(
        District.name == values["district"],
        District.regency == values["regency"],
        District.province == values["province"],
        District.id != district_id,
    )
    if session.execute(same).first():
        raise Conflict("district_exists")
    place.name, place.regency = values["district"], values["regency"]
    place.province = values["province"]
    if also is not None:
        place.also = _other_names({"also": also})
    session.flush()
    _record(session, "district_renamed", actor, {"district": place.name})


def _difference(known: RateView | None, rate: dict[str, Any]) -> str:
    if known is None:
        return "added"
    now = {name: int(getattr(known, name)) for name in _NUMBERS} | {"courier": known.courier}
    renamed = rate["also"] not in ([], list(known.also))
    same = not renamed and all(rate[name] == now[name] for name in now)
    return "unchanged" if same else "changed"


def _row(session: Session, rate_id: int) -> tuple[ShippingRate, District]:
    found = session.execute(
        select(ShippingRate, District)
        .join(District, District.id == ShippingRate.district_id)
        .where(ShippingRate.id == rate_id)
    ).one_or_none()
    if found is None:
        raise NotFound("shipping_rate_unknown")
    return found[0], found[1]


def _view(rate: ShippingRate, place: District) -> RateView:
    return RateView(
        rate.id, place.id, place.name, place.regency, place.province, rate.method,
        rate.first_kg_idr, rate.next_kg_idr, rate.days_min, rate.days_max, rate.courier,
        tuple(place.also),
    )  # fmt: skip


def _text(row: Mapping[str, Any], name: str) -> str:
    """A cell's words; a spreadsheet's guard before a sign (see ``spreadsheet.safe``) is not one."""
    said = " ".join(str(row.get(name) or "").split())
    return said[1:] if said[:1] == "'" and said[1:2] in "=+-@" else said


def _names(row: Mapping[str, Any]) -> dict[str, str]:
    place = {name: _text(row, name) for name in ("province", "regency", "district")}
    for name, value in place.items():
        if not value or len(value) > 120 or not value.isprintable():
            raise InvalidInput("column_invalid", column=name)
    return place


def _read(row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    place = _names(row)
    method = _text(row, "method").lower()
    if method not in RATED:
        raise InvalidInput("column_invalid", column="method")
    numbers = {name: _whole(row, name) for name in _NUMBERS}
    for name in ("first_kg_idr", "next_kg_idr"):
        if numbers[name] > _MOST_IDR:
            raise InvalidInput("column_invalid", column=name)
    if numbers["days_min"] > numbers["days_max"] or numbers["days_max"] > 365:
        raise InvalidInput("column_invalid", column="days_max")
    courier = _text(row, "courier")
    if len(courier) > 60 or not (courier or " ").isprintable():
        raise InvalidInput("column_invalid", column="courier")
    other = _other_names(row)
    return place, {"method": method, **numbers, "courier": courier or None, "also": other}


def _other_names(row: Mapping[str, Any]) -> list[str]:
    said = [" ".join(name.split()) for name in _text(row, "also").split(";")]
    names = list(dict.fromkeys(name for name in said if name))
    fits = all(len(name) <= 60 and name.isprintable() for name in names)
    if len(names) > _MOST_NAMES or not fits:
        raise InvalidInput("column_invalid", column="also")
    return names


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
    also = rate["also"]
    if also:
        session.execute(update(District).where(District.id == district_id).values(also=also))
    values = {
        **{name: value for name, value in rate.items() if name != "also"},
        "first_kg_idr": Rupiah(rate["first_kg_idr"]),
        "next_kg_idr": Rupiah(rate["next_kg_idr"]),
    }
    statement = insert(ShippingRate).values(district_id=district_id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["district_id", "method"], set_=values)
    )


def _record(session: Session, action: str, actor: Actor, facts: dict[str, object]) -> None:
    timeline.record(
        session, subject="shipping", subject_id=0, action=action, actor=actor, facts=facts
    )
