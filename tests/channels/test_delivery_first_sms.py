"""The shop texts a number that has never written: this installation's own provider carries it."""

from __future__ import annotations

from channels import delivery
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from tests import factories


def test_a_number_that_never_wrote_is_texted_through_twilio_and_its_reply_finds_the_talk(
    asleep: Context, twilio_server: Twin
) -> None:
    with asleep.unit_of_work() as session:
        budi = factories.customer(session)
        sent = conversations.text_to(
            session, budi, "+6281234567890", "payment_code", order_code="P-7KM2Q", digits="482913"
        )
        assert sent is not None
        number, talk = sent.id, sent.conversation_id
    delivery.deliver(asleep, number)
    [taken] = twilio_server.ledger
    assert (taken.sender, taken.to) == ("+15550100300", "+6281234567890")
    assert "482913" in taken.body
    with asleep.unit_of_work() as session:
        message = session.get_one(conversations.Message, number)
        assert (message.status, message.provider) == ("sent", "twilio")
        reply = factories.received(session, "482913", factories.BUDI_SMS)
        assert reply.conversation.id == talk
        assert reply.conversation.customer_id == budi.id
