"""The shop's word on cash at the door: read by checkout, changed by a manager."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.errors import InvalidInput
from crm_core.money import Rupiah
from crm_core.shipping.models import CodRule
from crm_core.shipping.parcels import COURIER, DRIVER, METHODS, NO_COD, PICKUP, CodTerms
from crm_core.timeline import Actor

_MOST = 100_000_000


def cod_terms(session: Session) -> CodTerms:
    """When a customer may pay on delivery; never, while nobody has said anything."""
    row = session.get(CodRule, 1, populate_existing=True)
    if row is None:
        return NO_COD
    taken = {DRIVER: row.driver, COURIER: row.courier, PICKUP: row.pickup}
    methods = frozenset(method for method, yes in taken.items() if yes)
    return CodTerms(row.active, int(row.max_total_idr), row.min_completed, row.most_open, methods)


def set_cod_terms(session: Session, terms: CodTerms, *, actor: Actor) -> None:
    """Say when a customer may pay on delivery from now on.

    Raises InvalidInput ("cod_terms_invalid", field).
    """
    _refuse_senseless(terms)
    values = {
        "active": terms.active,
        "max_total_idr": Rupiah(terms.max_total_idr),
        "min_completed": terms.min_completed,
        "most_open": terms.most_open,
        "driver": DRIVER in terms.methods,
        "courier": COURIER in terms.methods,
        "pickup": PICKUP in terms.methods,
    }
    statement = insert(CodRule).values(id=1, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    facts: dict[str, object] = {
        "active": terms.active,
        "max_total_idr": terms.max_total_idr,
        "min_completed": terms.min_completed,
        "most_open": terms.most_open,
        "methods": sorted(terms.methods),
    }
    timeline.record(
        session, subject="shipping", subject_id=0, action="cod_changed", actor=actor, facts=facts
    )


def _refuse_senseless(terms: CodTerms) -> None:
    fields = {
        "max_total_idr": 1 <= terms.max_total_idr <= _MOST,
        "min_completed": 0 <= terms.min_completed <= 1000,
        "most_open": 1 <= terms.most_open <= 100,
        "methods": terms.methods <= set(METHODS) and bool(terms.methods or not terms.active),
    }
    for field, sensible in fields.items():
        if not sensible:
            raise InvalidInput("cod_terms_invalid", field=field)
