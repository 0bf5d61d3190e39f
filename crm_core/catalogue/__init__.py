"""Parts: finding them in a chat message, what they fit, what replaces them, price lists.

``from crm_core import catalogue``, then ``catalogue.search(session, "kampas rem dpn beat 2019")``.
"""

from crm_core.catalogue.importing import upsert_parts
from crm_core.catalogue.keeping import keep_index_in
from crm_core.catalogue.models import BikeModel, Category, Fitment, Part, Substitute, Wish
from crm_core.catalogue.quantity import find_quantity, read_quantity, sold_as
from crm_core.catalogue.queries import (
    CategoryView,
    by_ids,
    categories,
    find_part,
    fits,
    listing,
    read_bike,
    substitutes,
    view_part,
)
from crm_core.catalogue.searching import search, understand
from crm_core.catalogue.service import (
    change_part,
    load_fitments,
    load_reference,
    record_wish,
    save_category,
    save_substitute,
)
from crm_core.catalogue.types import (
    BikeRef,
    FitAnswer,
    FitmentView,
    Hit,
    ImportReport,
    PartView,
    SearchResult,
    Understood,
)

__all__ = [
    "BikeModel",
    "BikeRef",
    "Category",
    "CategoryView",
    "FitAnswer",
    "Fitment",
    "FitmentView",
    "Hit",
    "ImportReport",
    "Part",
    "PartView",
    "SearchResult",
    "Substitute",
    "Understood",
    "Wish",
    "by_ids",
    "categories",
    "change_part",
    "find_part",
    "find_quantity",
    "fits",
    "keep_index_in",
    "listing",
    "load_fitments",
    "load_reference",
    "read_bike",
    "read_quantity",
    "record_wish",
    "save_category",
    "save_substitute",
    "search",
    "sold_as",
    "substitutes",
    "understand",
    "upsert_parts",
    "view_part",
]
