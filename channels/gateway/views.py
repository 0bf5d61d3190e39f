"""Where a gateway notifies us. What it says is stored, then asked for: only the answer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, abort, jsonify, request

from channels import context, security
from channels.gateway import configured
from channels.gateway.midtrans import Midtrans
from crm_core import payments
from crm_core.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from flask import Response

    from channels.context import Context
    from crm_core.payments import Gateway

log = structlog.get_logger(__name__)

blueprint = Blueprint("gateway", __name__, url_prefix="/gateway")
security.csrf.exempt(blueprint)  # signed by the gateway; no browser's cookie is looked at


@blueprint.post("/midtrans")
@security.limiter.limit("600/minute")
def midtrans() -> Response:
    """A notification. Any answer but 200 makes the gateway send it again."""
    here = context.current()
    gateway = configured(here.settings)
    if not isinstance(gateway, Midtrans):
        abort(404)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidInput("notice_unreadable")
    if not gateway.is_signed(body):
        raise NotAllowed("bad_signature")
    reference = str(body["order_id"])
    with here.unit_of_work() as session:
        notice_id = payments.keep_notice(session, gateway.name, reference, body)
    return jsonify({"outcome": look_up(here, gateway, notice_id, reference)})


def look_up(here: Context, gateway: Gateway, notice_id: int, reference: str) -> str:
    """Ask the gateway about a stored notification and book the answer; raises GatewayAway."""
    status = gateway.ask(reference)  # before the transaction: the network may be slow
    with here.unit_of_work() as session:
        outcome = (
            "unknown" if status is None else payments.settle_charge(session, gateway.name, status)
        )
        payments.notice_handled(session, notice_id, outcome)
    log.info("gateway_notice", gateway=gateway.name, outcome=outcome)
    return outcome


def look_up_waiting(here: Context) -> int:
    """Ask again about notifications that found the gateway away; returns how many were settled."""
    gateway = configured(here.settings)
    if gateway is None:
        return 0
    with here.unit_of_work() as session:
        waiting = payments.waiting_notices(session, gateway.name)
    settled = 0
    for notice_id, reference in waiting:
        try:
            look_up(here, gateway, notice_id, reference)
        except payments.GatewayAway as away:
            log.warning("gateway_away", reason=away.facts.get("reason"))
            break
        settled += 1
    return settled
