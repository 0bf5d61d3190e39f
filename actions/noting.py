"""What is kept of how the assistant read a turn, and of what it did not understand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crm_core import conversations, effects, learning
from crm_core.learning import Reason

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

NOT_SURE = "nlu_fallback"
"""The model's own doubt, named by Rasa as an intent."""


def read(session: Session, turn: Turn) -> Turn:
    """Keep with the turn what its typed words were read as.

    Where another call has kept it since the turn was read (and was waited for), what that one did
    is read anew.
    """
    if turn.turn_id is None or turn.noted or not (turn.typed and turn.intent):
        return turn
    guesses = guessed(turn)
    sure = guesses[0][1] if guesses else turn.confidence
    if conversations.note_reading(session, turn.turn_id, turn.intent, round(sure * 1000)):
        return turn
    return replace(turn, done=tuple(effects.keys_of_turn(session, turn.turn_id)))


def not_understood(session: Session, turn: Turn, *, handed_over: bool) -> None:
    """Put the turn's words on the list of what people are to explain to the assistant."""
    if turn.turn_id is not None and turn.typed:
        outcome = "handed_over" if handed_over else "asked_again"
        conversations.note_outcome(session, turn.turn_id, outcome)
    if not turn.typed or not turn.message_ids:
        return
    reason = Reason.LOW_CONFIDENCE if turn.intent == NOT_SURE else Reason.FALLBACK
    learning.note(
        session,
        turn.message_ids[-1],
        text=turn.typed,
        language=turn.language,
        reason=Reason.HANDED_OVER if handed_over else reason,
        ranking=guessed(turn),
    )


def guessed(turn: Turn) -> list[tuple[str, float]]:
    """What the model leaned to, the best first, without its doubt."""
    return [(name, sure) for name, sure in turn.ranking if name != NOT_SURE]
