"""Reading and changing the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import catalogue
from crm_core.catalogue import BikeRef
from crm_core.catalogue.models import BikeModel, Part, Wish
from crm_core.errors import InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.timeline import Actor, entries

CLERK = Actor("staff", 7, "Gudang")


def load(session: Session, *codes: str, **columns: str) -> None:
    rows = [{"part_code": code, "name": f"Busi {code}"} | columns for code in codes]
    assert catalogue.upsert_parts(session, rows, actor=CLERK).rejected == []


def test_a_part_is_found_by_its_code_in_any_spelling(session: Session) -> None:
    load(session, "31926ZZA001")
    for spelling in ("31926-ZZA-001", "31926 zza 001", "３１９２６ZZA001"):
        assert catalogue.find_part(session, spelling).part_code == "31926ZZA001"


@pytest.mark.parametrize("code", ["99999XXX999", "", "'; DROP TABLE parts"])
def test_an_unknown_code_is_not_found(session: Session, code: str) -> None:
    with pytest.raises(NotFound, match="part_not_found"):
        catalogue.find_part(session, code)


def test_a_part_no_longer_sold_is_not_found(session: Session) -> None:
    load(session, "31926ZZA001")
    catalogue.change_part(session, "31926ZZA001", CLERK, active=False)
    with pytest.raises(NotFound):
        catalogue.find_part(session, "31926ZZA001")


def test_a_change_is_written_and_recorded_with_who_made_it(session: Session) -> None:
    load(session, "31926ZZA001", price_idr="20000")
    changed = catalogue.change_part(
        session, "31926ZZA001", CLERK, price_idr=25_000, name="Busi Baru"
    )
    assert (changed.price_idr, changed.name) == (Rupiah(25_000), "Busi Baru")
    (entry,) = entries(session, subject="part", subject_id=changed.id)
    assert (entry.action, entry.actor_name) == ("changed", "Gudang")
    assert entry.facts == {"price_idr": 25_000, "name": "Busi Baru"}


def test_a_change_that_changes_nothing_is_not_recorded(session: Session) -> None:
    load(session, "31926ZZA001", price_idr="20000")
    part = catalogue.change_part(session, "31926ZZA001", CLERK, price_idr=20_000)
    assert entries(session, subject="part", subject_id=part.id) == []


@pytest.mark.parametrize(
    "change",
    [
        {"price_idr": 0},
        {"price_idr": -1},
        {"price_idr": 1.5},
        {"price_idr": True},
        {"name": " "},
        {"weight_g": -1},
        {"colour": "X"},
    ],
)
def test_an_impossible_change_is_refused_and_nothing_changes(
    session: Session, change: dict[str, object]
) -> None:
    load(session, "31926ZZA001", price_idr="20000")
    before = catalogue.find_part(session, "31926ZZA001")
    with pytest.raises(InvalidInput, match="part_change_invalid"):
        catalogue.change_part(session, "31926ZZA001", CLERK, **change)
    assert catalogue.find_part(session, "31926ZZA001") == before


def test_pages_go_through_all_parts_once_in_the_order_of_codes(session: Session) -> None:
    codes = [f"31926ZZA{number:03}" for number in range(7)]
    load(session, *reversed(codes))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = catalogue.listing(session, cursor=cursor, limit=3)
        seen += [part.part_code for part in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == codes


def test_a_listing_is_narrowed_by_category(session: Session) -> None:
    load(session, "31926ZZA001", category="Busi")
    load(session, "31926ZZB001", category="Rem")
    assert [p.part_code for p in catalogue.listing(session, category="rem").items] == [
        "31926ZZB001"
    ]


def test_a_program_gets_only_what_changed_since(session: Session) -> None:
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        load(session, "31926ZZA001", "31926ZZB001")
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        catalogue.change_part(session, "31926ZZB001", CLERK, price_idr=1_000)
    page = catalogue.listing(session, updated_since=datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert [part.part_code for part in page.items] == ["31926ZZB001"]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_a_sensible_length(session: Session, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit_invalid"):
        catalogue.listing(session, limit=limit)


def test_categories_come_in_their_order_with_the_number_of_active_parts(session: Session) -> None:
    for position, slug in enumerate(["rem", "oli", "ban"]):
        catalogue.save_category(
            session, slug=slug, name_id=slug.title(), position=position, actor=CLERK
        )
    load(session, "31926ZZA001", "31926ZZB001", category="oli")
    catalogue.change_part(session, "31926ZZB001", CLERK, active=False)
    shown = [(c.slug, c.parts) for c in catalogue.categories(session)]
    assert shown == [("rem", 0), ("oli", 1), ("ban", 0)]


@pytest.mark.parametrize(("slug", "name"), [("", "X"), ("x", " "), ("a b", "X"), ("lain", "REM")])
def test_an_empty_or_doubled_category_is_refused(session: Session, slug: str, name: str) -> None:
    catalogue.save_category(session, slug="rem", name_id="Rem", actor=CLERK)
    with pytest.raises(InvalidInput, match="category_invalid"):
        catalogue.save_category(session, slug=slug, name_id=name, actor=CLERK)
    assert [c.slug for c in catalogue.categories(session)] == ["rem"]


def test_substitutes_follow_the_chain_to_the_newest_even_in_a_ring(session: Session) -> None:
    load(session, "111ZZA", "111ZZB", "111ZZC", "111ZZD")
    for part, other, kind in [
        ("111ZZA", "111ZZD", "alternative"),
        ("111ZZA", "111ZZB", "supersedes"),
        ("111ZZB", "111ZZC", "successor"),
        ("111ZZC", "111ZZA", "alternative"),
    ]:
        catalogue.save_substitute(session, part, other, kind, actor=CLERK)
    codes = [part.part_code for part in catalogue.substitutes(session, "111-ZZA")]
    assert codes == ["111ZZB", "111ZZD", "111ZZC"]


@pytest.mark.parametrize("pair", [("111ZZA", "111ZZA", "successor"), ("111ZZA", "111ZZB", "x")])
def test_an_impossible_substitute_is_refused(session: Session, pair: tuple[str, str, str]) -> None:
    load(session, "111ZZA", "111ZZB")
    with pytest.raises(InvalidInput, match="substitute_invalid"):
        catalogue.save_substitute(session, *pair, actor=CLERK)
    assert catalogue.substitutes(session, "111ZZA") == []


def test_a_part_fits_only_where_it_is_stated(session: Session) -> None:
    load(session, "31926ZZA001", models="Vario 125 (2018-2022)")
    fits = catalogue.fits(session, "31926ZZA001", BikeRef("Vario 125", None, 2019))
    assert (fits.verdict, fits.evidence) == ("fits", "Vario 125 (2018–2022)")
    assert catalogue.fits(session, "31926ZZA001", BikeRef("Vario 125")).missing == "year"
    assert catalogue.fits(session, "31926ZZA001", BikeRef("Beat")).verdict == "unknown"


def test_a_bike_is_read_out_of_a_message(session: Session) -> None:
    assert catalogue.read_bike(session, "motor saya vrio 125 th 2019") == BikeRef(
        "Vario 125", "New eSP LED", 2019
    )
    assert catalogue.read_bike(session, "motor saya nmax") is None


def test_a_wish_in_vain_is_kept_with_what_was_understood(session: Session) -> None:
    wish = catalogue.record_wish(
        session,
        query="busi genio\x00",
        reason="not_found",
        understood={"part_terms": ["busi"]},
        quantity=2,
    )
    stored = session.get_one(Wish, wish.id)
    assert (stored.query, stored.quantity, stored.notify) == ("busi genio", 2, False)
    assert stored.understood == {"part_terms": ["busi"]}


@pytest.mark.parametrize("wrong", [{"reason": "bored"}, {"reason": "not_found", "quantity": 0}])
def test_an_impossible_wish_is_refused(session: Session, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="wish_invalid"):
        catalogue.record_wish(session, query="busi", **wrong)  # type: ignore[arg-type]
    assert session.scalar(sa.select(sa.func.count(Wish.id))) == 0


def test_the_reference_of_bikes_is_loaded_and_kept_equal_to_its_file(session: Session) -> None:
    count = catalogue.load_reference(session)
    session.add(BikeModel(model="Gone", generation="", year_from=1990))
    session.flush()
    assert catalogue.load_reference(session) == count > 50
    assert session.scalar(sa.select(sa.func.count(BikeModel.id))) == count


@pytest.mark.parametrize("code", ["06455-ZZA", "abc", ""])
def test_the_database_itself_refuses_a_code_that_is_not_plain(session: Session, code: str) -> None:
    session.add(Part(part_code=code, name="Busi"))
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.flush()
