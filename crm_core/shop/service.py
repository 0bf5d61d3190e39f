"""What the shop says about itself, and when its people answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, timeline
from crm_core.errors import InvalidInput, NotFound
from crm_core.recalling import recall
from crm_core.shop import rules
from crm_core.shop.models import Holiday, OfficeHour, Page, ShopFact
from crm_core.shop.quiet import QuietHours
from crm_core.timeline import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as it is read: ``language`` is the one it was found in, ``body`` Markdown."""

    slug: str
    language: str
    title: str
    body: str
    updated_at: datetime


def page(session: Session, slug: str, language: str = "id") -> PageView:
    """The page in ``language``, or in Indonesian if it is not translated.

    Raises NotFound("page_not_found").
    """
    query = select(Page).where(Page.slug == slug, Page.language.in_([language, "id"]))
    found = {row.language: row for row in session.scalars(query)}
    row = found.get(language) or found.get("id")
    if row is None:
        raise NotFound("page_not_found", slug=slug)
    return _view(row)


def pages(session: Session) -> list[PageView]:
    """All pages in all languages, by slug."""
    return [_view(row) for row in session.scalars(select(Page).order_by(Page.slug, Page.language))]


def save_page(
    session: Session, *, slug: str, language: str, title: str, body: str, actor: Actor
) -> PageView:
    """Write a page, new or anew. Raises InvalidInput("page_incomplete", "language_unknown")."""
    if language not in {"id", "en"}:
        raise InvalidInput("language_unknown", languages=["id", "en"])
    if not (slug.strip() and title.strip() and body.strip()):
        raise InvalidInput("page_incomplete")
    row = session.get(Page, (slug.strip(), language))
    if row is None:
        row = Page(slug=slug.strip(), language=language, title="", body="")
        session.add(row)
    row.title, row.body = title.strip(), body.strip()
    session.flush()
    timeline.record(
        session,
        subject="page",
        subject_id=0,
        action="saved",
        actor=actor,
        facts={"slug": row.slug, "language": language},
    )
    return _view(row)


_FACTS = select(ShopFact.key, ShopFact.value)


def facts(session: Session) -> dict[str, str]:
    """The shop's short facts: ``name``, ``address``, ``phone``, ``maps_url`` …"""

    def read() -> tuple[tuple[str, str], ...]:
        return tuple((key, value) for key, value in session.execute(_FACTS))

    return dict(recall(session, "shop_facts", (ShopFact.__tablename__,), read))


def quiet_hours(session: Session) -> QuietHours:
    """The shop's fact ``quiet_hours``; one that cannot be read counts as not given."""
    said = session.scalars(select(ShopFact.value).where(ShopFact.key == "quiet_hours")).first()
    try:
        return QuietHours.read(said) if said else QuietHours()
    except InvalidInput:
        log.warning("the fact quiet_hours is not like 21.00-08.00")
        return QuietHours()


def save_fact(session: Session, key: str, value: str) -> None:
    """Write one fact, new or anew."""
    query = insert(ShopFact).values(key=key, value=value)
    session.execute(query.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def change_facts(session: Session, values: Mapping[str, str], *, actor: Actor) -> list[str]:
    """Write those of ``values`` that differ, and who did; returns their keys in order."""
    known = facts(session)
    changed = sorted(key for key, value in values.items() if known.get(key, "") != value)
    for key in changed:
        save_fact(session, key, values[key])
    if changed:
        timeline.record(
            session,
            subject="shop",
            subject_id=0,
            action="facts_changed",
            actor=actor,
            facts={"keys": changed},
        )
    return changed


def set_hours(session: Session, hours: Mapping[int, Sequence[tuple[time, time]]]) -> None:
    """Replace the opening hours of the week: weekday (0 = Monday) → (opens, closes), …

    Raises InvalidInput("hours_invalid") for an unknown weekday, a span that ends before it begins,
    or two that overlap.
    """
    rows = []
    for weekday, spans in hours.items():
        last = time.min
        for opens, closes in sorted(spans):
            if weekday not in range(7) or opens >= closes or opens < last:
                raise InvalidInput("hours_invalid", weekday=weekday)
            rows.append(OfficeHour(weekday=weekday, opens=opens, closes=closes))
            last = closes
    session.execute(delete(OfficeHour))
    session.add_all(rows)
    session.flush()


def hours(session: Session) -> dict[int, list[tuple[time, time]]]:
    """The opening hours of the week: weekday (0 = Monday) → (opens, closes), …"""
    week: dict[int, list[tuple[time, time]]] = {}
    for row in session.scalars(select(OfficeHour).order_by(OfficeHour.weekday, OfficeHour.opens)):
        week.setdefault(row.weekday, []).append((row.opens, row.closes))
    return week


def add_holiday(session: Session, day: date, name: str) -> None:
    """Keep the shop closed on a local date; a second call renames the day."""
    query = insert(Holiday).values(day=day, name=name)
    session.execute(query.on_conflict_do_update(index_elements=["day"], set_={"name": name}))


def remove_holiday(session: Session, day: date) -> None:
    """Open on ``day`` as on any other."""
    session.execute(delete(Holiday).where(Holiday.day == day))


def holidays(session: Session, since: date | None = None) -> list[tuple[date, str]]:
    """The closed days from ``since`` (default: today) on."""
    first = since or clock.local_date(clock.now())
    query = select(Holiday).where(Holiday.day >= first).order_by(Holiday.day)
    return [(row.day, row.name) for row in session.scalars(query)]


def is_open(session: Session, at: datetime | None = None) -> bool:
    """Whether people answer at ``at`` (default: now). A shop without hours is always open."""
    at = at or clock.now()
    week, closed = _week(session, at)
    return not week or rules.is_open(week, closed, at)


def next_opening(session: Session, at: datetime | None = None) -> datetime:
    """The first moment from ``at`` on when people answer, in UTC.

    That is ``at`` itself while open, also when no opening is known within two months.
    """
    at = at or clock.now()
    week, closed = _week(session, at)
    moment = rules.next_opening(week, closed, at) if week else None
    return (moment or at).astimezone(UTC)


def promise(session: Session, at: datetime | None = None, minutes: int = 15) -> datetime:
    """When a customer may expect a person: ``minutes`` after now, or after the next opening."""
    return next_opening(session, at) + timedelta(minutes=minutes)


def _week(session: Session, at: datetime) -> tuple[rules.Hours, set[object]]:
    closed: set[object] = {day for day, _ in holidays(session, clock.local_date(at))}
    return hours(session), closed


def _view(row: Page) -> PageView:
    return PageView(row.slug, row.language, row.title, row.body, row.updated_at)
