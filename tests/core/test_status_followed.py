"""A report followed by one statement leaves just what the general way leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core import conversations, db
from crm_core.conversations import Message, StatusCallback
from tests import factories
from tests.world import at_once, committed

SID, OTHER_SID = "SM" + "7" * 32, "SM" + "8" * 32
GOOD = ("queued", "sending", "sent", "delivered", "read", "Delivered ")
BAD = ("undelivered", "failed", "canceled", "nonsense")
DEEDS = ("answer", "answer: delivered", "give up", "lose sight", "send again", "drop")
FORM = {"To": "whatsapp:+62812", "Body": "a\x00b"}
Report = tuple[str, str, bool, str | None]
"""Provider's id, status, whether our own id came with it, code of a failure."""

reports = st.tuples(
    st.sampled_from((SID, SID, SID, OTHER_SID)),
    st.sampled_from(GOOD * 3 + BAD),
    st.booleans(),
    st.sampled_from((None, None, "30003", "63021")),
)
steps = st.lists(st.one_of(reports, reports, reports, st.sampled_from(DEEDS)), max_size=10)


def sending(session: Session) -> int:
    talk = factories.conversation(session)
    message = conversations.say(session, talk, "Ada Kak.", author="system")
    assert conversations.claim_delivery(session, message.id) is not None
    session.flush()
    return message.id


def generally(session: Session, message_id: int, report: Report) -> list[db.Event]:
    """The general way; what it tells."""
    sid, word, known, code = report
    conversations.record_status(
        session, "twilio", sid, word, message_id=message_id if known else None,
        error_code=code, raw=FORM,
    )  # fmt: skip
    session.flush()
    return list(db.announced(session))


def quickly(session: Session, message_id: int, report: Report) -> list[db.Event]:
    """One statement, or the general way if that does nothing."""
    sid, word, _, code = report
    session.flush()
    event = conversations.follow(
        session.connection(), "twilio", sid, word, error_code=code, raw=FORM
    )
    session.expire_all()
    return [event] if event is not None else generally(session, message_id, report)


def does(session: Session, message_id: int, deed: str) -> None:
    message = session.get_one(Message, message_id)
    if deed.startswith("answer"):
        conversations.mark_sent(session, message_id, SID, deed.partition(": ")[2] or "queued")
    elif deed == "give up":
        conversations.mark_failed(session, message_id, "63016", "window closed")
    elif deed == "lose sight":
        conversations.mark_unknown(session, message_id, "timeout")
    elif deed == "send again" and message.status in {"sending", "unknown", "failed"}:
        conversations.requeue(session, message_id)
        assert conversations.claim_delivery(session, message_id) is not None
    elif deed == "drop":
        message.status = "dropped"
    session.flush()


def played(session: Session, message_id: int, story: list[Any], way: Any) -> list[Any]:
    """What is stored and told after each step, with nothing left of it."""
    seen: list[Any] = []
    with (
        session.begin_nested() as undone,
        time_machine.travel(factories.MOMENT, tick=False) as now,
    ):
        for step in story:
            session.info.pop("sapa.events", None)
            now.shift(timedelta(seconds=1))
            told = []
            if isinstance(step, str):
                does(session, message_id, step)
            else:
                told = way(session, message_id, step)
            seen.append((told, stored(session)))
        undone.rollback()
    session.expire_all()
    return seen


def stored(session: Session) -> list[Any]:
    """Every column of every message, conversation and report, but the numbers of reports."""
    tables = db.Base.metadata.tables
    found = [
        session.execute(sa.select(tables[name]).order_by("id")).all()
        for name in ("messages", "conversations")
    ]
    kept = [column for column in tables["status_callbacks"].c if column.name != "id"]
    return [
        *found,
        session.execute(sa.select(*kept).order_by(tables["status_callbacks"].c.id)).all(),
    ]


@settings(
    max_examples=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps)
@example(["answer", (SID, "sent", True, None), (SID, "delivered", True, None)])
@example(
    ["answer", (SID, "read", True, None), (SID, "sent", True, None), (SID, "sent", True, None)]
)
@example(["answer", "give up", (SID, "sent", True, None), (SID, "delivered", False, None)])
@example([(SID, "delivered", False, None), "answer", (SID, "delivered", True, None)])
@example(["answer", (SID, "undelivered", True, "30003"), (SID, "read", True, None)])
@example(["answer", "drop", (SID, "delivered", True, None)])
@example([(SID, "sent", True, None), "send again", (SID, "delivered", True, None)])
def test_a_report_quickly_followed_leaves_and_tells_what_the_general_way_does(
    session: Session, story: list[Any]
) -> None:
    with session.begin_nested() as undone:
        message_id = sending(session)
        quick = played(session, message_id, story, quickly)
        assert quick == played(session, message_id, story, generally)
        undone.rollback()
    session.expire_all()


@pytest.mark.parametrize("word", ["sent", "delivered", "read", "queued"])
def test_the_usual_report_needs_nothing_else(session: Session, word: str) -> None:
    message_id = sending(session)
    talk = conversations.mark_sent(session, message_id, SID).conversation
    event = conversations.follow(session.connection(), "twilio", SID, word, raw=FORM)
    facts = {"message_id": message_id, "conversation_id": talk.public_id}
    assert event == db.Event("message_changed", facts)


@pytest.mark.parametrize(
    ("sid", "word", "code"),
    [(OTHER_SID, "sent", None), (SID, "failed", None), (SID, "sent", "30003"), (SID, "new", None)],
)
def test_an_unusual_report_is_left_to_the_general_way(
    session: Session, sid: str, word: str, code: str | None
) -> None:
    conversations.mark_sent(session, sending(session), SID)
    before = stored(session)
    event = conversations.follow(
        session.connection(), "twilio", sid, word, error_code=code, raw=FORM
    )
    assert event is None
    assert stored(session) == before


def test_reports_that_come_together_are_each_kept_once_and_the_furthest_counts(
    database: sa.Engine,
) -> None:
    def told(session: Session) -> int:
        message_id = sending(session)
        conversations.mark_sent(session, message_id, SID)
        return message_id

    message_id = committed(database, told)
    words = ("sent", "delivered", "read", "delivered")
    found = at_once(
        database,
        *[lambda s, one=w: quickly(s, message_id, (SID, one, True, None)) for w in words],
        *[lambda s, one=w: generally(s, message_id, (SID, one, True, None)) for w in words],
    )
    assert [one for one in found if isinstance(one, BaseException)] == []
    with db.unit_of_work(db.sessions(database)) as session:
        assert session.get_one(Message, message_id).status == "read"
        kept = session.scalars(sa.select(StatusCallback.status)).all()
        assert sorted(kept) == ["delivered", "read", "sent"]
