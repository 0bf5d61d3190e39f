"""No customer and no sender is given more than they take; what is too fast waits, in order."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from channels import delivery, pace
from channels.context import NOWHERE, Context
from channels.pace import Pace
from channels.twin import Twin
from crm_core import conversations

BUDI, SITI = "whatsapp:+6281234567001", "whatsapp:+6281234567002"


@pytest.fixture(params=["redis", "no redis"])
def kept(request: pytest.FixtureRequest, asleep: Context) -> Context:
    """A context that keeps the pace in Redis, or without it."""
    if request.param == "no redis":
        asleep.settings = asleep.settings.model_copy(update={"redis_url": NOWHERE})
        asleep.__dict__.pop("redis", None)
    pace.forget_outage()
    return asleep


def key() -> str:
    return f"sapa:pace:test:{uuid.uuid4()}"


def test_a_burst_leaves_at_once_and_what_follows_keeps_the_step(kept: Context) -> None:
    slow = Pace(key(), 60.0, 3)
    waits = [pace.to_wait(kept, slow) for _ in range(5)]
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert waits[3:] == [pytest.approx(60, abs=1)] * 2  # the fourth has not taken the place


def test_a_short_wait_takes_the_place(kept: Context) -> None:
    quick = Pace(key(), 0.5, 1)
    waits = [pace.to_wait(kept, quick) for _ in range(4)]
    assert waits == [
        0.0, pytest.approx(0.5, abs=0.1), pytest.approx(1, abs=0.1), pytest.approx(1.5, abs=0.1),
    ]  # fmt: skip
    assert pace.to_wait(kept, quick) > pace.WAITED_S


def test_one_customer_does_not_slow_another(
    asleep: Context, say: Callable[..., int], twilio_server: Twin
) -> None:
    asleep.settings = asleep.settings.model_copy(update={"twilio_customer_burst": 2})
    talks = [say("halo", address=BUDI), say("halo", address=SITI)]
    with asleep.unit_of_work() as session:
        ids = [
            conversations.say(
                session, conversations.by_id(session, talk), f"{n}", author="agent"
            ).id
            for talk in talks
            for n in range(3 if talk == talks[0] else 1)
        ]
    for number in ids:
        delivery.deliver(asleep, number)
    assert twilio_server.bodies_to(BUDI) == ["0", "1"]
    assert twilio_server.bodies_to(SITI) == ["0"]
    with asleep.unit_of_work() as session:
        third = session.get_one(conversations.Message, ids[2])
        assert (third.status, third.error_code) == ("queued", "pace")


def test_the_senders_pace_is_the_accounts(
    asleep: Context, say: Callable[..., int], twilio_server: Twin
) -> None:
    def delivered(address: str) -> conversations.Delivery:
        talk = say("halo", address=address)
        with asleep.unit_of_work() as session:
            found = conversations.by_id(session, talk)
            number = conversations.say(session, found, "x", author="agent").id
        with asleep.unit_of_work() as session:
            claimed = conversations.claim_delivery(session, number)
            assert claimed is not None
            return claimed

    by_sms, by_whatsapp = delivered("sms:+6281234567003"), delivered(BUDI)
    assert [(one.step_s, one.burst) for one in pace.paces(asleep, by_sms)] == [(0.1, 10)]
    assert [(one.step_s, one.burst) for one in pace.paces(asleep, by_whatsapp)] == [
        (6.0, 40), (1 / 80, 80),
    ]  # fmt: skip
