"""A list priced: each line found, short, out of stock, on request, doubtful or not found.

What was decided about a line (its part, or the parts it may be) is kept; price and stock are read
anew each time, so a quote never promises what is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.catalogue import queries, searching
from crm_core.catalogue.listwords import CODE
from crm_core.catalogue.models import Part
from crm_core.catalogue.quantity import MOST, sold_as
from crm_core.catalogue.shoppinglist import ListLine
from crm_core.catalogue.types import BikeRef, Hit, PartView, SearchResult
from crm_core.money import Rupiah

MOST_CHOICES = 5
_NOTHING = Rupiah(0)
State = Literal["found", "short", "out", "on_request", "doubtful", "not_found", "skipped"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was decided about one line: its part, or ``choices`` of codes to pick from, or neither.

    ``missing`` is "bike" while one word would settle it. ``instead_of`` is the number that was
    asked for, where the part has taken that one's place.
    """

    line: ListLine
    part_code: str | None = None
    choices: tuple[str, ...] = ()
    missing: str | None = None
    skipped: bool = False
    bike: BikeRef | None = None
    instead_of: str | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        return {
            "number": self.line.number,
            "text": self.line.text,
            "written": self.line.written,
            "quantity": self.line.quantity,
            "counted": self.line.counted,
            "heading": _bike_json(self.line.bike),
            "part_code": self.part_code,
            "choices": list(self.choices),
            "missing": self.missing,
            "skipped": self.skipped,
            "bike": _bike_json(self.bike),
            "instead_of": self.instead_of,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Entry:
        """What :meth:`to_json` wrote."""
        line = ListLine(
            stored["number"],
            stored["text"],
            stored["quantity"],
            stored["counted"],
            _bike_of(stored["heading"]),
            stored["written"],
        )
        return cls(
            line,
            stored["part_code"],
            tuple(stored["choices"]),
            stored["missing"],
            stored["skipped"],
            _bike_of(stored["bike"]),
            stored["instead_of"],
        )


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line with what it costs now.

    ``quantity`` is what can be had of the part (fewer than asked for when ``short``) and
    ``subtotal`` its price. ``substitute`` is in stock and priced; ``choices`` are at most five.
    """

    entry: Entry
    state: State
    part: PartView | None = None
    quantity: int = 0
    subtotal: Rupiah = _NOTHING
    substitute: PartView | None = None
    choices: tuple[PartView, ...] = ()

    @property
    def number(self) -> int:
        """The line's place in the list, from 1."""
        return self.entry.line.number

    @property
    def ready(self) -> bool:
        """Whether it can go into a cart as it is."""
        return self.state in {"found", "short"}

    @property
    def open(self) -> bool:
        """Whether the customer has to say something first."""
        return self.state == "doubtful" or (self.state == "out" and self.substitute is not None)


@dataclass(frozen=True, slots=True)
class ListQuote:
    """All lines in order, and what those cost that are ready."""

    lines: tuple[QuoteLine, ...] = field(default=())

    @property
    def total(self) -> Rupiah:
        """What the lines that are ready cost together."""
        return sum((line.subtotal for line in self.lines if line.ready), Rupiah(0))

    @property
    def ready(self) -> tuple[QuoteLine, ...]:
        """The lines that can go into a cart."""
        return tuple(line for line in self.lines if line.ready)


def quote(
    session: Session, lines: Sequence[ListLine], *, bikes: Sequence[BikeRef] = ()
) -> ListQuote:
    """Look up and price every line. ``bikes`` are the customer's own, for lines that name none."""
    return priced(session, look_up(session, lines, bikes=bikes))


def look_up(
    session: Session, lines: Iterable[ListLine], *, bikes: Sequence[BikeRef] = ()
) -> list[Entry]:
    """Search for every line: one sensible part settles it, several leave it to the customer."""
    return [find(session, line, bikes=bikes) for line in lines]


def find(session: Session, line: ListLine, *, bikes: Sequence[BikeRef] = ()) -> Entry:
    """What one line means. A bike in the line goes first, then its heading's, then ``bikes``."""
    near = (line.bike,) if line.bike else tuple(bikes)
    result = searching.search(session, line.text, bikes=near)
    named = CODE.sub(" ", line.text).strip(" ,")
    if not result.hits and named and named != line.text:
        result = searching.search(session, named, bikes=near)  # an unknown code with a name
    about = result.understood.bike or (near[0] if len(near) == 1 else None)
    hits = possible(result.hits, about)
    if not hits:
        return Entry(line, bike=about)
    if (result.sure or len(result.hits) == 1) and hits[0].fit != "no":
        named_before = hits[0].instead_of
        return settled(Entry(line, bike=about, instead_of=named_before), hits[0].part)
    # What can be had now comes first; otherwise the search's own order.
    ordered = sorted(hits, key=lambda hit: hit.part.stock_available <= 0)
    codes = tuple(hit.part.part_code for hit in ordered[:MOST_CHOICES])
    return Entry(line, None, codes, _missing(result, about), bike=about)


def possible(hits: Sequence[Hit], bike: BikeRef | None = None) -> Sequence[Hit]:
    """Those worth choosing from.

    Where some surely fit ``bike``, only what is stated for its model, or for no bike at all (oil,
    a bulb); else all but those that surely do not fit.
    """
    if bike is not None and any(hit.fit == "fits" for hit in hits):
        family = bike.model.split()[0]
        return [
            hit
            for hit in hits
            if hit.fit != "no"
            and (
                not hit.part.fitments
                or any(fitment.model.split()[0] == family for fitment in hit.part.fitments)
            )
        ]
    return [hit for hit in hits if hit.fit != "no"] or hits


def _missing(result: SearchResult, about: BikeRef | None) -> str | None:
    return result.missing if result.missing != "bike" or about is None else None


def settled(entry: Entry, part: PartView) -> Entry:
    """``entry`` with its part; "sepasang" of what is sold by the pair counts as one."""
    line = entry.line
    quantity = sold_as(line.quantity, line.written, part.unit) if line.counted else line.quantity
    line = replace(line, quantity=quantity, written="")
    return replace(entry, line=line, part_code=part.part_code, choices=(), missing=None)


def priced(session: Session, entries: Sequence[Entry]) -> ListQuote:
    """The entries with price and stock of now. Lines of the same part share its stock in order."""
    codes = {code for e in entries for code in (e.part_code, *e.choices) if code}
    parts = _parts(session, codes)
    left = {code: part.stock_available for code, part in parts.items()}
    return ListQuote(tuple(_line(session, entry, parts, left) for entry in entries))


def _line(
    session: Session, entry: Entry, parts: dict[str, PartView], left: dict[str, int]
) -> QuoteLine:
    if entry.skipped:
        return QuoteLine(entry, "skipped")
    part = parts.get(entry.part_code) if entry.part_code else None
    if part is None:
        choices = tuple(parts[code] for code in entry.choices if code in parts)
        return QuoteLine(entry, "doubtful" if choices else "not_found", choices=choices)
    if part.price_idr is None:
        return QuoteLine(entry, "on_request", part)
    wanted = min(entry.line.quantity, MOST)
    possible_now = min(wanted, max(0, left[part.part_code]))
    if possible_now == 0:
        return QuoteLine(entry, "out", part, substitute=_substitute(session, part, wanted))
    left[part.part_code] -= possible_now
    state: State = "found" if possible_now == wanted else "short"
    return QuoteLine(entry, state, part, possible_now, part.price_idr * possible_now)


def _substitute(session: Session, part: PartView, wanted: int) -> PartView | None:
    """What may be sold instead: enough of it before too few, successors before alternatives."""
    others = [
        other
        for other in queries.substitutes(session, part.part_code)
        if other.stock_available > 0 and other.price_idr is not None
    ]
    enough = [other for other in others if other.stock_available >= wanted]
    return next(iter(enough or others), None)


def _parts(session: Session, codes: set[str]) -> dict[str, PartView]:
    ids = session.scalars(select(Part.id).where(Part.part_code.in_(codes))).all()
    return {part.part_code: part for part in queries.by_ids(session, ids)}


def _bike_json(bike: BikeRef | None) -> list[Any] | None:
    return [bike.model, bike.generation, bike.year] if bike else None


def _bike_of(stored: list[Any] | None) -> BikeRef | None:
    return BikeRef(*stored) if stored else None
