"""What a person may ask of the shop about their own data: all of it, or that it be forgotten."""

from crm_core.privacy.leftovers import Remaining, Taken, claim, gone, remaining, stays
from crm_core.privacy.models import Leftover
from crm_core.privacy.service import Erased, erase, export, find, give

__all__ = [
    "Erased",
    "Leftover",
    "Remaining",
    "Taken",
    "claim",
    "erase",
    "export",
    "find",
    "give",
    "gone",
    "remaining",
    "stays",
]
