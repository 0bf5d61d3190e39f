"""What Twilio reports about our messages, in whatever order it arrives."""

from __future__ import annotations

from itertools import permutations

import pytest
from flask.testing import FlaskClient

from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from tests.forms import ACCOUNT, sign, whatsapp_form

PUBLIC = "https://sapa.test"
BUDI = "whatsapp:+6281234567001"


def write(web: FlaskClient, text: str = "halo") -> None:
    form = whatsapp_form(BUDI.removeprefix("whatsapp:"), text)
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/messages", form)}
    assert web.post("/twilio/messages", data=form, headers=headers).status_code == 204


def report(web: FlaskClient, twilio: Twin, status: str, code: str = "") -> int:
    sent = twilio.ledger[-1]
    form = {"AccountSid": ACCOUNT, "MessageSid": sent.sid, "MessageStatus": status}
    form |= {"ErrorCode": code} if code else {}
    assert sent.status_callback is not None
    path = sent.status_callback.removeprefix(PUBLIC)
    headers = {"X-Twilio-Signature": sign(PUBLIC + path, form)}
    return web.post(path, data=form, headers=headers).status_code


def status(here: Context) -> tuple[str, str | None]:
    with here.unit_of_work() as session:
        conversation = conversations.of_address(session, BUDI)
        assert conversation is not None
        last = conversations.latest(session, conversation.id)[-1]
        return last.status, last.error_code


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "read"])])
def test_statuses_in_any_order_end_at_the_furthest(
    web: FlaskClient, here: Context, twilio_server: Twin, order: tuple[str, ...]
) -> None:
    write(web)
    for word in order:
        assert report(web, twilio_server, word) == 204
    assert status(here) == ("read", None)


def test_a_failure_is_kept_with_its_code(
    web: FlaskClient, here: Context, twilio_server: Twin
) -> None:
    write(web)
    report(web, twilio_server, "undelivered", "63014")
    report(web, twilio_server, "sent")
    assert status(here) == ("failed", "63014")


def test_an_unsigned_report_changes_nothing(
    web: FlaskClient, here: Context, twilio_server: Twin
) -> None:
    write(web)
    form = {
        "AccountSid": ACCOUNT,
        "MessageSid": twilio_server.ledger[-1].sid,
        "MessageStatus": "read",
    }
    assert web.post("/twilio/status?message=2", data=form).status_code == 403
    assert status(here)[0] == "sent"


def test_an_unreadable_report_is_refused(web: FlaskClient, twilio_server: Twin) -> None:
    write(web)
    assert report(web, twilio_server, "") == 422
