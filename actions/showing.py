"""How a part, a bike and a list of lines are written in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crm_core import catalogue
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.carts import CartLineView
    from crm_core.catalogue import BikeRef, PartView


def shown(name: str) -> str:
    """A part's whole name in letters that fit a plain SMS."""
    return name.replace("—", "-").replace("–", "-")


def short(name: str) -> str:
    """What a part is, without the list of bikes behind the dash: enough once it was chosen."""
    return shown(name).partition(" - ")[0]


def price(turn: Turn, part: PartView) -> str:
    """The price as said, or that it must be asked."""
    if part.price_idr is None:
        return turn.words.line("price_on_request")
    return format_rupiah(part.price_idr)


def unit(turn: Turn, part: PartView) -> str:
    """What one of it is called: a pair, a set, a bottle, else the unit as it stands."""
    name = f"utter_line_unit_{part.unit}"
    return turn.words.text(name) if name in turn.words else part.unit


def stock(turn: Turn, part: PartView) -> str:
    """How many there are, as said."""
    if part.stock_available <= 0:
        return turn.words.line("stock_none")
    return turn.words.line("stock", count=part.stock_available)


def bike_text(bike: BikeRef | None) -> str:
    """``Beat FI 2019``: model, generation and year as far as known."""
    if bike is None:
        return ""
    known = (bike.model, bike.generation, bike.year)
    return " ".join(str(value) for value in known if value)


def bike_slot(bike: BikeRef | None) -> dict[str, Any] | None:
    """A bike as a slot keeps it."""
    if bike is None:
        return None
    return {"model": bike.model, "generation": bike.generation, "year": bike.year}


def fit_line(session: Session, turn: Turn, part: PartView, bike: BikeRef | None) -> str:
    """A line saying whether the part fits ``bike``, or what it is recorded for; may be empty."""
    if bike is None:
        models = fitment_text(part)
        return turn.words.line("fits_models", models=models) if models else ""
    answer = catalogue.fits(session, part.part_code, bike)
    name = bike_text(bike)
    if answer.verdict == "fits":
        evidence = shown(answer.evidence or "")
        return turn.words.line("fits", bike=name, evidence=evidence)
    if answer.verdict == "does_not_fit":
        return turn.words.line("does_not_fit", bike=name, models=fitment_text(part) or "-")
    near = fitment_text(part, of_model=bike.model)
    if near:
        return turn.words.line("fit_depends", bike=name, models=near)
    return turn.words.line("fit_unknown", bike=name)


def fitment_text(part: PartView, most: int = 4, of_model: str | None = None) -> str:
    """``Beat FI 2012-2016, Scoopy 2013-``: what a part is recorded for, the first few.

    With ``of_model`` only that model's entries.
    """
    named: list[str] = []
    for fitment in part.fitments:
        if of_model is not None and fitment.model != of_model:
            continue
        years = ""
        if fitment.year_from:
            years = f" {fitment.year_from}-{fitment.year_to or ''}"
        generation = f" {fitment.generation}" if fitment.generation else ""
        entry = f"{fitment.model}{generation}{years}"
        if entry not in named:
            named.append(entry)
    rest = len(named) - most
    return ", ".join(named[:most]) + (f" +{rest}" if rest > 0 else "")


def rows(turn: Turn, lines: Iterable[tuple[int, str, Rupiah]]) -> str:
    """Lines of (quantity, name, subtotal), one below the other."""
    listed = list(lines)
    heads = [short(name) for _, name, _ in listed]
    return "\n".join(
        turn.words.line(
            "cart_line",
            quantity=quantity,
            name=head if heads.count(head) == 1 else shown(name),
            subtotal=format_rupiah(subtotal),
        )
        for head, (quantity, name, subtotal) in zip(heads, listed, strict=True)
    )


def cart_rows(turn: Turn, lines: Iterable[CartLineView]) -> str:
    """The lines of a cart."""
    return rows(turn, ((line.quantity, line.name, line.subtotal) for line in lines))
