"""Stock: every race is decided by the database, every change leaves a movement."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import stock
from crm_core.catalogue.models import Part
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.stock import StockLevel, StockMovement
from crm_core.timeline import Actor
from tests.world import at_once, committed

CLERK = Actor("staff", 7, "Gudang")
BUSI, PADS = "31926ZZA001", "06455ZZA001"


def part(session: Session, code: str = BUSI, pieces: int = 10) -> int:
    made = Part(part_code=code, name=f"Busi {code}")
    session.add(made)
    session.flush()
    if pieces:
        stock.receive(session, code, pieces, CLERK, "kiriman")
    return made.id


def level(session: Session, part_id: int) -> tuple[int, int]:
    query = sa.select(StockLevel.on_hand, StockLevel.reserved)
    on_hand, reserved = session.execute(query.where(StockLevel.part_id == part_id)).one()
    return on_hand, reserved


def kinds(session: Session, part_id: int) -> list[tuple[str, int]]:
    query = sa.select(StockMovement.kind, StockMovement.quantity).order_by(StockMovement.id)
    rows = session.execute(query.where(StockMovement.part_id == part_id))
    return [(kind, quantity) for kind, quantity in rows]


def test_received_pieces_can_be_ordered(session: Session) -> None:
    part_id = part(session, pieces=4)
    assert stock.receive(session, "31926-ZZA-001", 3, CLERK, "kiriman 2") == 7
    assert stock.available(session, BUSI) == 7
    assert kinds(session, part_id) == [("received", 4), ("received", 3)]


def test_a_part_never_received_has_none_available(session: Session) -> None:
    part(session, pieces=0)
    assert stock.available(session, BUSI) == 0


def test_a_reservation_holds_pieces_without_taking_them_off_the_shelf(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 3)], CLERK)
    assert level(session, part_id) == (10, 3)
    assert stock.available(session, BUSI) == 7


def test_more_than_available_is_refused_and_nothing_is_held(session: Session) -> None:
    pads, busi = part(session, PADS, 5), part(session, BUSI, 2)
    with pytest.raises(Conflict) as refused:
        stock.reserve(session, 1, [(pads, 5), (busi, 3)], CLERK)
    assert refused.value.code == "stock_short"
    assert refused.value.facts == {"part_code": BUSI, "name": f"Busi {BUSI}", "available": 2}
    assert level(session, pads) == (5, 0)
    assert level(session, busi) == (2, 0)
    assert kinds(session, pads) == [("received", 5)]


def test_two_lines_of_one_part_are_held_together(session: Session) -> None:
    part_id = part(session, pieces=5)
    with pytest.raises(Conflict):
        stock.reserve(session, 1, [(part_id, 3), (part_id, 3)], CLERK)
    assert level(session, part_id) == (5, 0)


@pytest.mark.parametrize("quantity", [0, -1, 10_000_001, True])
def test_an_impossible_number_of_pieces_is_refused(session: Session, quantity: int) -> None:
    part_id = part(session)
    with pytest.raises(InvalidInput, match="quantity_invalid"):
        stock.reserve(session, 1, [(part_id, quantity)], CLERK)
    with pytest.raises(InvalidInput, match="quantity_invalid"):
        stock.receive(session, BUSI, quantity, CLERK)
    assert level(session, part_id) == (10, 0)


def test_a_release_frees_once(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    assert stock.release(session, 1, CLERK) == 4
    assert stock.release(session, 1, CLERK) == 0
    assert level(session, part_id) == (10, 0)
    assert kinds(session, part_id) == [("received", 10), ("reserved", 4), ("released", -4)]


def test_shipping_takes_the_held_pieces_off_the_shelf_once(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    assert stock.ship(session, 1, CLERK) == 4
    assert stock.ship(session, 1, CLERK) == 0
    assert stock.release(session, 1, CLERK) == 0
    assert level(session, part_id) == (6, 0)


def test_an_order_gives_up_only_its_own_pieces(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    stock.reserve(session, 2, [(part_id, 5)], CLERK)
    stock.release(session, 1, CLERK)
    assert level(session, part_id) == (10, 5)


def test_a_count_of_the_shelf_corrects_the_level_and_says_by_how_much(session: Session) -> None:
    part_id = part(session)
    assert stock.correct(session, BUSI, 8, CLERK, "opname") == -2
    assert stock.correct(session, BUSI, 8, CLERK, "opname") == 0
    assert level(session, part_id) == (8, 0)
    assert kinds(session, part_id) == [("received", 10), ("corrected", -2)]


def test_a_count_below_what_is_held_is_refused(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    with pytest.raises(Conflict) as refused:
        stock.correct(session, BUSI, 3, CLERK, "opname")
    assert (refused.value.code, refused.value.facts["reserved"]) == ("stock_reserved", 4)
    assert level(session, part_id) == (10, 4)


def test_an_unknown_part_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="part_not_found"):
        stock.available(session, "99999-XXX-999")


@pytest.mark.parametrize("change", ["reserved = on_hand + 1", "reserved = -1", "on_hand = -1"])
def test_the_database_itself_refuses_an_impossible_level(session: Session, change: str) -> None:
    part(session)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.text(f"UPDATE stock_levels SET {change}"))  # noqa: S608


@pytest.mark.parametrize(
    ("slip", "equations"),
    [
        ("on_hand = on_hand + 1", ["on_hand"]),
        ("reserved = reserved - 1", ["reserved_moved", "reserved_held"]),
    ],
)
def test_the_audit_names_part_and_equation_of_a_level_that_was_tampered_with(
    session: Session, slip: str, equations: list[str]
) -> None:
    part_id = part(session)
    part(session, PADS)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    assert stock.audit(session) == []
    session.execute(
        sa.text(f"UPDATE stock_levels SET {slip} WHERE part_id = :id"),  # noqa: S608
        {"id": part_id},
    )
    faults = stock.audit(session)
    assert [(one.part_code, one.equation) for one in faults] == [(BUSI, one) for one in equations]


def test_the_audit_finds_a_shipped_reservation_without_a_movement(session: Session) -> None:
    part_id = part(session)
    stock.reserve(session, 1, [(part_id, 4)], CLERK)
    session.execute(sa.update(stock.Reservation).values(state="shipped"))
    faults = [(one.equation, one.expected, one.found) for one in stock.audit(session)]
    assert faults == [("reserved_held", 0, 4), ("shipped", 4, 0)]


def test_of_two_hundred_orders_for_the_last_ten_exactly_ten_get_one(database: sa.Engine) -> None:
    part_id = committed(database, lambda session: part(session, pieces=10))
    results: list[object] = []
    for first in range(0, 200, 20):  # twenty connections at a time is what the pool allows

        def buy(order_id: int) -> object:
            return lambda session: stock.reserve(session, order_id, [(part_id, 1)], CLERK)

        results += at_once(database, *(buy(order) for order in range(first + 1, first + 21)))  # type: ignore[arg-type]
    held = [result for result in results if isinstance(result, list)]
    short = [result for result in results if isinstance(result, Conflict)]
    assert (len(held), len(short), len(results)) == (10, 190, 200)
    with Session(database) as session:
        assert level(session, part_id) == (10, 10)
        assert session.scalar(sa.select(sa.func.count(stock.Reservation.id))) == 10


def test_orders_that_name_the_same_parts_in_other_orders_never_wait_crosswise(
    database: sa.Engine,
) -> None:
    def prepare(session: Session) -> tuple[int, int]:
        return part(session, PADS, 50), part(session, BUSI, 50)

    pads, busi = committed(database, prepare)

    def buy(order_id: int) -> object:
        lines = [(pads, 1), (busi, 1)] if order_id % 2 else [(busi, 1), (pads, 1)]
        return lambda session: stock.reserve(session, order_id, lines, CLERK)

    results = at_once(database, *(buy(order) for order in range(1, 17)))  # type: ignore[arg-type]
    assert [type(result) for result in results] == [list] * 16


def test_a_release_and_a_shipment_at_once_end_the_reservation_once(database: sa.Engine) -> None:
    def prepare(session: Session) -> int:
        part_id = part(session, pieces=10)
        stock.reserve(session, 1, [(part_id, 4)], CLERK)
        return part_id

    part_id = committed(database, prepare)
    done = at_once(
        database,
        lambda session: stock.release(session, 1, CLERK),
        lambda session: stock.ship(session, 1, CLERK),
        lambda session: stock.release(session, 1, CLERK),
        lambda session: stock.ship(session, 1, CLERK),
    )
    assert sorted(done) == [0, 0, 0, 4]  # type: ignore[type-var]
    with Session(database) as session:
        on_hand, reserved = level(session, part_id)
        assert reserved == 0
        assert on_hand in {6, 10}


def test_what_cannot_be_had_now_is_refused_before_anything_is_held(session: Session) -> None:
    enough = part(session)
    part(session, PADS, pieces=1)
    part(session, "31926ZZA003", pieces=0)
    session.execute(sa.update(Part).values(price_idr=1_000))
    code = session.get_one(Part, enough).part_code
    stock.refuse_if_short(session, {code: 10, PADS: 1})
    with pytest.raises(Conflict) as refused:
        stock.refuse_if_short(session, {code: 10, PADS: 2})
    assert refused.value.facts == {"part_code": PADS, "name": f"Busi {PADS}", "available": 1}
    assert level(session, enough) == (10, 0)
    with pytest.raises(Conflict):
        stock.refuse_if_short(session, {"31926ZZA003": 1})
