"""What a forgotten customer left outside of the database is tried until it is gone."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import clock, privacy
from crm_core.privacy import Leftover, leftovers


def left(session: Session) -> None:
    messages = {"twilio": ["SM1"], "loopback": ["LB1"]}
    leftovers.leave(session, files=["media/a.jpg"], conversations=["talk"], messages=messages)


def taken(session: Session) -> list[str]:
    return [one.reference for one in privacy.claim(session, 10)]


def test_each_thing_is_a_row_but_what_no_provider_keeps(session: Session) -> None:
    left(session)
    rows = session.execute(sa.select(Leftover.kind, Leftover.provider, Leftover.reference))
    assert [tuple(row) for row in rows] == [
        ("file", None, "media/a.jpg"),
        ("dialogue", None, "talk"),
        ("message", "twilio", "SM1"),
    ]


def test_what_somebody_has_taken_nobody_else_takes_until_he_must_be_dead(session: Session) -> None:
    left(session)
    assert sorted(taken(session)) == ["SM1", "media/a.jpg", "talk"]
    assert taken(session) == []
    with time_machine.travel(clock.now() + leftovers.CLAIM, tick=False):
        assert len(taken(session)) == 3


def test_what_is_gone_leaves_no_row(session: Session) -> None:
    left(session)
    for one in privacy.claim(session, 10):
        privacy.gone(session, one.leftover_id)
        privacy.gone(session, one.leftover_id)  # by another worker, after the claim was over
    assert session.scalars(sa.select(Leftover)).all() == []


def test_what_stays_is_tried_again_after_pauses_that_double_up_to_four_hours(
    session: Session,
) -> None:
    leftovers.leave(session, files=["media/a.jpg"], conversations=[], messages={})
    pauses = []
    moment = clock.now()
    for _ in range(11):
        with time_machine.travel(moment, tick=False):
            (one,) = privacy.claim(session, 1)
            privacy.stays(session, one.leftover_id, "no rights")
            row = session.scalars(sa.select(Leftover)).one()
            pauses.append((row.due_at - clock.now()).total_seconds() / 60)
            moment = row.due_at
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]
    (shown,) = privacy.remaining(session)
    assert (shown.kind, shown.count, shown.error) == ("file", 1, "no rights")


def test_what_was_not_tried_yet_is_not_called_remaining(session: Session) -> None:
    left(session)
    assert privacy.remaining(session) == []
    assert clock.now() - session.scalars(sa.select(Leftover.created_at)).first() < timedelta(
        hours=1
    )
