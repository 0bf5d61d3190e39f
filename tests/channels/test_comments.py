"""Comments: written on the shop's pages, answered and shown from the console."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from channels.context import Context
from crm_core import clock, comments, customers
from crm_core.comments import Comment
from crm_core.conversations import Message
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Desk, desk_of, member, words
from tests.channels.test_member import sign_in
from tests.channels.test_shopping import Shopper

SAID = {"kind": "suggestion", "text": "Buka hari Minggu dong", "name": "Budi", "show": "yes"}


@pytest.fixture
def shopper(asleep: Context, web: FlaskClient) -> Shopper:
    with asleep.unit_of_work() as session:
        selling.part(session)
    return Shopper(web)


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def kept(here: Context) -> list[tuple[str, str, str, bool]]:
    with here.unit_of_work() as session:
        rows = session.scalars(sa.select(Comment).order_by(Comment.id))
        return [(str(one.kind), one.text, one.name, one.may_publish) for one in rows]


def left(here: Context, **more: object) -> int:
    with here.unit_of_work() as session:
        customer = factories.conversation(session).customer
        values: dict[str, object] = {"kind": "praise", "may_publish": True, "name": "Budi"}
        return comments.leave(
            session, customer, "Pelayanannya <b>ramah</b>", actor=Actor.customer(customer),
            **(values | more),  # type: ignore[arg-type]
        ).id  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (
            {"kind": "praise", "text": "Mantap sekali"},
            ("praise", "Mantap sekali", "", False),
        ),
        (SAID, ("suggestion", "Buka hari Minggu dong", "Budi", True)),
        (
            {"kind": "question", "text": "a" * 2000, "name": "b" * 90},
            ("question", "a" * 2000, "b" * 80, False),
        ),
    ],
    ids=["easy", "typical", "extreme"],
)
def test_what_is_written_on_the_contact_page_is_kept(
    asleep: Context, shopper: Shopper, typed: dict[str, str], stored: tuple[str, str, str, bool]
) -> None:
    answer = shopper.post("/contact", typed)
    assert answer.status_code == 303
    assert "Sudah kami terima" in words(shopper.get("/contact"))
    assert kept(asleep) == [stored]


def test_what_is_illegal_is_told_beside_the_text_and_changes_nothing(
    asleep: Context, shopper: Shopper
) -> None:
    for typed, told in (
        ({"text": "  "}, "Tulis dulu pesannya."),
        ({"text": "a" * 2001}, "Pesannya terlalu panjang, paling banyak 2000 huruf."),
        ({"text": "http://a.example http://b.example"}, "Tulis tanpa tautan ya."),
        ({"kind": "review"}, "Pilih salah satu: saran, pujian, atau pertanyaan."),
    ):
        answer = shopper.post("/contact", SAID | typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, typed
        assert f'id="c-wrong" role="alert">{told}<' in page, typed
        assert 'value="Budi"' in page
    assert kept(asleep) == []


def test_a_program_that_fills_in_every_field_is_thanked_and_forgotten(
    asleep: Context, shopper: Shopper
) -> None:
    answer = shopper.post("/contact", SAID | {"website": "http://spam.example"})
    assert answer.status_code == 303
    assert kept(asleep) == []


def test_one_place_writes_six_times_a_minute(asleep: Context, shopper: Shopper) -> None:
    codes = [
        shopper.post("/contact", SAID | {"text": f"pesan nomor {n}"}).status_code for n in range(7)
    ]
    assert codes == [303] * 5 + [422, 429]  # five a day for one visitor
    assert len(kept(asleep)) == 5


def test_another_site_writes_nothing(asleep: Context, shopper: Shopper) -> None:
    answer = shopper.post("/contact", SAID, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert kept(asleep) == []


def test_staff_answers_shows_and_hides_and_the_page_is_escaped(
    asleep: Context, shopper: Shopper, rina: Desk
) -> None:
    comment = left(asleep)
    assert "Pelayanannya" not in words(shopper.get("/contact"))
    assert "Pelayanannya" in rina.text("/console/comments")
    address = f"/console/comments/{comment}"
    assert "Sudah tampil di toko" in rina.send(f"{address}/publish")
    assert "Jawaban terkirim" in rina.send(f"{address}/answer", {"text": "Makasih, Kak"})
    for path in ("/contact", "/"):
        page = shopper.get(path).get_data(as_text=True)
        assert "Pelayanannya &lt;b&gt;ramah&lt;/b&gt;" in page
        assert "Makasih, Kak" in page
    with asleep.unit_of_work() as session:
        sent = session.scalars(sa.select(Message.text).where(Message.author == "system")).all()
    assert ["Makasih, Kak" in text for text in sent] == [True]
    with asleep.unit_of_work() as session:
        writer = comments.view(session, comment).customer_id
    assert "pujian Pelayanannya" in rina.text(f"/console/customers/{writer}")
    rina.send(f"{address}/hide")
    assert "Pelayanannya" not in words(shopper.get("/contact"))


@pytest.mark.parametrize(
    ("text", "told"),
    [("  ", "Tulis jawabannya dulu."), ("a" * 2001, "Terlalu panjang, paling banyak 2000 huruf.")],
)
def test_an_illegal_answer_is_told_beside_it_and_sends_nothing(
    asleep: Context, rina: Desk, text: str, told: str
) -> None:
    comment = left(asleep)
    answer = rina.post(f"/console/comments/{comment}/answer", {"text": text})
    assert answer.status_code == 422
    assert f'id="text-wrong" role="alert">{told}<' in answer.get_data(as_text=True)
    with asleep.unit_of_work() as session:
        assert comments.view(session, comment).state == "new"


def test_what_its_writer_keeps_private_is_never_shown(
    asleep: Context, shopper: Shopper, rina: Desk
) -> None:
    comment = left(asleep, may_publish=False)
    assert "tidak mengizinkan" in rina.text(f"/console/comments/{comment}")
    rina.post(f"/console/comments/{comment}/publish")
    assert "Pelayanannya" not in words(shopper.get("/contact"))


def test_an_agent_answers_but_does_not_decide_what_the_shop_shows(
    asleep: Context, flask_app: Flask
) -> None:
    comment = left(asleep)
    siti = desk_of(flask_app, member(asleep))
    assert siti.post(f"/console/comments/{comment}/publish").status_code == 403
    assert "Jawaban terkirim" in siti.send(
        f"/console/comments/{comment}/answer", {"text": "Siap, Kak"}
    )


def test_a_member_reviews_the_part_they_had_and_sees_it_on_their_page(
    asleep: Context, shopper: Shopper, rina: Desk
) -> None:
    with asleep.unit_of_work() as session:
        budi = customers.for_address(session, "whatsapp", factories.BUDI, profile_name="Budi")
        order = selling.order(session, budi, (selling.PADS, 1))
    sign_in(shopper, asleep)
    page, address = f"/p/{selling.PADS}", f"/p/{selling.PADS}/reviews"
    assert address not in shopper.get(page).get_data(as_text=True)
    shopper.post(address, {"text": "Awet", "show": "yes"})
    assert "Ulasan ditulis setelah barangnya diterima." in words(shopper.get(page))
    assert kept(asleep) == []
    with asleep.unit_of_work() as session:
        values = {"state": "delivered", "paid_at": clock.now()}
        session.execute(sa.update(Order).where(Order.id == order.id).values(values))
    assert address in shopper.get(page).get_data(as_text=True)
    shopper.post(address, {"text": "Awet, setahun lebih", "name": "Budi", "show": "yes"})
    assert kept(asleep) == [("review", "Awet, setahun lebih", "Budi", True)]
    assert "Awet, setahun lebih" in words(shopper.get("/me"))
    with asleep.unit_of_work() as session:
        comment = session.scalars(sa.select(Comment.id)).one()
    rina.send(f"/console/comments/{comment}/publish")
    assert "Ulasan pembeli Awet, setahun lebih Budi" in words(shopper.get(page))
