"""Every list of the console: each is filtered, sorted, leafed through and taken away as a file."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from channels.context import Context
from crm_core import (
    catalogue,
    clock,
    comments,
    complaints,
    customers,
    orders,
    payments,
    pricing,
    returns,
    shipments,
    shop,
    stock,
    webhooks,
)
from crm_core.conversations.models import Message
from crm_core.learning.models import Misunderstood
from crm_core.loyalty.models import PointsEntry
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments.models import BankFile, BankMutation, Difference, Refund
from crm_core.pricing import NewPromotion
from crm_core.reports import TABLES, Asked, Table, tables
from crm_core.staff import Staff
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Case, Desk, a_case, desk_of, member
from tests.channels.test_console_access import console_rules

LISTS = {
    "inbox": ("talks",), "payments": ("payments",), "orders": ("orders",),
    "shipping": ("rounds",), "shipping_way": ("parcels",), "shipping_rates": ("rates",),
    "complaints": ("complaints",), "returns": ("returns",), "customers": ("customers",),
    "comments": ("comments",), "learning": ("misunderstood",), "parts": ("parts", "stock"),
    "categories": ("categories",), "goods": ("receipts",), "promotions": ("promotions",),
    "bargains": ("bargains",), "margins": ("margins",), "bank": ("differences",),
    "bank_files": ("bank_files",), "wishes": ("wishes",), "pages": ("pages",),
    "staff": ("staff",), "shop": ("accounts", "holidays"),
    "webhooks": ("webhook_deliveries",),
}  # fmt: skip
"""A page that lists something -> the tables in which all of it can be found and taken away."""
NO_LISTS = {
    "home", "home_with_slash", "login", "password", "events", "menu_counts", "learning_state",
    "new_part", "import_parts", "new_promotion", "shipping_rate_new", "shipping_numbers",
    "bank_day", "bank_day_csv", "rates_csv",
}  # fmt: skip
TODAY = date(2030, 1, 7)


@pytest.fixture
def lived_in(asleep: Context) -> Case:
    """At least two rows of everything that a list shows, wherever there can be two."""
    case = a_case(asleep)
    with asleep.unit_of_work() as session:
        clerk = factories.member(session, "manager", "Rina")
        order = orders.by_code(session, case.order)
        _goods_and_prices(session, clerk)
        _talk(session, order)
        _money(session, order, clerk)
        _parcels(session, order, clerk)
        shop.save_page(session, slug="privacy", language="id", title="=Privasi", body="Rahasia.",
                       actor=Actor.of_staff(clerk))  # fmt: skip
        for address in "https://erp.example/a", "https://erp.example/b":
            webhooks.ping(session, webhooks.add(
                session, address, ["order.paid"], actor=Actor.of_staff(clerk)))  # fmt: skip
        shop.add_holiday(session, TODAY, "Tahun Baru")
        shop.add_holiday(session, TODAY + timedelta(days=1), "Cuti bersama")
    return case


def _goods_and_prices(session: Session, clerk: Staff) -> None:
    actor = Actor.of_staff(clerk)
    selling.part(session, selling.FILTER, price=20_000, name="=Saringan Oli")
    for slug, name in (("rem", "Rem"), ("oli", "Oli")):
        catalogue.save_category(session, slug=slug, name_id=name, actor=actor)
        pricing.save_margin_rule(session, max_percent=5, by=clerk, category=slug)
        starts = clock.now()
        pricing.save_promotion(
            session,
            NewPromotion(name, "percent", 5, starts, starts + timedelta(days=9), code=slug.upper()),
            actor=actor,
        )
    lines = [(selling.PADS, 5), (selling.FILTER, 6)]
    stock.receive_goods(session, lines, supplier="PT Satu", document="SJ-1", actor=actor)
    tiers = [("workshop", 1, 45_000), ("walk_in", 12, 47_000)]
    pricing.set_tiers(session, selling.PADS, tiers, actor=actor)


def _talk(session: Session, order: Order) -> None:
    siti = factories.conversation(session, factories.SITI)
    for customer in (customers.by_id(session, order.customer_id), siti.customer):
        pricing.bargain(session, customer, selling.PADS, 2, 40_000)
        catalogue.record_wish(
            session, query="jok tinggi", reason="not_found", customer_id=customer.id
        )
        comments.leave(session, customer, "=Buka hari Minggu dong", kind="suggestion",
                       actor=Actor.customer(customer), may_publish=True)  # fmt: skip
        session.add(PointsEntry(customer_id=customer.id, kind="corrected", points=5, reason="x"))
        complaints.file(session, customer, "kurang satu", actor=Actor.customer(customer))
    for message in session.scalars(sa.select(Message).where(Message.direction == "inbound")):
        session.add(
            Misunderstood(
                message_id=message.id, conversation_id=message.conversation_id, language="id",
                text=message.text, key=f"{message.id}", reason="fallback", guess="thank",
            )
        )  # fmt: skip


def _money(session: Session, order: Order, clerk: Staff) -> None:
    account = payments.accounts(session)[0].id
    file = BankFile(name="bca.csv", sha256="0" * 64, size=1, shape="BCA", imported_by=clerk.id)
    session.add_all([file, BankFile(name="bri.csv", sha256="1" * 64, size=1, shape="BRI")])
    session.flush()
    for row in (1, 2):
        booked = BankMutation(
            bank_account_id=account, bank_file_id=file.id, row=row, booked_on=TODAY,
            direction="in", amount_idr=Rupiah(10_000 * row), description="=TRSF E-BANKING CR",
            reference=f"R{row}", fingerprint=f"{row}", occurrence=1, state="open",
        )  # fmt: skip
        session.add(booked)
        session.flush()
        gap = Difference(
            kind="unknown", state="open", bank_account_id=account, mutation_id=booked.id,
            amount_idr=booked.amount_idr, booked_on=TODAY,
        )  # fmt: skip
        session.add(gap)
        session.flush()
        session.add(
            Refund(difference_id=gap.id, amount_idr=gap.amount_idr, to_bank="BCA", to_number="12",
                   to_holder="Budi", reason="salah kirim", requested_by=clerk.id)
        )  # fmt: skip
    selling.account(session, "0298888888", 1)


def _parcels(session: Session, order: Order, clerk: Staff) -> None:
    actor = Actor.of_staff(clerk)
    siti = factories.customer(session, factories.SITI)
    selling.district_id(session, "Pontianak Barat")
    second, _ = selling.placed(session, siti, [(selling.FILTER, 1)])
    for one, courier in ((order, "Udin"), (second, "Amat")):
        shipments.open_batch(session, day=TODAY, method="driver", courier=courier, actor=actor)
        one.state, one.paid_at = OrderState.DELIVERED, clock.now()
        one.shipped_at = one.delivered_at = clock.now()
        session.flush()
        pieces = {one.lines[0].part_code: 1}
        returns.ask(session, one, pieces, kind="return", reason="tidak jadi", actor=actor)


@pytest.fixture
def admin(asleep: Context, lived_in: Case, flask_app: Flask) -> Desk:
    assert lived_in.order
    return desk_of(flask_app, member(asleep, "admin", "Bos"))


def file_of(desk: Desk, name: str, **asked: str) -> list[dict[str, str]]:
    answer = desk.get(f"/console/lists/{name}.csv?{urlencode(asked)}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), (name, asked)
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def whole(here: Context, table: Table, **asked: Any) -> list[tuple[Any, ...]]:
    with here.unit_of_work() as session:
        return tables.whole(session, table, Asked(**asked))


def test_every_page_that_lists_something_leads_to_its_table(flask_app: Flask, admin: Desk) -> None:
    plain = {view for view, rule in console_rules(flask_app)
             if not rule.arguments and "GET" in (rule.methods or ())}  # fmt: skip
    assert plain == set(LISTS) | NO_LISTS
    for view, names in LISTS.items():
        address = next(r.rule for v, r in console_rules(flask_app)
                       if v == view and "GET" in (r.methods or ()))  # fmt: skip
        page = admin.get(address).get_data(as_text=True)
        for name in names:
            assert f'href="/console/lists/{name}' in page, (view, name)


def test_a_list_is_taken_away_whole_in_every_order_and_runs_no_formula(
    asleep: Context, admin: Desk
) -> None:
    for name, table in TABLES.items():
        rows = file_of(admin, name)
        assert len(rows) >= 2, name
        assert list(rows[0]) == [column.name for column in table.columns]
        assert not any(value.startswith("=") for row in rows for value in row.values()), name
        for place, column in enumerate(table.columns):
            up = [row[place] for row in whole(asleep, table, sort=column.name)]
            down = [row[place] for row in whole(asleep, table, sort=f"-{column.name}")]
            known = [value for value in up if value is not None]
            assert up[: len(known)] == known, (name, column.name)  # the unknown stand last
            assert [value for value in down if value is not None] == known[::-1], column.name


def test_a_list_is_leafed_through_and_each_row_is_met_once(
    asleep: Context, admin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PAGE", 1)
    for name, table in TABLES.items():
        everything = whole(asleep, table)
        leaves: list[tuple[Any, ...]] = []
        for page in range(1, len(everything) + 1):
            with asleep.unit_of_work() as session:
                found = tables.read(session, table, Asked(page=page))
            assert (found.pages, found.total, found.page) == (*[len(everything)] * 2, page)
            leaves += found.rows
        assert leaves == everything, name
        page_one = admin.get(f"/console/lists/{name}").get_data(as_text=True)
        assert 'rel="next"' in page_one, name
        assert f'href="/console/lists/{name}.csv?' in page_one
        for column in table.columns:
            assert f"sort={column.name}" in page_one or f"sort=-{column.name}" in page_one


def test_a_list_is_filtered_by_words_by_state_and_by_day(asleep: Context, admin: Desk) -> None:
    for name, table in TABLES.items():
        everything = whole(asleep, table)
        for place, column in enumerate(table.columns):
            value = next((row[place] for row in everything if row[place] not in {None, ""}), None)
            if value is None:
                continue
            kept = [row for row in everything if row[place] == value]
            if column.choices or column.kind == "flag":
                said = ("yes" if value else "no") if column.kind == "flag" else str(value)
                found = whole(asleep, table, values={column.name: said})
                assert sorted(found, key=str) == sorted(kept, key=str), (name, column.name)
            elif column.kind == "text":
                found = whole(asleep, table, query=str(value).split()[0])
                assert {str(row) for row in kept} <= {str(row) for row in found}, name
        assert whole(asleep, table, query="zzz-tidak-ada") == [] or not _has_text(table), name
        _filtered_by_day(asleep, table, everything)


def _has_text(table: Table) -> bool:
    return any(column.kind == "text" for column in table.columns)


def _filtered_by_day(here: Context, table: Table, everything: list[tuple[Any, ...]]) -> None:
    places = [n for n, one in enumerate(table.columns) if one.kind in {"moment", "day"}]
    if not places:
        return
    days = [row[places[0]] for row in everything if row[places[0]] is not None]
    known = sorted(clock.local_date(day) if isinstance(day, datetime) else day for day in days)
    first, last = known[0].isoformat(), known[-1].isoformat()
    assert len(whole(here, table, since=first, until=last)) == len(days), table.name
    before = (known[0] - timedelta(days=1)).isoformat()
    assert whole(here, table, until=before) == [], table.name
