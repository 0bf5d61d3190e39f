"""News for a customer who wrote more than 24 hours ago: a template, an SMS, or it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from channels import delivery, tasks
from channels.context import Context
from channels.twilio import templates
from channels.twin import Trouble, Twin
from crm_core import clock, conversations, customers, notices, shop
from crm_core.conversations import Conversation, Message
from crm_core.money import Rupiah
from crm_core.timeline import Actor

BUDI = "whatsapp:+6281234567001"
BUDI_SMS = "+6281234567001"
FACTS = {"order_code": "P-7KM2Q", "amount": Rupiah(150_123)}
PAID = (
    "Makasih Kak, Rp 150.123 untuk pesanan P-7KM2Q sudah masuk. Barangnya langsung kami siapkan, "
    "nanti dikabari begitu berangkat."
)
Say = Callable[..., int]


@pytest.fixture
def talk(asleep: Context, say: Say) -> int:
    """Budi has written, just now."""
    return say("halo", address=BUDI)


@pytest.fixture
def days_later(talk: int, twilio_server: Twin) -> Iterator[None]:
    """Two days after Budi wrote, at noon; the twin keeps the window."""
    twilio_server.book.keeps_windows = True
    noon = datetime.combine(
        clock.local(clock.now()).date() + timedelta(days=2), datetime.min.time()
    ) + timedelta(hours=12)
    with time_machine.travel(noon.replace(tzinfo=ZoneInfo("Asia/Pontianak")), tick=True):
        yield


def tell(
    here: Context, talk: int, notice: str = "payment_accepted", *, surely: bool = False
) -> int:
    """A notice to Budi, delivered; its message's id."""
    verb = conversations.notify_surely if surely else conversations.notify
    with here.unit_of_work() as session:
        budi = conversations.by_id(session, talk).customer
        facts = FACTS | {
            "name": "Busi", "part_code": "X1", "bank": "BCA", "number": "029", "holder": "PT",
            "deadline": datetime(2026, 11, 25, 2, 15, tzinfo=UTC), "link": "https://sapa.test/o/x",
        }  # fmt: skip
        message = verb(session, budi, notice, **facts)
        assert message is not None
        number = message.id
    delivery.deliver(here, number)
    return number


def approve(here: Context, twin: Twin, notice: str = "payment_accepted") -> None:
    template = notices.template(notice, "id")
    assert template is not None
    assert templates.hand_in(here, template) == "received"
    for content in twin.book.contents.values():
        content.approval = "approved"
    templates.look_again(here)


def row(here: Context, message_id: int) -> tuple[str, str | None, str | None]:
    with here.unit_of_work() as session:
        message = session.get_one(Message, message_id)
        return message.status, message.error_code, message.carried_as


