"""How a part, a bike and a list of lines are written in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import object_session

from crm_core import catalogue, pricing
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from actions.turn import Turn
    from crm_core.carts import CartLineView, CartView
    from crm_core.catalogue import BikeRef, PartView
    from crm_core.pricing import Discount, PriceView


def whole(number: int, language: str) -> str:
    """A whole number with its thousands set apart."""
    return f"{number:,}".replace(",", "." if language == "id" else ",")


def shown(name: str) -> str:
    """A part's whole name in letters that fit a plain SMS."""
    return name.replace("—", "-").replace("–", "-")


def short(name: str) -> str:
    """What a part is, without the list of bikes behind the dash: enough once it was chosen."""
    return shown(name).partition(" - ")[0]


def price(turn: Turn, part: PartView) -> str:
    """What one costs this customer, as said, or that it must be asked."""
    own = own_price(turn, part)
    if own.unit is None:
        return turn.words.line("price_on_request")
    return format_rupiah(own.unit) + worth(turn, own)


def own_price(turn: Turn, part: PartView, quantity: int = 1) -> PriceView:
    """What one costs this customer when they take so many; the same that the order will say."""
    session = object_session(turn.customer)
    assert session is not None  # noqa: S101 - a turn's customer is of its transaction
    return pricing.price_of(session, turn.customer, {part.part_code: quantity})[part.part_code]


def worth(turn: Turn, own: PriceView) -> str:
    """Behind a price: whose it is, and what several cost together."""
    told = ""
    if own.reason == "class":
        told = turn.words.line(f"price_{turn.customer.price_class}")
    if own.quantity > 1:
        told += turn.words.line(
            "price_together", count=own.quantity, subtotal=format_rupiah(own.subtotal)
        )
    return told


def price_facts(turn: Turn, part: PartView, quantity: int) -> dict[str, str]:
    """What the sentences about a part with a price say of it when so many are wanted."""
    own = own_price(turn, part, quantity)
    return {
        "price": format_rupiah(own.unit or 0),
        "worth": worth(turn, own),
        "unit": unit(turn, part),
        "stock": stock(turn, part),
        "steps": steps(turn, own),
    }


def steps(turn: Turn, own: PriceView) -> str:
    """A line of what one costs from more pieces on; empty when it is never less."""
    lower = own.steps[:3]
    if not lower or turn.conversation.channel == "sms":  # each line there is a paid part more
        return ""
    named = ", ".join(
        turn.words.line("price_step", count=count, price=format_rupiah(unit))
        for count, unit in lower
    )
    return turn.words.line("price_steps", steps=named)


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


def fit_line(turn: Turn, part: PartView, bike: BikeRef | None) -> str:
    """A line saying whether the part fits ``bike``, or what it is recorded for; may be empty."""
    if bike is None:
        models = fitment_text(part)
        return turn.words.line("fits_models", models=models) if models else ""
    answer = catalogue.fits_part(part, bike)
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


def cart_rows(turn: Turn, lines: Iterable[CartLineView], discounts: Iterable[Discount] = ()) -> str:
    """The lines of a cart, and below them what is taken off."""
    held = list(lines)
    listed = rows(turn, ((line.quantity, line.name, line.subtotal) for line in held))
    told = [
        row if line.note is None else row + turn.words.line("line_note", note=line.note)
        for row, line in zip(listed.splitlines(), held, strict=True)
    ]
    return "\n".join([*told, *(discount_row(turn, one) for one in discounts)])


def discount_row(turn: Turn, discount: Discount) -> str:
    """Something taken off, in a line: its name and how much."""
    name = short(discount.label) if discount.kind == "bargain" else discount.label
    amount = format_rupiah(discount.amount)
    return turn.words.line(f"off_{discount.kind}", name=name, amount=amount)


def sum_of(turn: Turn, cart: CartView) -> str:
    """What a cart costs, and how much of it was taken off."""
    total = format_rupiah(cart.total)
    if not cart.discount:
        return total
    return total + turn.words.line("total_less", off=format_rupiah(cart.discount))
