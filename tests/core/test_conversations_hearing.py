"""The usual message by one statement leaves just what the general way leaves."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from crm_core import conversations, customers, db
from crm_core.conversations import Conversation, Heard, Inbound, InboundMedia, Message, Unheard
from crm_core.customers import Customer
from tests.factories import BUDI, inbound, member
from tests.world import at_once, committed

OTHER = "whatsapp:+6281234567999"
OF_ITS_OWN = {"id", "public_id", "conversation_id", "customer_id", "address_id", "provider_id",
              "address", "phone", "subject_id", "actor_id", "seq"}  # fmt: skip
MOMENTS = {"created_at", "updated_at", "last_inbound_at", "last_message_at", "waiting_since",
           "minute_began_at", "at"}  # fmt: skip


def hear(database: sa.Engine, message: Inbound, most: int = 240) -> Heard | Unheard:
    quick = database.execution_options(isolation_level="AUTOCOMMIT")
    with quick.connect() as connection:
        return conversations.hear(connection, message, most)


def meet(database: sa.Engine, message: Inbound) -> Heard | None:
    return committed(database, lambda session: conversations.meet(session, message))


def take(database: sa.Engine, message: Inbound) -> None:
    committed(database, lambda session: conversations.receive(session, message).first)


def rows(database: sa.Engine, table: str, address: str) -> list[dict[str, Any]]:
    """What a table holds of an address, moments only as known or not."""
    of = {
        "customers": "id IN (SELECT customer_id FROM channel_addresses WHERE address = :address)",
        "channel_addresses": "address = :address",
        "timeline": "customer_id IN "
        "(SELECT customer_id FROM channel_addresses WHERE address = :address)",
    }
    talk = "SELECT c.id FROM conversations c JOIN channel_addresses a ON a.id = c.address_id"
    where = of.get(table) or (
        f"{'id' if table == 'conversations' else 'conversation_id'} IN"
        f" ({talk} WHERE address = :address)"
    )
    with database.connect() as connection:
        query = sa.text(f"SELECT * FROM {table} WHERE {where} ORDER BY id")  # noqa: S608
        found = connection.execute(query, {"address": address}).mappings().all()
    return [
        {key: value is not None if key in MOMENTS else value for key, value in row.items()
         if key not in OF_ITS_OWN}
        for row in found
    ]  # fmt: skip


def test_what_is_heard_is_kept_as_what_is_received(database: sa.Engine) -> None:
    for address in (BUDI, OTHER):
        take(database, inbound("halo", address=address, profile_name="Budi"))
    said = {"raw": {"Body": "a\x00b"}, "referral": "Promo oli", "profile_name": "Budi"}
    take(database, inbound("ada oli?", address=BUDI, **said))
    heard = hear(database, inbound("ada oli?", address=OTHER, **said))
    assert isinstance(heard, Heard)
    assert rows(database, "messages", OTHER) == rows(database, "messages", BUDI)
    assert rows(database, "conversations", OTHER) == rows(database, "conversations", BUDI)


def test_who_is_met_is_kept_as_who_is_received(database: sa.Engine) -> None:
    take(database, inbound("halo", address=BUDI, profile_name="Budi S"))
    heard = meet(database, inbound("halo", address=OTHER, profile_name="Budi S"))
    assert heard is not None
    assert heard.event.data["conversation_row_id"] == heard.conversation_id
    for table in ("customers", "channel_addresses", "conversations", "messages", "timeline"):
        assert rows(database, table, OTHER) == rows(database, table, BUDI), table


def test_a_message_heard_twice_is_stored_once(database: sa.Engine) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    message = inbound("ada oli?", provider_id="SMsame", profile_name="Budi")
    found = at_once(database, *[lambda s: _heard_in(s, message)] * 4)
    assert sorted(isinstance(one, Heard) for one in found) == [False, False, False, True]
    assert [row["text"] for row in rows(database, "messages", BUDI)] == ["halo", "ada oli?"]
    assert rows(database, "conversations", BUDI)[0]["unread"] == 2


def test_ids_follow_each_other_and_all_are_counted_when_many_are_heard_at_once(
    database: sa.Engine,
) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    messages = [inbound(f"nomor {n}", profile_name="Budi") for n in range(8)]
    at_once(database, *[lambda s, one=one: _heard_in(s, one) for one in messages])
    assert len(rows(database, "messages", BUDI)) == 9
    (talk,) = rows(database, "conversations", BUDI)
    assert (talk["unread"], talk["minute_count"]) == (9, 9)


def _heard_in(session: Any, message: Inbound) -> Heard | Unheard:
    return conversations.hear(session.connection(), message, 240)


def test_of_many_first_messages_at_once_one_meets(database: sa.Engine) -> None:
    messages = [inbound(f"nomor {n}") for n in range(4)]
    met = at_once(database, *[lambda s, one=one: conversations.meet(s, one) for one in messages])
    assert sorted(isinstance(one, Heard) for one in met) == [False, False, False, True]
    assert len(rows(database, "customers", BUDI)) == 1


UNUSUAL: dict[str, dict[str, Any]] = {
    "a photo": {"media": (InboundMedia("https://x/1", "image/jpeg"),)},
    "a tap": {"tapped_payload": "/affirm"},
    "a quote": {"quoted": "SM1"},
    "an end of messages": {"opt_out": "stop"},
    "another address": {"also_at": "whatsapp:ID.1"},
    "no id": {"provider_id": " "},
    "no address": {"address": "+628123"},
    "a page": {"channel": "web", "address": "web:1"},
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_an_unusual_message_is_left_to_the_general_way(database: sa.Engine, what: str) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    unusual = inbound("ada oli?", **{"profile_name": "Budi", **UNUSUAL[what]})
    assert hear(database, unusual) == Unheard(unknown=False)
    assert meet(database, unusual) is None
    assert len(rows(database, "messages", BUDI)) == 1


def test_who_waits_for_a_person_is_left_to_the_general_way(database: sa.Engine) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    with database.begin() as connection:
        connection.execute(sa.update(Conversation).values(handler="queue"))
    assert hear(database, inbound("halo?", profile_name="Budi")) == Unheard(unknown=False)


def test_the_first_message_too_many_of_a_minute_is_left_to_the_general_way(
    database: sa.Engine,
) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    assert isinstance(hear(database, inbound("2", profile_name="Budi"), most=2), Heard)
    assert hear(database, inbound("3", profile_name="Budi"), most=2) == Unheard(unknown=False)


def test_a_notice_that_waited_for_the_customer_is_left_to_the_general_way(
    database: sa.Engine,
) -> None:
    take(database, inbound("halo", profile_name="Budi"))

    def late(session: Any) -> None:
        talk = session.scalars(sa.select(Conversation)).one()
        said = conversations.say(session, talk, "Paketnya sudah dikirim", author="system")
        said.notice = "shipped"
        conversations.mark_failed(session, said.id, "63016", "late")

    committed(database, late)
    assert hear(database, inbound("halo?", profile_name="Budi")) == Unheard(unknown=False)


def test_a_name_that_becomes_known_is_left_to_the_general_way(database: sa.Engine) -> None:
    take(database, inbound("halo"))
    assert hear(database, inbound("halo?", profile_name="Budi")) == Unheard(unknown=False)
    assert isinstance(hear(database, inbound("halo?")), Heard)


def test_nobody_is_met_by_hearing(database: sa.Engine) -> None:
    assert hear(database, inbound("halo")) == Unheard(unknown=True)
    assert rows(database, "customers", BUDI) == []


def test_what_an_agent_answers_does_not_await_the_bot(database: sa.Engine) -> None:
    take(database, inbound("halo", profile_name="Budi"))
    with database.begin() as connection:
        connection.execute(sa.update(Message).values(awaits_bot=False))
    committed(database, _to_an_agent)
    heard = hear(database, inbound("halo?", profile_name="Budi"))
    assert isinstance(heard, Heard)
    assert [row["awaits_bot"] for row in rows(database, "messages", BUDI)] == [False, False]


def _to_an_agent(session: Any) -> None:
    talk = session.scalars(sa.select(Conversation)).one()
    conversations.set_handler(session, talk, "agent", agent=member(session))


def test_a_customer_with_a_title_in_the_name_is_met_the_general_way(database: sa.Engine) -> None:
    assert meet(database, inbound("halo", profile_name="Pak Hendra")) is None
    with db.unit_of_work(db.sessions(database)) as session:
        assert session.scalars(sa.select(Customer)).all() == []
        assert customers.known_at(session, BUDI) is None
