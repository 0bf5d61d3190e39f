"""Twilio's two webhooks. A message is acknowledged once it is stored and before it is read."""

from __future__ import annotations

from flask import Blueprint, request

from channels import context, intake, knocking, security
from channels.twilio import payloads

blueprint = Blueprint("twilio", __name__, url_prefix="/twilio")
security.csrf.exempt(blueprint)  # signed by Twilio instead


security.limiter.exempt(blueprint)
blueprint.before_request(knocking.knock)

DONE = ("", 204)
"""No TwiML: replies go out through the REST API, where their fate is known."""


@blueprint.post("/messages")
def receive_message() -> tuple[str, int]:
    """Store an incoming SMS or WhatsApp message; a repeated one changes nothing."""
    security.check_twilio(context.current().settings)
    intake.hear(payloads.to_inbound(request.form))
    return DONE


@blueprint.post("/status")
def receive_status() -> tuple[str, int]:
    """Note what became of a message; the order in which such reports come is not guaranteed."""
    security.check_twilio(context.current().settings)
    intake.note("twilio", payloads.to_status(request.form, request.args.get("message")))
    return DONE
