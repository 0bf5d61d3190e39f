"""Pure decisions about parcels: which weight counts, and whether cash at the door is accepted."""

from __future__ import annotations

from dataclasses import dataclass

DRIVER, COURIER, PICKUP = "driver", "courier", "pickup"
RATED = (DRIVER, COURIER)
"""Ways that a table of rates prices; the counter is free and everywhere the same."""
METHODS = (*RATED, PICKUP)

VOLUME_DIVISOR = 6000
"""Cubic centimetres that count as one kilogram, as Indonesian land couriers reckon."""


def volumetric_g(volume_mm3: int) -> int:
    """Grams that a volume counts as: cm³ / 6000 in kilograms is mm³ / 6000 in grams."""
    return -(-volume_mm3 // VOLUME_DIVISOR)


def chargeable_g(weight_g: int, volume_mm3: int) -> int:
    """Grams that a parcel is charged for: its weight or its volume, whichever is more."""
    return max(weight_g, volumetric_g(volume_mm3))


@dataclass(frozen=True, slots=True)
class CodTerms:
    """When a customer may pay on delivery; ``methods`` are the ways for which cash is taken."""

    active: bool
    max_total_idr: int
    min_completed: int
    most_open: int
    methods: frozenset[str]


NO_COD = CodTerms(False, 1, 0, 1, frozenset())


def cod_refusal(
    terms: CodTerms, *, total_idr: int, method: str, completed: int, open_cod: int
) -> str | None:
    """Why this order must be paid beforehand, None if it may be paid on delivery.

    ``completed`` are the customer's orders that ended well, ``open_cod`` those not yet paid at the
    door. The first reason that holds: "off", "method", "too_much", "new_customer", "one_open".
    """
    if not terms.active:
        return "off"
    if method not in terms.methods:
        return "method"
    if total_idr > terms.max_total_idr:
        return "too_much"
    if completed < terms.min_completed:
        return "new_customer"
    return "one_open" if open_cod >= terms.most_open else None
