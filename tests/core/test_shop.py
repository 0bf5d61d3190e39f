from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from crm_core import shop
from crm_core.clock import ZONE
from crm_core.errors import InvalidInput, NotFound
from crm_core.timeline import Actor

STAFF = Actor.system("test")
DAY = (time(8), time(17))


def at(text: str) -> datetime:
    """A time on the shop's clock; 2026-11-20 is a Friday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def week(session: Session) -> Session:
    hours = {weekday: [DAY] for weekday in (0, 1, 2, 3, 5)}
    shop.set_hours(session, hours | {4: [(time(8), time(11, 30)), (time(13), time(17))]})
    return session


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-20 07:59", False),
        ("2026-11-20 08:00", True),
        ("2026-11-20 11:29", True),
        ("2026-11-20 11:30", False),
        ("2026-11-20 13:00", True),
        ("2026-11-20 17:00", False),
        ("2026-11-21 16:59", True),
        ("2026-11-22 10:00", False),
        ("2026-11-23 00:00", False),
    ],
)
def test_people_answer_in_opening_hours_of_the_local_day(
    week: Session, moment: str, open_: bool
) -> None:
    assert shop.is_open(week, at(moment)) is open_


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20 09:15", "2026-11-20 09:15"),
        ("2026-11-20 12:00", "2026-11-20 13:00"),
        ("2026-11-20 18:00", "2026-11-21 08:00"),
        ("2026-11-21 17:00", "2026-11-23 08:00"),
        ("2026-11-22 10:00", "2026-11-23 08:00"),
        ("2026-11-23 00:00", "2026-11-23 08:00"),
    ],
)
def test_the_next_opening_skips_breaks_nights_and_sundays(
    week: Session, moment: str, opening: str
) -> None:
    assert shop.next_opening(week, at(moment)) == at(opening)


def test_a_holiday_is_closed_and_skipped(week: Session) -> None:
    shop.add_holiday(week, date(2026, 11, 23), "Libur toko")
    assert not shop.is_open(week, at("2026-11-23 10:00"))
    assert shop.next_opening(week, at("2026-11-21 18:00")) == at("2026-11-24 08:00")
    shop.remove_holiday(week, date(2026, 11, 23))
    assert shop.is_open(week, at("2026-11-23 10:00"))


@pytest.mark.parametrize(
    ("moment", "promised"),
    [
        ("2026-11-20 09:15", "2026-11-20 09:30"),
        ("2026-11-20 16:59", "2026-11-20 17:14"),
        ("2026-11-20 20:00", "2026-11-21 08:15"),
    ],
)
def test_an_answer_is_promised_after_now_or_after_the_next_opening(
    week: Session, moment: str, promised: str
) -> None:
    assert shop.promise(week, at(moment)) == at(promised)


def test_a_shop_without_hours_is_always_open(session: Session) -> None:
    moment = at("2026-11-22 03:00")
    assert shop.is_open(session, moment)
    assert shop.promise(session, moment, minutes=5) == moment + timedelta(minutes=5)


def test_a_shop_closed_for_months_promises_from_now(week: Session) -> None:
    moment = at("2026-11-20 18:00")
    for ahead in range(90):
        shop.add_holiday(week, date(2026, 11, 20) + timedelta(days=ahead), "Renovasi")
    assert shop.next_opening(week, moment) == moment


def test_without_a_time_it_is_now(week: Session) -> None:
    with time_machine.travel(at("2026-11-20 12:00"), tick=False):
        assert not shop.is_open(week)
        assert shop.next_opening(week) == at("2026-11-20 13:00")


@pytest.mark.parametrize(
    "hours",
    [
        {7: [DAY]},
        {0: [(time(9), time(9))]},
        {0: [(time(9), time(8))]},
        {0: [DAY, (time(16), time(18))]},
    ],
)
def test_hours_that_cannot_be_change_nothing(
    week: Session, hours: dict[int, list[tuple[time, time]]]
) -> None:
    before = shop.hours(week)
    with pytest.raises(InvalidInput, match="hours_invalid"):
        shop.set_hours(week, hours)
    assert shop.hours(week) == before


def save(session: Session, language: str, title: str, slug: str = "cara-beli") -> None:
    shop.save_page(session, slug=slug, language=language, title=title, body="1. Pilih", actor=STAFF)


def test_a_page_is_read_in_its_language_or_in_indonesian(session: Session) -> None:
    save(session, "id", "Cara beli")
    assert shop.page(session, "cara-beli", "en").title == "Cara beli"
    save(session, "en", "How to buy")
    assert shop.page(session, "cara-beli", "en").title == "How to buy"
    assert shop.page(session, "cara-beli").title == "Cara beli"


def test_a_page_saved_again_replaces_the_first(session: Session) -> None:
    save(session, "id", "Lama")
    save(session, "id", "Baru")
    assert [page.title for page in shop.pages(session)] == ["Baru"]


def test_a_page_nobody_wrote_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="page_not_found"):
        shop.page(session, "cara-beli")


@pytest.mark.parametrize(
    ("language", "title", "slug"), [("fr", "A", "a"), ("id", " ", "a"), ("id", "A", " ")]
)
def test_an_unfinished_page_is_refused(
    session: Session, language: str, title: str, slug: str
) -> None:
    with pytest.raises(InvalidInput):
        save(session, language, title, slug)
    assert shop.pages(session) == []


def test_facts_are_kept_by_name(session: Session) -> None:
    shop.save_fact(session, "name", "Toko A")
    shop.save_fact(session, "name", "Toko B")
    assert shop.facts(session) == {"name": "Toko B"}
