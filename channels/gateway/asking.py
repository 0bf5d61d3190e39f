"""Asking a gateway about what it notified, and booking its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from channels.gateway import configured
from crm_core import payments

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.payments import Gateway

log = structlog.get_logger(__name__)


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
