"""Does a part fit a bike? Only a stated fitment that covers the whole bike proves it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from crm_core.catalogue.bikes import BikeTable
from crm_core.catalogue.types import BikeRef, FitAnswer, FitmentView


def mask_of(table: BikeTable, bike: BikeRef) -> int:
    """The generations that ``bike`` may be; 0 if the model is not known."""
    return table.mask(bike.model, bike.generation, bike.year)


def covered(table: BikeTable, fitment: FitmentView) -> int:
    """The generations that ``fitment`` states."""
    rows = table.mask(fitment.model, fitment.generation)
    return table.between(rows, fitment.year_from, fitment.year_to)


def may_fit(table: BikeTable, fitments: Sequence[FitmentView], bike: BikeRef) -> bool:
    """Whether nothing stated speaks against it: some of the bikes meant, or none stated at all."""
    wanted = mask_of(table, bike)
    if not wanted:
        return not fitments or _by_name(tuple(fitments), bike).verdict == "fits"
    return not fitments or any(
        covered(table, stated) & wanted and _in_years(stated, bike) for stated in fitments
    )


def judge(table: BikeTable, fitments: Sequence[FitmentView], bike: BikeRef) -> FitAnswer:
    """The verdict with its evidence, or with the fact that would settle it.

    "fits": stated fitments together cover every generation the bike may be. "does_not_fit": the
    same model is stated, but only other generations or years. Anything else is "unknown".
    """
    stated = tuple(fitments)
    wanted = mask_of(table, bike)
    if not wanted:
        return _by_name(stated, bike)
    proofs = [f for f in stated if covered(table, f) & wanted and _in_years(f, bike)]
    together = 0
    for fitment in proofs:
        together |= covered(table, fitment)
    if proofs and not wanted & ~together and _years_settled(proofs, bike, table, wanted):
        return FitAnswer("fits", "; ".join(map(str, proofs)), stated)
    if proofs:
        return FitAnswer("unknown", None, stated, _missing(table, wanted, bike))
    models = {row.model for row in table.named(wanted)}
    if any(table.whole_model(wanted) & covered(table, f) for f in stated) and len(models) == 1:
        return FitAnswer("does_not_fit", None, stated)
    return FitAnswer("unknown", None, stated, "model" if len(models) > 1 else None)


def _by_name(stated: tuple[FitmentView, ...], bike: BikeRef) -> FitAnswer:
    """A model outside the list of bikes: only the very same words are proof."""
    for fitment in stated:
        same = fitment.model.casefold() == bike.model.casefold()
        if same and fitment.generation is None and _in_years(fitment, bike):
            limited = fitment.year_from is not None or fitment.year_to is not None
            if bike.year is None and limited:
                return FitAnswer("unknown", None, stated, "year")
            return FitAnswer("fits", str(fitment), stated)
    return FitAnswer("unknown", None, stated, "model")


def _in_years(fitment: FitmentView, bike: BikeRef) -> bool:
    if bike.year is None:
        return True
    return (fitment.year_from or 0) <= bike.year <= (fitment.year_to or 9999)


def _years_settled(
    proofs: Sequence[FitmentView], bike: BikeRef, table: BikeTable, wanted: int
) -> bool:
    """Without a year, limited years are proof only where they span every year the bike may have."""
    if bike.year is not None:
        return True
    first = min(row.year_from for row in table.named(wanted))
    last = max(row.year_to or 9999 for row in table.named(wanted))
    low = min(proof.year_from or 0 for proof in proofs)
    high = max(proof.year_to or 9999 for proof in proofs)
    return low <= first and high >= last


def _missing(
    table: BikeTable, wanted: int, bike: BikeRef
) -> Literal["model", "generation", "year"] | None:
    if len({row.model for row in table.named(wanted)}) > 1:
        return "model"
    if bike.year is None:
        return "year"
    return None if bike.generation else "generation"
