"""Where a gateway notifies us. What it says is stored, then asked for: only the answer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, jsonify, request

from channels import context, security
from channels.gateway import asking, configured
from channels.gateway.midtrans import Midtrans
from crm_core import payments
from crm_core.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from flask import Response

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
    return jsonify({"outcome": asking.look_up(here, gateway, notice_id, reference)})
