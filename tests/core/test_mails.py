"""E-mail about money: written once to whoever has an address, adding up, in order of attempts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import customers, db, links, mails, payments
from crm_core.customers import Customer
from crm_core.mails import Mail
from crm_core.money import Rupiah, format_rupiah
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed

EMAIL = "budi@contoh.example"


@pytest.fixture
def reader(session: Session, customer: Customer) -> Customer:
    """A customer with an e-mail address."""
    return customers.set_email(session, customer, EMAIL, actor=Actor.customer(customer))


def written(session: Session) -> list[Mail]:
    return list(session.scalars(sa.select(Mail).order_by(Mail.id)))


def amounts(mail: Mail) -> list[int]:
    """The list of amounts in a mail, in rupiah; the last one is the sum."""
    block = mail.text.split("\n\n")[2]
    return [Rupiah.parse(line.rpartition(": ")[2]) for line in block.splitlines()]


def test_placing_an_order_writes_account_amount_and_deadline(
    session: Session, reader: Customer
) -> None:
    order, payment = selling.placed(session, reader, [(selling.PADS, 2)])
    (mail,) = written(session)
    assert (mail.address, mail.state, mail.order_id) == (EMAIL, "queued", order.id)
    assert mail.subject == f"Rincian pembayaran pesanan {order.order_code}"
    assert format_rupiah(payment.amount_due_idr) in mail.text
    assert "BCA 0291234567" in mail.text
    assert "PT Sapa" in mail.text
    assert db.Event("mail_queued", {"mail_id": mail.id}) in db.announced(session)


def test_a_mail_leads_to_the_orders_own_page(
    session: Session, reader: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_own", links._Own("only-for-tests", "https://toko.example"))
    order, _ = selling.placed(session, reader)
    (mail,) = written(session)
    found = re.search(r"https://toko\.example/o/(\S+)", mail.text)
    assert found is not None
    assert links.read_order_token("only-for-tests", found[1]) == order.id
    assert f'href="{found[0]}"' in mail.html
    assert f"halaman ini:\n{found[0]}\n" in mail.text


def test_without_an_address_a_mail_names_no_page(
    session: Session, reader: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_own", links._Own())
    selling.placed(session, reader)
    (mail,) = written(session)
    assert ("halaman" in mail.text, "<a " in mail.html) == (False, False)


def test_the_rows_of_a_mail_add_up_to_what_is_due(session: Session, reader: Customer) -> None:
    _, payment = selling.placed(session, reader, [(selling.PADS, 2)])
    *rows, total = amounts(written(session)[0])
    assert rows == [100_000, 9_000, payment.unique_code]
    assert total == sum(rows) == payment.amount_due_idr


def test_whoever_has_no_address_is_not_written_to(
    session: Session, placed: tuple[Order, Payment]
) -> None:
    assert written(session) == []


def test_an_address_that_becomes_known_gets_what_is_open_once(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, _ = placed
    customers.set_email(session, customer, EMAIL, actor=Actor.customer(customer))
    assert payments.mail_open(session, customer) == [order.order_code]
    assert payments.mail_open(session, customer) == []
    assert len(written(session)) == 1


def test_money_that_came_is_receipted_once(
    session: Session, reader: Customer, clerk: Actor
) -> None:
    order, payment = selling.placed(session, reader)
    selling.pay(session, payment, clerk)
    assert [mail.subject for mail in written(session)][1:] == [
        f"Pembayaran pesanan {order.order_code} sudah kami terima"
    ]
    assert format_rupiah(payment.amount_due_idr) in written(session)[1].text


def test_an_english_customer_is_written_to_in_english(session: Session, reader: Customer) -> None:
    customers.set_language(session, reader, "en", actor=Actor.customer(reader))
    order, _ = selling.placed(session, reader)
    assert written(session)[0].subject == f"How to pay for order {order.order_code}"
    assert 'lang="en"' in written(session)[0].html


def test_what_people_typed_is_text_in_the_html_and_one_line_in_the_subject() -> None:
    made = mails.write(
        "payment_details",
        "id",
        rows=[("<script>x</script>\nBcc: a@b.example", Rupiah(5))],
        order_code="P-1\r\nBcc: a@b.example",
        shop="<b>Toko</b>",
        contact="&",
        amount=Rupiah(5),
        bank="BCA",
        number="1",
        holder="PT",
        deadline=factories.MOMENT,
    )
    assert made.subject.splitlines() == [made.subject]
    assert "<script>" not in made.html
    assert "&lt;b&gt;Toko&lt;/b&gt;" in made.html


@pytest.mark.parametrize("code", ["payment_details", "payment_receipt"])
def test_both_languages_have_every_mail_with_the_same_facts(code: str) -> None:
    facts: dict[str, object] = {
        "order_code": "P-7KM2Q", "shop": "Sapa", "contact": "Jl. Gajah Mada", "bank": "BCA",
        "number": "029", "holder": "PT Sapa", "amount": Rupiah(150_123),
        "deadline": factories.MOMENT, "paid_at": factories.MOMENT,
    }  # fmt: skip
    made = {one: mails.write(code, one, None, [("A", Rupiah(7))], **facts) for one in ("id", "en")}
    for one in made.values():
        assert "{" not in one.subject + one.text
        assert "Rp 150.123" in one.text
        assert "A: Rp 7" in one.text
    assert made["id"].text != made["en"].text


def test_a_mail_is_claimed_by_one_worker_only(database: sa.Engine) -> None:
    def sell(session: Session) -> int:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        customers.set_email(session, customer, EMAIL, actor=Actor.customer(customer))
        selling.placed(session, customer)
        return written(session)[0].id

    mail_id = committed(database, sell)
    claims = at_once(database, *[lambda s: mails.claim(s, mail_id)] * 4)
    assert [type(one).__name__ for one in claims].count("Letter") == 1


def test_a_postponed_mail_waits_longer_each_time_and_ends(
    session: Session, reader: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        selling.placed(session, reader)
        mail = written(session)[0]
        for minutes in (1, 2, 4):
            assert mails.claim(session, mail.id) is not None
            mails.postpone(session, mail.id, "smtp_421")
            clock_.shift(timedelta(minutes=minutes) - timedelta(seconds=1))
            assert mails.claim(session, mail.id) is None
            assert mails.due(session) == []
            clock_.shift(timedelta(seconds=1))
            assert mails.due(session) == [mail.id]
        for _ in range(9):
            assert mails.claim(session, mail.id) is not None
            mails.postpone(session, mail.id, "smtp_421")
            clock_.shift(timedelta(hours=4))
        assert (mail.state, mail.error, mail.attempts) == ("failed", "smtp_421", 12)
        assert mails.due(session) == []


def test_a_mail_whose_worker_died_is_sent_by_another(session: Session, reader: Customer) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        selling.placed(session, reader)
        mail = written(session)[0]
        mails.claim(session, mail.id)
        clock_.shift(timedelta(seconds=119))
        assert mails.release_lost(session, older_than_s=120) == 0
        clock_.shift(timedelta(seconds=2))
        assert mails.release_lost(session, older_than_s=120) == 1
        letter = mails.claim(session, mail.id)
        assert letter is not None
        assert letter.public_id == mail.public_id
