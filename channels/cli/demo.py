"""The demo shop: ``data/demo`` into the database, once for each version of those files."""

from __future__ import annotations

import csv
import hashlib
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from crm_core import catalogue, clock, customers, payments, pricing, shipping, shop, staff
from crm_core.codes import ALPHABET
from crm_core.errors import Conflict, NotFound
from crm_core.pricing import NewPromotion
from crm_core.settings import ROOT
from crm_core.timeline import Actor

FILES = ROOT / "data" / "demo"
LOADED = "demo_version"
"""The shop fact that tells which version of the files is loaded."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    """What the person at the screen needs to know."""

    logins: tuple[str, ...]
    password: str
    summary: str


class IncompleteDemoError(RuntimeError):
    """A row of ``data/demo`` was refused; the project's own files must load completely."""


def load(session: Session, data_dir: Path, files: Path = FILES) -> DemoShop:
    """Load the demo shop unless this version is loaded already; the caller commits.

    What staff changed since stays as it is until the files change.
    """
    password = demo_password(data_dir)
    people = tuple(_rows(files / "staff.csv"))
    logins = tuple(f"{row['email']} ({row['role']})" for row in people)
    version = _version(files, password)
    if shop.facts(session).get(LOADED) == version:
        return DemoShop(logins, password, "demo shop loaded before")
    actor = Actor.system("demo shop")
    _load_shop(session, files, actor)
    _load_staff(session, people, password, actor)
    count = _load_parts(session, files, actor)
    _load_prices(session, files, actor)
    _load_customers(session, files, actor)
    shop.save_fact(session, LOADED, version)
    return DemoShop(logins, password, f"{count} parts")


def demo_password(data_dir: Path) -> str:
    """The password of all demo logins, made once for a data folder and kept readable by us."""
    path = data_dir / "demo_password"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        blocks = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("-".join(blocks).lower())
    return path.read_text(encoding="ascii").strip()


def _version(files: Path, password: str) -> str:
    digest = hashlib.sha256(password.encode())
    for path in sorted(files.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _load_shop(session: Session, files: Path, actor: Actor) -> None:
    for row in _rows(files / "shop.csv"):
        shop.save_fact(session, row["key"], row["value"])
    for path in sorted((files / "pages").glob("*.md")):
        slug, language = path.name.split(".")[:2]
        title, _, body = path.read_text(encoding="utf-8").partition("\n")
        title = title.removeprefix("# ")
        shop.save_page(session, slug=slug, language=language, title=title, body=body, actor=actor)
    week: dict[int, list[tuple[time, time]]] = defaultdict(list)
    for row in _rows(files / "office_hours.csv"):
        if row["opens"]:
            span = (time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))
            week[int(row["weekday"])].append(span)
    shop.set_hours(session, week)
    for row in _rows(files / "holidays.csv"):
        shop.add_holiday(session, date.fromisoformat(row["date"]), row["name_id"])
    rates = shipping.load_rates(session, _rows(files / "shipping_rates.csv"))
    _complete("shipping_rates.csv", rates.rejected)
    _load_cod(session, files, actor)
    for row in _rows(files / "bank_accounts.csv"):
        try:
            payments.add_account(
                session,
                row["bank"],
                row["number"],
                row["holder"],
                actor=actor,
                position=int(row["position"]),
            )
        except Conflict:
            continue  # it is there from an earlier version


def _load_cod(session: Session, files: Path, actor: Actor) -> None:
    for row in _rows(files / "cod_rules.csv"):
        methods = frozenset(method for method in shipping.METHODS if row[method] == "1")
        most, completed, at_once = (
            int(row[name]) for name in ("max_total_idr", "min_completed", "most_open")
        )
        terms = shipping.CodTerms(row["active"] == "1", most, completed, at_once, methods)
        shipping.set_cod_terms(session, terms, actor=actor)


def _load_staff(
    session: Session, people: tuple[dict[str, str], ...], password: str, actor: Actor
) -> None:
    for row in people:
        try:
            known = staff.by_email(session, row["email"])
        except NotFound:
            staff.add(session, **row, password=password, actor=actor)
        else:
            staff.set_password(session, known, password, actor=actor)


def _load_parts(session: Session, files: Path, actor: Actor) -> int:
    for row in _rows(files / "categories.csv"):
        catalogue.save_category(
            session,
            slug=row["slug"],
            name_id=row["name_id"],
            name_en=row["name_en"],
            position=int(row["position"]),
            actor=actor,
        )
    parts = list(_rows(files / "parts.csv"))
    report = catalogue.upsert_parts(session, parts, actor=actor)
    _complete("parts.csv", report.rejected)
    catalogue.load_fitments(session, _rows(files / "fitments.csv"))
    for row in _rows(files / "substitutes.csv"):
        catalogue.save_substitute(
            session, row["part_code"], row["substitute_code"], row["kind"], actor=actor
        )
    return len(parts)


def _load_prices(session: Session, files: Path, actor: Actor) -> None:
    tiers: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in _rows(files / "prices.csv"):
        tier = (row["price_class"], int(row["min_quantity"]), int(row["price_idr"]))
        tiers[row["part_code"]].append(tier)
    for part_code, rows in tiers.items():
        pricing.set_tiers(session, part_code, rows, actor=actor)
    for row in _rows(files / "margins.csv"):
        pricing.save_margin_rule(
            session,
            max_percent=int(row["max_percent"]),
            by=staff.by_email(session, row["set_by"]),
            category=row["category"] or None,
            price_class=row["price_class"] or None,
        )
    known = {one.name_id for one in pricing.promotions(session, limit=200).items}
    for row in _rows(files / "promotions.csv"):
        if row["name_id"] not in known:  # else it is there from an earlier version
            pricing.save_promotion(session, _promotion(row), actor=actor)


def _number(text: str) -> int | None:
    return int(text) if text else None


def _promotion(row: dict[str, str]) -> NewPromotion:
    """From today for so many days, so that the demo shop always has something running."""
    today = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return NewPromotion(
        name_id=row["name_id"],
        name_en=row["name_en"],
        kind=row["kind"],
        value=int(row["value"]),
        starts_at=today,
        ends_at=today + timedelta(days=int(row["days"])),
        code=row["code"] or None,
        category=row["category"] or None,
        min_items_idr=int(row["min_items_idr"]),
        max_discount_idr=_number(row["max_discount_idr"]),
        limit_total=_number(row["limit_total"]),
        limit_per_customer=_number(row["limit_per_customer"]),
    )


def _load_customers(session: Session, files: Path, actor: Actor) -> None:
    for row in _rows(files / "customers.csv"):
        customer = customers.for_address(session, "whatsapp", f"whatsapp:{row['phone']}")
        customers.rename(session, customer, row["name"], actor=actor)
        customers.set_language(session, customer, row["language"], actor=actor)
        customers.set_kind(session, customer, row["kind"], actor=actor)
        customers.set_price_class(session, customer, row["price_class"], actor=actor)
        customers.add_bike(
            session,
            customer,
            row["bike_model"],
            row["bike_generation"] or None,
            int(row["bike_year"]) if row["bike_year"] else None,
            actor=actor,
        )
        place = shipping.find_districts(session, f"{row['district']}, {row['regency']}")
        customers.remember_address(
            session,
            customer,
            recipient_name=row["name"],
            phone=row["phone"],
            address=row["address"],
            district_id=place[0].id if len(place) == 1 else None,
        )


def _complete(file: str, rejected: object) -> None:
    if rejected:
        raise IncompleteDemoError(f"data/demo/{file}: rows were refused: {rejected}")
