"""What is kept of how the assistant read a turn, and of what it did not understand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_core import conversations, learning
from crm_core.learning import Reason

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn

NOT_SURE = "nlu_fallback"
"""The model's own doubt, named by Rasa as an intent."""


Ranking = Sequence[tuple[str, float]]


def reading(typed: str, intent: str, confidence: float, ranking: Ranking) -> tuple[str, int] | None:
    """What typed words were read as, and how surely, per mille; None where there are none."""
    if not (typed and intent):
        return None
    guesses = _without_doubt(ranking)
    return intent, round((guesses[0][1] if guesses else confidence) * 1000)


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
    return _without_doubt(turn.ranking)


def _without_doubt(ranking: Ranking) -> list[tuple[str, float]]:
    return [(name, sure) for name, sure in ranking if name != NOT_SURE]
