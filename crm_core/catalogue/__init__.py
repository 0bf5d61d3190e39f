"""Parts: finding them in a chat message, what they fit, what replaces them, price lists.

``from crm_core import catalogue``, then ``catalogue.search(session, "kampas rem dpn beat 2019")``.
"""

from crm_core.catalogue.adding import add_part, retire_category
from crm_core.catalogue.browsing import (
    SORTS,
    Shelf,
    ShelfPart,
    bike_models,
    chosen_bike,
    codes,
    shelf,
)
from crm_core.catalogue.importing import upsert_parts
from crm_core.catalogue.keeping import keep_index_in
from crm_core.catalogue.lexicon import without_taking
from crm_core.catalogue.models import (
    BikeModel,
    Category,
    Fitment,
    Part,
    ShoppingList,
    Substitute,
    Wish,
)
from crm_core.catalogue.quantity import find_quantity, read_quantity, sold_as
from crm_core.catalogue.queries import (
    CategoryView,
    by_ids,
    categories,
    find_part,
    fits,
    fits_part,
    listing,
    may_fit,
    read_bike,
    substitutes,
    view_part,
)
from crm_core.catalogue.refusals import without_refused
from crm_core.catalogue.searching import search, understand
from crm_core.catalogue.service import (
    change_part,
    load_fitments,
    load_reference,
    save_category,
    save_substitute,
)
from crm_core.catalogue.shoppingedits import Edit, read_edits
from crm_core.catalogue.shoppingfiles import MAX_BYTES as MOST_LIST_BYTES
from crm_core.catalogue.shoppingfiles import as_json, is_list_type, read_file, suffix_of
from crm_core.catalogue.shoppinglist import MOST_LINES, ListLine, listed, pasted, read_list
from crm_core.catalogue.shoppinglists import (
    bikes_differ,
    choose_part,
    close_list,
    edit_lines,
    extend_list,
    keep_list,
    list_quote,
    open_list,
    say_line,
    skip_lines,
    tell_bike,
)
from crm_core.catalogue.shoppingquotes import ListQuote, QuoteLine, look_up, quote
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
from crm_core.catalogue.understanding import names_part
from crm_core.catalogue.wishes import (
    match_wishes,
    record_wish,
    tell_arrivals,
    wishes_of,
    withdraw_wish,
)

__all__ = [
    "MOST_LINES",
    "MOST_LIST_BYTES",
    "SORTS",
    "BikeModel",
    "BikeRef",
    "Category",
    "CategoryView",
    "Edit",
    "FitAnswer",
    "Fitment",
    "FitmentView",
    "Hit",
    "ImportReport",
    "ListLine",
    "ListQuote",
    "Part",
    "PartView",
    "QuoteLine",
    "SearchResult",
    "Shelf",
    "ShelfPart",
    "ShoppingList",
    "Substitute",
    "Understood",
    "Wish",
    "add_part",
    "as_json",
    "bike_models",
    "bikes_differ",
    "by_ids",
    "categories",
    "change_part",
    "choose_part",
    "chosen_bike",
    "close_list",
    "codes",
    "edit_lines",
    "extend_list",
    "find_part",
    "find_quantity",
    "fits",
    "fits_part",
    "is_list_type",
    "keep_index_in",
    "keep_list",
    "list_quote",
    "listed",
    "listing",
    "load_fitments",
    "load_reference",
    "look_up",
    "match_wishes",
    "may_fit",
    "names_part",
    "open_list",
    "pasted",
    "quote",
    "read_bike",
    "read_edits",
    "read_file",
    "read_list",
    "read_quantity",
    "record_wish",
    "retire_category",
    "save_category",
    "save_substitute",
    "say_line",
    "search",
    "shelf",
    "skip_lines",
    "sold_as",
    "substitutes",
    "suffix_of",
    "tell_arrivals",
    "tell_bike",
    "understand",
    "upsert_parts",
    "view_part",
    "wishes_of",
    "withdraw_wish",
    "without_refused",
    "without_taking",
]
