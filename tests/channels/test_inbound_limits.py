"""Too many messages: of one sender, of one network address; nothing that was taken in is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from channels import context, intake, knocking, tasks, turns
from channels.context import Context
from crm_core import conversations, notices
from crm_core.conversations import Inbound
from tests import factories
from tests.fakes import FakeRasa
from tests.forms import sign, whatsapp_form

PUBLIC = "https://sapa.test"
BUDI, SITI = "whatsapp:+6281234567001", "whatsapp:+6285345678901"
Take = Callable[[str, str], int]


@pytest.fixture
def three_a_minute(asleep: Context) -> Context:
    asleep.settings = asleep.settings.model_copy(update={"sender_per_min": 3, "burst_window_ms": 0})
    return asleep


@pytest.fixture
def take(three_a_minute: Context) -> Take:
    """``take("halo", address)``: stored at the door, then what its worker would do at once."""

    def arrive(text: str, address: str = BUDI) -> int:
        stored = intake.take_in(factories.inbound(text, address))
        with three_a_minute.unit_of_work() as session:
            number = conversations.conversation_id_of(session, stored.conversation_id)
        turns.take(three_a_minute, tasks.assistant(three_a_minute.settings), number)
        return number

    return arrive


def texts(here: Context, number: int, author: str) -> list[str]:
    with here.unit_of_work() as session:
        said = conversations.latest(session, number, limit=50)
        return [message.text for message in said if message.author == author]


def test_a_flood_is_kept_told_once_and_answered_as_one_when_its_minute_is_over(
    take: Take, three_a_minute: Context, rasa_server: FakeRasa
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock:
        for number in range(8):
            talk = take(f"pesan {number}", BUDI)
        assert [asked.message for asked in rasa_server.asked] == ["pesan 0", "pesan 1", "pesan 2"]
        assert texts(three_a_minute, talk, "system") == [notices.render("too_fast", "id")]
        assert len(texts(three_a_minute, talk, "customer")) == 8
        clock.shift(timedelta(seconds=60))
        take("pesan 8", BUDI)
    assert rasa_server.asked[-1].message == "\n".join(f"pesan {n}" for n in range(3, 9))
    assert len(rasa_server.asked) == 4


def test_one_senders_flood_does_not_slow_another(take: Take, rasa_server: FakeRasa) -> None:
    with time_machine.travel(factories.MOMENT, tick=False):
        for number in range(5):
            take(f"pesan {number}", BUDI)
        take("halo", SITI)
    assert rasa_server.asked[-1].message == "halo"


def test_a_repeated_webhook_does_not_count(
    take: Take, three_a_minute: Context, rasa_server: FakeRasa
) -> None:
    inbound: Inbound = factories.inbound("halo", BUDI)
    with time_machine.travel(factories.MOMENT, tick=False):
        for _ in range(9):
            intake.take_in(inbound)
        take("satu", BUDI)
    assert rasa_server.asked[-1].message == "halo\nsatu"


@pytest.fixture
def two_at_the_door(here: Context) -> Iterator[None]:
    here.settings = here.settings.model_copy(update={"webhook_per_min": 2})
    knocking.forget()
    yield
    knocking.forget()


def knock(web: FlaskClient, sender: str, ip: str) -> int:
    form = whatsapp_form(sender, "halo")
    return web.post(
        "/twilio/messages",
        data=form,
        headers={"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)},
        environ_overrides={"REMOTE_ADDR": ip},
    ).status_code


@pytest.mark.usefixtures("two_at_the_door")
def test_one_network_address_gets_no_more_than_its_share(web: FlaskClient) -> None:
    assert [knock(web, "+6281234567001", "10.0.0.1") for _ in range(3)] == [204, 204, 429]
    assert knock(web, "+6281234567001", "10.0.0.2") == 204


@pytest.mark.usefixtures("two_at_the_door")
def test_over_all_there_is_a_limit_too(web: FlaskClient, here: Context) -> None:
    codes = [knock(web, f"+62812345670{n:02}", f"10.0.0.{n}") for n in range(6)]
    assert codes == [204] * 4 + [429] * 2
    with here.unit_of_work() as session:
        assert conversations.of_address(session, "whatsapp:+6281234567005") is None


@pytest.mark.usefixtures("two_at_the_door")
def test_without_redis_a_process_counts_for_itself(web: FlaskClient, here: Context) -> None:
    here.redis = context.redis_at(context.NOWHERE, socket_timeout=1.0)
    assert [knock(web, "+6281234567001", "10.0.0.1") for _ in range(3)] == [204, 204, 429]
    del here.redis
