"""The search verb: always as new as the database, prices and stock read live."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import catalogue, stock
from crm_core.catalogue import BikeRef
from crm_core.money import Rupiah
from crm_core.timeline import Actor
from tests.world import committed

CLERK = Actor("staff", 7, "Gudang")
PADS = {
    "part_code": "06455ZZA001",
    "name": "Kampas Rem Depan Honda Beat FI",
    "price_idr": "50000",
    "stock": "5",
}


def load(session: Session, *rows: dict[str, str]) -> None:
    assert catalogue.upsert_parts(session, rows or [PADS], actor=CLERK).rejected == []


def codes(session: Session, text: str) -> list[str]:
    return [hit.part.part_code for hit in catalogue.search(session, text).hits]


def test_a_part_is_found_with_its_price_and_stock(session: Session) -> None:
    load(session)
    (hit,) = catalogue.search(session, "kampas rem dpn beat fi brp kak").hits
    assert hit.part.part_code == "06455ZZA001"
    assert (hit.part.price_idr, hit.part.stock_available, hit.fit) == (Rupiah(50_000), 5, "fits")


def test_two_questions_see_the_price_and_stock_of_their_moment(session: Session) -> None:
    load(session)
    first = catalogue.search(session, "kampas rem beat fi").hits[0].part
    catalogue.change_part(session, first.part_code, CLERK, price_idr=60_000)
    stock.reserve(session, 1, [(first.id, 2)], CLERK)
    second = catalogue.search(session, "kampas rem beat fi").hits[0].part
    assert (first.price_idr, first.stock_available) == (Rupiah(50_000), 5)
    assert (second.price_idr, second.stock_available) == (Rupiah(60_000), 3)


def test_a_part_is_found_as_soon_as_it_is_there_and_not_after_it_is_gone(
    session: Session,
) -> None:
    load(session)
    assert codes(session, "busi beat fi") == []
    load(session, {"part_code": "31926ZZA001", "name": "Busi Beat FI"})
    assert codes(session, "busi beat fi") == ["31926ZZA001"]
    catalogue.change_part(session, "31926ZZA001", CLERK, active=False)
    assert codes(session, "busi beat fi") == []
    assert codes(session, "31926-ZZA-001") == []


def test_a_new_name_is_found_and_the_old_one_is_not(session: Session) -> None:
    load(session, PADS | {"part_code": "111ZZA"})
    assert codes(session, "kampas rem beat fi") == ["111ZZA"]
    catalogue.change_part(session, "111ZZA", CLERK, name="Sarung Jok Honda Beat FI")
    assert codes(session, "sarung jok beat fi") == ["111ZZA"]
    assert codes(session, "kampas rem beat fi") == []


def test_stated_fitments_decide_over_the_name(session: Session) -> None:
    load(session, PADS | {"models": "Genio"})
    assert codes(session, "kampas rem depan genio") == ["06455ZZA001"]
    assert codes(session, "kampas rem depan beat fi") == []


def test_the_customers_own_bike_decides_where_none_is_named(session: Session) -> None:
    other = PADS | {"part_code": "06455ZZB001", "name": "Kampas Rem Depan Honda Vario 160"}
    load(session, PADS, other)
    asked = catalogue.search(session, "kampas rem depan")
    assert (asked.sure, asked.missing) == (False, "bike")
    own = catalogue.search(session, "kampas rem depan", bikes=[BikeRef("Vario 160")])
    assert own.hits[0].part.part_code == "06455ZZB001"
    assert own.hits[0].fit == "fits"


def test_a_part_without_a_stated_bike_is_never_said_to_fit(session: Session) -> None:
    load(session, {"part_code": "06455KVBZ01", "name": "Kampas Rem Depan"})
    (hit,) = catalogue.search(session, "kampas rem depan vario karbu").hits
    assert hit.fit == "unknown"


def test_nothing_is_found_in_an_empty_catalogue(session: Session) -> None:
    result = catalogue.search(session, "kampas rem beat fi")
    assert result.hits == ()
    assert result.understood.part_terms == ("kampas", "rem")
    assert str(result.understood.bike) == "Beat FI"


def test_no_more_parts_come_than_were_asked_for(session: Session) -> None:
    rows = [PADS | {"part_code": f"06455ZZA{number:03}"} for number in range(30)]
    load(session, *rows)
    assert len(catalogue.search(session, "kampas rem beat fi").hits) == 10
    assert len(catalogue.search(session, "kampas rem beat fi", limit=3).hits) == 3


def test_another_process_sees_a_committed_part_at_its_next_search(database: sa.Engine) -> None:
    committed(database, load)
    with Session(database) as reader:
        assert codes(reader, "busi beat fi") == []
    busi = {"part_code": "31926ZZA001", "name": "Busi Beat FI"}
    committed(database, lambda session: load(session, busi))
    with Session(database) as reader:
        assert codes(reader, "busi beat fi") == ["31926ZZA001"]


def test_a_part_of_a_transaction_that_was_undone_is_forgotten(database: sa.Engine) -> None:
    committed(database, load)
    with Session(database) as undone:
        load(undone, {"part_code": "31926ZZA001", "name": "Busi Beat FI"})
        assert codes(undone, "busi beat fi") == ["31926ZZA001"]
        undone.rollback()
    with Session(database) as reader:
        assert codes(reader, "busi beat fi") == []
        assert codes(reader, "kampas rem beat fi") == ["06455ZZA001"]
