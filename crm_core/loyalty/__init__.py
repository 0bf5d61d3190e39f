"""Points for what was paid, taken back with it, and how far a regular customer has come."""

from crm_core.loyalty.models import PointsAccount, PointsEntry
from crm_core.loyalty.queries import Standing, entries, ledger, redeemable, standing, terms
from crm_core.loyalty.rules import Redemption, Terms, Tier, facts_of, faults, terms_of
from crm_core.loyalty.service import (
    correct,
    earn,
    merge,
    order_ended,
    redeem,
    returned,
    set_terms,
)

__all__ = [
    "PointsAccount",
    "PointsEntry",
    "Redemption",
    "Standing",
    "Terms",
    "Tier",
    "correct",
    "earn",
    "entries",
    "facts_of",
    "faults",
    "ledger",
    "merge",
    "order_ended",
    "redeem",
    "redeemable",
    "returned",
    "set_terms",
    "standing",
    "terms",
    "terms_of",
]
