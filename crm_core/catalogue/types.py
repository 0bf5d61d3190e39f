"""What crosses the catalogue's border: frozen values, never table rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crm_core.money import Rupiah

Fit = Literal["fits", "unknown", "no"]
Missing = Literal["bike", "position"]


@dataclass(frozen=True, slots=True)
class BikeRef:
    """A bike as a customer knows it: at least a model, perhaps its generation and year."""

    model: str
    generation: str | None = None
    year: int | None = None

    def __str__(self) -> str:
        return " ".join(str(said) for said in (self.model, self.generation, self.year) if said)


@dataclass(frozen=True, slots=True)
class FitmentView:
    """One stated bike of a part; None means every generation or no limit of years."""

    model: str
    generation: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    source: str = "import"

    def __str__(self) -> str:
        said = f"{self.model} {self.generation}" if self.generation else self.model
        if self.year_from is None and self.year_to is None:
            return said
        return f"{said} ({self.year_from or ''}–{self.year_to or ''})"


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as the database holds it now; ``price_idr`` None = price on request."""

    id: int
    part_code: str
    name: str
    category: str | None
    price_idr: Rupiah | None
    stock_available: int
    unit: str
    weight_g: int
    description: str
    original: bool
    fitments: tuple[FitmentView, ...] = ()
    active: bool = True
    updated_at: datetime | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    warranty_days: int = 0

    @property
    def volume_mm3(self) -> int:
        """Cubic millimetres of one, packed; 0 as long as its measures are not all known."""
        return (self.length_mm or 0) * (self.width_mm or 0) * (self.height_mm or 0)


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read out of a message: part words, codes, bike, position, colour, size, number.

    ``telling``: among the part words is one that is not also said of everything else.
    """

    part_terms: tuple[str, ...] = ()
    telling: bool = False
    codes: tuple[str, ...] = ()
    bike: BikeRef | None = None
    positions: tuple[str, ...] = ()
    colour: str | None = None
    sizes: tuple[str, ...] = ()
    quantity: int | None = None
    leftover: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    """Versions of the bike: "abs", "non iss"."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One part found; ``score`` 0..1, ``fit`` for the bike asked about.

    ``instead_of`` is the code that was asked for, where this part has taken that one's place.
    """

    part: PartView
    score: float
    fit: Fit
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """No hits = nothing found. ``sure`` = the first hit is the only sensible one.

    ``missing`` names the one fact that would settle it, if there is one.
    """

    understood: Understood
    hits: tuple[Hit, ...] = ()
    sure: bool = False
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class FitAnswer:
    """Does a part fit a bike? "fits" only with ``evidence``; ``missing`` is what to ask."""

    verdict: Literal["fits", "does_not_fit", "unknown"]
    evidence: str | None = None
    fitments: tuple[FitmentView, ...] = ()
    missing: Literal["model", "generation", "year"] | None = None


@dataclass(slots=True)
class ImportReport:
    """What an import did; ``rejected`` holds (row number, reason), rows counted from 1."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: ImportReport) -> None:
        """Count ``other`` in."""
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.merged += other.merged
        self.rejected.extend(other.rejected)
