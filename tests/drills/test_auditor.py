"""The auditor of drills: silent on a shop where all went well, and sees each fault planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels.twin import Sent
from crm_core import clock, conversations
from crm_core.auditing import Finding
from crm_core.conversations import Conversation, Draft
from tests import factories, selling
from tests.drills import auditor
from tests.drills.auditor import Evidence

SECRET = "rahasia-sekali-1234567"


@dataclass
class Day:
    """One customer who ordered, was answered and had the answer delivered."""

    session: Session
    talk: Conversation
    sid: str
    seen: Evidence
    code: str
    log: Path

    def found(self) -> list[Finding]:
        self.session.flush()
        self.session.expire_all()
        return auditor.audit(self.seen)

    def run(self, statement: str, **values: object) -> None:
        self.session.flush()
        self.session.execute(sa.text(statement), {"talk": self.talk.id, **values})


def _sent(message_id: int, sid: str, body: str) -> Sent:
    address = factories.BUDI
    status_url = f"http://sapa.drill/twilio/status?message={message_id}"
    return Sent(sid, address, "", body, "delivered", status_url, clock.now() + timedelta(seconds=1))


@pytest.fixture
def day(session: Session, tmp_path: Path) -> Day:
    selling.part(session)
    selling.account(session)
    received = factories.received(session, "mau kampas rem depan beat 2019 dua psg")
    talk, sid = received.conversation, str(received.message.provider_id)
    order, _ = selling.placed(session, talk.customer)
    (message,) = factories.answered(
        session, talk, Draft(f"Pesanan {order.order_code} sudah kami terima, ditunggu ya.")
    )
    factories.delivered(session, message)
    log = tmp_path / "web.log"
    log.write_text('{"event": "message_taken_in", "provider_id": "SM0812"}\n', encoding="utf-8")
    seen = Evidence(
        session,
        taken={sid: 1},
        ledger=[_sent(message.id, str(message.provider_id), message.text)],
        logs=[log],
        secrets={"api_token": SECRET},
        one_order_each=[factories.BUDI],
    )
    return Day(session, talk, sid, seen, order.order_code, log)


def _lose_a_webhook(day: Day) -> None:
    day.seen = replace(day.seen, taken={day.sid: 2, "SM-lost": 1})


def _answer_in_silence(day: Day) -> None:
    day.run("UPDATE messages SET turn_id = NULL WHERE direction = 'outbound'")


def _leave_a_message(day: Day) -> None:
    factories.received(day.session, "halo?")


def _leave_a_turn(day: Day) -> None:
    day.run("UPDATE turns SET state = 'running'")


def _forget_a_customer(day: Day) -> None:
    day.run("UPDATE turns SET state = 'failed'")


def _order_twice(day: Day) -> None:
    selling.placed(day.session, day.talk.customer)


def _lose_a_piece(day: Day) -> None:
    day.run("UPDATE stock_levels SET on_hand = on_hand - 1")


def _tell_of_no_order(day: Day) -> None:
    day.seen = replace(day.seen, ledger=[replace(day.seen.ledger[0], body="Pesanan P-ZZZZZ lunas")])


def _tell_somebody_else(day: Day) -> None:
    day.seen = replace(day.seen, ledger=[replace(day.seen.ledger[0], to=factories.SITI)])


def _tell_too_early(day: Day) -> None:
    early = clock.now() - timedelta(hours=1)
    day.seen = replace(day.seen, ledger=[replace(day.seen.ledger[0], created_at=early)])


def _send_twice(day: Day) -> None:
    first = day.seen.ledger[0]
    day.seen = replace(day.seen, ledger=[first, replace(first, sid="SM-again")])


def _lose_a_reply(day: Day) -> None:
    day.seen = replace(day.seen, ledger=[])


def _leave_a_reply(day: Day) -> None:
    conversations.say(day.session, day.talk, "Masih ada, Kak.", author="system")


def _fail_what_arrived(day: Day) -> None:
    day.run("UPDATE messages SET status = 'failed' WHERE direction = 'outbound'")


def _fall_behind_a_report(day: Day) -> None:
    day.run(
        "INSERT INTO status_callbacks (provider, provider_id, status, raw, received_at)"
        " SELECT provider, provider_id, 'read', '{}', now() FROM messages"
        " WHERE direction = 'outbound'"
    )


def _pay_without_reason(day: Day) -> None:
    day.run("UPDATE orders SET state = 'paid', paid_at = now()")


def _act_as_nobody(day: Day) -> None:
    day.run(
        "INSERT INTO timeline (at, subject, subject_id, action, actor_kind, actor_name, facts)"
        " SELECT now(), 'order', id, 'seen', 'system', '', '{}' FROM orders"
    )


def _log(line: str) -> Callable[[Day], None]:
    def plant(day: Day) -> None:
        day.log.write_text(line + "\n", encoding="utf-8")

    return plant


PLANTED: dict[str, tuple[Callable[[Day], object], str, str]] = {
    "a webhook that was answered and has no row": (_lose_a_webhook, "I1", "has 0 rows"),
    "a message that nobody has answered": (_leave_a_message, "I2", "nobody has answered"),
    "a turn that hangs": (_leave_a_turn, "I2", "has not ended"),
    "a turn that said nothing": (_answer_in_silence, "I2", "ended in silence"),
    "a turn that failed and nobody took over": (_forget_a_customer, "I2", "neither the bot"),
    "a second order of one yes": (_order_twice, "I3", "has 2"),
    "a piece that vanished": (_lose_a_piece, "I4", ""),
    "an order that is not there": (_tell_of_no_order, "I5", "not there"),
    "somebody else's order": (_tell_somebody_else, "I5", "somebody else's"),
    "an order told of before it was made": (_tell_too_early, "I5", "before it was made"),
    "a reply that came twice": (_send_twice, "I6", "2 times"),
    "a reply that never left": (_lose_a_reply, "I6", "never accepted"),
    "a reply that is waiting": (_leave_a_reply, "I6", "still queued"),
    "a reply that failed and arrived": (_fail_what_arrived, "I6", "customer got it"),
    "a status behind its report": (_fall_behind_a_report, "I7", "after ['read']"),
    "an order paid without a reason": (_pay_without_reason, "I8", ""),
    "a change by nobody": (_act_as_nobody, "I9", "unknown system"),
    "a number in a log": (_log("sent to +6281234567890"), "I10", "telephone number"),
    "a number as it is dialled here": (_log("call 081234567890"), "I10", "telephone number"),
    "words in a log": (
        _log('{"text": "mau kampas rem depan beat 2019 dua psg"}'), "I10", "somebody wrote",
    ),
    "a secret in a log": (_log(f"Authorization: Bearer {SECRET}"), "I10", "secret api_token"),
}  # fmt: skip


def test_a_day_on_which_all_went_well_has_no_finding(day: Day) -> None:
    assert day.found() == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(day: Day, name: str) -> None:
    plant, invariant, words = PLANTED[name]
    plant(day)
    found = [str(one) for one in day.found() if one.check == invariant]
    assert any(words in said for said in found), found


def test_what_left_once_under_another_try_is_no_fault(day: Day) -> None:
    """WhatsApp refused the choices, so the same was said once more with numbers."""
    first = day.seen.ledger[0]
    refused = replace(first, sid="SM-refused", error_code=63021)
    day.seen = replace(day.seen, ledger=[refused, first])
    assert day.found() == []
