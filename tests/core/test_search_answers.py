"""What an answer says besides the parts: successors, the asker's own bikes."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm_core import catalogue
from crm_core.catalogue import BikeRef, Hit
from crm_core.timeline import Actor

CLERK = Actor("staff", 7, "Gudang")
OLD, NEW, NEWEST = "06455ZZA001", "06455ZZA002", "06455ZZA003"


def load(session: Session, **names: str) -> None:
    rows = [{"part_code": code, "name": name, "stock": "5"} for code, name in names.items()]
    assert catalogue.upsert_parts(session, rows, actor=CLERK).rejected == []


@pytest.fixture
def pads(session: Session) -> Session:
    name = "Kampas Rem Depan Honda Beat FI"
    load(session, **{OLD: name, NEW: name, NEWEST: name})
    return session


def hits(session: Session, text: str) -> tuple[Hit, ...]:
    return catalogue.search(session, text).hits


def succeeds(session: Session, old: str, new: str) -> None:
    catalogue.save_substitute(session, old, new, "successor", actor=CLERK)


def test_the_code_of_a_part_sold_no_more_finds_its_successor_and_says_so(pads: Session) -> None:
    succeeds(pads, OLD, NEW)
    catalogue.change_part(pads, OLD, CLERK, active=False)
    result = catalogue.search(pads, "ada 06455-zza-001 kak?")
    assert [(h.part.part_code, h.instead_of) for h in result.hits] == [(NEW, OLD)]
    assert result.sure


def test_the_newest_of_several_successors_comes_first(pads: Session) -> None:
    succeeds(pads, OLD, NEW)
    succeeds(pads, NEW, NEWEST)
    catalogue.change_part(pads, OLD, CLERK, active=False)
    assert [h.part.part_code for h in hits(pads, OLD)] == [NEWEST, NEW]


def test_successors_that_go_round_in_a_circle_are_told_once_each(pads: Session) -> None:
    succeeds(pads, OLD, NEW)
    succeeds(pads, NEW, OLD)
    assert [h.part.part_code for h in hits(pads, OLD)] == [OLD, NEW]


def test_a_part_in_stock_comes_before_its_successor(pads: Session) -> None:
    succeeds(pads, OLD, NEW)
    found = [(h.part.part_code, h.instead_of) for h in hits(pads, OLD)]
    assert found == [(OLD, None), (NEW, OLD)]


def test_a_part_out_of_stock_comes_after_its_successor(pads: Session) -> None:
    succeeds(pads, OLD, NEW)
    catalogue.upsert_parts(pads, [{"part_code": OLD, "stock": "0"}], actor=CLERK)
    found = [(h.part.part_code, h.instead_of) for h in hits(pads, OLD)]
    assert found == [(NEW, OLD), (OLD, None)]


def test_a_part_sold_no_more_without_a_successor_is_not_found(pads: Session) -> None:
    catalogue.change_part(pads, NEWEST, CLERK, active=False)
    assert all(h.instead_of is None for h in hits(pads, NEWEST))
    assert NEWEST not in [h.part.part_code for h in hits(pads, NEWEST)]


def test_an_equal_alternative_is_no_successor(pads: Session) -> None:
    catalogue.save_substitute(pads, OLD, NEW, "alternative", actor=CLERK)
    assert [h.part.part_code for h in hits(pads, OLD)] == [OLD]


@pytest.fixture
def belts(session: Session) -> Session:
    load(
        session,
        **{
            "23100ZZA001": "Van Belt Honda Beat FI",
            "23100ZZB001": "Van Belt Honda Vario 160",
            "23100ZZC001": "Van Belt Honda Scoopy K2F",
        },
    )
    return session


def test_the_parts_of_any_of_several_own_bikes_come_and_no_others(belts: Session) -> None:
    own = [BikeRef("Vario 160"), BikeRef("Beat", "FI")]
    found = catalogue.search(belts, "ada van belt?", bikes=own).hits
    assert [(h.part.part_code, h.fit) for h in found] == [
        ("23100ZZA001", "fits"),
        ("23100ZZB001", "fits"),
    ]


def test_a_part_stated_for_no_bike_stays_beside_the_one_that_fits(belts: Session) -> None:
    load(belts, **{"23100ZZD001": "Van Belt Universal"})
    found = catalogue.search(belts, "van belt", bikes=[BikeRef("Vario 160")]).hits
    assert [(h.part.part_code, h.fit) for h in found] == [
        ("23100ZZB001", "fits"),
        ("23100ZZD001", "unknown"),
    ]


def test_a_named_bike_wins_over_the_askers_own(belts: Session) -> None:
    own = [BikeRef("Vario 160"), BikeRef("Beat", "FI")]
    found = catalogue.search(belts, "van belt scoopy k2f", bikes=own).hits
    assert [(h.part.part_code, h.fit) for h in found] == [("23100ZZC001", "fits")]


def test_an_own_bike_without_such_a_part_hides_no_part(belts: Session) -> None:
    found = catalogue.search(belts, "van belt", bikes=[BikeRef("Genio", "K0J")]).hits
    assert len(found) == 3
    assert all(h.fit != "fits" for h in found)


def test_a_bike_that_is_on_no_list_changes_nothing(belts: Session) -> None:
    plain = catalogue.search(belts, "van belt").hits
    assert catalogue.search(belts, "van belt", bikes=[BikeRef("Unknown Thing")]).hits == plain
