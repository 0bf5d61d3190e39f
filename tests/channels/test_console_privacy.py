"""What customers may ask of their data, in the console: a manager's deed, confirmed, on record."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from channels import tasks
from channels.context import Context
from crm_core import conversations, customers, privacy, timeline
from crm_core.conversations import InboundMedia
from crm_core.customers import Customer
from tests import factories, selling
from tests.channels.desk import Desk, desk_of

PHOTO = InboundMedia(None, "image/jpeg", "media/aa/proof.jpg", "a" * 64, 5)


@pytest.fixture
def path(asleep: Context) -> str:
    """Of Budi, who has written once and sent a picture."""
    file = asleep.settings.data_dir / str(PHOTO.path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"photo")
    with asleep.unit_of_work() as session:
        talk = factories.received(session, "halo", media=(PHOTO,), profile_name="Budi").conversation
        session.execute(sa.update(conversations.Message).values(provider="loopback"))
        return f"/console/customers/{talk.customer.public_id}"


def desk(asleep: Context, flask_app: Flask, role: str, name: str) -> Desk:
    with asleep.unit_of_work() as session:
        return desk_of(flask_app, factories.member(session, role, name))


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk(asleep, flask_app, "manager", "Rina")


def budi(asleep: Context) -> Customer:
    with asleep.unit_of_work() as session:
        return session.scalars(sa.select(Customer)).one()


def recorded(asleep: Context) -> list[str]:
    """What the history says that people of the shop did to the customer."""
    with asleep.unit_of_work() as session:
        ids = customers.ids_of(session, budi(asleep))
        entries = timeline.entries(session, customer_ids=ids, limit=50)
        return [one.action for one in reversed(entries) if one.actor_kind == "staff"]


def test_a_manager_downloads_everything_and_that_is_on_record(
    asleep: Context, rina: Desk, path: str
) -> None:
    answer = rina.post(f"{path}/export")
    given = json.loads(answer.get_data(as_text=True))
    assert given["tables"]["messages"][0]["text"] == "halo"
    assert given["files"] == [PHOTO.path]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="customer-')
    assert answer.headers["Cache-Control"] == "no-store"
    assert recorded(asleep) == ["exported"]
    assert "Data pelanggan diserahkan" in rina.text(path)


def test_a_manager_corrects_phone_address_and_consent(
    asleep: Context, rina: Desk, path: str
) -> None:
    filled = {"phone": "0813-9999-0000", "email": "Budi@Toko.example", "promo": "no"}
    assert "Datanya sudah diperbaiki." in rina.send(f"{path}/correct", filled)
    one = budi(asleep)
    assert (one.phone, one.email) == ("+6281399990000", "budi@toko.example")
    assert one.promo_consent is False
    assert "+6281399990000" not in rina.get(path).get_data(as_text=True)


def test_a_correction_that_is_refused_changes_nothing_and_keeps_what_was_typed(
    asleep: Context, rina: Desk, path: str
) -> None:
    answer = rina.post(f"{path}/correct", {"phone": "081399990000", "email": "bukan", "promo": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="bukan"' in page
    assert (budi(asleep).phone, budi(asleep).email) == ("+6281234567890", None)
    assert recorded(asleep) == []


@pytest.mark.parametrize("word", ["", "lupa", "YA"])
def test_without_the_word_nobody_is_forgotten(
    asleep: Context, rina: Desk, path: str, word: str
) -> None:
    page = rina.send(f"{path}/erase", {"word": word})
    assert "Ketik LUPAKAN persis seperti tertulis." in page
    assert budi(asleep).name == "Budi"
    assert (asleep.settings.data_dir / str(PHOTO.path)).exists()


def test_a_manager_forgets_a_customer_with_their_files_for_good(
    asleep: Context, rina: Desk, path: str
) -> None:
    page = rina.send(f"{path}/erase", {"word": "lupakan"})
    assert "Pelanggan sudah dilupakan." in page
    tasks.let_go()
    one = budi(asleep)
    assert (one.name, one.phone) == (None, None)
    assert not (asleep.settings.data_dir / str(PHOTO.path)).exists()
    assert recorded(asleep) == ["erased"]


def test_what_stays_outside_is_on_the_managers_first_page_until_it_is_gone(
    asleep: Context, rina: Desk, path: str
) -> None:
    file = asleep.settings.data_dir / str(PHOTO.path)
    rina.send(f"{path}/erase", {"word": "lupakan"})
    file.parent.rename(file.parent.with_name("away"))
    file.mkdir(parents=True)  # in its place something that cannot be unlinked
    with asleep.unit_of_work() as session:
        session.execute(sa.update(privacy.Leftover).values(error="no rights"))
    assert "Belum terhapus di luar basis data" in rina.text("/console")
    file.rmdir()
    tasks.let_go()
    assert "Belum terhapus di luar basis data" not in rina.text("/console")


def test_nobody_is_forgotten_while_an_order_is_open(asleep: Context, rina: Desk, path: str) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session)
        selling.account(session)
        selling.placed(session, session.scalars(sa.select(Customer)).one())
    page = rina.send(f"{path}/erase", {"word": "LUPAKAN"})
    assert "Masih ada pesanan yang belum selesai." in page
    assert budi(asleep).name == "Budi"
    assert recorded(asleep) == []


def test_an_agent_sees_neither_the_buttons_nor_a_way_around_them(
    asleep: Context, flask_app: Flask, path: str
) -> None:
    siti = desk(asleep, flask_app, "agent", "Siti")
    assert 'id="privacy"' not in siti.get(path).get_data(as_text=True)
    for deed in ("export", "correct", "erase"):
        assert siti.post(f"{path}/{deed}", {"word": "LUPAKAN"}).status_code == 403
    assert recorded(asleep) == []


@pytest.mark.parametrize(("typed", "kept"), [("WIT", "WIT"), ("", None)])
def test_an_agent_sets_the_zone_of_a_customers_quiet_hours(
    asleep: Context, flask_app: Flask, path: str, typed: str, kept: str | None
) -> None:
    siti = desk(asleep, flask_app, "agent", "Siti")
    siti.send(path, {"name": "Budi", "zone": "WITA"})
    page = siti.send(path, {"name": "Budi", "zone": typed})
    assert budi(asleep).zone == kept
    assert f"Zona waktu {typed or 'Menurut alamat kirim'}" in page


def test_a_zone_that_does_not_exist_is_refused(asleep: Context, rina: Desk, path: str) -> None:
    assert rina.post(path, {"name": "Budi", "zone": "UTC"}).status_code == 422
    assert budi(asleep).zone is None
