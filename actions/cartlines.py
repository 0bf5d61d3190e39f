"""Which lines of the cart words mean: by the part, its side, its number or the bike it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from actions import finding
from actions.showing import shown
from crm_core import catalogue
from crm_core.catalogue import Understood

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Line(Protocol):
    """A part in a cart or an order."""

    @property
    def part_code(self) -> str:
        """Its number."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def note(self) -> str | None:
        """What the customer said of it."""


Line_co = TypeVar("Line_co", bound=Line, covariant=True)
AnyLine = TypeVar("AnyLine", bound=Line)


class Lines(Protocol[Line_co]):
    """A cart or an order."""

    @property
    def lines(self) -> Sequence[Line_co]:
        """Its parts."""

    @property
    def note(self) -> str | None:
        """What the customer said of it as a whole."""


def meant(session: Session, cart: Lines[AnyLine], said: Understood) -> tuple[AnyLine, ...]:
    """The lines whose part has every word that was said of it ("kampas", "kampas belakang").

    A bike that was named must be one that the part may be for.
    """
    if said.bike and not finding.names_part(said):
        theirs = of_bike(session, cart, said)
        year = said.bike.year
        return (
            theirs
            if year is None
            else tuple(
                line for line in theirs if catalogue.may_fit(session, line.part_code, said.bike)
            )
        )
    if not (finding.names_part(said) or said.positions):
        return ()
    found = []
    for line in cart.lines:
        own = catalogue.understand(session, line.name)
        named = set(said.part_terms) <= set(own.part_terms) and set(said.positions) <= set(
            own.positions
        )
        if (named and (said.part_terms or said.positions)) or line.part_code in said.codes:
            found.append(line)
    if not said.bike:
        return tuple(found)
    bike = said.bike
    found = [line for line in found if catalogue.may_fit(session, line.part_code, bike)]
    theirs = of_bike(session, cart, said) if len(found) > 1 else ()
    return tuple(line for line in found if line in theirs) or tuple(found)


def of_bike(session: Session, cart: Lines[AnyLine], said: Understood) -> tuple[AnyLine, ...]:
    """ "Yang buat beat itu": the lines whose part is for this bike."""
    assert said.bike is not None  # noqa: S101 - the caller has looked
    model = said.bike.model
    parts = {line.part_code: catalogue.find_part(session, line.part_code) for line in cart.lines}

    def made_for(line: AnyLine) -> int:
        """2 when it is recorded for this model, 1 when it is sold for the family, else 0."""
        if any(fitment.model == model for fitment in parts[line.part_code].fitments):
            return 2
        head = shown(line.name).partition(" - ")[2].casefold()
        return int(head.startswith(model.split()[0].casefold()))

    best = max((made_for(line) for line in cart.lines), default=0)
    return tuple(line for line in cart.lines if best and made_for(line) == best)
