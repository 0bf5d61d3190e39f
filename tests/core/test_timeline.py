from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import timeline
from crm_core.timeline import Actor, Entry
from tests.factories import customer, member
from tests.world import at_once, committed


def note(session: Session, action: str = "placed", subject_id: int = 1) -> Entry:
    return timeline.record(
        session,
        subject="order",
        subject_id=subject_id,
        action=action,
        actor=Actor.system("test"),
        facts={"total_idr": 150_000, "b": "ü", "a": [1, None]},
    )


def forge(session: Session, sql: str) -> None:
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    session.execute(sa.text(sql))
    session.execute(sa.text("SET LOCAL session_replication_role = origin"))


def test_entries_are_found_by_subject_newest_first(session: Session) -> None:
    note(session, "placed")
    note(session, "paid")
    note(session, "placed", subject_id=2)
    found = timeline.entries(session, subject="order", subject_id=1)
    assert [entry.action for entry in found] == ["paid", "placed"]
    older = timeline.entries(session, subject="order", subject_id=1, before_id=found[0].id)
    assert [entry.action for entry in older] == ["placed"]


def test_entries_are_found_by_customer(session: Session) -> None:
    budi = customer(session)
    (met,) = timeline.entries(session, customer_id=budi.id)
    assert (met.subject, met.action, met.actor_kind) == ("customer", "met", "customer")


def test_a_customers_name_is_not_written_where_it_cannot_be_forgotten(session: Session) -> None:
    budi = customer(session)
    entry = timeline.record(
        session, subject="order", subject_id=1, action="placed", actor=Actor.customer(budi)
    )
    assert (entry.actor_id, entry.actor_name) == (budi.id, "")


def test_the_name_of_staff_is_kept(session: Session) -> None:
    sari = member(session)
    entry = timeline.record(
        session, subject="order", subject_id=1, action="packed", actor=Actor.of_staff(sari)
    )
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("staff", sari.id, "Sari")


@pytest.mark.parametrize("change", ["UPDATE timeline SET action = 'x'", "DELETE FROM timeline"])
def test_an_entry_can_be_neither_changed_nor_removed(session: Session, change: str) -> None:
    note(session)
    with pytest.raises(sa.exc.IntegrityError, match="only added"), session.begin_nested():
        session.execute(sa.text(change))
    assert [entry.action for entry in timeline.entries(session, subject="order")] == ["placed"]


def test_an_untouched_chain_is_whole(session: Session) -> None:
    for _ in range(5):
        note(session)
    assert timeline.seal(session, limit=3) == 3
    assert timeline.seal(session) == 2
    note(session)
    found = timeline.verify(session)
    assert (found.checked, found.unsealed, found.broken_at) == (5, 1, None)
    assert len(found.head) == 64


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE timeline SET facts = '{}' WHERE id = {id}",
        "UPDATE timeline SET at = at + interval '1 microsecond' WHERE id = {id}",
        "UPDATE timeline SET actor_name = 'someone' WHERE id = {id}",
        "DELETE FROM timeline WHERE id = {id}",
        "DELETE FROM timeline_seals WHERE entry_id = {id}",
    ],
)
def test_history_that_was_changed_behind_our_back_is_noticed(session: Session, sql: str) -> None:
    ids = [note(session).id for _ in range(4)]
    timeline.seal(session)
    session.expunge_all()
    forge(session, sql.replace("{id}", str(ids[1])))
    found = timeline.verify(session)
    noticed_at = ids[2] if "timeline_seals" in sql else ids[1]
    assert (found.checked, found.broken_at) == (1, noticed_at)


def test_parallel_sealing_makes_one_chain(database: sa.Engine) -> None:
    committed(database, lambda session: [note(session).id for _ in range(20)])
    sealed = at_once(database, *[lambda s: timeline.seal(s, limit=7)] * 4)
    assert sorted(sealed) == [0, 6, 7, 7]
    found = committed(database, timeline.verify)
    assert (found.checked, found.broken_at) == (20, None)
