"""Goods received: a supplier's document brings its pieces once, whatever is sent twice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import stock
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.stock import GoodsReceipt
from tests import selling
from tests.selling import CLERK, FILTER, PADS
from tests.world import at_once, committed


@pytest.fixture
def shop(session: Session) -> Session:
    selling.part(session)
    selling.part(session, FILTER, name="Saringan Oli", pieces=0)
    return session


def brought(session: Session, *lines: tuple[str, int], **more: str) -> stock.GoodsReceiptView:
    document = {"supplier": "PT Astra Honda", "document": "SJ-0012"} | more
    return stock.receive_goods(session, lines or [(PADS, 5), (FILTER, 3)], actor=CLERK, **document)


def test_a_delivery_puts_all_its_pieces_on_the_shelf_under_its_document(shop: Session) -> None:
    made = brought(shop, (PADS, 2), ("15400-KPH-901", 3), (PADS, 3))
    assert (made.supplier, made.document, made.pieces, made.by) == (
        "PT Astra Honda", "SJ-0012", 8, "gudang",
    )  # fmt: skip
    assert selling.level(shop) == (15, 0)
    assert selling.level(shop, FILTER) == (3, 0)
    newest = stock.movements(shop, PADS)[0]
    assert (newest.kind, newest.quantity, newest.reason) == (
        "received", 5, "PT Astra Honda SJ-0012",
    )  # fmt: skip
    assert stock.audit(shop) == []


def test_the_same_document_again_changes_nothing(shop: Session) -> None:
    first = brought(shop)
    again = brought(shop, (FILTER, 3), (PADS, 5), supplier="pt  astra honda", document="sj-0012 ")
    assert again == first
    assert selling.level(shop) == (15, 0)


def test_a_document_with_other_pieces_is_refused_and_another_suppliers_is_not(
    shop: Session,
) -> None:
    brought(shop)
    with pytest.raises(Conflict) as refused:
        brought(shop, (PADS, 6))
    assert selling.refusal(refused.value) == (
        "document_used", {"supplier": "PT Astra Honda", "document": "SJ-0012"},
    )  # fmt: skip
    brought(shop, (PADS, 6), supplier="CV Maju")
    assert selling.level(shop) == (21, 0)


def test_an_unknown_part_or_nothing_at_all_brings_no_piece_of_the_others(shop: Session) -> None:
    with pytest.raises(NotFound, match="part_not_found"):
        brought(shop, (PADS, 5), ("99999ZZZ999", 1))
    with pytest.raises(InvalidInput, match="quantity_invalid"):
        brought(shop, (PADS, 5), (FILTER, 0))
    with pytest.raises(InvalidInput) as refused:
        brought(shop, supplier="  ", document="")
    assert refused.value.facts == {"missing": ["supplier", "document"]}
    assert selling.level(shop) == (10, 0)
    assert shop.scalars(sa.select(GoodsReceipt)).all() == []


def test_deliveries_are_found_by_supplier_and_document_newest_first(shop: Session) -> None:
    brought(shop)
    brought(shop, (PADS, 1), document="SJ-0013")
    brought(shop, (PADS, 1), supplier="CV Maju", document="F/77")
    assert [one.document for one in stock.receipts(shop, "astra")] == ["SJ-0013", "SJ-0012"]
    assert [one.document for one in stock.receipts(shop, "f/7")] == ["F/77"]


def test_one_document_typed_by_four_at_once_counts_once(database: sa.Engine) -> None:
    committed(database, lambda session: selling.part(session).id)
    results = at_once(database, *[lambda session: brought(session, (PADS, 5))] * 4)
    assert len(set(results)) == 1
    with Session(database) as session:
        assert selling.level(session) == (15, 0)
