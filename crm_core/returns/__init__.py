"""Returns, exchanges and warranty claims: asked for, decided, received, made good."""

from crm_core.returns.atdoor import refused_at_door
from crm_core.returns.models import Return, ReturnLine, ReturnMedia
from crm_core.returns.queries import (
    Returnable,
    ReturnLineView,
    ReturnView,
    by_code,
    counts,
    kind_for,
    listing,
    of_customer,
    of_order,
    return_days,
    returnable,
    sold_lines,
    view,
    worth,
)
from crm_core.returns.rules import OPEN, STATES, Condition, Outcome, ReturnKind, ReturnState
from crm_core.returns.service import SENT, add_photos, approve, ask, receive, refuse, withdraw
from crm_core.returns.settling import most_to_refund, reopen, settle

__all__ = [
    "OPEN",
    "SENT",
    "STATES",
    "Condition",
    "Outcome",
    "Return",
    "ReturnKind",
    "ReturnLine",
    "ReturnLineView",
    "ReturnMedia",
    "ReturnState",
    "ReturnView",
    "Returnable",
    "add_photos",
    "approve",
    "ask",
    "by_code",
    "counts",
    "kind_for",
    "listing",
    "most_to_refund",
    "of_customer",
    "of_order",
    "receive",
    "refuse",
    "refused_at_door",
    "reopen",
    "return_days",
    "returnable",
    "settle",
    "sold_lines",
    "view",
    "withdraw",
    "worth",
]
