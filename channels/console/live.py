"""What an open page hears: only that something is worth looking at again, never what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels import live
from channels.console.frame import blueprint, work
from channels.login import SIGNED_IN, allows
from crm_core import comments, complaints, handoffs, orders, payments, returns
from crm_core.orders import OrderState
from crm_core.payments import PaymentState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from sqlalchemy.orm import Session

    from crm_core.db import Event

TOPICS = {
    "message_received": "inbox",
    "message_queued": "inbox",
    "conversation_changed": "inbox",
    "handoff_changed": "inbox",
    "order_changed": "orders",
    "payment_changed": "payments",
    "complaint_changed": "complaints",
    "comment_changed": "comments",
    "return_changed": "returns",
    "learning_changed": "learning",
}
"""What the core announces -> which parts of a page it may have changed."""


def topics(event: Event, conversation_id: str | None) -> list[str]:
    """The parts of a page that shows ``conversation_id`` which ``event`` may have changed."""
    if event.kind == live.POLL.kind:
        mine = ["conversation"] if conversation_id else []
        return [*sorted(set(TOPICS.values())), *mine]
    found = [TOPICS[event.kind]] if event.kind in TOPICS else []
    here = conversation_id and event.data.get("conversation_id") == conversation_id
    if here and event.kind != live.TYPING:
        found.append("conversation")
    return found


@blueprint.get("/events")
@allows(SIGNED_IN)
def events() -> Response:
    """The page's one stream; ``conversation`` names the conversation that it shows."""
    conversation_id = request.args.get("conversation")

    def frames() -> Iterator[str]:
        yield "retry: 2000\n\n"
        for event in live.stream(lambda one: bool(topics(one, conversation_id))):
            if event is None:
                yield live.HEARTBEAT
                continue
            for topic in topics(event, conversation_id):
                yield live.frame(topic, {})

    return live.sse(frames())


def counts(session: Session) -> dict[str, int]:
    """What waits for somebody, for the numbers beside the menu."""
    paid, waiting = orders.counts(session), payments.counts(session)
    open_, back = complaints.counts(session), returns.counts(session)
    return {
        "inbox": handoffs.counts(session).get("waiting", 0),
        "payments": sum(
            waiting.get(state, 0) for state in (PaymentState.REPORTED, PaymentState.VERIFIED_BY_SMS)
        ),
        "orders": paid.get(OrderState.PAID, 0) + paid.get(OrderState.PACKED, 0),
        "complaints": open_.get("open", 0) + open_.get("reopened", 0),
        "returns": back.get("asked", 0) + back.get("received", 0),
        "comments": comments.counts(session).get("new", 0),
    }


@blueprint.get("/counts")
@allows(SIGNED_IN)
def menu_counts() -> str:
    """The numbers beside the menu."""
    with work() as session:
        return render_template("console/_counts.html", numbers_of_menu=counts(session), swap=True)


@blueprint.app_context_processor
def _menu() -> dict[str, object]:
    def menu_counts() -> dict[str, int]:
        with work() as session:
            return counts(session)

    return {"menu_counts": menu_counts}
