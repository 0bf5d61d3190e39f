"""Where the shop delivers to, by which ways, what that costs, and when cash is taken there."""

from crm_core.shipping.cod import cod_terms, set_cod_terms
from crm_core.shipping.models import CodRule, District, ShippingRate
from crm_core.shipping.parcels import (
    COURIER,
    DRIVER,
    METHODS,
    PICKUP,
    RATED,
    CodTerms,
    chargeable_g,
    cod_refusal,
    volumetric_g,
)
from crm_core.shipping.rates import (
    COLUMNS,
    RatesReport,
    RateView,
    districts,
    load_rates,
    rate,
    rates,
    remove_rate,
    rename_district,
    save_rate,
)
from crm_core.shipping.service import (
    DistrictView,
    Quote,
    district,
    find_districts,
    options,
    quote,
)
from crm_core.shipping.zones import zone_of, zone_of_province

__all__ = [
    "COLUMNS",
    "COURIER",
    "DRIVER",
    "METHODS",
    "PICKUP",
    "RATED",
    "CodRule",
    "CodTerms",
    "District",
    "DistrictView",
    "Quote",
    "RateView",
    "RatesReport",
    "ShippingRate",
    "chargeable_g",
    "cod_refusal",
    "cod_terms",
    "district",
    "districts",
    "find_districts",
    "load_rates",
    "options",
    "quote",
    "rate",
    "rates",
    "remove_rate",
    "rename_district",
    "save_rate",
    "set_cod_terms",
    "volumetric_g",
    "zone_of",
    "zone_of_province",
]
