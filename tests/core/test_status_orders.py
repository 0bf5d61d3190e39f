"""Reports of a provider in every order, repeated, also before the answer to our own request: the
message ends in the same state, never goes back, and nothing that was reported is lost (I7)."""

from __future__ import annotations

import os
from collections import Counter
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import conversations
from crm_core.conversations import Message, StatusCallback
from tests import factories

RANK = {"sending": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
REACHED = ("queued", "sending", "sent", "delivered", "read")
MIXED = ("sent", "undelivered", "delivered", "failed", "read")
LOST = ("queued", "sending", "sent", "undelivered", "failed")
SID = "SM" + "7" * 32
EVERY_PLACE = "EVERY_PLACE" in os.environ
"""Try the answer to our request at each of its six places among the reports."""


def sending(session: Session) -> int:
    talk = factories.conversation(session)
    message = conversations.say(session, talk, "Ada Kak.", author="system")
    assert conversations.claim_delivery(session, message.id) is not None
    return message.id


def played(session: Session, steps: tuple[str, ...], message_id: int) -> tuple[object, ...]:
    """The state after the steps ("answer": Twilio's answer to our request), each only forward."""
    rank = 0
    for step in steps:
        if step == "answer":
            conversations.mark_sent(session, message_id, SID, "queued")
        else:
            code = "30003" if step in {"undelivered", "failed"} else None
            conversations.record_status(
                session, "twilio", SID, step, message_id=message_id, error_code=code
            )
        now = RANK[session.get_one(Message, message_id).status]
        assert now >= rank, steps
        rank = now
    message = session.get_one(Message, message_id)
    kept = Counter(session.scalars(sa.select(StatusCallback.status)))
    assert kept == Counter(set(steps) - {"answer"}), steps
    happened = tuple(at is not None for at in (message.sent_at, message.delivered_at))
    return (message.status, message.error_code, *happened, message.read_at is not None)


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (REACHED, ("read", None, True, True, True)),
        (MIXED, ("read", None, True, True, True)),
        (LOST, ("failed", "30003", True, False, False)),
    ],
)
def test_all_orders_of_five_reports_end_in_the_same_state(
    session: Session, reports: tuple[str, ...], end: tuple[object, ...]
) -> None:
    message_id = sending(session)
    session.flush()
    orders = list(permutations(reports))
    assert len(orders) == 120
    for number, order in enumerate(orders):
        # The answer to our own request comes before, between and after the reports in turn.
        for answered in range(6) if EVERY_PLACE else [number % 6]:
            steps = (*order[:answered], "answer", *order[answered:])
            with session.begin_nested() as undone:
                found = played(session, steps, message_id)
                undone.rollback()
            session.expire_all()
            assert found == end, steps


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shuffled=st.lists(st.sampled_from((*MIXED, "answer")), min_size=0, max_size=12).flatmap(
        lambda more: st.permutations([*MIXED, "answer", *[one for one in more if one != "answer"]])
    )
)
def test_repeated_reports_change_nothing(session: Session, shuffled: list[str]) -> None:
    with session.begin_nested() as undone:
        found = played(session, tuple(shuffled), sending(session))
        undone.rollback()
    session.expire_all()
    assert found == ("read", None, True, True, True)
