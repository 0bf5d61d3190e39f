"""When a part may be said to fit: only with a stated fitment that covers the whole bike."""

from __future__ import annotations

import pytest

from crm_core.catalogue.fitting import judge, may_fit
from crm_core.catalogue.queries import bike_table
from crm_core.catalogue.types import BikeRef, FitAnswer, FitmentView

NEW_VARIO = FitmentView("Vario 125", "New eSP LED")


def verdict(fitments: list[FitmentView], bike: BikeRef) -> FitAnswer:
    return judge(bike_table(), fitments, bike)


@pytest.mark.parametrize(
    ("fitment", "bike"),
    [
        (FitmentView("Vario 125"), BikeRef("Vario 125")),
        (FitmentView("Vario 125"), BikeRef("Vario 125", "K2V", 2023)),
        (NEW_VARIO, BikeRef("Vario 125", "New eSP LED")),
        (NEW_VARIO, BikeRef("Vario 125", None, 2019)),
        (FitmentView("Vario 125", None, 2018, 2022), BikeRef("Vario 125", None, 2020)),
        (FitmentView("Bike Without List"), BikeRef("bike without list")),
    ],
)
def test_a_fitment_that_covers_the_bike_is_proof_and_is_named(
    fitment: FitmentView, bike: BikeRef
) -> None:
    answer = verdict([fitment], bike)
    assert (answer.verdict, answer.evidence) == ("fits", str(fitment))


@pytest.mark.parametrize(
    ("fitment", "bike", "missing"),
    [
        (NEW_VARIO, BikeRef("Vario 125"), "year"),
        (FitmentView("Vario 125", None, 2018, 2022), BikeRef("Vario 125"), "year"),
        (FitmentView("Vario 125"), BikeRef("Vario"), "model"),
        (FitmentView("Beat"), BikeRef("Vario 160"), None),
        (NEW_VARIO, BikeRef("Unknown Thing"), "model"),
    ],
)
def test_without_proof_the_answer_is_unknown_and_names_what_to_ask(
    fitment: FitmentView, bike: BikeRef, missing: str | None
) -> None:
    answer = verdict([fitment], bike)
    assert (answer.verdict, answer.evidence, answer.missing) == ("unknown", None, missing)


def test_another_generation_of_the_stated_model_does_not_fit() -> None:
    assert verdict([NEW_VARIO], BikeRef("Vario 125", None, 2013)).verdict == "does_not_fit"


def test_nothing_stated_proves_nothing() -> None:
    assert verdict([], BikeRef("Beat", "FI", 2013)) == FitAnswer("unknown")


def test_several_generations_together_can_cover_a_model() -> None:
    stated = [FitmentView("Spacy", "Karbu"), FitmentView("Spacy", "FI")]
    answer = verdict(stated, BikeRef("Spacy"))
    assert (answer.verdict, answer.evidence) == ("fits", "Spacy Karbu; Spacy FI")


@pytest.mark.parametrize("year", range(2000, 2027))
def test_a_year_outside_the_stated_ones_is_never_said_to_fit(year: int) -> None:
    stated = FitmentView("Vario 125", None, 2018, 2022)
    answer = verdict([stated], BikeRef("Vario 125", None, year))
    assert (answer.verdict == "fits") == (2018 <= year <= 2022)


@pytest.mark.parametrize(
    ("stated", "bike", "may"),
    [
        ([NEW_VARIO], BikeRef("Vario 125"), True),
        ([NEW_VARIO], BikeRef("Vario 125", None, 2013), False),
        ([NEW_VARIO], BikeRef("Beat"), False),
        ([NEW_VARIO], BikeRef("Unknown Thing"), False),
        ([FitmentView("Unknown Thing")], BikeRef("Unknown Thing"), True),
        ([FitmentView("Beat", None, 2018, 2022)], BikeRef("Beat", None, 2017), False),
        ([], BikeRef("Beat"), True),
    ],
)
def test_a_part_may_be_meant_unless_what_is_stated_speaks_against_it(
    stated: list[FitmentView], bike: BikeRef, may: bool
) -> None:
    assert may_fit(bike_table(), stated, bike) == may
