"""Comments: kept once, shown only with consent, answered where the writer reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, comments
from crm_core.comments import Comment
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests import factories, selling

TEXT = "Tokonya buka hari Minggu dong"


@pytest.fixture
def customer(session: Session) -> Customer:
    return factories.conversation(session).customer


@pytest.fixture
def clerk(session: Session) -> Actor:
    return Actor.of_staff(factories.member(session, name="Sari"))


def left(session: Session, customer: Customer, text: str = TEXT, **more: object) -> Comment:
    values: dict[str, object] = {"kind": "suggestion", "actor": Actor.customer(customer)}
    return comments.leave(session, customer, text, **(values | more))  # type: ignore[arg-type]


def number(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Comment)) or 0


def arrived(session: Session, order: Order) -> None:
    values = {"state": "delivered", "paid_at": clock.now()}
    session.execute(sa.update(Order).where(Order.id == order.id).values(values))


def told(session: Session) -> list[str]:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id)
    return list(session.scalars(query))


def test_a_comment_is_kept_once_with_its_history(session: Session, customer: Customer) -> None:
    made = left(session, customer)
    assert (made.kind, made.state, made.text, made.may_publish) == (
        "suggestion", "new", TEXT, False,
    )  # fmt: skip
    assert left(session, customer, f" {TEXT}  ").id == made.id
    assert number(session) == 1
    assert selling.actions(session, "comment", made.id) == [("left", "customer")]
    assert comments.counts(session) == {"new": 1}


def test_a_customer_says_five_things_a_day_and_goes_on_the_next(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        for one in range(5):
            left(session, customer, f"saran nomor {one}")
        with pytest.raises(Conflict) as refused:
            left(session, customer, "saran nomor enam")
        assert (refused.value.code, number(session)) == ("comments_too_many", 5)
        travel.shift(timedelta(days=1, seconds=1))
        left(session, customer, "saran nomor enam")
    assert number(session) == 6


def test_a_part_is_reviewed_only_by_who_has_had_it(session: Session, customer: Customer) -> None:
    selling.part(session)
    order = selling.order(session, customer, (selling.PADS, 1))
    with pytest.raises(NotAllowed) as refused:
        left(session, customer, "awet sekali", kind="review", part_code=selling.PADS)
    assert (refused.value.code, number(session)) == ("part_not_bought", 0)
    arrived(session, order)
    made = left(session, customer, "awet sekali", kind="review", part_code=selling.PADS)
    assert comments.view(session, made.id).part_code == selling.PADS
    with pytest.raises(InvalidInput):
        left(session, customer, "tanpa barang", kind="review")


def test_an_answer_reaches_the_writer_through_the_one_door(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    made = left(session, customer)
    assert comments.answer(session, made.id, "Mulai bulan depan, Kak", actor=clerk) is True
    assert [TEXT in text and "Mulai bulan depan" in text for text in told(session)] == [True]
    shown = comments.view(session, made.id)
    assert (shown.state, shown.answer, shown.answered_by) == (
        "answered", "Mulai bulan depan, Kak", "Sari",
    )  # fmt: skip
    for text in ("", "x" * 2001):
        with pytest.raises(InvalidInput):
            comments.answer(session, made.id, text, actor=clerk)
    assert len(told(session)) == 1


def test_who_only_filled_in_a_form_finds_the_answer_in_the_chat_of_their_browser(
    session: Session, clerk: Actor
) -> None:
    visitor = factories.customer(session, "web:" + "a" * 32, None)
    made = left(session, visitor, kind="question")
    assert comments.answer(session, made.id, "Bisa, Kak", actor=clerk) is True
    (message,) = session.scalars(sa.select(Message).where(Message.author == "system"))
    assert message.conversation.customer_id == visitor.id
    assert message.conversation.channel == "web"


def test_the_shop_shows_only_what_its_writer_and_staff_agree_to(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    private = left(session, customer)
    public = left(session, customer, "Pelayanannya ramah", kind="praise", may_publish=True)
    assert comments.published(session) == []
    with pytest.raises(Conflict) as refused:
        comments.publish(session, private.id, actor=clerk)
    assert (refused.value.code, private.state) == ("comment_private", "new")
    with pytest.raises(Conflict):
        comments.publish(session, public.id, actor=Actor.customer(customer))
    comments.publish(session, public.id, actor=clerk)
    comments.answer(session, public.id, "Makasih, Kak", actor=clerk)
    assert [(one.text, one.answer) for one in comments.published(session)] == [
        ("Pelayanannya ramah", "Makasih, Kak")
    ]
    comments.hide(session, public.id, actor=clerk)
    assert comments.published(session) == []
    assert selling.actions(session, "comment", public.id) == [
        ("left", "customer"), ("published", "staff"), ("answered", "staff"), ("hidden", "staff"),
    ]  # fmt: skip


def test_a_review_is_shown_at_its_part_and_not_among_the_rest(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    selling.part(session)
    order = selling.order(session, customer, (selling.PADS, 1))
    arrived(session, order)
    made = left(session, customer, "awet", kind="review", part_code=selling.PADS, may_publish=True)
    comments.publish(session, made.id, actor=clerk)
    assert [one.text for one in comments.published(session, part_code=selling.PADS)] == ["awet"]
    assert comments.published(session) == []


def test_comments_are_found_by_state_and_words(session: Session, customer: Customer) -> None:
    made = left(session, customer)
    left(session, customer, "Parkirannya sempit")
    assert [one.id for one in comments.listing(session, query="minggu tokonya").items] == [made.id]
    assert comments.listing(session, state="hidden").items == ()
    with pytest.raises(NotFound):
        comments.view(session, made.id + 1000)
