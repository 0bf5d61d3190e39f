"""A message that says of itself what it is ("saran: …") is kept for the shop, whatever was open."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from actions import pending
from actions.reply import Reply, say
from crm_core import comments
from crm_core.comments import CommentKind
from crm_core.comments.rules import praise
from crm_core.complaints import Category, Mood, Urgency
from crm_core.complaints.rules import category, mood, urgency
from crm_core.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.comments import Said

GENERAL = frozenset({Category.OTHER, Category.SERVICE})
"""What a suggestion may be about; anything else that went wrong is a complaint, with a number."""


def heard(turn: Turn) -> Said | None:
    """The comment in this turn; None for everything else, and for a complaint in its clothes."""
    said = comments.heard(turn.typed) if turn.typed and not turn.media_ids else None
    if said is None or turn.angry:
        return None
    words = said.words
    grave = urgency(words) == Urgency.HIGH or mood(words) == Mood.ANGRY
    return None if grave or category(words) not in GENERAL else said


def keep(session: Session, turn: Turn, said: Said) -> Reply:
    """Keep it, thank for it, and come back to what was asked before."""
    _leave(session, turn, said)
    praised = said.kind == CommentKind.PRAISE
    thanks = say("utter_praise_kept" if praised else "utter_suggestion_kept")
    return thanks if turn.active_form else thanks + pending.back_to(session, turn)


def keep_praise(session: Session, turn: Turn) -> bool:
    """Keep the praise in a thank-you; whether there was any that could be kept."""
    said = praise(turn.typed)
    if said is None:
        return False
    with contextlib.suppress(InvalidInput, Conflict):
        _leave(session, turn, said)
        return True
    return False


def _leave(session: Session, turn: Turn, said: Said) -> None:
    comments.leave(
        session,
        turn.customer,
        said.words[: comments.LONGEST],
        kind=said.kind,
        actor=turn.actor,
        name=turn.customer.name or "",
        conversation_id=turn.conversation.id,
    )
