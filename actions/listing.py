"""How the lines of a quoted list are written, and which of them are kept as wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from actions import lacking
from actions.showing import short, shown
from crm_core import catalogue, pricing
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import ListQuote, QuoteLine, ShoppingList

WISHED = {"out": "out_of_stock", "short": "out_of_stock", "not_found": "not_found"}
_WITH_CODES = 15
"""Up to so many lines each shows its part number; then the answer still fits one message."""
_BRIEF_SMS = 4


def quoted(session: Session, turn: Turn, row: ShoppingList) -> ListQuote:
    """A list's quote in the prices of this customer, quantity breaks counted over all its lines."""
    quote = catalogue.list_quote(session, row)
    wanted: dict[str, int] = {}
    for line in quote.ready:
        if line.part is not None:
            code = line.part.part_code
            wanted[code] = wanted.get(code, 0) + line.quantity
    own = pricing.price_of(session, turn.customer, wanted)
    lines = (
        replace(line, subtotal=(own[line.part.part_code].unit or Rupiah(0)) * line.quantity)
        if line.ready and line.part is not None
        else line
        for line in quote.lines
    )
    return replace(quote, lines=tuple(lines))


def brief(turn: Turn, quote: ListQuote) -> bool:
    """Whether only the sums go out: an SMS with many lines would cost a page of parts."""
    return turn.conversation.channel == "sms" and len(quote.lines) > _BRIEF_SMS


def rows(turn: Turn, lines: Sequence[QuoteLine]) -> str:
    """The lines with their numbers, one below the other."""
    return "\n".join(_row(turn, line, coded=len(lines) <= _WITH_CODES) for line in lines)


def _row(turn: Turn, line: QuoteLine, *, coded: bool) -> str:
    words = turn.words
    said = shown(line.entry.line.text)[:60]
    part = line.part
    if part is None or line.state == "skipped":
        if line.state == "doubtful":
            return words.line("list_doubtful", number=line.number, said=said)
        left_out = line.state == "skipped"
        return words.line(
            "list_skipped" if left_out else "list_not_found", number=line.number, said=said
        )
    name = f"{short(part.name)} ({part.part_code})" if coded else short(part.name)[:40]
    if line.entry.instead_of:
        name += words.line("list_successor", old=line.entry.instead_of)
    facts = {"number": line.number, "quantity": line.entry.line.quantity, "name": name}
    if line.state == "out":
        swap = line.substitute
        if swap is None:
            return words.line("list_out", **facts)
        return words.line("list_out_swap", other=short(swap.name), **facts)
    if line.state == "on_request":
        return words.line("list_on_request", **facts)
    facts["subtotal"] = format_rupiah(line.subtotal)
    if line.state == "short":
        return words.line("list_short", there=line.quantity, **facts)
    return words.line("list_found", **facts)


def summary(turn: Turn, quote: ListQuote) -> str:
    """The lines that are not simply there, by kind: "Kosong: 4, 9. Belum ketemu: 12." """
    told = []
    for state in ("short", "out", "on_request", "not_found", "doubtful"):
        numbers = [str(line.number) for line in quote.lines if line.state == state]
        if numbers:
            told.append(turn.words.line(f"list_brief_{state}", lines=", ".join(numbers)))
    return " ".join(told)


def keep_wishes(session: Session, turn: Turn, quote: ListQuote, *, notify: bool = False) -> None:
    """Keep what the shop does not have, or not enough of, as wishes of this customer."""
    for line in quote.lines:
        if line.state == "on_request" or line.state in WISHED:
            lacking.record_wish(
                session,
                turn,
                reason=WISHED.get(line.state, "on_request"),
                query=line.part.name if line.part else line.entry.line.text,
                part=line.part,
                quantity=_missing(line),
                notify=notify,
                at_least=_missing(line) if line.state == "short" else 1,
            )


def wait_for_rest(session: Session, turn: Turn, quote: ListQuote) -> int:
    """Keep what short lines miss as wishes to be told of; how many pieces that are."""
    short = [line for line in quote.lines if line.state == "short"]
    if short:
        keep_wishes(session, turn, replace(quote, lines=tuple(short)), notify=True)
    return sum(_missing(line) for line in short)


def _missing(line: QuoteLine) -> int:
    return max(1, line.entry.line.quantity - line.quantity)
