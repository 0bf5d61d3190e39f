"""The phone simulator: several customers' phones on one page, for a machine without an account.

What is typed becomes the form that Twilio would have posted and takes the same way in.
"""

from __future__ import annotations

import csv
import re
import secrets
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, render_template, request

from channels import context, intake, live, media, security
from channels.twilio import payloads
from channels.webchat import show
from crm_core import conversations, mails, shop
from crm_core.errors import InvalidInput, NotFound
from crm_core.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

blueprint = Blueprint("phone", __name__, url_prefix="/phone")

CUSTOMERS = ROOT / "data" / "demo" / "customers.csv"
SHOP_NUMBER = "+62561555000"
ACCOUNT = "ACloopback"
MAX_PHONES = 24
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


@blueprint.get("")
def page() -> str:
    """The phones of the demo customers, and more on request."""
    with context.current().unit_of_work() as session:
        facts = shop.facts(session)
    return render_template(
        "phone.html",
        phones=[*_demo_phones()],
        shop=facts.get("name", "Sapa"),
        shop_number=facts.get("phone", SHOP_NUMBER),
    )


def _demo_phones() -> Iterator[dict[str, str]]:
    """One phone per demo customer; the second one only has SMS, so that both kinds are seen."""
    if not CUSTOMERS.exists():
        return
    with CUSTOMERS.open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            channel = "sms" if place == 1 else "whatsapp"
            yield {"channel": channel, "number": row["phone"], "name": row["name"]}


@blueprint.post("/messages")
@security.limiter.limit("240/minute")
def send() -> tuple[Response, int]:
    """A text, a tapped choice, a photo or a list from one of the phones."""
    here = context.current()
    form = twilio_form(request.form)
    inbound = payloads.to_inbound(form, provider="loopback")
    sent = request.files.get("photo") or request.files.get("file")
    if sent is not None:
        with sent.stream:
            kept = media.uploaded(here.settings, sent.read(), sent.filename or "")
        inbound = replace(inbound, media=(kept,))
    if not (inbound.text or inbound.media or inbound.tapped_payload):
        raise InvalidInput("message_empty")
    stored = intake.take_in(inbound)
    return jsonify(show.message_json(stored.message, inbound.channel, inbound.provider)), 202


def twilio_form(typed: Any) -> dict[str, str]:
    """What Twilio would have posted for a message typed into a simulated phone.

    Raises InvalidInput ``phone_invalid`` or ``channel_unknown``.
    """
    number, channel = typed.get("number", ""), typed.get("channel", "")
    if not _NUMBER.fullmatch(number):
        raise InvalidInput("phone_invalid")
    if channel not in {"whatsapp", "sms"}:
        raise InvalidInput("channel_unknown")
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    client_id = typed.get("client_id", "")
    # Derived from the page's own id: a post that is repeated is the same message.
    unique = uuid.uuid5(uuid.NAMESPACE_OID, client_id).hex if client_id else secrets.token_hex(16)
    sid = f"SM{unique}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": f"{prefix}{number}",
        "To": f"{prefix}{SHOP_NUMBER}",
        "Body": typed.get("text", ""),
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
    }
    if channel == "whatsapp":
        form |= {"ProfileName": typed.get("name", ""), "WaId": number.lstrip("+")}
        if typed.get("payload"):
            label = typed.get("label", "")
            form |= {"ButtonPayload": typed["payload"], "ButtonText": label, "Body": label}
    return form


@blueprint.get("/events")
@security.limiter.exempt
def events() -> Response:
    """What happens on the phones named by ``watch=<address>@<last message id>``, as SSE."""
    watches = [_watch(item) for item in request.args.getlist("watch")[:MAX_PHONES]]
    return live.sse(show.frames(watches, named=True))


def _watch(item: str) -> show.Watch:
    address, _, after = item.rpartition("@")
    if not re.fullmatch(r"(?:whatsapp|sms):\+[0-9]{8,15}", address) or not after.isdigit():
        raise InvalidInput("watch_invalid")
    return show.Watch(address, int(after[:18]))


@blueprint.post("/seen")
def seen() -> tuple[str, int]:
    """The phone has the shop's messages up to ``upto``; ``read``: somebody looks at them."""
    body = request.get_json()
    address, upto = str(body.get("address", "")), body.get("upto")
    if not isinstance(upto, int):
        raise InvalidInput("upto_invalid")
    statuses = ("delivered", "read") if body.get("read") else ("delivered",)
    with context.current().unit_of_work() as session:
        conversation = conversations.of_address(session, address)
        if conversation is None or conversation.provider != "loopback":
            raise NotFound("conversation_not_found")
        for message in conversations.latest(session, conversation.id, limit=show.RECENT):
            row = session.get_one(conversations.Message, message.id)
            waiting = row.direction == "outbound" and row.status in {"sent", "delivered"}
            if waiting and row.provider_id and message.id <= upto:
                for status in statuses:
                    conversations.record_status(session, "loopback", row.provider_id, status)
    return "", 204


@blueprint.get("/history")
def history() -> Response:
    """What was said on one phone: ``address=whatsapp:+62…``."""
    address = request.args.get("address", "")
    with context.current().unit_of_work() as session:
        conversation = conversations.of_address(session, address)
        if conversation is None or conversation.provider != "loopback":
            return jsonify(messages=[], handler="bot")
        said = conversations.latest(session, conversation.id, limit=show.HISTORY)
        shown = [show.message_json(message, conversation.channel, "loopback") for message in said]
        return jsonify(messages=shown, **show.state_json(session, conversation))


@blueprint.get("/mail")
def mailbox() -> str:
    """E-mail that was written here and, without a mail server, went no further."""
    with context.current().unit_of_work() as session:
        facts = shop.facts(session)
        letters = mails.latest(session)
        return render_template("phone_mail.html", letters=letters, shop=facts.get("name", "Sapa"))


@blueprint.get("/mail/<uuid:public_id>")
def letter(public_id: uuid.UUID) -> Response:
    """One e-mail as a mail program shows it, in a page that can do nothing."""
    with context.current().unit_of_work() as session:
        page = Response(mails.by_public_id(session, str(public_id)).html, mimetype="text/html")
    page.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    return page


@blueprint.get("/media/<int:media_id>")
def picture(media_id: int) -> Response:
    """A photo that was sent from a simulated phone."""
    with context.current().unit_of_work() as session:
        owner = conversations.media_by_id(session, media_id).message
        if owner.provider != "loopback":
            raise NotFound("media_not_found")
    return media.serve(media_id)
