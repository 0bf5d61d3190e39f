"""Talking with customers from the console: take, answer, hand back, and what others see."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import MultiDict

from channels.context import Context
from crm_core import conversations, handoffs, timeline
from crm_core.conversations import Message, Turn
from tests import factories
from tests.channels.desk import Case, Desk, a_case, desk_of, member, words


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def dedi(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Dedi"))


def state(here: Context, case: Case) -> tuple[str, int, int | None]:
    with here.unit_of_work() as session:
        talk = conversations.by_public_id(session, case.talk)
        return talk.handler, talk.epoch, talk.agent_id


def said(here: Context, case: Case) -> list[tuple[str, str]]:
    with here.unit_of_work() as session:
        talk = conversations.by_public_id(session, case.talk)
        return [(one.author, one.text) for one in conversations.transcript(session, talk.id)]


def test_a_waiting_customer_stands_in_the_list_with_promise_and_wish(
    siti: Desk, case: Case
) -> None:
    shown = siti.text("/console/inbox")
    assert "Menunggu 1" in shown
    assert "Janji" in shown
    page = siti.text(f"/console/conversations/{case.talk}")
    assert "mau bicara dengan orang" in page
    assert "minta bicara dengan orang" in page
    assert "Ambil percakapan" in page


def test_taking_answering_and_handing_back(asleep: Context, siti: Desk, case: Case) -> None:
    address = f"/console/conversations/{case.talk}"
    siti.send(f"{address}/claim")
    assert siti.person is not None
    assert state(asleep, case) == ("agent", 2, siti.person.id)
    answer = siti.post(f"{address}/reply", {"text": "Selamat pagi Kak"}, **{"HX-Request": "true"})
    assert answer.status_code == 204
    assert '"said"' in answer.headers["HX-Trigger"]
    assert ("agent", "Selamat pagi Kak") in said(asleep, case)
    assert "dikembalikan ke bot" in siti.send(f"{address}/hand-back", {"note": "sudah jelas"})
    assert state(asleep, case) == ("bot", 3, None)
    with asleep.unit_of_work() as session:
        turn = session.scalars(sa.select(Turn).where(Turn.kind == "internal")).one()
        assert turn.payload == "/handed_back"


def test_a_second_agent_learns_who_has_it_and_cannot_write(
    asleep: Context, siti: Desk, dedi: Desk, case: Case
) -> None:
    address = f"/console/conversations/{case.talk}"
    siti.send(f"{address}/claim")
    assert "Sudah diambil Siti" in dedi.send(f"{address}/claim")
    before = said(asleep, case)
    answer = dedi.post(f"{address}/reply", {"text": "saya saja"}, **{"HX-Request": "true"})
    assert answer.status_code == 403
    assert "Ambil dulu" in answer.headers["HX-Trigger"]
    assert said(asleep, case) == before
    assert siti.person is not None
    assert state(asleep, case) == ("agent", 2, siti.person.id)
    assert (
        "<textarea"
        not in dedi.get(address)
        .get_data(as_text=True)
        .split('id="composer"')[1]
        .split("</section>")[0]
    )


def test_an_empty_answer_is_not_sent(asleep: Context, siti: Desk, case: Case) -> None:
    siti.send(f"/console/conversations/{case.talk}/claim")
    before = said(asleep, case)
    answer = siti.post(
        f"/console/conversations/{case.talk}/reply", {"text": "  "}, **{"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert said(asleep, case) == before


def test_taking_over_from_the_bot_mutes_it(asleep: Context, siti: Desk) -> None:
    case = a_case(asleep, wait=False)
    assert state(asleep, case)[0] == "bot"
    assert "Ambil alih dari bot" in siti.text(f"/console/conversations/{case.talk}")
    siti.send(f"/console/conversations/{case.talk}/claim")
    assert state(asleep, case)[:2] == ("agent", 1)


def test_passing_to_a_colleague_puts_the_customer_back_into_the_queue(
    asleep: Context, siti: Desk, case: Case
) -> None:
    siti.send(f"/console/conversations/{case.talk}/claim")
    siti.send(f"/console/conversations/{case.talk}/release", {"note": "tanya gudang"})
    assert state(asleep, case)[0] == "queue"
    assert "tanya gudang" in siti.text(f"/console/conversations/{case.talk}")


def test_only_what_is_new_comes_after_the_last_message_shown(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        talk = conversations.by_public_id(session, case.talk)
        last = conversations.latest(session, talk.id)[-1].id
        new = factories.received(session, "halo, masih di sana?").message.id
    page = siti.get(f"/console/conversations/{case.talk}/thread?after={last}")
    text = page.get_data(as_text=True)
    assert text.count("data-message=") == 1
    assert "halo, masih di sana?" in words(page)
    assert 'id="thread-after" name="after" value="' in text
    again = siti.get(f"/console/conversations/{case.talk}/thread?after={new}")
    assert "data-message=" not in again.get_data(as_text=True)


def test_looking_at_a_conversation_reads_it_and_a_hidden_tab_does_not(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        factories.received(session, "halo?")
    address = f"/console/conversations/{case.talk}/thread?after=0"
    siti.get(address, **{"HX-Request": "true"})
    assert unread(asleep, case) > 0
    siti.get(address, **{"HX-Request": "true", "X-Visible": "1"})
    assert unread(asleep, case) == 0


def unread(here: Context, case: Case) -> int:
    with here.unit_of_work() as session:
        return conversations.by_public_id(session, case.talk).unread


def test_a_failed_delivery_says_why(asleep: Context, siti: Desk, case: Case) -> None:
    siti.send(f"/console/conversations/{case.talk}/claim")
    siti.post(f"/console/conversations/{case.talk}/reply", {"text": "masih ada Kak"})
    with asleep.unit_of_work() as session:
        message = session.scalars(sa.select(Message).where(Message.author == "agent")).one()
        for earlier in conversations.due_deliveries(session):
            if earlier != message.id:
                conversations.claim_delivery(session, earlier)
                conversations.mark_sent(session, earlier, f"SM{earlier}", "sent")
        assert conversations.claim_delivery(session, message.id) is not None
        conversations.mark_failed(session, message.id, "63016", "outside window")
    assert "Lewat 24 jam" in siti.text(f"/console/conversations/{case.talk}")


def test_the_inbox_finds_a_customer_by_part_of_the_name(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        factories.received(session, "pagi", "whatsapp:+6285345678901", profile_name="Wulan")
    found = siti.text("/console/inbox?tab=all&q=wul")
    assert "Wulan" in found
    assert "Budi" not in found


def test_the_inbox_goes_on_where_the_page_ended(asleep: Context, siti: Desk) -> None:
    with asleep.unit_of_work() as session:
        for number in range(45):
            factories.received(
                session, "halo", f"sms:+62812555{number:05d}", profile_name=f"N{number}"
            )
    first = siti.get("/console/inbox?tab=all").get_data(as_text=True)
    assert first.count('class="talk ') == 40
    cursor = first.split("cursor=")[1].split("&")[0].split('"')[0]
    more = siti.get(f"/console/inbox?tab=all&cursor={cursor}", **{"HX-Request": "true"})
    assert more.get_data(as_text=True).count('class="talk ') == 5


def test_a_list_of_forty_takes_no_more_queries_than_a_list_of_one(
    asleep: Context, siti: Desk
) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        sa.event.listen(asleep.engine, "before_cursor_execute", note)
        siti.get("/console/inbox?tab=all", **{"HX-Request": "true"})
        sa.event.remove(asleep.engine, "before_cursor_execute", note)
        return len(seen)

    with asleep.unit_of_work() as session:
        factories.received(session, "halo", "sms:+6281255500000")
    one = queries()
    with asleep.unit_of_work() as session:
        for number in range(1, 40):
            factories.received(session, "halo", f"sms:+62812555{number:05d}")
    assert queries() == one


def test_a_revealed_number_is_on_the_record(asleep: Context, siti: Desk, case: Case) -> None:
    assert "+6281234567890" not in siti.text(f"/console/customers/{case.customer}")
    answer = siti.post(f"/console/customers/{case.customer}/phone")
    assert "+6281234567890" in words(answer)
    with asleep.unit_of_work() as session:
        entry = timeline.entries(session, subject="customer")[0]
        assert (entry.action, entry.actor_name) == ("phone_revealed", "Siti")


def test_a_handoff_of_somebody_else_can_be_returned_by_a_manager_only(
    asleep: Context, flask_app: Flask, siti: Desk, dedi: Desk, case: Case
) -> None:
    siti.send(f"/console/conversations/{case.talk}/claim")
    dedi.send(f"/console/conversations/{case.talk}/hand-back")
    assert state(asleep, case)[0] == "agent"
    manager = desk_of(flask_app, member(asleep, "manager", "Rina"))
    manager.send(f"/console/conversations/{case.talk}/hand-back")
    assert state(asleep, case)[0] == "bot"


HOSTILE = (
    '<script>alert(1)</script> <img src=x onerror=alert(2)> {{7*7}} {slot} "><svg onload=alert(3)>'
)


def test_what_customers_write_is_shown_literally(asleep: Context, siti: Desk) -> None:
    with asleep.unit_of_work() as session:
        talk = factories.received(session, HOSTILE, profile_name="<b>Budi</b>").conversation
        handoffs.request(
            session, talk, reason="asked", actor=factories_bot(), wish=HOSTILE, tried=[HOSTILE]
        )
        public_id = talk.public_id
    html = siti.get(f"/console/conversations/{public_id}").get_data(as_text=True)
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>Budi" not in html
    assert "{{7*7}} {slot}" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def factories_bot() -> timeline.Actor:
    return timeline.Actor.bot()


def test_an_unknown_conversation_is_a_page_that_says_so(siti: Desk) -> None:
    answer = siti.get("/console/conversations/00000000-0000-0000-0000-000000000000")
    assert answer.status_code == 404
    assert "Percakapan ini tidak ada" in words(answer)


def test_a_form_with_the_same_field_twice_is_no_crash(siti: Desk, case: Case) -> None:
    data = MultiDict([("text", "a"), ("text", "b")])
    answer = siti.post(f"/console/conversations/{case.talk}/reply", dict(data.lists()))
    assert answer.status_code == 422
    assert "Ambil dulu percakapannya" in words(answer)


def test_what_a_person_has_to_decide_stands_above_all_else(asleep: Context, siti: Desk) -> None:
    question = {
        "kind": "bargain",
        "part_code": "06455K46N21",
        "name": "Kampas Rem Depan",
        "quantity": 2,
        "bike": "Beat 2019",
        "price_idr": 59_000,
        "asked_idr": 50_000,
    }
    with asleep.unit_of_work() as session:
        talk = factories.received(session, "50rb ya, deal?").conversation
        handoffs.request(session, talk, reason="bargain", actor=factories_bot(), question=question)
        public_id = talk.public_id
    page = siti.text(f"/console/conversations/{public_id}")
    assert "menawar harga" in page
    assert "2 × Kampas Rem Depan 06455K46N21 Beat 2019" in page
    assert "minta Rp 50.000, harga sekarang Rp 59.000" in page
