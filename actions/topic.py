"""What the talk is about: the last search, in pieces that a later remark can change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from actions.showing import bike_text
from crm_core.catalogue import BikeRef, Understood


@dataclass(frozen=True, slots=True)
class Topic:
    """The last thing searched, as far as a later remark can change it."""

    terms: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    bike: BikeRef | None = None

    @classmethod
    def of(cls, said: Understood, bike: BikeRef | None) -> Topic:
        """What ``said`` was about."""
        rest = (*([said.colour] if said.colour else []), *said.sizes, *said.variants)
        return cls(said.part_terms, said.codes, said.positions, rest, said.bike or bike)

    @classmethod
    def read(cls, slot: object) -> Topic | None:
        """From a slot; None when it is empty."""
        if not isinstance(slot, dict):
            return None
        bike = slot.get("bike")
        return cls(
            terms=tuple(slot.get("terms") or ()),
            codes=tuple(slot.get("codes") or ()),
            positions=tuple(slot.get("positions") or ()),
            rest=tuple(slot.get("rest") or ()),
            bike=BikeRef(*bike) if bike else None,
        )

    def to_slot(self) -> dict[str, Any]:
        """As a slot keeps it."""
        bike = [self.bike.model, self.bike.generation, self.bike.year] if self.bike else None
        return {
            "terms": list(self.terms),
            "codes": list(self.codes),
            "positions": list(self.positions),
            "rest": list(self.rest),
            "bike": bike,
        }

    def changed_by(self, said: Understood, year: int | None) -> Topic:
        """The same with what ``said`` has of its own; another part forgets side and size."""
        new = Topic.of(said, None)
        named = None if self.is_of(new.bike) else new.bike
        bike = named or (replace(self.bike, year=year) if self.bike and year else self.bike)
        if new.terms or new.codes:
            return replace(new, bike=bike)
        other_side = tuple(side for side in new.positions if side not in self.positions)
        kept = self
        if self.codes and (other_side or new.bike or new.rest) and self.terms:
            kept = replace(self, codes=())  # another side or bike has another number
        return replace(
            kept,
            positions=other_side or new.positions or self.positions,
            rest=new.rest or self.rest,
            bike=bike,
        )

    def is_of(self, bike: BikeRef | None) -> bool:
        """Whether ``bike`` only says again whose part it is: "yang Beat" of a Beat FI 2013."""
        bare = bike is not None and not (bike.generation or bike.year)
        return bool(bare and bike and self.bike and bike.model == self.bike.model)

    def text(self) -> str:
        """As a customer would write it."""
        return " ".join(
            [*self.codes, *self.terms, *self.positions, *self.rest, bike_text(self.bike)]
        )
