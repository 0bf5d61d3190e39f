"""Where the shop delivers to, and what that costs."""

from crm_core.shipping.models import District, ShippingRate
from crm_core.shipping.service import (
    DistrictView,
    Quote,
    RatesReport,
    district,
    find_districts,
    load_rates,
    quote,
)

__all__ = [
    "District",
    "DistrictView",
    "Quote",
    "RatesReport",
    "ShippingRate",
    "district",
    "find_districts",
    "load_rates",
    "quote",
]
