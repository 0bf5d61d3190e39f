"""One conversation: what was said, who speaks, what the agent should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from channels import live, login, media
from channels.console import carriage, inbox
from channels.console.again import again
from channels.console.frame import blueprint, done, is_fragment, trigger, work
from channels.i18n import t
from channels.login import allows
from crm_core import (
    complaints,
    conversations,
    customers,
    handoffs,
    orders,
    payments,
    pricing,
    staff,
)
from crm_core.db import Event

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, MessageView
    from crm_core.staff import Staff

SHOWN = 60
TICKED = 25
"""How many of the newest messages are looked at again for their delivery."""


def _who(session: Session) -> Staff:
    return staff.by_id(session, login.me().id)


def _state(session: Session, talk: Conversation) -> dict[str, Any]:
    """Who speaks now, as the head and the composer show it; ``stamp`` changes with it."""
    agent = staff.by_id(session, talk.agent_id) if talk.agent_id is not None else None
    return {
        "talk": talk,
        "agent": agent,
        "mine": agent is not None and agent.id == login.me().id,
        "may_overrule": login.me().role in {"manager", "admin"},
        "stopped": talk.address.stopped_at,
        "carriage": carriage.of(session, talk),
        "stamp": f"{talk.epoch}-{talk.handler}-{talk.agent_id or 0}",
    }


def _about(session: Session, talk: Conversation) -> dict[str, Any]:
    """What stands beside the conversation."""
    customer = talk.customer
    open_orders = list(orders.of_customer(session, customer, limit=5))
    return {
        "customer": customer,
        "address": conversations.masked_address(talk.address.address),
        "handoff": handoffs.of_conversation(session, talk),
        "asked_prices": pricing.bargains(session, customer=customer, state="asked", limit=5),
        "bikes": customers.bikes(session, customer),
        "orders": open_orders,
        "payment_states": payments.states_of(session, [order.id for order in open_orders]),
        "complaints": complaints.of_customer(session, customer, limit=5),
        "same_phone": customers.same_phone(session, customer),
        "others": [
            one for one in conversations.of_customer(session, customer) if one.id != talk.id
        ],
    }


def _seen(session: Session, talk: Conversation, messages: list[MessageView]) -> None:
    """Somebody looks at it: nothing is unread any more."""
    if messages and talk.unread:
        conversations.mark_seen(session, talk)


@blueprint.get("/conversations/<public_id>")
@allows("reply")
def conversation(public_id: str) -> str:
    """The conversation between the inbox and what there is to know."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        messages = conversations.latest(session, talk.id, limit=SHOWN)
        _seen(session, talk, messages)
        shown = inbox.read(session) | _state(session, talk) | _about(session, talk)
        return render_template(
            "console/conversation.html",
            **shown | {"chosen": talk.public_id},
            messages=messages,
            previous=None,
            older=len(messages) == SHOWN,
        )


@blueprint.get("/conversations/<public_id>/thread")
@allows("reply")
def thread(public_id: str) -> str:
    """What was said after message ``after``, and ticks and speaker where they have changed."""
    after = request.args.get("after", 0, int)
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        fresh = conversations.transcript(session, talk.id, after_id=after)
        if "X-Visible" in request.headers:
            _seen(session, talk, fresh)
        recent = conversations.latest(session, talk.id, limit=TICKED)
        older = [message for message in recent if message.id <= after]
        state = _state(session, talk)
        changed = state["stamp"] != request.args.get("stamp")
        about = _about(session, talk) if changed or fresh else {}
        return render_template(
            "console/_thread.html",
            **state | about,
            messages=fresh,
            previous=older[-1] if older else None,
            ticked=older,
            changed=changed,
            last=max([after, *[message.id for message in fresh]]),
        )


@blueprint.get("/conversations/<public_id>/older")
@allows("reply")
def older(public_id: str) -> str:
    """What was said before message ``before``."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        messages = conversations.latest(
            session, talk.id, before_id=request.args.get("before", 1, int), limit=SHOWN
        )
        prices = carriage.of(session, talk)
    return render_template(
        "console/_older.html",
        messages=messages,
        previous=None,
        older=len(messages) == SHOWN,
        talk=talk,
        carriage=prices,
    )


@blueprint.post("/conversations/<public_id>/claim")
@allows("claim")
def claim(public_id: str) -> ResponseReturnValue:
    """Take the conversation."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        handoffs.claim(session, talk, _who(session))
    return redirect(url_for("console.conversation", public_id=public_id, tab="mine"), 303)


@blueprint.post("/conversations/<public_id>/reply")
@allows("reply")
@again("conversation")
def reply(public_id: str) -> ResponseReturnValue:
    """Say something to the customer."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        handoffs.reply(session, talk, _who(session), request.form.get("text", "")[:4000])
    if is_fragment():
        return trigger(make_response("", 204), said={}, **{"live-conversation": {}})
    return redirect(url_for("console.conversation", public_id=public_id), 303)


@blueprint.post("/conversations/<public_id>/typing")
@allows("reply")
def typing(public_id: str) -> tuple[str, int]:
    """Whoever has the conversation is writing; the customer in the web chat sees that, not what."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        theirs = talk.agent_id == login.me().id
    if theirs:
        live.publish([Event(live.TYPING, {"conversation_id": public_id})])
    return "", 204


@blueprint.post("/conversations/<public_id>/messages/<int:message_id>/again")
@allows("reply")
def send_again(public_id: str, message_id: int) -> ResponseReturnValue:
    """Say once more what did not arrive."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        conversations.send_again(session, talk, message_id, _who(session))
    flash(t("console.talk.sent_again"), "success")
    return redirect(url_for("console.conversation", public_id=public_id), 303)


@blueprint.post("/conversations/<public_id>/hand-back")
@allows("claim")
@again("conversation")
def hand_back(public_id: str) -> ResponseReturnValue:
    """Give the conversation back to the bot."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        handoffs.hand_back(session, talk, _who(session), request.form.get("note"))
    flash(t("console.talk.handed_back"), "success")
    return redirect(url_for("console.conversation", public_id=public_id), 303)


@blueprint.post("/conversations/<public_id>/release")
@allows("claim")
@again("conversation")
def release(public_id: str) -> ResponseReturnValue:
    """Put the conversation back into the queue for a colleague."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        handoffs.release(session, talk, _who(session), request.form.get("note"))
    return done(t("console.talk.released"), "console.inbox")


@blueprint.get("/media/<int:media_id>")
@allows("reply")
def picture(media_id: int) -> Response:
    """A photo that a customer sent."""
    return media.serve(media_id)


@blueprint.get("/media/<int:media_id>/holder")
@allows("reply")
def picture_holder(media_id: int) -> str:
    """A photo that was still on its way when its message was shown."""
    with work() as session:
        return render_template(
            "console/_picture.html", one=conversations.media_by_id(session, media_id)
        )
