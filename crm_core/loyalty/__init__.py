"""Points for what was paid, taken back with it, and how far a regular customer has come."""

from crm_core.loyalty.models import PointsAccount, PointsEntry
from crm_core.loyalty.queries import Standing, entries, ledger, redeemable, standing, terms
from crm_core.loyalty.rules import Redemption, Terms, Tier
from crm_core.loyalty.service import correct, earn, merge, order_ended, redeem, returned

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
    "ledger",
    "merge",
    "order_ended",
    "redeem",
    "redeemable",
    "returned",
    "standing",
    "terms",
]
