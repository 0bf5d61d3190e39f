"""Links to an order's own page, as pieces of a sentence; a process without an address says none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crm_core import links

if TYPE_CHECKING:
    from actions.reply import Reply
    from actions.turn import Turn


def page_line(turn: Turn, order_id: int) -> str:
    """A line with the link to the order's page, empty where there is none."""
    link = links.order_url(order_id)
    return turn.words.line("page", link=link) if link else ""


def invoice_line(turn: Turn, order_id: int) -> str:
    """A line with the link to the invoice as PDF, empty where there is none."""
    link = links.invoice_url(order_id)
    return turn.words.line("invoice", link=link) if link else ""


def with_page(turn: Turn, order_id: int, reply: Reply) -> Reply:
    """The same reply, whose sentences may end with ``{page}``."""
    page = page_line(turn, order_id)
    said = tuple(replace(one, variables={**one.variables, "page": page}) for one in reply.says)
    return replace(reply, says=said)