@pytest.mark.usefixtures("days_later")
def test_an_approved_template_says_it_on_whatsapp(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    number = tell(asleep, talk)
    assert twilio_server.bodies_to(BUDI) == [PAID]
    assert row(asleep, number) == ("sent", None, "template")
    [attempt] = twilio_server.attempts
    assert "Body" not in attempt


def test_within_24_hours_a_notice_is_plain_text_even_with_a_template(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    number = tell(asleep, talk)
    [sent] = twilio_server.ledger
    assert (sent.body, sent.content_sid) == (PAID, None)
    assert row(asleep, number) == ("sent", None, None)


@pytest.mark.parametrize("word", ["received", "pending", "rejected", "paused"])
@pytest.mark.usefixtures("days_later")
def test_a_template_that_is_not_approved_is_not_used(
    asleep: Context, talk: int, twilio_server: Twin, word: str
) -> None:
    approve(asleep, twilio_server)
    for content in twilio_server.book.contents.values():
        content.approval = word
    templates.look_again(asleep)
    number = tell(asleep, talk)
    assert row(asleep, number)[:2] == ("failed", "63016")
    assert twilio_server.attempts == []


@pytest.mark.usefixtures("days_later")
def test_without_a_template_what_must_arrive_goes_by_sms(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    tell(asleep, talk, surely=True)
    assert twilio_server.bodies_to(BUDI) == []
    assert twilio_server.bodies_to(BUDI_SMS) == [PAID]


@pytest.mark.usefixtures("days_later")
def test_with_a_template_what_must_arrive_needs_no_sms(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    tell(asleep, talk, surely=True)
    assert twilio_server.bodies_to(BUDI) == [PAID]
    assert twilio_server.bodies_to(BUDI_SMS) == []


@pytest.mark.usefixtures("days_later")
def test_without_either_it_waits_and_is_said_first_when_the_customer_writes(
    asleep: Context, talk: int, twilio_server: Twin, say: Say
) -> None:
    waiting = tell(asleep, talk)
    reminder = tell(asleep, talk, "payment_reminder")
    assert row(asleep, waiting)[:2] == ("failed", "63016")
    twilio_server.book.hear(BUDI, "halo")
    say("halo lagi", address=BUDI)
    with asleep.unit_of_work() as session:
        assert conversations.due_deliveries(session, talk) == [waiting]
    delivery.deliver(asleep, waiting)
    assert twilio_server.bodies_to(BUDI) == [PAID]
    assert row(asleep, reminder)[:2] == ("failed", "63016")


@pytest.mark.usefixtures("days_later")
def test_what_waited_longer_than_a_week_is_not_said_any_more(
    asleep: Context, talk: int, say: Say
) -> None:
    waiting = tell(asleep, talk)
    with time_machine.travel(clock.now() + timedelta(days=8), tick=True):
        say("halo lagi", address=BUDI)
    assert row(asleep, waiting)[:2] == ("failed", "63016")


@pytest.mark.usefixtures("days_later")
def test_a_template_that_was_deleted_fails_with_its_code_and_is_not_tried_again(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    twilio_server.book.contents.clear()
    first, second = tell(asleep, talk), tell(asleep, talk)
    assert row(asleep, first)[:2] == ("failed", "21655")
    assert row(asleep, second)[:2] == ("failed", "63016")
    assert len(twilio_server.attempts) == 1


@pytest.mark.usefixtures("days_later")
def test_a_stopped_customer_gets_no_template(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    with asleep.unit_of_work() as session:
        found = conversations.by_id(session, talk)
        customers.stop_address(session, found.address, actor=Actor.customer(found.customer))
    number = tell(asleep, talk)
    assert row(asleep, number)[:2] == ("failed", "21610")
    assert twilio_server.attempts == []


@pytest.mark.usefixtures("days_later")
def test_a_template_taken_without_an_answer_is_found_and_not_sent_again(
    asleep: Context, talk: int, twilio_server: Twin
) -> None:
    approve(asleep, twilio_server)
    twilio_server.troubles.append(Trouble(500, accepted=True))
    number = tell(asleep, talk)
    assert row(asleep, number)[0] == "unknown"
    delivery.reconcile(asleep, number)
    assert row(asleep, number)[0] == "sent"
    assert len(twilio_server.ledger) == 1


def test_the_timetable_sees_what_whatsapp_has_approved(
    asleep: Context, twilio_server: Twin
) -> None:
    template = notices.template("order_shipped", "id")
    assert template is not None
    templates.hand_in(asleep, template)
    [content] = twilio_server.book.contents.values()
    content.approval = "approved"
    twilio_server.troubles.append(Trouble(503, on="content"))
    tasks.look_at_reviews()
    with asleep.unit_of_work() as session:
        assert not conversations.has_template(session, "order_shipped", "id")
    tasks.look_at_reviews()
    with asleep.unit_of_work() as session:
        assert conversations.has_template(session, "order_shipped", "id")
        assert not conversations.has_template(session, "order_shipped", "en")


def test_handing_in_twice_makes_one_template(asleep: Context, twilio_server: Twin) -> None:
    template = notices.template("order_shipped", "en")
    assert template is not None
    assert templates.hand_in(asleep, template) == "received"
    assert templates.hand_in(asleep, template) == "received"
    [content] = twilio_server.book.contents.values()
    assert (content.friendly_name, content.category) == (template.name, "UTILITY")
    assert content.variables == template.samples


@pytest.fixture
def late_evening(talk: int) -> Iterator[None]:
    """The next evening in Pontianak that is hours after Budi wrote, and less than a day."""
    now = clock.local(clock.now())
    moment = now.replace(hour=22, minute=30)
    if moment - now < timedelta(minutes=70):
        moment = now.replace(hour=21, minute=10) + timedelta(days=1)
    with time_machine.travel(moment, tick=True):
        yield


@pytest.mark.usefixtures("late_evening")
def test_in_the_quiet_hours_what_nobody_asked_for_waits_and_answers_pass_it(
    asleep: Context, talk: int, twilio_server: Twin, say: Say
) -> None:
    twilio_server.book.keeps_windows = False
    held = tell(asleep, talk, "part_arrived")
    assert row(asleep, held)[:2] == ("queued", "quiet_hours")
    with asleep.unit_of_work() as session:
        due_at = session.get_one(Message, held).due_at
        assert due_at is not None
        assert clock.local(due_at).strftime("%H:%M") == "08:00"
    paid = tell(asleep, talk)
    assert row(asleep, paid)[0] == "sent"
    morning = due_at + timedelta(minutes=1)
    with time_machine.travel(morning, tick=True), asleep.unit_of_work() as session:
        assert conversations.due_deliveries(session, talk) == [held]


@pytest.mark.usefixtures("late_evening")
def test_who_is_writing_at_night_is_told_at_once(
    asleep: Context, talk: int, twilio_server: Twin, say: Say
) -> None:
    say("busi sudah ada?", address=BUDI)
    number = tell(asleep, talk, "part_arrived")
    assert row(asleep, number)[0] == "sent"


@pytest.mark.usefixtures("late_evening")
def test_the_shop_sets_its_own_quiet_hours(asleep: Context, talk: int, twilio_server: Twin) -> None:
    with asleep.unit_of_work() as session:
        shop.save_fact(session, "quiet_hours", "23.00-05.00")
    assert row(asleep, tell(asleep, talk, "part_arrived"))[0] == "sent"


@pytest.mark.parametrize(
    ("zone", "at", "status"),
    [
        ("WIB", "20:59", "sent"), ("WIB", "21:00", "queued"), ("WIB", "07:59", "queued"),
        ("WIB", "08:00", "sent"), ("WITA", "19:59", "sent"), ("WITA", "20:00", "queued"),
        ("WITA", "06:59", "queued"), ("WITA", "07:00", "sent"), ("WIT", "18:59", "sent"),
        ("WIT", "19:00", "queued"), ("WIT", "05:59", "queued"), ("WIT", "06:00", "sent"),
    ],
)  # fmt: skip
def test_an_offer_waits_for_the_morning_of_the_customer(
    asleep: Context, talk: int, twilio_server: Twin, zone: str, at: str, status: str
) -> None:
    with asleep.unit_of_work() as session:
        customer = conversations.by_id(session, talk).customer
        customers.set_zone(session, customer, zone, actor=Actor.customer(customer))
    hour, minute = (int(part) for part in at.split(":"))
    tomorrow = clock.local(clock.now()) + timedelta(days=1)
    with time_machine.travel(tomorrow.replace(hour=hour, minute=minute, second=0), tick=False):
        with asleep.unit_of_work() as session:  # the window is open, and they are not at the phone
            session.get_one(Conversation, talk).last_inbound_at = clock.now() - timedelta(hours=1)
        assert row(asleep, tell(asleep, talk, "part_arrived"))[0] == status
