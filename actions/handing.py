"""Giving a conversation to people: what they are told, and what the customer is told meanwhile."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from actions.reply import Reply, say
from actions.showing import shown
from crm_core import catalogue, clock, handoffs, notices, shop
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from actions.turn import Turn


def hand_over(
    session: Session,
    turn: Turn,
    *,
    reason: str,
    response: str,
    question: Mapping[str, Any] | None = None,
    **facts: object,
) -> Reply:
    """Ask for a person and say when: ``response``, or its ``_later`` form outside hours.

    ``question`` is what they have to decide, as values (see ``handoffs.request``); ``facts`` fill
    the sentence.
    """
    handoff = handoffs.request(
        session,
        turn.conversation,
        reason=reason,
        actor=turn.actor,
        wish=_wish(session, turn),
        turn_id=turn.turn_id,
        angry=turn.angry,
        question=question,
    )
    is_open = shop.is_open(session, clock.now())
    when = turn.words.moment(handoff.promised_at)
    reply = say(response if is_open else f"{response}_later", when=when, **facts)
    return (reply + _place(session, turn)).end_form()


def _place(session: Session, turn: Turn) -> Reply:
    """How many wait before them, if anybody does."""
    place = handoffs.position(session, turn.conversation) or 1
    if place == 1:
        return Reply()
    words = notices.render("queue_ahead", turn.language, turn.customer.honorific, ahead=place - 1)
    return say("utter_verbatim", words=words)


def _wish(session: Session, turn: Turn) -> str | None:
    """What they said last, and the search or part that was being talked about."""
    about = str(turn.slots.get("query") or "")
    code = turn.slots.get("part_code")
    if not about and code:
        with contextlib.suppress(NotFound):
            about = shown(catalogue.find_part(session, str(code)).name)
    if not turn.typed:
        return about or None
    return f"{turn.typed} ({about})" if about else turn.typed
